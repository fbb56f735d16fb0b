"""What a wetland takes out of the water: areal first-order removal towards a background (k-C*)."""

import math
from dataclasses import dataclass

from reedgate_sim.world.parameters import parameters

_DAYS_PER_YEAR = 365


@dataclass(frozen=True)
class Removal:
    """One constituent, with its figures from data/kcstar.toml."""

    k_m_yr: float
    background: float
    background_of_inflow: float
    theta: float

    def k_m_d(self, temperature_c: float) -> float:
        return self.k_m_yr / _DAYS_PER_YEAR * self.theta ** (temperature_c - 20)

    def background_mg_l(self, inflow_mg_l: float) -> float:
        """Never above the inflow: a wetland does not make solids out of clean water here."""
        return min(inflow_mg_l, self.background + self.background_of_inflow * inflow_mg_l)


def removal(constituent: str) -> Removal:
    table = parameters("kcstar")[constituent]
    return Removal(
        table["k_m_yr"], table["background"], table["background_of_inflow"], table["theta"]
    )


def outflow_mg_l(
    of: Removal,
    inflow_mg_l: float,
    load_m_d: float,
    temperature_c: float,
    tanks: int | None = None,
) -> float:
    """Steady outflow at a hydraulic load; tanks None: plug flow."""
    background = of.background_mg_l(inflow_mg_l)
    ratio = of.k_m_d(temperature_c) / load_m_d
    left = math.exp(-ratio) if tanks is None else (1 + ratio / tanks) ** -tanks
    return background + (inflow_mg_l - background) * left
