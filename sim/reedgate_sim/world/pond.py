"""The pond behind the wetland: stage and volume, users, spill and seepage, oxygen and algae."""

from bisect import bisect_right
from collections.abc import Mapping

from reedgate_sim.world.algae import Algae, Growth
from reedgate_sim.world.balance import Book, mixed, mixed_temperature_c
from reedgate_sim.world.hydraulics import Structure, weir_m3_s
from reedgate_sim.world.oxygen import Oxygen, Rates
from reedgate_sim.world.substances import DO, do_saturation_mg_l
from reedgate_sim.world.wetland import DAY_S, Sky

CHLOROPHYLL = "chlorophyll"


class Pond:
    """Stage counts from the pond's own gauge zero, its bottom."""

    def __init__(
        self,
        structure: Structure,
        table: dict,
        rates: Rates,
        growth: Growth,
        start_ug_l: float,
        start_m: float,
        carried: Mapping[str, float],
        temperature_c: float,
    ):
        self._structure = structure
        self._table = table
        self._stages_m, self._volumes_m3 = table["stage_m"], table["volume_m3"]
        self._seep_m_s = table["seep_mm_d"] / 1000 / DAY_S
        self._settling_m_s = table["settling_m_d"] / DAY_S
        self._exchange_m_s = table["air_exchange_m_d"] / DAY_S
        self.volume_m3 = between(start_m, self._stages_m, self._volumes_m3)
        self.temperature_c = temperature_c
        self.concentrations = dict(carried)
        self.demand_m3_s = self.spill_m3_s = 0.0  # what was drawn and spilled in the last step
        self.water = Book(self.volume_m3)
        self.mass = {key: Book(self._mass(key)) for key in carried}
        self.oxygen = Oxygen(rates, do_saturation_mg_l(temperature_c), self.volume_m3)
        self.algae = Algae(growth, start_ug_l, self.volume_m3)

    @property
    def stage_m(self) -> float:
        return between(self.volume_m3, self._volumes_m3, self._stages_m)

    @property
    def surface_m(self) -> float:
        """Above the gauge zero of the channel."""
        return self._table["bottom_m"] + self.stage_m

    @property
    def area_m2(self) -> float:
        """Of the surface: the slope of the curve."""
        row = _row(self.stage_m, self._stages_m)
        stages, volumes = self._stages_m, self._volumes_m3
        return (volumes[row] - volumes[row - 1]) / (stages[row] - stages[row - 1])

    def balance_errors(self) -> dict[str, float]:
        errors = {key: book.error(self._mass(key)) for key, book in self.mass.items()}
        oxygen = self.oxygen.book.error(self.oxygen.do_mg_l * self.volume_m3)
        algae = self.algae.book.error(self.algae.chlorophyll_ug_l * self.volume_m3)
        return {
            "water": self.water.error(self.volume_m3),
            **errors,
            DO: oxygen,
            CHLOROPHYLL: algae,
        }

    def step(
        self,
        dt_s: float,
        came_m3: float,
        carried: Mapping[str, float],
        came_c: float,
        sky: Sky,
        demand_m3_s: float,
        river_m: float,
    ) -> None:
        """One step with what the wetland sent in it. The river drowns the spillway; a flap."""
        table, stage_m, before_m3 = self._table, self.stage_m, self.volume_m3
        surface = self.area_m2 * dt_s
        evaporated = min(sky.evaporation_m_s * surface, before_m3 / 4)
        rain = sky.rain_m_s * surface
        seeped = min(self._seep_m_s * surface, before_m3 / 4)
        drawn = self._drawn_m3(stage_m, demand_m3_s * dt_s)
        crest_m = table["spill_crest_m"]
        below_m = river_m - table["bottom_m"]
        over_m3_s = weir_m3_s(
            self._structure, table["spill_width_m"], stage_m - crest_m, below_m - crest_m
        )
        between_m = max(0.0, stage_m - max(crest_m, below_m))
        spilled = min(over_m3_s * dt_s, between_m * self.area_m2 / 2)
        self.demand_m3_s, self.spill_m3_s = drawn / dt_s, spilled / dt_s
        wet = seeped + drawn + spilled
        after = before_m3 + came_m3 + rain - evaporated - wet
        for key, held in self.concentrations.items():
            book, brought = self.mass[key], came_m3 * carried[key]
            settling = self._settling_m_s * surface if key == "tss" else 0.0
            new = mixed(
                book, held * before_m3, brought, after + wet, settling, table["settled_mg_l"]
            )
            book.came += brought
            book.left += wet * new
            self.concentrations[key] = new
        self._live(dt_s, came_m3, carried[DO], after + wet, wet, sky)
        exchanged_m3 = self._exchange_m_s * surface
        self.temperature_c = mixed_temperature_c(
            self.temperature_c, before_m3, came_c, came_m3, sky.air_c, exchanged_m3
        )
        self.volume_m3 = after
        self.water.came += came_m3 + rain
        self.water.left += evaporated + wet

    def _drawn_m3(self, stage_m: float, wanted_m3: float) -> float:
        """Down to the reserve, not below."""
        reserve_m3 = between(self._table["reserve_m"], self._stages_m, self._volumes_m3)
        return min(wanted_m3, max(0.0, self.volume_m3 - reserve_m3))

    def _live(
        self,
        dt_s: float,
        came_m3: float,
        came_do: float,
        away_m3: float,
        wet_m3: float,
        sky: Sky,
    ) -> None:
        depth_m = max(0.05, self.volume_m3 / self.area_m2)
        light = self.algae.mean_light(sky.light, depth_m)
        self.oxygen.step(
            dt_s,
            self.volume_m3,
            came_m3 * came_do,
            away_m3,
            depth_m,
            self.temperature_c,
            light,
            self.algae.chlorophyll_ug_l,
        )
        self.oxygen.book.left += wet_m3 * self.oxygen.do_mg_l
        self.algae.step(
            dt_s,
            self.volume_m3,
            came_m3,
            away_m3,
            self.temperature_c,
            light,
            self.concentrations["tp"],
        )
        self.algae.book.left += wet_m3 * self.algae.chlorophyll_ug_l

    def _mass(self, key: str) -> float:
        return self.concentrations[key] * self.volume_m3


def between(x: float, xs: list[float], ys: list[float]) -> float:
    """Linear between the rows of a table; on beyond its ends."""
    row = _row(x, xs)
    share = (x - xs[row - 1]) / (xs[row] - xs[row - 1])
    return ys[row - 1] + share * (ys[row] - ys[row - 1])


def _row(x: float, xs: list[float]) -> int:
    return min(max(bisect_right(xs, x), 1), len(xs) - 1)
