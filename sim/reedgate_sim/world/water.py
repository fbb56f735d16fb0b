"""All the water of one station, carried on when somebody looks: channel, wetland, pond.

Steps are short after a change and grow while little moves. Where they end follows from the world
alone (what comes, the gates), never from who asked. The water's time runs `time_lapse` times as
fast as the run's.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence

from reedgate_sim.world.algae import Growth
from reedgate_sim.world.channel import Around, Channel, Still, opening
from reedgate_sim.world.course import Course, Plan
from reedgate_sim.world.hydraulics import Structure, weir_head_m
from reedgate_sim.world.oxygen import Rates
from reedgate_sim.world.parameters import parameters
from reedgate_sim.world.pond import CHLOROPHYLL, Pond
from reedgate_sim.world.substances import CARRIED_AS, DO, carried, quantities
from reedgate_sim.world.treatment import removal
from reedgate_sim.world.wetland import DAY_S, Sky, Wetland

Driver = Callable[[int], float]  # the value at a time of the run
Arriving = Mapping[str, Driver]  # what comes, and what goes on around
Openings = Callable[[int], Mapping[str, float]]  # gate -> permille at a time

_UNGATED_M = 1.0  # a station without gates holds nothing back: the stage stands
_ROUNDS = 10  # more than enough: the level moves the inflow little
_TREATED = ("tss", "bod", "nh4_n", "tn", "tp")
_MOVES_PERMILLE = 50  # the most that a gate may move in one step
_LEAST_RUN_US = 20_000  # a step in the run's own time, when the water runs faster


class Water:
    def __init__(
        self,
        roles: Mapping[str, str],
        arriving: Arriving,
        openings: Openings,
        time_lapse: int = 1,
        kinks_us: Sequence[int] = (),
        pond_mm: float | None = None,
    ):
        """roles: gate -> inlet or bypass. Starts in the steady state of what arrives at 0.

        kinks_us: times of the run at which what arrives turns a corner.
        """
        tables = parameters("water")
        self._arriving, self._openings, self._time_lapse = arriving, openings, time_lapse
        self._kinks_us = [each * time_lapse for each in kinks_us]
        steps = tables["steps"]
        self._shortest_us = max(round(steps["shortest_s"] * 1e6), _LEAST_RUN_US * time_lapse)
        self._longest_us = round(steps["longest_s"] * 1e6)
        self._stage_m = steps["stage_mm"] / 1000
        self._dt_us, self._now_us = self._shortest_us, 0  # of the water
        self.until_us = 0  # of the run: how far the gates are known
        self._settling_m_s = tables["standing"]["settling_m_h"] / 3600
        self._settle(roles, tables, pond_mm)
        self._course = Course()
        self._shown = self._below()
        self._plan: Plan | None = None
        self._still_since_us: int | None = None
        self._planned()

    # What others ask: every time is one of the run, in any order; a little ahead of `until_us`
    # too, since replies are made up while their request arrives.

    def stage_mm(self, now_us: int) -> float:
        """Stage in the channel. A stage that the river holds is known at any time."""
        if "stage_mm" in self._arriving:
            return self._arriving["stage_mm"](now_us)
        plan, water_us = self._at(now_us)
        return plan.stage_at(water_us) * 1000

    def probe(self, quantity: str) -> Driver:
        """In the channel before the gates: what comes, unless it stands there."""
        comes, lapse = self._arriving[quantity], self._time_lapse

        def seen(now_us: int) -> float:
            plan, water_us = self._plan, now_us * lapse
            if plan is None or not plan.start_us <= water_us < plan.end_us:
                plan, _ = self._at(now_us)
            if plan.still_since_us is None:
                return comes(now_us)
            return self._standing(quantity, plan, water_us)

        return seen

    def _standing(self, quantity: str, plan: Plan, water_us: int) -> float:
        """Where the water has not been renewed for a while."""
        came = self._arriving[quantity](plan.still_since_us // self._time_lapse)
        hours = (water_us - plan.still_since_us) / 3.6e9
        table = parameters("water")["standing"]
        if quantity == "turbidity_ntu":
            clear, depth_m = min(came, table["clear_ntu"]), max(0.05, plan.stage_m[0])
            return clear + (came - clear) * math.exp(-table["settling_m_h"] * hours / depth_m)
        if quantity == "do_mg_l":
            return max(0.0, came - table["oxygen_used_mg_l_d"] * hours / 24)
        return came

    def below(self, place: str, quantity: str, now_us: int) -> float:
        """In the wetland (what leaves it) or the pond; follows them by at most one step."""
        plan, water_us = self._at(now_us)
        return plan.shown_at(f"{place}.{quantity}", water_us)

    def gate(self, name: str, now_us: int) -> tuple[float, float]:
        """Its discharge in m3/s, and the cubic metres that have passed it."""
        plan, water_us = self._at(now_us)
        return plan.gates_m3_s[name], plan.passed_at(name, water_us)

    def over_m3_s(self, now_us: int) -> float:
        """Over the channel's overflow; negative: the river comes in."""
        return self._at(now_us)[0].over_m3_s

    def balance_errors(self) -> dict[str, float]:
        """What does not add up, per part and substance, as a share of what moved."""
        parts = {"channel": self.channel, "wetland": self.wetland, "pond": self.pond}
        return {
            f"{name}.{key}": error
            for name, part in parts.items()
            for key, error in part.balance_errors().items()
        }

    def advance(self, now_us: int) -> None:
        """Carry out every step that ends by now, at which the gates are known."""
        self.until_us = max(self.until_us, now_us)
        self._carry_on(now_us)

    def cut(self, now_us: int) -> None:
        """Something is about to change how the gates move: what was planned ends now."""
        self.advance(now_us)
        water_us = now_us * self._time_lapse
        if water_us > self._now_us:
            self._do(water_us)
        self._dt_us, self._plan = self._shortest_us, None

    # Inside.

    def _carry_on(self, now_us: int) -> None:
        water_us = min(now_us, self.until_us) * self._time_lapse
        while self._planned().end_us <= water_us:
            self._do(self._planned().end_us)

    def _at(self, now_us: int) -> tuple[Plan, int]:
        self._carry_on(now_us)
        water_us = now_us * self._time_lapse
        return self._course.at(water_us), water_us

    def _planned(self) -> Plan:
        """The step that begins now."""
        if self._plan is None:
            start_us = self._now_us
            end_us = self._end_us(start_us)
            self._planned_flows = flows = self._flows(start_us, end_us)
            if not self.channel.stands(flows):
                self._still_since_us = None
            elif self._still_since_us is None:
                self._still_since_us = start_us
            self._plan = Plan(
                start_us,
                end_us,
                (self.channel.stage_m, flows.stage_m),
                flows.gates_m3_s,
                {name: gate.passed_m3 for name, gate in self.channel.gates.items()},
                flows.over_m3_s,
                self._still_since_us,
                (self._shown, self._below()),
            )
            self._course.add(self._plan)
        return self._plan

    def _end_us(self, start_us: int) -> int:
        end_us = start_us + self._dt_us
        index = bisect_right(self._kinks_us, start_us)
        if index < len(self._kinks_us):
            end_us = min(end_us, self._kinks_us[index])
        before = self._openings(start_us // self._time_lapse)
        while end_us - start_us > self._shortest_us:
            after = self._openings(end_us // self._time_lapse)
            if all(abs(after[name] - before[name]) <= _MOVES_PERMILLE for name in before):
                break
            end_us = start_us + max((end_us - start_us) // 2, self._shortest_us)
        return end_us

    def _flows(self, start_us: int, end_us: int):
        middle_us = (start_us + end_us) // 2 // self._time_lapse
        return self.channel.flows(
            (end_us - start_us) / 1e6, self._around(middle_us, end_us // self._time_lapse)
        )

    def _around(self, now_us: int, end_us: int) -> Around:
        return Around(
            self._arriving["inflow_lps"](now_us) / 1000,
            self._openings(now_us),
            self.wetland.level_m,
            self._arriving["river_mm"](now_us) / 1000,
            self._held_m(now_us),
            self._held_m(end_us),
        )

    def _do(self, end_us: int) -> None:
        """Carry out the planned step, or its part up to an earlier end."""
        plan, lapse = self._planned(), self._time_lapse
        dt_s = (end_us - plan.start_us) / 1e6
        middle_us = (plan.start_us + end_us) // 2 // lapse
        before_m = self.channel.stage_m
        flows, self._shown = self._planned_flows, plan.shown[1]
        if end_us != plan.end_us:
            flows = self._flows(plan.start_us, end_us)
            self._shown = {key: plan.shown_at(key, end_us) for key in plan.shown[0]}
        arriving, sky = self._arriving, self._sky(middle_us)
        came_m3 = self.channel.step(
            dt_s, flows, arriving["inflow_lps"](middle_us) / 1000, self._carried(middle_us)
        )
        came_c = arriving["temperature_c"](middle_us)
        left_m3 = self.wetland.step(
            dt_s, came_m3, self.channel.concentrations, came_c, sky, self.pond.surface_m
        )
        self.pond.step(
            dt_s,
            left_m3,
            self._leaving(),
            self.wetland.temperature_c,
            sky,
            arriving["demand_lps"](middle_us) / 1000,
            arriving["river_mm"](middle_us) / 1000,
        )
        self._now_us, self._plan = end_us, None
        self._choose_step(end_us, abs(self.channel.stage_m - before_m))

    def _choose_step(self, end_us: int, moved_m: float) -> None:
        index = bisect_right(self._kinks_us, end_us)
        if index and self._kinks_us[index - 1] == end_us:
            self._dt_us = self._shortest_us
            return
        factor = min(2.0, max(0.5, self._stage_m / max(moved_m, 1e-9)))
        self._dt_us = min(max(round(self._dt_us * factor), self._shortest_us), self._longest_us)

    def _settle(self, roles: Mapping[str, str], tables: dict, pond_mm: float | None) -> None:
        row, oxygen = tables["structure"], parameters("oxygen")
        structure = Structure(
            row["discharge"], row["contraction"], row["weir"], row["blend"], row["villemonte"]
        )
        gates = {name: opening(role) for name, role in roles.items()}
        clear_mg_l = tables["standing"]["clear_ntu"] * tables["solids"]["tss_mg_l_per_ntu"]
        self.channel = Channel(
            structure, tables["channel"], gates, Still(self._settling_m_s, clear_mg_l)
        )
        comes, temperature_c = self._carried(0), self._arriving["temperature_c"](0)
        to_wetland = self._start_channel(structure, tables["wetland"], comes)
        self.wetland = Wetland(
            structure,
            tables["wetland"],
            {key: removal(key) for key in _TREATED},
            _rates(oxygen["wetland"]),
            to_wetland,
            comes,
            temperature_c,
        )
        growth = oxygen["algae"]
        leaving = {key: self.wetland.leaving(key) for key in CARRIED_AS}
        self.pond = Pond(
            structure,
            tables["pond"],
            _rates(oxygen["pond"]),
            Growth(**{key: growth[key] for key in Growth.__dataclass_fields__}),
            growth["start_ug_l"],
            tables["pond"]["start_m"] if pond_mm is None else pond_mm / 1000,
            leaving,
            temperature_c,
        )

    def _start_channel(self, structure: Structure, table: dict, comes: dict) -> float:
        """Gives what then flows into the wetland."""
        permille, to_wetland = self._in_use(self._openings(0)), 0.0
        level_m = table["weir_crest_m"]
        for _ in range(_ROUNDS):  # the wetland's level hangs on the inflow, and that on the level
            around = Around(
                self._arriving["inflow_lps"](0) / 1000,
                permille,
                level_m,
                self._arriving["river_mm"](0) / 1000,
                self._held_m(0),
            )
            flows = self.channel.start(around, comes)
            to_wetland = sum(
                flows.gates_m3_s[name]
                for name, gate in self.channel.gates.items()
                if gate.role == "inlet"
            )
            level_m = table["weir_crest_m"] + weir_head_m(
                structure, table["weir_width_m"], to_wetland
            )
        return to_wetland

    def _in_use(self, permille: Mapping[str, float]) -> Mapping[str, float]:
        """Until the run began the site was in use: no bypass open beside an open inlet."""
        gates = self.channel.gates
        if not any(permille[name] for name, gate in gates.items() if gate.role == "inlet"):
            return permille
        return {
            name: 0.0 if gates[name].role == "bypass" else opened
            for name, opened in permille.items()
        }

    def _held_m(self, now_us: int) -> float | None:
        held = self._arriving.get("stage_mm")
        if held is None:
            return None if self.channel.gates else _UNGATED_M
        return held(now_us) / 1000

    def _carried(self, now_us: int) -> dict[str, float]:
        comes = carried(lambda quantity: self._arriving[quantity](now_us))
        comes[DO] = self._arriving["do_mg_l"](now_us)
        return comes

    def _leaving(self) -> dict[str, float]:
        leaving = {key: self.wetland.leaving(key) for key in CARRIED_AS}
        leaving[DO] = self.wetland.oxygen.do_mg_l
        return leaving

    def _sky(self, now_us: int) -> Sky:
        arriving = self._arriving
        return Sky(
            arriving["rain_mm_d"](now_us) / 1000 / DAY_S,
            arriving["evaporation_mm_d"](now_us) / 1000 / DAY_S,
            arriving["air_c"](now_us),
            arriving["light"](now_us),
        )

    def _below(self) -> dict[str, float]:
        """What probes in the wetland and the pond would see."""
        wetland, pond = self.wetland, self.pond
        seen = {
            "wetland": quantities({key: wetland.leaving(key) for key in CARRIED_AS})
            | {
                "stage_mm": wetland.level_m * 1000,
                "do_mg_l": wetland.oxygen.do_mg_l,
                "temperature_c": wetland.temperature_c,
            },
            "pond": quantities(pond.concentrations)
            | {
                "stage_mm": pond.stage_m * 1000,
                "do_mg_l": pond.oxygen.do_mg_l,
                "temperature_c": pond.temperature_c,
                f"{CHLOROPHYLL}_ug_l": pond.algae.chlorophyll_ug_l,
            },
        }
        return {
            f"{place}.{key}": value for place, rows in seen.items() for key, value in rows.items()
        }


def _rates(table: dict) -> Rates:
    return Rates(**{key: table[key] for key in Rates.__dataclass_fields__})
