"""Oxygen in standing water by day and night: the air, light and algae, mud and night.

One mixed volume, implicit: no step makes oxygen negative, and every gram is booked.
"""

from dataclasses import dataclass

from reedgate_sim.world.balance import Book
from reedgate_sim.world.substances import do_saturation_mg_l

_DAY_S = 86400


@dataclass(frozen=True)
class Rates:
    """A table of data/oxygen.toml. Respiration and demand are at 20 degrees."""

    reaeration_m_d: float  # a film's velocity: divided by the depth it is k2
    respiration_mg_l_d: float
    sediment_g_m2_d: float
    theta: float
    half_mg_l: float  # oxygen at which consumers are down to half their rate
    made_mg_per_ug_d: float  # by a microgram of chlorophyll under a light of 1
    used_mg_per_ug_d: float  # by the same, day and night


class Oxygen:
    def __init__(self, rates: Rates, do_mg_l: float, volume_m3: float):
        self._rates = rates
        self.do_mg_l = do_mg_l
        self.book = Book(do_mg_l * volume_m3)

    def step(
        self,
        dt_s: float,
        volume_m3: float,
        brought_g: float,
        away_m3: float,
        depth_m: float,
        temperature_c: float,
        light: float = 0.0,
        algae_ug_l: float = 0.0,
    ) -> None:
        """volume_m3 before the step; away_m3: the volume after it and what flowed out."""
        rates, water_days = self._rates, volume_m3 * dt_s / _DAY_S
        warmth = rates.theta ** (temperature_c - 20)
        k2 = rates.reaeration_m_d / depth_m
        consumed = rates.respiration_mg_l_d + rates.sediment_g_m2_d / depth_m
        consumed += rates.used_mg_per_ug_d * algae_ug_l
        sink = k2 + consumed * warmth / (rates.half_mg_l + self.do_mg_l)
        made = rates.made_mg_per_ug_d * algae_ug_l * light * warmth
        made_g = water_days * (made + k2 * do_saturation_mg_l(temperature_c))
        new = (self.do_mg_l * volume_m3 + brought_g + made_g) / (away_m3 + water_days * sink)
        self.book.came += brought_g
        self.book.made += made_g
        self.book.removed += water_days * sink * new
        self.do_mg_l = new
