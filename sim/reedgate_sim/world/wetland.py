"""The wetland cell: one level, tanks in series for what the water carries, a weir to the pond.

Implicit in the concentrations, so any step is stable, and every gram is booked: what came, what
was taken out, what left.
"""

from dataclasses import dataclass

from reedgate_sim.world.hydraulics import Structure, weir_head_m, weir_m3_s
from reedgate_sim.world.treatment import Removal

_DAY_S = 86400


@dataclass
class Book:
    """What has come and gone since the start: cubic metres, or grams."""

    held_at_start: float
    came: float = 0.0
    left: float = 0.0
    removed: float = 0.0

    def error(self, held: float) -> float:
        """What does not add up, as a share of everything that moved or stands."""
        missing = self.held_at_start + self.came - self.left - self.removed - held
        return missing / max(1e-12, self.held_at_start + self.came)


class Wetland:
    def __init__(
        self,
        structure: Structure,
        table: dict,
        weather: dict,
        solids: Removal,
        inflow_m3_s: float,
        carried: dict[str, float],
        temperature_c: float,
    ):
        """Starts in the steady state of this inflow, which carries these concentrations."""
        self._structure = structure
        self._area_m2 = table["area_m2"]
        self._bed_m, self._crest_m = table["bed_m"], table["weir_crest_m"]
        self._weir_width_m = table["weir_width_m"]
        self._solids = solids
        self._rain_m_s = weather["rain_mm_d"] / 1000 / _DAY_S
        self._evaporation_m_s = weather["evaporation_mm_d"] / 1000 / _DAY_S
        self.tanks = table["tanks"]
        over_m = weir_head_m(structure, self._weir_width_m, inflow_m3_s)
        self.volume_m3 = self._area_m2 * (self._crest_m + over_m - self._bed_m)
        self.outflow_m3_s = inflow_m3_s
        self.concentrations = {key: [value] * self.tanks for key, value in carried.items()}
        self._solids_of_inflow = carried["tss"]
        self._settle_solids(inflow_m3_s, temperature_c)
        self.water = Book(self.volume_m3)
        self.mass = {key: Book(self._mass(key)) for key in carried}

    @property
    def level_m(self) -> float:
        return self._bed_m + self.volume_m3 / self._area_m2

    def leaving(self, key: str) -> float:
        """Concentration of what leaves."""
        return self.concentrations[key][-1]

    def balance_errors(self) -> dict[str, float]:
        errors = {key: book.error(self._mass(key)) for key, book in self.mass.items()}
        return {"water": self.water.error(self.volume_m3), **errors}

    def step(
        self, dt_s: float, came_m3: float, carried: dict[str, float], temperature_c: float
    ) -> float:
        """One step with the water that came in it. Returns what left, in cubic metres."""
        rain = self._rain_m_s * self._area_m2 * dt_s
        evaporated = min(self._evaporation_m_s * self._area_m2 * dt_s, self.volume_m3 / 2)
        over_m = self.level_m - self._crest_m
        left = weir_m3_s(self._structure, self._weir_width_m, over_m) * dt_s
        self.outflow_m3_s = left / dt_s
        change = came_m3 + rain - evaporated - left
        volume = self.volume_m3 / self.tanks
        self._mix_solids_of_inflow(came_m3, carried["tss"], volume)
        # One level: every tank takes an equal part of the change, the rest flows on.
        kept = (change - rain + evaporated) / self.tanks
        flows = [came_m3 - tank * kept for tank in range(self.tanks + 1)]
        after = volume + change / self.tanks
        settling_m3 = self._solids.k_m_d(temperature_c) / _DAY_S * dt_s * self._area_m2
        for key, tanks in self.concentrations.items():
            settling = settling_m3 / self.tanks if key == "tss" else 0.0
            self._carry(key, tanks, carried[key], flows, volume, after, settling)
        self.volume_m3 += change
        self.water.came += came_m3 + rain
        self.water.left += left + evaporated
        return left

    def _carry(self, key, tanks, coming, flows, volume, after, settling) -> None:
        book = self.mass[key]
        book.came += flows[0] * coming
        floor = self._solids.background_mg_l(self._solids_of_inflow) if settling else 0.0
        for tank, held in enumerate(tanks):
            brought = held * volume + flows[tank] * coming
            away = after + flows[tank + 1]
            new = (brought + settling * floor) / (away + settling)
            if new < floor:  # cleaner than its background: nothing settles, nothing is stirred up
                new = brought / away
            else:
                book.removed += settling * (new - floor)
            tanks[tank] = coming = new
        book.left += flows[-1] * coming

    def _settle_solids(self, inflow_m3_s: float, temperature_c: float) -> None:
        coming = self._solids_of_inflow
        floor = self._solids.background_mg_l(coming)
        if inflow_m3_s > 0:
            load_m_d = inflow_m3_s * _DAY_S / self._area_m2
            ratio = self._solids.k_m_d(temperature_c) / load_m_d / self.tanks
            for tank in range(self.tanks):
                coming = floor + (coming - floor) / (1 + ratio)
                self.concentrations["tss"][tank] = coming

    def _mix_solids_of_inflow(self, came_m3: float, coming: float, volume: float) -> None:
        """The background belongs to the water that came in, not to what stands before the gate."""
        share = came_m3 / (volume + came_m3)
        self._solids_of_inflow += (coming - self._solids_of_inflow) * share

    def _mass(self, key: str) -> float:
        return sum(self.concentrations[key]) * self.volume_m3 / self.tanks
