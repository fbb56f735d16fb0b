"""All the water of one station, carried on in fixed steps: channel, wetland, pond.

The steps lie on a fixed grid of the water's own time, so the result does not depend on how often
somebody asks. The water's time runs `time_lapse` times as fast as the run's.
"""

from collections.abc import Callable, Mapping

from reedgate_sim.world.channel import Channel, Opening, opening
from reedgate_sim.world.hydraulics import Structure, weir_head_m
from reedgate_sim.world.parameters import parameters
from reedgate_sim.world.pond import Pond
from reedgate_sim.world.treatment import removal
from reedgate_sim.world.wetland import Wetland

Arriving = Mapping[str, Callable[[int], float]]  # what comes: quantity -> value at a time
Openings = Callable[[int], Mapping[str, float]]  # gate -> permille at a time

_UNGATED_M = 1.0  # a station without gates holds nothing back: the stage stands
_ROUNDS = 10  # more than enough: the level moves the inflow little


class Water:
    def __init__(
        self, roles: Mapping[str, str], arriving: Arriving, openings: Openings, time_lapse: int = 1
    ):
        """roles: gate -> inlet or bypass. Starts in the steady state of what arrives at 0."""
        tables = parameters("water")
        self._arriving, self._openings, self._time_lapse = arriving, openings, time_lapse
        self._turbidity_to_tss = tables["wetland"]["tss_mg_l_per_ntu"]
        self._step_s = tables["channel"]["step_s"]
        self._step_us = round(self._step_s * 1e6)
        self._steps_below = round(tables["wetland"]["step_s"] / self._step_s)
        self._steps = 0
        self._to_wetland_m3 = 0.0
        row = tables["structure"]
        structure = Structure(
            row["discharge"], row["contraction"], row["weir"], row["blend"], row["villemonte"]
        )
        gates = {name: opening(role) for name, role in roles.items()}
        self.channel = Channel(
            structure, tables["channel"]["area_m2"], gates, tables["bypass"]["tailwater_m"]
        )
        self._settle(structure, tables)

    @property
    def gates(self) -> Mapping[str, Opening]:
        return self.channel.gates

    def turbidity_ntu(self, tss_mg_l: float) -> float:
        return tss_mg_l / self._turbidity_to_tss

    def stage_mm(self, now_us: int) -> float:
        """Stage in the channel. A stage that the river holds is known at any time."""
        if "stage_mm" in self._arriving:
            return self._arriving["stage_mm"](now_us)
        return self.channel.stage_m * 1000

    def balance_errors(self) -> dict[str, float]:
        """What does not add up, per part and substance, as a share of what moved."""
        parts = {"wetland": self.wetland.balance_errors(), "pond": self.pond.balance_errors()}
        below = {
            f"{part}.{key}": error for part, rows in parts.items() for key, error in rows.items()
        }
        return {"channel.water": self.channel.balance_error(), **below}

    def advance(self, now_us: int) -> None:
        """Every step that ends by now."""
        water_us = now_us * self._time_lapse
        while (self._steps + 1) * self._step_us <= water_us:
            self._steps += 1
            end_us = self._steps * self._step_us // self._time_lapse
            self._to_wetland_m3 += self.channel.step(
                self._step_s,
                self._arriving["inflow_lps"](end_us) / 1000,
                self._held_stage_m(end_us),
                self._openings(end_us),
                self.wetland.level_m,
            )
            if self._steps % self._steps_below == 0:
                self._step_below(end_us)

    def _step_below(self, end_us: int) -> None:
        dt_s = self._step_s * self._steps_below
        came_m3, self._to_wetland_m3 = self._to_wetland_m3, 0.0
        temperature_c = self._arriving["temperature_c"](end_us)
        left_m3 = self.wetland.step(dt_s, came_m3, self._carried(end_us), temperature_c)
        leaving = {key: self.wetland.leaving(key) for key in self.wetland.concentrations}
        self.pond.step(dt_s, left_m3, leaving)

    def _settle(self, structure: Structure, tables: dict) -> None:
        wetland = tables["wetland"]
        permille = self._in_use(self._openings(0))
        level_m = wetland["weir_crest_m"]
        for _ in range(_ROUNDS):  # the wetland's level hangs on the inflow, and that on the level
            self.channel.start(
                self._arriving["inflow_lps"](0) / 1000, self._held_stage_m(0), permille, level_m
            )
            to_wetland = sum(
                gate.discharge_m3_s for gate in self.gates.values() if gate.role == "inlet"
            )
            over_m = weir_head_m(structure, wetland["weir_width_m"], to_wetland)
            level_m = wetland["weir_crest_m"] + over_m
        temperature_c = self._arriving["temperature_c"](0)
        carried = self._carried(0)
        self.wetland = Wetland(
            structure,
            wetland,
            tables["weather"],
            removal("tss"),
            to_wetland,
            carried,
            temperature_c,
        )
        leaving = {key: self.wetland.leaving(key) for key in carried}
        self.pond = Pond(structure, tables["pond"], tables["weather"], leaving)

    def _in_use(self, permille: Mapping[str, float]) -> Mapping[str, float]:
        """Until the run began the site was in use: no bypass open beside an open inlet."""
        inlets = [permille[name] for name, gate in self.gates.items() if gate.role == "inlet"]
        if not any(inlets):
            return permille
        return {
            name: 0.0 if self.gates[name].role == "bypass" else opening
            for name, opening in permille.items()
        }

    def _held_stage_m(self, now_us: int) -> float | None:
        held = self._arriving.get("stage_mm")
        if held is None:
            return None if self.gates else _UNGATED_M
        return held(now_us) / 1000

    def _carried(self, now_us: int) -> dict[str, float]:
        """Conductivity stands for salt: it is carried like a concentration."""
        return {
            "tss": self._arriving["turbidity_ntu"](now_us) * self._turbidity_to_tss,
            "salt": self._arriving["conductivity_us_cm"](now_us),
        }
