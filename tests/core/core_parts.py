"""Single parts of the core for the tests of this folder: a table of readings, told by polls."""

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.core import fixed
from station.core.readings import Point, Readings

MAX_AGE_MS = 3000
SENTINEL = 99999
LIMIT, DEADBAND = 10000, 2000
POINT = {
    "quantity": 1,
    "word": 0,
    "data_type": layout.TYPE_F32_ABCD,
    "decimals": 3,
    "num": 1,
    "den": 1,
    "offset": 0,
    "gross_min": 0,
    "gross_max": 100000,
}


def changed(fields, **changes):
    whole = dict(fields)
    whole.update(changes)
    return whole


def table(count=1, **changes):
    points = [
        Point(f"p{number}", changed(POINT, **changes), MAX_AGE_MS) for number in range(count)
    ]
    for point in points:
        point.sentinels.append(SENTINEL)
    return Readings(points)


RAW = {
    "B": 12000,  # beyond an upper limit of 10000
    "L": 10000,  # at the limit: not beyond it
    "d": 9000,  # not beyond, but within the deadband
    "e": 8000,  # at its far end: inside
    "i": 5000,
    "n": fixed.NOT_A_NUMBER,
    "+": fixed.INFINITE_ABOVE,
    "-": fixed.INFINITE_BELOW,
    "o": fixed.OUT_OF_RANGE,
    "g": 100001,  # outside of the gross range
    "s": SENTINEL,
}
MISSED = {
    "M": codes.DETAIL_NO_ANSWER,
    "C": codes.DETAIL_BAD_FRAME,
    "X": codes.DETAIL_EXCEPTION,
    "E": codes.DETAIL_INSTRUMENT_ERROR,
    "W": codes.DETAIL_WARMING_UP,
}
NUMBERS = "BLdei"
NOTHING = "n+-ogsMCXEW"


def poll(readings, now_ms, symbol, point=0):
    """One poll of a point by the letter of its outcome; "." is none at all."""
    if symbol in MISSED:
        readings.miss(now_ms, point, MISSED[symbol])
    elif symbol != ".":
        readings.take(now_ms, point, RAW[symbol])
