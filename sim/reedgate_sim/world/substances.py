"""What water is made of: what it carries, its density, the oxygen it can hold. Formulas only."""

import math
from collections.abc import Callable

from reedgate_sim.world.parameters import parameters

# What is carried and booked, in g/m3. Conductivity at 25 degrees stands for salt: it is carried
# like a concentration. Turbidity stands for suspended solids by a factor that sites differ in.
CARRIED_AS = {
    "tss": "turbidity_ntu",
    "salt": "conductivity_us_cm",
    "bod": "bod_mg_l",
    "nh4_n": "ammonia_mg_l",
    "tn": "tn_mg_l",
    "tp": "tp_mg_l",
}
DO = "do"


def carried(quantity: Callable[[str], float]) -> dict[str, float]:
    """The concentrations of water in which the quantities of a scenario are these."""
    found = {key: quantity(name) for key, name in CARRIED_AS.items()}
    found["tss"] *= parameters("water")["solids"]["tss_mg_l_per_ntu"]
    return found


def quantities(concentrations: dict[str, float]) -> dict[str, float]:
    """The other way."""
    found = {name: concentrations[key] for key, name in CARRIED_AS.items()}
    found["turbidity_ntu"] /= parameters("water")["solids"]["tss_mg_l_per_ntu"]
    return found


def water_density_kg_m3(temperature_c: float) -> float:
    """As KELLER's depth calculation takes it."""
    t = temperature_c
    return (
        999.84847 + 6.337563e-2 * t - 8.523829e-3 * t**2 + 6.943248e-5 * t**3 - 3.821216e-7 * t**4
    )


def do_saturation_mg_l(temperature_c: float) -> float:
    """Oxygen in fresh water in balance with the air at sea level (Benson and Krause)."""
    kelvin = temperature_c + 273.15
    return math.exp(
        -139.34411
        + 1.575701e5 / kelvin
        - 6.642308e7 / kelvin**2
        + 1.243800e10 / kelvin**3
        - 8.621949e11 / kelvin**4
    )
