"""What the registers of a probe say by its profile: quantities, and whether they can be true."""

import math
from dataclasses import dataclass

from reedgate_boards.site.golden import number_at, scaled_as
from reedgate_boards.site.profiles import Profile, ProfilePoint
from reedgate_contract.quantities import QUANTITIES, text_of


@dataclass(frozen=True)
class Value:
    quantity: str
    text: str  # with its unit; "-" for no number
    in_range: bool


def values_of(profile: Profile, data: bytes) -> list[Value]:
    """data: the registers of the profile's read, whole."""
    return [_value(key, point, data) for key, point in profile.points.items()]


def has_error(profile: Profile, data: bytes) -> bool:
    words = [profile.read.error_word, *(each.error_word for each in profile.points.values())]
    return any(any(data[2 * word : 2 * word + 2]) for word in words if word is not None)


def _value(quantity: str, point: ProfilePoint, data: bytes) -> Value:
    number = number_at(point, data)
    if not math.isfinite(number):
        return Value(quantity, "-", False)
    _code, unit, decimals = QUANTITIES[quantity]
    scaled = scaled_as(point, number)
    low, high = point.range
    in_range = low * 10**decimals <= scaled <= high * 10**decimals
    return Value(quantity, f"{text_of(scaled, decimals)} {unit}", in_range)
