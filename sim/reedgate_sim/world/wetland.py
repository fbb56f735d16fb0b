"""The wetland cell: one level, tanks in series for what the water carries, a weir to the pond.

Implicit in the concentrations, so any step is stable, and every gram is booked: what came, what
was taken out, what left. Oxygen and heat are of the cell as a whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from reedgate_sim.world.balance import Book, mixed, mixed_temperature_c
from reedgate_sim.world.hydraulics import Structure, weir_head_m, weir_m3_s
from reedgate_sim.world.oxygen import Oxygen, Rates
from reedgate_sim.world.substances import DO
from reedgate_sim.world.treatment import Removal

DAY_S = 86400


@dataclass(frozen=True)
class Sky:
    """Weather during a step."""

    rain_m_s: float
    evaporation_m_s: float
    air_c: float
    light: float


class Wetland:
    def __init__(
        self,
        structure: Structure,
        table: dict,
        removals: Mapping[str, Removal],
        rates: Rates,
        inflow_m3_s: float,
        carried: Mapping[str, float],
        temperature_c: float,
    ):
        """Starts in the steady state of this inflow, which carries these concentrations and DO.

        removals: of the substances that it takes out; the others pass.
        """
        self._structure = structure
        self._area_m2 = table["area_m2"]
        self._bed_m, self._crest_m = table["bed_m"], table["weir_crest_m"]
        self._weir_width_m = table["weir_width_m"]
        self._exchange_m_s = table["air_exchange_m_d"] / DAY_S
        self._removals = removals
        self.tanks = table["tanks"]
        self.temperature_c = temperature_c
        over_m = weir_head_m(structure, self._weir_width_m, inflow_m3_s)
        self.volume_m3 = self._area_m2 * (self._crest_m + over_m - self._bed_m)
        self.outflow_m3_s = inflow_m3_s
        substances = {key: value for key, value in carried.items() if key != DO}
        self.concentrations = {key: [value] * self.tanks for key, value in substances.items()}
        self._of_inflow = dict(substances)
        self._settle(inflow_m3_s)
        self.water = Book(self.volume_m3)
        self.mass = {key: Book(self._mass(key)) for key in substances}
        self.oxygen = Oxygen(rates, carried[DO], self.volume_m3)

    @property
    def level_m(self) -> float:
        return self._bed_m + self.volume_m3 / self._area_m2

    def leaving(self, key: str) -> float:
        """Concentration of what leaves."""
        return self.concentrations[key][-1]

    def balance_errors(self) -> dict[str, float]:
        errors = {key: book.error(self._mass(key)) for key, book in self.mass.items()}
        oxygen = self.oxygen.book.error(self.oxygen.do_mg_l * self.volume_m3)
        return {"water": self.water.error(self.volume_m3), **errors, DO: oxygen}

    def step(
        self,
        dt_s: float,
        came_m3: float,
        carried: Mapping[str, float],
        came_c: float,
        sky: Sky,
        below_m: float,
    ) -> float:
        """One step with the water that came in it. Returns what left, in cubic metres.

        below_m: the pond's surface; above the weir's crest it drowns the weir.
        """
        before_m3, surface = self.volume_m3, self._area_m2 * dt_s
        rain = sky.rain_m_s * surface
        evaporated = min(sky.evaporation_m_s * surface, before_m3 / 2)
        left = self._over_weir_m3(dt_s, below_m)
        self.outflow_m3_s = left / dt_s
        change = came_m3 + rain - evaporated - left
        volume, after = before_m3 / self.tanks, (before_m3 + change) / self.tanks
        # One level: every tank takes an equal part of the change, the rest flows on.
        kept = (came_m3 - left) / self.tanks
        flows = [came_m3 - tank * kept for tank in range(self.tanks + 1)]
        for key, tanks in self.concentrations.items():
            self._carry(key, tanks, carried[key], flows, volume, after, surface)
        self._breathe(dt_s, came_m3 * carried[DO], before_m3 + change, left)
        self.temperature_c = mixed_temperature_c(
            self.temperature_c,
            before_m3,
            came_c,
            came_m3,
            sky.air_c,
            self._exchange_m_s * surface,
        )
        self.volume_m3 += change
        self.water.came += came_m3 + rain
        self.water.left += left + evaporated
        return left

    def _over_weir_m3(self, dt_s: float, below_m: float) -> float:
        """Never more than a quarter of what lies between the levels, however long the step."""
        level_m = self.level_m
        passing = weir_m3_s(
            self._structure, self._weir_width_m, level_m - self._crest_m, below_m - self._crest_m
        )
        between_m = max(0.0, level_m - max(self._crest_m, below_m))
        return min(passing * dt_s, between_m * self._area_m2 / 4)

    def _breathe(self, dt_s: float, brought_g: float, after_m3: float, left_m3: float) -> None:
        depth_m = max(0.05, self.volume_m3 / self._area_m2)
        self.oxygen.step(
            dt_s, self.volume_m3, brought_g, after_m3 + left_m3, depth_m, self.temperature_c
        )
        self.oxygen.book.left += left_m3 * self.oxygen.do_mg_l

    def _carry(self, key, tanks, coming, flows, volume, after, surface) -> None:
        book, of, settling, floor = self.mass[key], self._removals.get(key), 0.0, 0.0
        book.came += flows[0] * coming
        if of is not None:
            # The background belongs to the water that came in, not to what stands at the gate.
            share = flows[0] / (volume + flows[0])
            self._of_inflow[key] += (coming - self._of_inflow[key]) * share
            settling = of.k_m_d(self.temperature_c) / DAY_S * surface / self.tanks
            floor = of.background_mg_l(self._of_inflow[key])
        for tank, held in enumerate(tanks):
            away = after + flows[tank + 1]
            coming = mixed(book, held * volume, flows[tank] * coming, away, settling, floor)
            tanks[tank] = coming
        book.left += flows[-1] * coming

    def _settle(self, inflow_m3_s: float) -> None:
        if inflow_m3_s <= 0:
            return
        load_m_d = inflow_m3_s * DAY_S / self._area_m2
        for key, of in self._removals.items():
            coming = self._of_inflow[key]
            floor = of.background_mg_l(coming)
            ratio = of.k_m_d(self.temperature_c) / load_m_d / self.tanks
            for tank in range(self.tanks):
                coming = floor + (coming - floor) / (1 + ratio)
                self.concentrations[key][tank] = coming

    def _mass(self, key: str) -> float:
        return sum(self.concentrations[key]) * self.volume_m3 / self.tanks
