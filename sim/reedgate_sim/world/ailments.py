"""What a probe shows besides the water: air, drift, dirt, bubbles, a worn wiper, a register stuck.

Functions of time and of the fault alone. Faults of replies and of the line stand elsewhere.
"""

import zlib
from collections.abc import Callable, Mapping

from reedgate_sim.world.faults import Fault
from reedgate_sim.world.substances import do_saturation_mg_l

Water = Mapping[str, Callable[[int], float]]  # quantity -> its value in the water at a time

_HOUR_US = 3_600_000_000
_NOTHING = ("turbidity_ntu", "conductivity_us_cm", "depth_mm")  # of these air has none


def felt(quantity: str, water: Water, in_air: Callable[[int], bool]) -> Callable[[int], float]:
    """What reaches the probe: the water, or the air while it hangs there."""
    in_water = water[quantity]
    if quantity in _NOTHING:
        return lambda at_us: 0.0 if in_air(at_us) else in_water(at_us)
    if quantity == "do_mg_l":  # a wet cap in air is in balance with it
        celsius = water["temperature_c"]
        return lambda at_us: (
            do_saturation_mg_l(celsius(at_us)) if in_air(at_us) else in_water(at_us)
        )
    return in_water


def drifted(fault: Fault, value: float, taken_us: int) -> float:
    return value + fault.value * _hours(fault.from_us, taken_us)


def fouled(fault: Fault, value: float, clean_us: int, taken_us: int) -> float:
    """clean_us: since when dirt has been gathering."""
    return value * (1 + fault.value / 100 * _hours(clean_us, taken_us))


def is_bubble(fault: Fault, key: int, refresh: int) -> bool:
    """Whether the measurement with this number met a bubble: one in `count`."""
    return zlib.crc32(f"{key}/{refresh}".encode()) % max(fault.count, 1) == 0


def _hours(from_us: int, now_us: int) -> float:
    return max(0, now_us - from_us) / _HOUR_US
