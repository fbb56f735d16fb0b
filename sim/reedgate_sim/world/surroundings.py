"""What acts on the water of a station: what comes, the sky, the river, users and gates."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reedgate_sim.world.channel import Around
from reedgate_sim.world.substances import DO, carried
from reedgate_sim.world.wetland import DAY_S, Sky

Driver = Callable[[int], float]  # the value at a time of the run
Arriving = Mapping[str, Driver]  # what comes, and what goes on around: quantity -> value
Openings = Callable[[int], Mapping[str, float]]  # gate -> permille at a time

_UNGATED_M = 1.0  # a station without gates holds nothing back: the stage stands


@dataclass(frozen=True)
class Surroundings:
    roles: Mapping[str, str]  # gate -> inlet or bypass
    arriving: Arriving
    openings: Openings

    def inflow_m3_s(self, now_us: int) -> float:
        return self.arriving["inflow_lps"](now_us) / 1000

    def demand_m3_s(self, now_us: int) -> float:
        return self.arriving["demand_lps"](now_us) / 1000

    def river_m(self, now_us: int) -> float:
        return self.arriving["river_mm"](now_us) / 1000

    def temperature_c(self, now_us: int) -> float:
        return self.arriving["temperature_c"](now_us)

    def held_m(self, now_us: int) -> float | None:
        """The stage in the channel, if not the channel makes it."""
        held = self.arriving.get("stage_mm")
        if held is None:
            return None if self.roles else _UNGATED_M
        return held(now_us) / 1000

    def around(self, now_us: int, end_us: int, wetland_m: float) -> Around:
        """On the channel, in a step around now_us that ends at end_us."""
        return Around(
            self.inflow_m3_s(now_us),
            self.openings(now_us),
            wetland_m,
            self.river_m(now_us),
            self.held_m(now_us),
            self.held_m(end_us),
        )

    def in_use(self, wetland_m: float) -> Around:
        """On the channel before the run began: no bypass was open beside an open inlet."""
        opened = self.openings(0)
        if any(opened[name] for name, role in self.roles.items() if role == "inlet"):
            opened = {
                name: 0.0 if self.roles[name] == "bypass" else permille
                for name, permille in opened.items()
            }
        return Around(self.inflow_m3_s(0), opened, wetland_m, self.river_m(0), self.held_m(0))

    def carried(self, now_us: int) -> dict[str, float]:
        """The concentrations of the water that comes."""
        comes = carried(lambda quantity: self.arriving[quantity](now_us))
        comes[DO] = self.arriving["do_mg_l"](now_us)
        return comes

    def sky(self, now_us: int) -> Sky:
        arriving = self.arriving
        return Sky(
            arriving["rain_mm_d"](now_us) / 1000 / DAY_S,
            arriving["evaporation_mm_d"](now_us) / 1000 / DAY_S,
            arriving["air_c"](now_us),
            arriving["light"](now_us),
        )
