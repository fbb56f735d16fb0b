"""Tests of quality by a number's past: ioos_qc's own flags where the definition is the same, and
ours where it is not (docs/quality.md)."""

from core_parts import POINT, changed
from core_quality import MINUTE_MS, SERIES, flags, judged

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.core.readings import Point, Readings
from station.core.ticks import TICKS_MASK
from station.core.wet import Wet

GOOD, SUSPECT, FAIL = codes.FLAG_GOOD, codes.FLAG_SUSPECT, codes.FLAG_FAIL


def test_flags_of_ioos_qc():
    """Each row as ioos_qc 3.0.0 gives it, but for 4 in place of 9 where there is no number."""
    rate = [1, 1, 1, 3, 3, 1, 1, 1, 1, 1, 1, 4, 1]  # rate_of_change_test, 0.05 a second
    flat = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 4, 4, 1]  # flat_line_test, 300 s, tolerance 0.001
    gross = [1, 1, 1, 4, 1, 1, 1, 1, 1, 1, 1, 4, 1]  # gross_range_test, 0 to 20
    assert flags(judged(rate=3000), SERIES) == rate
    assert flags(judged(flat_ms=300000), SERIES) == flat
    assert flags(judged(gross_max=20000), SERIES) == gross
    worst = [max(each) for each in zip(rate, flat, gross)]  # noqa: B905 - both Pythons
    whole = judged(rate=3000, flat_ms=300000, gross_max=20000)
    for start in (0, TICKS_MASK - 3 * MINUTE_MS):  # and over the wrap of the ticks
        assert flags(whole, SERIES, start_ms=start) == worst
        whole = judged(rate=3000, flat_ms=300000, gross_max=20000)


def test_a_spike_is_told_by_its_two_predecessors():
    """spike_test(method="differential") of (before, number, last): no neighbour is flagged."""
    assert flags(judged(spike=5000), SERIES) == [1, 1, 1, 3, 1, 1, 1, 1, 1, 1, 1, 4, 1]
    dip = [9000, 9000, 100, 9000, 9000]
    assert flags(judged(spike=5000), dip) == [1, 1, 3, 1, 1]
    step = [1000, 1000, 9000, 9000, 9000]
    assert flags(judged(spike=5000), step) == [1, 1, 3, 1, 1]
    edge = [1000, 1000, 6000, 1000, 1000, 6001]
    assert flags(judged(spike=5000), edge) == [1, 1, 1, 1, 1, 3]


def test_a_fall_that_goes_on_is_no_spike():
    """After bad water each number is below both before it: the good one among them permits."""
    for series in ([90000, 50000, 25000, 9000, 3000], [3000, 9000, 14999, 20000]):
        for numbers in (series, [90000 - number for number in series]):
            assert flags(judged(spike=5000), numbers) == [1] * len(series)
    for last, flag in ((14999, 1), (15000, 1), (15001, 3)):  # 6000 between the two before it
        assert flags(judged(spike=5000), [3000, 9000, last])[-1] == flag


def test_a_neighbour_behind_a_gap_or_a_miss_is_none():
    readings = judged(rate=1000, spike=1000)
    assert flags(readings, [1000, 1000, None, 90000, 90000]) == [1, 1, 4, 1, 1]
    readings = judged(rate=1000, spike=1000)
    assert flags(readings, [1000, 1000]) == [1, 1]
    readings.take(2 * MINUTE_MS + 150000, 0, 90000)
    assert readings.flag[0] == GOOD
    readings = judged(rate=1000)
    assert flags(readings, [1000, 1000]) == [1, 1]
    readings.take(MINUTE_MS + 150000, 0, 90000)  # as far apart as neighbours may be
    assert readings.flag[0] == SUSPECT


def test_a_rate_is_over_its_least_time_however_fast_the_polls_are():
    noisy = [5000, 5400] * 40  # 0.4 a second would be 24 a minute
    assert flags(judged(rate=10000), noisy, 1000) == [GOOD] * 80
    ramp = [5000 + 200 * number for number in range(120)]  # 12 a minute
    found = flags(judged(rate=10000), ramp, 1000)
    assert found.count(SUSPECT) >= 15
    assert FAIL not in found
    slow = [5000 + 150 * number for number in range(120)]  # 9 a minute
    assert SUSPECT not in flags(judged(rate=10000), slow, 1000)


def test_a_large_rate_over_a_long_time_is_no_small_number():
    readings = judged(max_age_ms=80000000, rate=500000000, gross_max=1000000000)
    assert flags(readings, [0, 1000000000, 0], 70000000) == [GOOD] * 3
    assert flags(judged(rate=1000000, gross_max=1000000000), [0, 1000001, 1]) == [1, 3, 1]


def test_a_flat_line_needs_its_time_and_its_polls_and_a_miss_does_not_hide_it():
    few = judged(flat_ms=60000, flat_polls=10)
    assert flags(few, [7000] * 12).index(FAIL) == 10
    many = judged(flat_ms=300000, flat_polls=2)
    assert flags(many, [7000] * 302, 1000).index(FAIL) == 300
    broken = judged(flat_ms=300000, flat_polls=2)
    assert flags(broken, [7000, 7000, None, 7000, None, 7000, 7000])[-2:] == [FAIL, FAIL]
    assert broken.detail[0] == codes.DETAIL_FLAT_LINE
    assert broken.value[0] == 0
    assert flags(broken, [7001], start_ms=7 * MINUTE_MS) == [GOOD]


def test_what_is_suspect_for_too_long_is_not_usable_until_it_is_good():
    ramp = [1000 * number for number in range(40)]
    readings = judged(rate=500, suspect_ms=600000)
    found = flags(readings, ramp)
    assert found == [GOOD] + [SUSPECT] * 11 + [FAIL] * 28
    assert readings.detail[0] == codes.DETAIL_SUSPECT_TOO_LONG
    assert not readings.usable(0)
    assert flags(readings, [39000], start_ms=40 * MINUTE_MS) == [GOOD]


def test_suspect_counts_and_never_permits():
    readings = judged(spike=1000)
    flags(readings, [5000, 5000, 9000])
    assert readings.usable(0)
    assert not readings.good(0)
    assert readings.value[0] == 9000
    assert readings.status[0] == codes.STATUS_OUT_OF_SPECIFICATION
    assert readings.detail[0] == codes.DETAIL_SPIKE


def test_above_its_span_a_probe_that_saturates_is_suspect_at_the_span_s_end():
    for saturates, flag, value in ((1, SUSPECT, 100000), (0, FAIL, 0)):
        readings = judged(saturates=saturates)
        assert flags(readings, [5000, 212000]) == [GOOD, flag]
        assert readings.value[0] == value
        assert flags(readings, [-1], start_ms=2 * MINUTE_MS) == [FAIL]


def witnessed(**fields):
    """Points 0 and 1 of one probe that is wet while point 2 (or as fields say) is above 300."""
    points = [Point(f"p{number}", changed(POINT), 3000) for number in range(3)]
    wet = Wet(changed({"point": 2, "side": layout.SIDE_ABOVE, "bound": 300}, **fields))
    points[0].wet = points[1].wet = wet
    return Readings(points)


def test_a_probe_not_known_to_be_wet_fails():
    readings = witnessed()
    readings.take(0, 0, 5000)
    assert readings.flag[0] == FAIL  # nothing is known of the witness
    assert readings.detail[0] == codes.DETAIL_NOT_WET
    for level, flag in ((301, GOOD), (300, FAIL), (2000, GOOD)):
        readings.take(0, 2, level)
        readings.take(0, 0, 5000)
        assert readings.flag[0] == flag, level
    readings.age(3000)  # the witness is too old
    readings.take(3000, 0, 5000)
    assert readings.flag[0] == FAIL
    readings.miss(3000, 2, codes.DETAIL_NO_ANSWER)
    readings.take(3000, 1, 5000)
    assert readings.flag[1] == FAIL


def test_a_lost_witness_is_no_small_value():
    readings = witnessed(side=layout.SIDE_BELOW)
    readings.take(0, 2, 100)
    readings.take(0, 0, 5000)
    assert readings.flag[0] == GOOD
    readings.miss(0, 2, codes.DETAIL_NO_ANSWER)
    readings.take(0, 0, 5000)
    assert readings.flag[0] == FAIL


def test_a_witness_of_the_probe_itself_is_judged_by_its_own_value():
    readings = witnessed(point=0)
    for conductivity, flag in ((900, GOOD), (20, FAIL), (301, GOOD)):
        readings.take(0, 0, conductivity)
        readings.take(0, 1, 5000)
        assert readings.flag[0] == readings.flag[1] == flag, conductivity
    below = witnessed(point=0, side=layout.SIDE_BELOW)
    below.take(0, 0, 299)
    assert below.flag[0] == GOOD
