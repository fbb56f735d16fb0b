"""Readings for the journal: what of a period's polls goes into a record, and when there is one."""

import random
import struct

from reedgate_contract import codes, records
from station.app.readings_log import ReadingsLog
from station.app.scan import Uptime
from station.app.stream import Stream
from station.core.readings import Point, Readings

RECORD_S = 60
GOOD = codes.STATUS_GOOD << 4 | codes.FLAG_GOOD
FAILED = codes.STATUS_FAILURE << 4 | codes.FLAG_MISSING
OUTSIDE = codes.STATUS_OUT_OF_SPECIFICATION << 4 | codes.FLAG_FAIL
WARMING = codes.STATUS_FUNCTION_CHECK << 4 | codes.FLAG_NOT_EVALUATED
NONE = struct.unpack(records.READING, records.READING_NONE)
FIELDS = {
    "quantity": 1,
    "word": 0,
    "data_type": 1,
    "decimals": 3,
    "num": 1,
    "den": 1,
    "offset": 0,
    "gross_min": -2000000000,
    "gross_max": 2000000000,
}


class World:
    """One scan a second; `records` gives what was appended since it was last asked."""

    def __init__(self, points=1):
        rows = [Point("p" + str(number), FIELDS, 3000) for number in range(points)]
        self.readings = Readings(rows)
        self.stream = Stream(None, records.STREAM_READINGS, "r", 4, 24)
        self.uptime = Uptime(0)
        self.log = ReadingsLog(self.readings, self.stream, self.uptime, RECORD_S)
        self.now_s = 0

    def scan(self, seconds=1):
        for _ in range(seconds):
            self.now_s += 1
            self.uptime.advance(self.now_s * 1000)
            self.log.note()

    def polled(self, *values):
        """A second each: a number is a good poll, a detail as (detail,) one that failed."""
        for value in values:
            if isinstance(value, tuple):
                self.readings.miss(0, 0, value[0])
            else:
                self.readings.take(0, 0, value)
            self.scan()

    def records(self):
        """[(uptime_s, status << 4 | flag, mean, least, most, last)] of point 0."""
        found = []
        for index in range(self.stream.waiting):
            kind, part, point, status, _, uptime_s, payload, _ = struct.unpack_from(
                records.RECORD, self.stream.buffer, index * 32
            )
            assert (kind, part, point) == (records.KIND_READING, 0x11, 0)
            mean, least, most, last = struct.unpack(records.READING, payload)
            found.append((uptime_s, status, mean, least, most, last))
        self.stream.waiting = 0
        return found


NO_ANSWER = (codes.DETAIL_NO_ANSWER,)
GROSS = (codes.DETAIL_OUT_OF_RANGE,)
WARM = (codes.DETAIL_WARMING_UP,)


def test_a_period_gives_mean_least_most_and_last():
    world = World()
    world.polled(*[6000, 9000, 3000, 6001])
    world.scan(RECORD_S - 5)
    assert world.records() == []
    world.scan()
    assert world.records() == [(60, GOOD, 24001 // 4, 3000, 9000, 6001)]


def test_each_period_begins_from_nothing():
    world = World()
    world.polled(*[9000] * 30)
    world.scan(30)
    world.polled(*[100] * 30)
    world.scan(30)
    assert world.records() == [
        (60, GOOD, 9000, 9000, 9000, 9000),
        (120, GOOD, 100, 100, 100, 100),
    ]


def test_a_period_without_a_poll_gives_no_record():
    world = World()
    world.scan(3 * RECORD_S)
    assert world.records() == []
    world.polled(5)
    world.scan(RECORD_S)
    assert [row[0] for row in world.records()] == [240]


def test_the_mean_is_that_of_the_whole_sum():
    random.seed(4)
    for least, most in ((0, 10), (-10, 10), (-1000000, 1000000), (-5, 0)):
        world = World()
        values = [random.randrange(least, most + 1) for _ in range(59)]
        world.polled(*values)
        world.scan()
        mean = sum(values) // 59
        assert world.records() == [(60, GOOD, mean, min(values), max(values), values[-1])]


def test_a_sum_outgrows_a_small_int_of_a_board():
    for value in (1000000000, -1000000000):
        world = World()
        world.polled(*[value] * 59)
        world.scan()
        assert world.records() == [(60, GOOD, value, value, value, value)]


def test_the_mean_of_negative_numbers_is_between_them():
    world = World()
    world.polled(-3, -4)
    world.scan(RECORD_S)
    [(_, _, mean, least, most, last)] = world.records()
    assert (least, most, last) == (-4, -3, -4)
    assert least <= mean <= most


def test_a_change_of_status_is_told_with_the_next_scan():
    world = World()
    world.polled(6000, 6000)
    assert world.records() == []
    world.polled(NO_ANSWER)
    assert world.records() == [(3, FAILED, 6000, 6000, 6000, 6000)]
    world.polled(NO_ANSWER, NO_ANSWER)
    assert world.records() == []


def test_a_change_right_after_a_record_is_told_too():
    world = World()
    world.polled(6000, NO_ANSWER)
    assert len(world.records()) == 1
    world.polled(7000)
    assert world.records() == [(3, GOOD, 7000, 7000, 7000, 7000)]
    world.scan(RECORD_S - 4)
    world.polled(8000)
    assert [row[0] for row in world.records()] == [60]
    world.polled(GROSS)
    assert world.records() == [(61, OUTSIDE) + NONE]


def test_the_first_poll_of_all_is_no_change():
    world = World()
    world.polled(NO_ANSWER)
    assert world.records() == []


def test_the_status_is_the_worst_of_the_period_and_its_flag():
    for polls, worst in (
        ((GROSS, GROSS), OUTSIDE),
        ((WARM, WARM), WARMING),
        ((NO_ANSWER, NO_ANSWER), FAILED),
    ):
        world = World()
        world.polled(*polls)
        world.scan(RECORD_S)
        assert [row[1] for row in world.records()] == [worst]
    world = World()
    for each in (6000, WARM, GROSS, NO_ANSWER, GROSS, WARM, 6000):  # between two scans
        if isinstance(each, tuple):
            world.readings.miss(0, 0, each[0])
        else:
            world.readings.take(0, 0, each)
    world.scan()
    assert world.records() == [(1, FAILED, 6000, 6000, 6000, 6000)]


def test_polls_without_a_number_count_for_the_status_only():
    world = World()
    world.polled(NO_ANSWER)
    world.scan(RECORD_S)
    assert world.records() == [(60, FAILED) + NONE]


def test_the_record_of_a_change_does_not_shift_the_period():
    world = World()
    world.polled(*[6000] * 10)
    world.polled(NO_ANSWER)
    world.polled(*[NO_ANSWER] * 60)
    assert [row[0] for row in world.records()] == [11, 60]


def test_what_memory_has_no_room_for_is_counted_and_stays_gathered():
    world = World()
    while world.stream.reserve(1):
        world.stream.append(records.KIND_READING, 0x11, 0, 0, 0)
    world.stream.refused = 0
    world.polled(6000, 8000)
    world.scan(RECORD_S)
    assert world.stream.refused == 1
    world.stream.waiting = 0
    world.scan(RECORD_S)
    assert world.records() == [(120, GOOD, 7000, 6000, 8000, 8000)]


def heapless_notes():
    world = World(3)
    readings, uptime = world.readings, world.uptime
    for step in range(1, 400):
        for point in range(3):
            if step % 7 == point:
                readings.miss(0, point, codes.DETAIL_NO_ANSWER)
            else:
                readings.take(0, point, 61200 + step)
        uptime.advance(step * 1000)
        yield
        world.log.note()
        yield
        if step % 100 == 0:
            assert world.stream.refused > 0  # both ways were gone
            world.stream.waiting = 0
