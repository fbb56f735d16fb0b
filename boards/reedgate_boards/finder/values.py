"""What the registers of a probe say by its profile: quantities, and whether they can be true."""

import math
import struct
from dataclasses import dataclass
from fractions import Fraction

from reedgate_boards.site.profiles import Profile, ProfilePoint
from reedgate_contract.quantities import QUANTITIES, text_of

_INTEGERS = {"i16": ">h", "u16": ">H"}
_ORDERS = {  # places of the bytes of a big-endian float
    "f32_abcd": (0, 1, 2, 3),
    "f32_dcba": (3, 2, 1, 0),
    "f32_cdab": (2, 3, 0, 1),
    "f32_badc": (1, 0, 3, 2),
}


@dataclass(frozen=True)
class Value:
    quantity: str
    text: str  # with its unit; "-" for no number
    in_range: bool


def values_of(profile: Profile, data: bytes) -> list[Value]:
    """data: the registers of the profile's read, whole."""
    return [_value(key, point, data) for key, point in profile.points.items()]


def has_error(profile: Profile, data: bytes) -> bool:
    word = profile.read.error_word
    return word is not None and any(data[2 * word : 2 * word + 2])


def _value(quantity: str, point: ProfilePoint, data: bytes) -> Value:
    number = _number(point.type, data[2 * point.word :])
    if not math.isfinite(number):
        return Value(quantity, "-", False)
    _code, unit, decimals = QUANTITIES[quantity]
    raw = round(Fraction(number) * 10**point.decimals)
    scaled = round(Fraction(raw * point.num, point.den))
    low, high = point.range
    in_range = low * 10**decimals <= scaled <= high * 10**decimals
    return Value(quantity, f"{text_of(scaled, decimals)} {unit}", in_range)


def _number(kind: str, data: bytes) -> float:
    if kind in _INTEGERS:
        return struct.unpack_from(_INTEGERS[kind], data)[0]
    return struct.unpack(">f", bytes(data[place] for place in _ORDERS[kind]))[0]
