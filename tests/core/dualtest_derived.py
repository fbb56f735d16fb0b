"""Points that are reckoned from others, and ratings: integers, as a calculator gives them."""

import struct

from core_parts import POINT, changed, poll

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.core import fixed
from station.core.derived import Derived, ec25, millionths_of
from station.core.rating import UNKNOWN, Rating
from station.core.readings import Point, Readings

FIELDS = {
    "kind": layout.DERIVED_MEDIAN,
    "quantity": 1,
    "first": 0,
    "second": 1,
    "third": 2,
    "num": 1,
    "den": 1,
    "max_age_ms": 3000,
}


def table(**changes):
    """Three probes and what is reckoned from them, as point 3."""
    readings = Readings([Point(f"p{number}", POINT, 3000) for number in range(4)])
    Derived(readings, 3, changed(FIELDS, **changes))
    return readings


def tell(readings, letters):
    """The first is polled last: the row is reckoned at its poll."""
    for point in (2, 1, 0):
        poll(readings, 1000, letters[point], point)
    return readings.value[3], readings.flag[3]


def test_a_median_is_of_those_that_can_be_used():
    readings = table()
    assert tell(readings, "iBd") == (9000, codes.FLAG_GOOD)
    assert tell(readings, "dBi") == (9000, codes.FLAG_GOOD)
    assert tell(readings, "dMi") == (7000, codes.FLAG_GOOD)  # halfway
    assert tell(readings, "MMi") == (5000, codes.FLAG_GOOD)
    assert tell(readings, "MMM") == (0, codes.FLAG_MISSING)
    assert tell(readings, "ngn") == (0, codes.FLAG_FAIL)


def test_a_median_of_suspect_values_is_suspect():
    readings = table()
    readings.doubt(1, True)
    assert tell(readings, "iBd") == (9000, codes.FLAG_SUSPECT)


def test_millionths():
    for value, divisor in ((7, 3), (1234567, 1036000), (2000000, 340000), (0, 17), (1, 2000000)):
        exact = (value * 10**6 * 2 + divisor) // (2 * divisor)
        assert millionths_of(value, divisor) == exact
    assert millionths_of(10**9, 500000) == fixed.OUT_OF_RANGE


def test_conductivity_at_25_degrees():
    assert ec25(12000, 2500, 191) == 12000
    assert ec25(12000, 1500, 191) == 14833  # 1200 / (1 - 0.191)
    assert ec25(12000, 3500, 200) == 10000  # 1200 / 1.2
    assert ec25(2000000, 0, 220) == 4444444
    assert ec25(12000, -3000, 220) == fixed.OUT_OF_RANGE


def test_dissolved_solids_and_what_they_lack():
    readings = table(
        kind=layout.DERIVED_TDS, second=layout.NONE, third=layout.NONE, num=13, den=20
    )
    assert tell(readings, "BMM") == (7800, codes.FLAG_GOOD)
    assert tell(readings, "MBB") == (0, codes.FLAG_MISSING)
    readings = table(kind=layout.DERIVED_EC25, third=layout.NONE, num=191)
    assert tell(readings, "BMB") == (0, codes.FLAG_MISSING)
    value, flag = tell(readings, "BiB")  # 12000 at 50.00 degrees
    assert (value, flag) == (ec25(12000, 5000, 191), codes.FLAG_GOOD)
    readings.serve(1, True)
    tell(readings, "BiB")
    assert readings.status[3] == codes.STATUS_FUNCTION_CHECK


def test_a_rating_goes_along_the_line_between_its_rows():
    rating = Rating(struct.pack("<HIHIHI", 0, 0, 100, 1000, 300, 5000))
    known = {-5: 0, 0: 0, 1: 10, 50: 500, 100: 1000, 101: 1020, 200: 3000, 300: 5000}
    for head, flow in known.items():
        assert rating.flow_cl(head) == flow, head
    assert rating.flow_cl(301) == UNKNOWN


class Load:
    kept_m3 = 7
    flow_cl = 250


def test_a_flow_and_its_volume_are_as_good_as_the_flow_is_known():
    for kind, known, unknown in (
        (layout.DERIVED_FLOW, (250, codes.STATUS_GOOD), (0, codes.STATUS_FAILURE)),
        (layout.DERIVED_VOLUME, (7, codes.STATUS_GOOD), (7, codes.STATUS_OUT_OF_SPECIFICATION)),
    ):
        readings = Readings([Point(f"p{number}", POINT, 3000) for number in range(4)])
        derived = Derived(readings, 3, changed(FIELDS, kind=kind))
        load = Load()
        derived.tell(1000, load)
        assert (readings.value[3], readings.status[3]) == known
        assert readings.flag[3] == codes.FLAG_GOOD
        load.flow_cl = UNKNOWN
        derived.tell(2000, load)
        assert (readings.value[3], readings.status[3]) == unknown
        assert readings.flag[3] != codes.FLAG_GOOD
