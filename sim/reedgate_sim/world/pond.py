"""The pond behind the wetland: stage and volume, what the users draw, what spills and seeps."""

from bisect import bisect_right

from reedgate_sim.world.hydraulics import Structure, weir_m3_s
from reedgate_sim.world.wetland import Book

_DAY_S = 86400


class Pond:
    def __init__(
        self, structure: Structure, table: dict, weather: dict, carried: dict[str, float]
    ):
        self._structure = structure
        self._table = table
        self._stages_m, self._volumes_m3 = table["stage_m"], table["volume_m3"]
        self._rain_m_s = weather["rain_mm_d"] / 1000 / _DAY_S
        self._evaporation_m_s = weather["evaporation_mm_d"] / 1000 / _DAY_S
        self._seep_m_s = table["seep_mm_d"] / 1000 / _DAY_S
        self.volume_m3 = _between(table["start_m"], self._stages_m, self._volumes_m3)
        self.concentrations = dict(carried)
        self.demand_m3_s = self.spill_m3_s = 0.0
        self.water = Book(self.volume_m3)
        self.mass = {key: Book(self._mass(key)) for key in carried}

    @property
    def stage_m(self) -> float:
        return _between(self.volume_m3, self._volumes_m3, self._stages_m)

    def balance_errors(self) -> dict[str, float]:
        errors = {key: book.error(self._mass(key)) for key, book in self.mass.items()}
        return {"water": self.water.error(self.volume_m3), **errors}

    def step(self, dt_s: float, came_m3: float, carried: dict[str, float]) -> None:
        """One step with what the wetland sent in it."""
        table, stage_m = self._table, self.stage_m
        surface = table["area_m2"] * dt_s
        evaporated = min(self._evaporation_m_s * surface, self.volume_m3 / 4)
        seeped = min(self._seep_m_s * surface, self.volume_m3 / 4)
        rain = self._rain_m_s * surface
        drawn = table["demand_lps"] / 1000 * dt_s if stage_m > table["reserve_m"] else 0.0
        drawn = min(drawn, self.volume_m3 / 4)
        over_m = stage_m - table["spill_crest_m"]
        spilled = weir_m3_s(self._structure, table["spill_width_m"], over_m) * dt_s
        self.demand_m3_s, self.spill_m3_s = drawn / dt_s, spilled / dt_s
        wet = seeped + drawn + spilled
        after = self.volume_m3 + came_m3 + rain - evaporated - wet
        for key, held in self.concentrations.items():
            brought = came_m3 * carried[key]
            new = (held * self.volume_m3 + brought) / (after + wet)
            self.mass[key].came += brought
            self.mass[key].left += wet * new
            self.concentrations[key] = new
        self.volume_m3 = after
        self.water.came += came_m3 + rain
        self.water.left += evaporated + wet

    def _mass(self, key: str) -> float:
        return self.concentrations[key] * self.volume_m3


def _between(x: float, xs: list[float], ys: list[float]) -> float:
    """Linear between the rows of a table; on beyond its ends."""
    row = min(max(bisect_right(xs, x), 1), len(xs) - 1)
    share = (x - xs[row - 1]) / (xs[row] - xs[row - 1])
    return ys[row - 1] + share * (ys[row] - ys[row - 1])
