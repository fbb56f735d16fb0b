"""What water is made of: density, and the oxygen it can hold. Formulas only."""

import math


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
