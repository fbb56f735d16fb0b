"""The input table: nothing that is no number is ever a value; what is old is nothing."""

from core_parts import MAX_AGE_MS, MISSED, NOTHING, NUMBERS, RAW, SENTINEL, changed, poll, table

from reedgate_contract import codes
from station.core import fixed
from station.core.ticks import TICKS_MASK, later

DAY_MS = 86400000


def test_a_point_that_was_never_read_has_no_value_and_no_age():
    readings = table()
    for now_ms in (0, 5000, 500000):
        readings.age(now_ms)
        assert not readings.usable(0)
        assert not readings.good(0)
        assert readings.age_ms[0] == -1
        assert readings.flag[0] == codes.FLAG_MISSING
        assert readings.detail[0] == codes.DETAIL_NEVER_READ
    assert not readings.ever_good[0]


def test_a_number_in_its_range_is_good():
    readings = table()
    for symbol in NUMBERS:
        poll(readings, 1000, symbol)
        readings.age(1200)
        assert readings.value[0] == RAW[symbol]
        assert readings.good(0)
        assert readings.usable(0)
        assert readings.age_ms[0] == 200
        assert readings.status[0] == codes.STATUS_GOOD
        assert readings.detail[0] == codes.DETAIL_NONE
    assert readings.ever_good[0]


def test_what_is_no_number_takes_the_place_of_the_last_value():
    details = {
        "n": codes.DETAIL_NOT_A_NUMBER,
        "+": codes.DETAIL_OUT_OF_RANGE,
        "-": codes.DETAIL_OUT_OF_RANGE,
        "o": codes.DETAIL_OUT_OF_RANGE,
        "g": codes.DETAIL_OUT_OF_RANGE,
        "s": codes.DETAIL_SENTINEL,
    }
    details.update(MISSED)
    for symbol in NOTHING:
        readings = table()
        poll(readings, 1000, "i")
        poll(readings, 2000, symbol)
        readings.age(2000)
        assert not readings.usable(0), symbol
        assert not readings.good(0), symbol
        assert readings.value[0] == 0, symbol
        assert readings.status[0] != codes.STATUS_GOOD, symbol
        assert readings.detail[0] == details[symbol], symbol


def test_flags_tell_a_silent_probe_from_one_that_is_wrong():
    for symbols, flag in (
        ("n+-ogsE", codes.FLAG_FAIL),
        ("MCX", codes.FLAG_MISSING),
        ("W", codes.FLAG_NOT_EVALUATED),
    ):
        for symbol in symbols:
            readings = table()
            poll(readings, 1000, symbol)
            assert readings.flag[0] == flag, symbol


def test_the_gross_range_holds_at_both_ends():
    for value, inside in ((-1, False), (0, True), (100000, True), (100001, False)):
        readings = table()
        readings.take(0, 0, value)
        assert readings.good(0) == inside, value


def test_a_sentinel_is_of_the_raw_number_before_ratio_and_offset():
    readings = table(num=1, den=2, offset=100)
    readings.take(0, 0, SENTINEL)
    assert readings.detail[0] == codes.DETAIL_SENTINEL
    readings.take(0, 0, 1000)
    assert readings.value[0] == 600
    readings.take(0, 0, 2 * (SENTINEL - 100))  # its value would be the sentinel's: no matter
    assert readings.value[0] == SENTINEL


def test_a_ratio_that_leaves_the_integers_is_out_of_range():
    readings = table(num=65535, gross_max=2147483647)
    readings.take(0, 0, 1000000000)
    assert readings.detail[0] == codes.DETAIL_OUT_OF_RANGE
    assert not readings.usable(0)


def test_a_reading_is_used_while_it_is_fresher_than_its_greatest_age():
    for start in (0, TICKS_MASK - 1000):
        readings = table()
        poll(readings, start, "i")
        readings.age(later(start, MAX_AGE_MS - 1))
        assert readings.good(0)
        readings.age(later(start, MAX_AGE_MS))
        assert not readings.usable(0)
        assert readings.detail[0] == codes.DETAIL_STALE
        assert readings.value[0] == 0
        poll(readings, later(start, MAX_AGE_MS + 5), "i")
        assert readings.good(0)


def test_what_has_become_stale_stays_so_however_long_the_ticks_run():
    readings = table()
    poll(readings, 0, "i")
    now_ms = 0
    for hour in range(1, 40 * 24):  # three turns of the ticks
        now_ms = later(now_ms, 3600000)
        readings.age(now_ms)
        assert not readings.usable(0), hour
        assert readings.age_ms[0] == min(hour * 3600000, DAY_MS), hour  # told up to a day


def test_the_reason_of_a_failure_outlives_its_age():
    readings = table()
    poll(readings, 0, "n")
    readings.age(10 * MAX_AGE_MS)
    assert readings.detail[0] == codes.DETAIL_NOT_A_NUMBER


def test_a_reading_taken_just_after_the_scan_began_ages_all_the_same():
    readings = table()
    poll(readings, 1003, "i")
    readings.age(1000)
    assert readings.age_ms[0] == 0
    readings.age(1003 + MAX_AGE_MS)
    assert not readings.usable(0)


def test_points_do_not_disturb_each_other():
    readings = table(3)
    poll(readings, 0, "i", 0)
    poll(readings, 0, "n", 1)
    poll(readings, 2000, "B", 2)
    readings.age(2500)
    assert [readings.usable(point) for point in range(3)] == [True, False, True]
    assert [readings.age_ms[point] for point in range(3)] == [2500, 2500, 500]
    assert fixed.is_number(readings.value[1])


def test_every_watcher_is_told_of_every_poll():
    class Watcher:
        def __init__(self):
            self.told = []

        def poll(self, now_ms, usable, value):
            self.told.append((now_ms, usable, value))

    readings = table(2)
    first, second, other = Watcher(), Watcher(), Watcher()
    readings.watch(0, first)
    readings.watch(0, second)
    readings.watch(1, other)
    poll(readings, 1000, "i")
    poll(readings, 2000, "n")
    poll(readings, 3000, "M")
    assert first.told == [(1000, True, 5000), (2000, False, 0), (3000, False, 0)]
    assert second.told == first.told
    assert other.told == []


def test_changed_fields_leave_their_origin_alone():
    origin = {"a": 1}
    assert changed(origin, a=2) == {"a": 2}
    assert origin == {"a": 1}
