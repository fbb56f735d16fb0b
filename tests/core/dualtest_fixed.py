"""The bits of an IEEE 754 single as a scaled integer: the same on every Python, every chip."""

from station.core import fixed
from station.core.fixed import (
    INFINITE_ABOVE,
    INFINITE_BELOW,
    NOT_A_NUMBER,
    OUT_OF_RANGE,
    scaled_by,
    scaled_from_ieee754,
    scaled_from_integer,
)

VECTORS = (
    # bits, decimals, scaled
    (0x00000000, 6, 0),
    (0x80000000, 6, 0),  # minus zero
    (0x3F800000, 0, 1),
    (0x3F800000, 6, 1000000),
    (0xBF800000, 3, -1000),
    (0x41633333, 2, 1420),  # 14.2
    (0x40D9999A, 3, 6800),  # 6.8
    (0x3F5A5E35, 3, 853),  # 0.853
    (0x3F75F07B, 6, 960701),  # 0.960701 bar
    (0x41B61C20, 4, 227637),  # 22.7637
    (0x3F000000, 0, 0),  # 0.5: half to even
    (0x3FC00000, 0, 2),  # 1.5
    (0x40200000, 0, 2),  # 2.5
    (0xC0200000, 0, -2),
    (0x3E000000, 2, 12),  # 0.125
    (0x3EC00000, 2, 38),  # 0.375
    (0x3F000001, 0, 1),  # just more than a half
    (0x3EFFFFFF, 0, 0),  # just less
    (0x4B7FFFFF, 0, 16777215),
    (0x4B800000, 0, 16777216),
    (0x4E6E6B28, 0, 1000000000),  # the largest
    (0xCE6E6B28, 0, -1000000000),
    (0x4E6E6B29, 0, OUT_OF_RANGE),  # the next float above it
    (0x447A0000, 6, 1000000000),  # 1000.0 at six decimals
    (0x447A0001, 6, OUT_OF_RANGE),
    (0x4E800000, 0, OUT_OF_RANGE),  # 2**30
    (0x7F7FFFFF, 0, OUT_OF_RANGE),  # the largest float
    (0xFF7FFFFF, 6, OUT_OF_RANGE),
    (0x00000001, 6, 0),  # denormals
    (0x007FFFFF, 6, 0),
    (0x80400000, 6, 0),
    (0x00800000, 6, 0),  # the smallest normal one
    (0x350637BE, 6, 1),  # 5.00000056e-7: just more than half of a millionth
    (0x350637BD, 6, 0),  # 4.9999999874e-7
    (0xC61C3C00, 0, -9999),  # a sentinel
    (0x7F800000, 3, INFINITE_ABOVE),
    (0xFF800000, 3, INFINITE_BELOW),
    (0x7FC00000, 3, NOT_A_NUMBER),
    (0xFFC00000, 3, NOT_A_NUMBER),
    (0x7F800001, 3, NOT_A_NUMBER),  # signalling
    (0xFFFFFFFF, 0, NOT_A_NUMBER),  # "not available" of some instruments
)


def converted(bits, decimals):
    return scaled_from_ieee754(bits >> 16, bits & 0xFFFF, decimals)


def exact(bits, decimals):
    """The same by integers of any size."""
    exponent = bits >> 23 & 0xFF
    mantissa = bits & 0x7FFFFF
    negative = bits >> 31
    if exponent == 255:
        if mantissa:
            return NOT_A_NUMBER
        return INFINITE_BELOW if negative else INFINITE_ABOVE
    power = (exponent or 1) - 150
    if exponent:
        mantissa += 1 << 23
    numerator = mantissa * 10**decimals
    denominator = 1
    if power >= 0:
        numerator <<= power
    else:
        denominator <<= -power
    whole, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and whole % 2):
        whole += 1
    if whole > 1000000000:
        return OUT_OF_RANGE
    return -whole if negative else whole


def test_known_vectors():
    for bits, decimals, scaled in VECTORS:
        assert converted(bits, decimals) == scaled, (hex(bits), decimals)


def test_every_exponent_with_edge_mantissas_at_every_number_of_decimals():
    for exponent in range(256):
        for mantissa in (0, 1, 0x200000, 0x400000, 0x3FFFFF, 0x555555, 0x7FFFFF):
            bits = exponent << 23 | mantissa
            decimals = (exponent + mantissa) % 7
            for sign in (0, 1 << 31):
                given = bits | sign
                assert converted(given, decimals) == exact(given, decimals), (
                    hex(given),
                    decimals,
                )


def test_ties_go_to_the_even_unit():
    # n / 2**k with few bits: exact ties at some number of decimals
    for eighths in range(1, 4000, 2):
        bits = _bits_of_eighths(eighths)
        for decimals in (0, 1, 2):
            assert converted(bits, decimals) == exact(bits, decimals), (eighths, decimals)


def _bits_of_eighths(eighths):
    length = 0
    while eighths >> length:
        length += 1
    mantissa = eighths << (24 - length)
    return (127 + length - 1 - 3) << 23 | mantissa & 0x7FFFFF


def test_seeded_vectors():
    state = 20260101
    for _ in range(4000):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        bits = state << 1 & 0xFFFF0000
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        bits |= state >> 8 & 0xFFFF
        if bits & 0x40000000:  # bring most of them into the range of instruments
            bits = bits & 0x83FFFFFF | 0x40000000
        decimals = state % 7
        assert converted(bits, decimals) == exact(bits, decimals), (hex(bits), decimals)


def test_codes_are_no_numbers_and_lie_below_every_number():
    for code in (NOT_A_NUMBER, INFINITE_ABOVE, INFINITE_BELOW, OUT_OF_RANGE):
        assert not fixed.is_number(code)
        assert code < -1000000000
        assert code >= -(1 << 30)  # a small int on a 32-bit board
    for number in (-1000000000, -1, 0, 1, 1000000000):
        assert fixed.is_number(number)


def test_a_ratio_rounds_half_to_even():
    for value, num, den, scaled in (
        (7, 1, 1, 7),
        (5, 1, 2, 2),
        (7, 1, 2, 4),
        (-5, 1, 2, -2),
        (-7, 1, 2, -4),
        (853, 100, 1, 85300),  # a fraction as per cent
        (1000, 1, 3, 333),
        (2000, 1, 3, 667),
        (9607, 10197, 1000, 97963),  # bar as mm of water
        (0, 65535, 1, 0),
        (1000000000, 1, 65535, 15259),
    ):
        assert scaled_by(value, num, den) == scaled, (value, num, den)


def test_a_ratio_never_leaves_a_small_int():
    limit = (1 << 30) - 1
    for num in (1, 2, 3, 1000, 10197, 65535):
        for den in (1, 2, 7, 65535):
            if num == den:
                continue
            largest = limit // num
            assert fixed.is_number(scaled_by(largest, num, den)), (num, den)
            assert scaled_by(largest + 1, num, den) == OUT_OF_RANGE, (num, den)
            assert scaled_by(-largest - 1, num, den) == OUT_OF_RANGE, (num, den)


def test_an_integer_register_is_bounded_too():
    for value, decimals, scaled in (
        (0, 6, 0),
        (142, 1, 1420),
        (-142, 1, -1420),
        (65535, 0, 65535),
        (65535, 4, 655350000),
        (1000, 6, 1000000000),
        (1001, 6, OUT_OF_RANGE),
        (65535, 6, OUT_OF_RANGE),
        (-32768, 6, OUT_OF_RANGE),
    ):
        assert scaled_from_integer(value, decimals) == scaled, (value, decimals)
