"""The conversion against exact fractions, with many vectors; under CPython only."""

import random
import struct
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from station.core import fixed

LARGEST = 10**9
VECTORS = 200_000
steady = settings(derandomize=True, database=None, deadline=None, max_examples=300)


def expected(bits: int, decimals: int) -> int:
    (value,) = struct.unpack(">f", struct.pack(">I", bits))
    if value != value:
        return fixed.NOT_A_NUMBER
    if value in (float("inf"), float("-inf")):
        return fixed.INFINITE_ABOVE if value > 0 else fixed.INFINITE_BELOW
    scaled = round(Fraction(value) * 10**decimals)  # of a Fraction: half to even, exact
    return scaled if abs(scaled) <= LARGEST else fixed.OUT_OF_RANGE


def converted(bits: int, decimals: int) -> int:
    return fixed.scaled_from_ieee754(bits >> 16, bits & 0xFFFF, decimals)


def test_seeded_vectors_agree_with_exact_fractions():
    draw = random.Random(20260101)
    for number in range(VECTORS):
        bits = draw.getrandbits(32)
        if number % 4:  # where instruments live: 2**-24 to 2**31
            bits = bits & 0x807FFFFF | draw.randint(103, 158) << 23
        decimals = draw.randint(0, 6)
        assert converted(bits, decimals) == expected(bits, decimals), (hex(bits), decimals)


@steady
@given(st.integers(0, 2**32 - 1), st.integers(0, 6))
def test_any_bits(bits, decimals):
    assert converted(bits, decimals) == expected(bits, decimals)


@steady
@given(st.floats(width=32, allow_nan=False, allow_infinity=False), st.integers(0, 6))
def test_any_float(value, decimals):
    (bits,) = struct.unpack(">I", struct.pack(">f", value))
    assert converted(bits, decimals) == expected(bits, decimals)


@steady
@given(st.integers(-LARGEST, LARGEST), st.integers(1, 65535), st.integers(1, 65535))
def test_any_ratio(value, num, den):
    exact = round(Fraction(value * num, den))
    if num == den:
        assert fixed.scaled_by(value, num, den) == value
    elif abs(value) * num >= 2**30:
        assert fixed.scaled_by(value, num, den) == fixed.OUT_OF_RANGE
    else:
        assert fixed.scaled_by(value, num, den) == exact


@steady
@given(st.integers(-(2**15), 2**16 - 1), st.integers(0, 6))
def test_any_register(value, decimals):
    exact = value * 10**decimals
    wanted = exact if abs(exact) <= LARGEST else fixed.OUT_OF_RANGE
    assert fixed.scaled_from_integer(value, decimals) == wanted
