"""How much water passes a weir and a gate. Pure functions in metres and cubic metres per second.

Heads count from the sill. What flows back (h2 above h1) is not this module's: callers decide.
"""

import math
from dataclasses import dataclass

GRAVITY_M_S2 = 9.81


@dataclass(frozen=True)
class Structure:
    """Coefficients of a sluice gate and of the weir that it is when lifted clear."""

    discharge: float = 0.6
    contraction: float = 0.61
    weir: float = 1.7
    blend: float = 0.3
    villemonte: float = 0.385


def weir_m3_s(structure: Structure, width_m: float, h1_m: float, h2_m: float = 0.0) -> float:
    """A broad weir; tailwater above its crest drowns it (Villemonte's reduction)."""
    if h1_m <= 0 or h2_m >= h1_m:
        return 0.0
    free = structure.weir * width_m * h1_m * math.sqrt(h1_m)
    if h2_m <= 0:
        return free
    return free * (1 - (h2_m / h1_m) ** 1.5) ** structure.villemonte


def weir_head_m(structure: Structure, width_m: float, discharge_m3_s: float) -> float:
    """The head at which a free weir passes a discharge."""
    return (discharge_m3_s / (structure.weir * width_m)) ** (2 / 3)


def free_m3_s(structure: Structure, width_m: float, opening_m: float, h1_m: float) -> float:
    """Under a gate into air."""
    return structure.discharge * width_m * opening_m * math.sqrt(2 * GRAVITY_M_S2 * h1_m)


def submerged_m3_s(
    structure: Structure, width_m: float, opening_m: float, h1_m: float, h2_m: float
) -> float:
    """Under a gate into tailwater that drowns the jet."""
    return free_m3_s(structure, width_m, opening_m, h1_m - h2_m)


def conjugate_depth_m(structure: Structure, opening_m: float, h1_m: float) -> float:
    """Tailwater depth from which the jet under the gate is drowned."""
    jet_m = structure.contraction * opening_m
    speed_m_s = free_m3_s(structure, 1.0, opening_m, h1_m) / jet_m
    froude_squared = speed_m_s**2 / (GRAVITY_M_S2 * jet_m)
    return jet_m / 2 * (math.sqrt(1 + 8 * froude_squared) - 1)


def gate_m3_s(
    structure: Structure, width_m: float, opening_m: float, h1_m: float, h2_m: float = 0.0
) -> float:
    """Through a gate at any opening: the least of what the weir and the orifice let through.

    Between free and submerged the two formulas do not meet; a smooth step joins them, over a share
    `blend` of what is left between the conjugate depth and h1. With the lip above the water the
    weir is the least, except nearly drowned, so that nothing jumps where the lip touches it.
    """
    if opening_m <= 0 or h1_m <= 0 or h2_m >= h1_m:
        return 0.0
    over_weir = weir_m3_s(structure, width_m, h1_m, h2_m)
    return min(over_weir, _orifice_m3_s(structure, width_m, opening_m, h1_m, h2_m))


def _orifice_m3_s(
    structure: Structure, width_m: float, opening_m: float, h1_m: float, h2_m: float
) -> float:
    free = free_m3_s(structure, width_m, opening_m, h1_m)
    if h2_m <= structure.contraction * opening_m:  # below the jet itself: surely free
        return free
    limit_m = conjugate_depth_m(structure, opening_m, h1_m)
    if h2_m <= limit_m:
        return free
    submerged = submerged_m3_s(structure, width_m, opening_m, h1_m, h2_m)
    share = min(1.0, (h2_m - limit_m) / (structure.blend * (h1_m - limit_m)))
    step = share * share * (3 - 2 * share)
    return free + step * (submerged - free)
