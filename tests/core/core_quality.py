"""A point with thresholds, and what its flags are for a series: for the tests of quality."""

from core_parts import POINT, changed

from reedgate_contract import codes
from station.core.quality import Quality
from station.core.readings import Point, Readings
from station.core.ticks import later

MINUTE_MS = 60000
# The series that ioos_qc 3.0.0 was run over, a number a minute; None: not a number.
SERIES = (5000, 5100, 5000, 30000, 5200, 5100, 5100, 5100, 5100, 5100, 5100, None, 5000)
THRESHOLDS = {
    "rate": 0,
    "rate_ms": 30000,
    "spike": 0,
    "flat_ms": 0,
    "flat_polls": 3,
    "suspect_ms": 1800000,
    "saturates": 0,
}


def judged(max_age_ms=150000, gross_max=100000, **thresholds):
    """A table of one point with these thresholds."""
    point = Point("p0", changed(POINT, gross_max=gross_max), max_age_ms)
    point.quality = Quality(changed(THRESHOLDS, **thresholds), max_age_ms)
    return Readings([point])


def flags(readings, series, step_ms=MINUTE_MS, start_ms=0):
    """The flag after each poll of series."""
    given = []
    for number, raw in enumerate(series):
        now_ms = later(start_ms, number * step_ms)
        if raw is None:
            readings.miss(now_ms, 0, codes.DETAIL_NOT_A_NUMBER)
        else:
            readings.take(now_ms, 0, raw)
        given.append(readings.flag[0])
    return given
