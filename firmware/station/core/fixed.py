"""Numbers without floats: the bits of an IEEE 754 single as an integer in small units.

The VM computes in double, the chip in single precision; integers are the same on both. Every
intermediate stays below 2**30, a small int on a 32-bit board: nothing here touches the heap.
"""

from reedgate_contract.compat import const

# What is no number. Below every value that a conversion can give.
NOT_A_NUMBER = const(-1073741821)
INFINITE_ABOVE = const(-1073741822)
INFINITE_BELOW = const(-1073741823)
OUT_OF_RANGE = const(-1073741824)
_NOT_A_NUMBER = const(-1073741821)
_INFINITE_ABOVE = const(-1073741822)
_INFINITE_BELOW = const(-1073741823)
_OUT_OF_RANGE = const(-1073741824)
_LARGEST = const(1000000000)
_LARGEST_TENTH = const(100000000)  # times ten and a digit it is still below 2**30
_PRODUCT_LIMIT = const(1073741823)


def is_number(scaled):
    return scaled > _NOT_A_NUMBER


def scaled_from_ieee754(high, low, decimals):
    """round_half_even(value * 10**decimals) of the float32 in the 16-bit words high and low.

    decimals: 0 to 6. Gives one of the codes above for NaN, the infinities and what does not fit.
    """
    exponent = (high >> 7) & 0xFF
    mantissa = ((high & 0x7F) << 16) | low
    negative = high & 0x8000
    if exponent == 255:
        if mantissa:
            return _NOT_A_NUMBER
        return _INFINITE_BELOW if negative else _INFINITE_ABOVE
    fraction_bits = 150 - exponent  # value = mantissa / 2**fraction_bits, with the hidden bit
    if exponent == 0 or fraction_bits > 44:
        return 0  # below 2**-21: less than half a unit even at six decimals
    mantissa |= 0x800000
    if fraction_bits <= 0:
        return _scaled_whole(mantissa, -fraction_bits, decimals, negative)
    whole = 0
    if fraction_bits < 24:
        whole = mantissa >> fraction_bits
        mantissa &= (1 << fraction_bits) - 1
    return _scaled_fraction(whole, mantissa, fraction_bits, decimals, negative)


def scaled_from_integer(value, decimals):
    """value * 10**decimals of a register's integer, or OUT_OF_RANGE. decimals: 0 to 6."""
    return _scaled_whole(-value if value < 0 else value, 0, decimals, value < 0)


def _scaled_whole(mantissa, shift, decimals, negative):
    if shift > 6:
        return _OUT_OF_RANGE
    whole = mantissa << shift
    for _ in range(decimals):
        if whole > _LARGEST_TENTH:
            return _OUT_OF_RANGE
        whole *= 10
    if whole > _LARGEST:
        return _OUT_OF_RANGE
    return -whole if negative else whole


def _scaled_fraction(whole, fraction, bits, decimals, negative):
    """whole + fraction / 2**bits, the fraction in two limbs: a digit's product stays small."""
    if bits < 16:
        fraction <<= 16 - bits
        bits = 16
    upper = fraction >> 15
    lower = fraction & 0x7FFF
    upper_bits = bits - 15
    upper_mask = (1 << upper_bits) - 1
    for _ in range(decimals):
        if whole > _LARGEST_TENTH:
            return _OUT_OF_RANGE
        lower *= 10
        upper = upper * 10 + (lower >> 15)
        lower &= 0x7FFF
        whole = whole * 10 + (upper >> upper_bits)
        upper &= upper_mask
    half = 1 << (upper_bits - 1)
    if upper > half or (upper == half and (lower or whole & 1)):
        whole += 1
    if whole > _LARGEST:
        return _OUT_OF_RANGE
    return -whole if negative else whole


def scaled_by(value, num, den):
    """round_half_even(value * num / den), or OUT_OF_RANGE where the product leaves a small int."""
    if num == den:
        return value
    size = -value if value < 0 else value
    if size > _PRODUCT_LIMIT // num:
        return _OUT_OF_RANGE
    product = size * num
    result = product // den
    twice_rest = (product - result * den) * 2
    if twice_rest > den or (twice_rest == den and result & 1):
        result += 1
    return -result if value < 0 else result
