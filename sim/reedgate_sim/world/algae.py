"""Algae of a pond as chlorophyll: light and warmth grow them, phosphorus caps them. Simple."""

import math
from dataclasses import dataclass

from reedgate_sim.world.balance import Book

_DAY_S = 86400


@dataclass(frozen=True)
class Growth:
    """The table [algae] of data/oxygen.toml; rates at 20 degrees."""

    growth_per_d: float
    loss_per_d: float
    theta: float
    half_light: float
    ug_per_mg_tp: float  # chlorophyll that a milligram of phosphorus can carry, micrograms
    seed_ug_l: float  # in what flows in
    water_per_m: float  # how fast the light fades with depth, in water without algae
    shade_per_m_ug: float  # and by each microgram of chlorophyll


class Algae:
    def __init__(self, growth: Growth, chlorophyll_ug_l: float, volume_m3: float):
        self._growth = growth
        self.chlorophyll_ug_l = chlorophyll_ug_l
        self.book = Book(chlorophyll_ug_l * volume_m3)

    def mean_light(self, surface: float, depth_m: float) -> float:
        """Over the whole depth: algae stand in their own shade."""
        growth = self._growth
        fading = growth.water_per_m + growth.shade_per_m_ug * self.chlorophyll_ug_l
        return surface * -math.expm1(-fading * depth_m) / (fading * depth_m)

    def step(
        self,
        dt_s: float,
        volume_m3: float,
        came_m3: float,
        away_m3: float,
        temperature_c: float,
        light: float,
        tp_mg_l: float,
    ) -> None:
        growth, held, days = self._growth, self.chlorophyll_ug_l * volume_m3, dt_s / _DAY_S
        warmth = growth.theta ** (temperature_c - 20)
        room = max(0.0, 1 - self.chlorophyll_ug_l / max(1e-9, tp_mg_l * growth.ug_per_mg_tp))
        rate = growth.growth_per_d * warmth * room * light / (growth.half_light + light)
        made = held * math.expm1(rate * days)
        loss_m3 = volume_m3 * growth.loss_per_d * warmth * days
        brought = came_m3 * growth.seed_ug_l
        new = (held + made + brought) / (away_m3 + loss_m3)
        self.book.came += brought
        self.book.made += made
        self.book.removed += loss_m3 * new
        self.chlorophyll_ug_l = new
