"""The recorder's events as the contract has them: points, ages, and a memory that is full."""

import struct

from vmtest_recorder import Gate, NoDecisions, Row

from reedgate_contract import codes, records
from station.app.journal import Stream
from station.app.recorder import Recorder
from station.app.scan import Uptime
from station.core.readings import Readings

RULING = 1
ROOM = 24


class Station:
    def __init__(self, gates, points):
        self.gates = [Gate(number) for number in range(gates)]
        self.readings = Readings([Row() for _ in range(points)])


class World:
    def __init__(self, gates=1, points=2):
        self.station = Station(gates, points)
        self.stream = Stream(None, records.STREAM_EVENTS, "e", 6, ROOM)
        self.recorder = Recorder(self.station, self.stream, Uptime(0), NoDecisions())

    def started(self):
        """Told once, so that only changes are news."""
        self.recorder.note()
        self.taken()
        return self

    def taken(self):
        """[(first seq, the gate's fields, [(value, quality, detail, quarters)])]; forgets them."""
        events = []
        parts = []
        for index in range(self.stream.waiting):
            part = struct.unpack_from(records.RECORD, self.stream.buffer, index * 32)
            kind, place = part[:2]
            assert kind == records.KIND_GATE
            assert place >> 4 == len(parts) + 1
            assert not parts or part[4:6] == (parts[-1][4] + 1, parts[-1][5])
            parts.append(part)
            if place >> 4 == place & 0x0F:
                points = []
                for each in parts[1:]:
                    row = struct.unpack(records.POINTS, each[6])
                    points += [row[:4], row[4:]]
                fields = struct.unpack(records.GATE, parts[0][6])[1:12]
                events.append((parts[0][4], fields, points))
                parts = []
        assert parts == []
        self.stream.waiting = 0
        return events


def test_points_stand_two_in_a_part_and_the_last_half_is_zeros_where_they_are_odd():
    for points in range(1, 31):
        world = World(points=points).started()
        for index in range(len(world.stream.buffer)):
            world.stream.buffer[index] = 0xEE
        for point in range(points):
            world.station.readings.value[point] = 100 + point
            world.station.readings.age_ms[point] = 0
        world.station.gates[0].rule = codes.RULE_QUALITY
        world.recorder.note()
        told = min(points, 28)  # of an event: 15 parts, one of which is the gate
        assert world.stream.waiting == 1 + (told + 1) // 2
        assert world.stream.buffer[26:28] == bytes(2)
        [(_, _, rows)] = world.taken()
        assert [row[0] for row in rows[:told]] == list(range(100, 100 + told))
        assert rows[told:] == [(0, 0, 0, 0)] * (told % 2)


def test_an_age_too_old_for_its_field_is_none():
    world = World().started()
    for age_ms, quarters in (
        (0, 0),
        (249, 0),
        (250, 1),
        (16383500, 65534),
        (16383750, records.AGE_NONE),
        (86400000, records.AGE_NONE),
        (-1, records.AGE_NONE),
    ):
        world.station.readings.age_ms[0] = age_ms
        world.station.gates[0].cause_of += 1
        world.recorder.note()
        [(_, _, rows)] = world.taken()
        assert rows[0][3] == quarters, age_ms


def test_a_change_that_memory_has_no_room_for_is_told_later_as_it_stands_then():
    world = World().started()
    gate = world.station.gates[0]
    for number in range(ROOM):
        gate.cause_of = number + 1
        world.recorder.note()
    assert world.stream.refused > 0
    gate.drive.position = codes.POSITION_MOVING
    world.recorder.note()
    events = world.taken()
    assert [fields[5] for _, fields, _ in events] == list(range(1, 1 + ROOM // 2))
    world.recorder.note()
    world.recorder.note()
    [(seq, fields, _)] = world.taken()
    assert (fields[0], fields[5], fields[9]) == (RULING, ROOM, codes.POSITION_MOVING)
    assert seq == events[-1][0] + 2  # what was not told has taken no number


def test_gates_that_do_not_fit_at_once_are_all_told():
    world = World(8, 14)  # eight parts each, of which memory holds three
    told = []
    for _ in range(3):
        world.recorder.note()
        told += [fields[1] for _, fields, _ in world.taken()]
    assert told == list(range(8))
