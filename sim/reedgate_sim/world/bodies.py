"""The three bodies of water of a station, one behind the other, and a step of them together.

They start in the steady state of what arrives at time 0; the pond with the stage it is given.
"""

from reedgate_sim.world.algae import Growth
from reedgate_sim.world.channel import Channel, Flows, Still, opening
from reedgate_sim.world.hydraulics import Structure, weir_head_m
from reedgate_sim.world.oxygen import Rates
from reedgate_sim.world.parameters import parameters
from reedgate_sim.world.pond import CHLOROPHYLL, Pond
from reedgate_sim.world.substances import CARRIED_AS, DO, quantities
from reedgate_sim.world.surroundings import Surroundings
from reedgate_sim.world.treatment import removal
from reedgate_sim.world.wetland import Wetland

_ROUNDS = 10  # more than enough: the level moves the inflow little
_TREATED = ("tss", "bod", "nh4_n", "tn", "tp")


class Bodies:
    def __init__(self, surroundings: Surroundings, pond_mm: float | None):
        tables = parameters("water")
        row = tables["structure"]
        structure = Structure(
            row["discharge"], row["contraction"], row["weir"], row["blend"], row["villemonte"]
        )
        self._surroundings = surroundings
        self.channel = _channel(structure, tables, surroundings)
        to_wetland_m3_s = self._start_channel(structure, tables["wetland"])
        temperature_c = surroundings.temperature_c(0)
        self.wetland = Wetland(
            structure,
            tables["wetland"],
            {key: removal(key) for key in _TREATED},
            _rates("wetland"),
            to_wetland_m3_s,
            surroundings.carried(0),
            temperature_c,
        )
        growth = parameters("oxygen")["algae"]
        self.pond = Pond(
            structure,
            tables["pond"],
            _rates("pond"),
            Growth(**{key: growth[key] for key in Growth.__dataclass_fields__}),
            growth["start_ug_l"],
            tables["pond"]["start_m"] if pond_mm is None else pond_mm / 1000,
            self._substances_leaving(),
            temperature_c,
        )

    def flows(self, start_us: int, end_us: int, dt_s: float) -> Flows:
        """What a step of the channel would do; times of the run."""
        middle_us = (start_us + end_us) // 2
        return self.channel.flows(
            dt_s, self._surroundings.around(middle_us, end_us, self.wetland.level_m)
        )

    def step(self, flows: Flows, middle_us: int, dt_s: float) -> None:
        """Do it, and carry the water on below."""
        around, came_c = self._surroundings, self._surroundings.temperature_c(middle_us)
        sky = around.sky(middle_us)
        came_m3 = self.channel.step(
            dt_s, flows, around.inflow_m3_s(middle_us), around.carried(middle_us)
        )
        left_m3 = self.wetland.step(
            dt_s, came_m3, self.channel.concentrations, came_c, sky, self.pond.surface_m
        )
        self.pond.step(
            dt_s,
            left_m3,
            {**self._substances_leaving(), DO: self.wetland.oxygen.do_mg_l},
            self.wetland.temperature_c,
            sky,
            around.demand_m3_s(middle_us),
            around.river_m(middle_us),
        )

    def seen_below(self) -> dict[str, float]:
        """What probes in the wetland (where it leaves) and the pond would see: place.quantity."""
        wetland, pond = self.wetland, self.pond
        seen = {
            "wetland": quantities(self._substances_leaving())
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

    def balance_errors(self) -> dict[str, float]:
        """What does not add up, per part and substance, as a share of what moved."""
        parts = {"channel": self.channel, "wetland": self.wetland, "pond": self.pond}
        return {
            f"{name}.{key}": error
            for name, part in parts.items()
            for key, error in part.balance_errors().items()
        }

    def _start_channel(self, structure: Structure, table: dict) -> float:
        """Gives what then flows into the wetland."""
        around, to_wetland_m3_s = self._surroundings, 0.0
        level_m = table["weir_crest_m"]
        for _ in range(_ROUNDS):  # the wetland's level hangs on the inflow, and that on the level
            flows = self.channel.start(around.in_use(level_m), around.carried(0))
            to_wetland_m3_s = sum(
                flows.gates_m3_s[name] for name, role in around.roles.items() if role == "inlet"
            )
            over_m = weir_head_m(structure, table["weir_width_m"], to_wetland_m3_s)
            level_m = table["weir_crest_m"] + over_m
        return to_wetland_m3_s

    def _substances_leaving(self) -> dict[str, float]:
        return {key: self.wetland.leaving(key) for key in CARRIED_AS}


def _channel(structure: Structure, tables: dict, surroundings: Surroundings) -> Channel:
    gates = {name: opening(role) for name, role in surroundings.roles.items()}
    standing = tables["standing"]
    clear_mg_l = standing["clear_ntu"] * tables["solids"]["tss_mg_l_per_ntu"]
    still = Still(standing["settling_m_h"] / 3600, clear_mg_l)
    return Channel(structure, tables["channel"], gates, still)


def _rates(place: str) -> Rates:
    table = parameters("oxygen")[place]
    return Rates(**{key: table[key] for key in Rates.__dataclass_fields__})
