"""The recorder: which changes at a gate are news, and what of them goes into the journal."""

import struct

from reedgate_contract import codes, records
from station.app.journal import Stream
from station.app.recorder import Recorder
from station.app.scan import Uptime
from station.core.readings import Readings

START, RULING, DRIVE, POSITION, ALARM = range(5)


class Drive:
    fault = codes.CAUSE_NONE
    position = codes.POSITION_OPEN
    direction = 0


class Gate:
    def __init__(self, number):
        self.number = number
        self.rule = codes.RULE_AUTOMATIC
        self.target = codes.TARGET_OPEN
        self.cause = self.first_out = codes.CAUSE_NONE
        self.cause_of = self.first_out_of = self.alarms = 0
        self.drive = Drive()


class Row:
    max_age_ms = 5000


class NoDecisions:
    parts = 0

    def look(self):
        pass


class Station:
    def __init__(self, gates):
        self.gates = [Gate(number) for number in range(gates)]
        self.readings = Readings([Row(), Row(), Row()])


def world(gates=1, room=24):
    """A station whose gates have been noted once, so that only changes are news."""
    station = Station(gates)
    stream = Stream(None, records.STREAM_EVENTS, "e", 4, room)
    uptime = Uptime(0)
    recorder = Recorder(station, stream, uptime, NoDecisions())
    recorder.note()
    assert [event[0] for event in taken(stream)] == [START] * gates
    return station, uptime, recorder, stream


def taken(stream):
    """All events in memory as (what, gate, rule, target …), and forgets them."""
    events = []
    for index in range(stream.waiting):
        at = index * records.RECORD_SIZE
        _, part = struct.unpack_from("<BB", stream.buffer, at)
        if part >> 4 == 1:
            events.append(struct.unpack_from("<12B", stream.buffer, at + 14))
    stream.waiting = 0
    return events


def test_nothing_new_is_no_event():
    _, _, recorder, stream = world()
    recorder.note()
    assert stream.waiting == 0


def test_each_of_what_can_change_is_news():
    def rule(gate):
        gate.rule = codes.RULE_QUALITY

    def cause(gate):
        gate.cause, gate.cause_of = codes.CAUSE_QUALITY, 2

    def first_out(gate):
        gate.first_out = codes.CAUSE_ESTOP

    def target(gate):
        gate.target = codes.TARGET_CLOSED

    def fault(gate):
        gate.drive.fault = codes.CAUSE_JAM_CLOSING

    def position(gate):
        gate.drive.position = codes.POSITION_MOVING

    def drive(gate):
        gate.drive.direction = 2

    def alarm(gate):
        gate.alarms = codes.ALARM_UNMET

    for change, what in (
        (alarm, ALARM),
        (rule, RULING),
        (cause, RULING),
        (first_out, RULING),
        (target, RULING),
        (fault, RULING),
        (position, POSITION),
        (drive, DRIVE),
    ):
        station, _, recorder, stream = world()
        change(station.gates[0])
        recorder.note()
        assert [event[0] for event in taken(stream)] == [what]
        recorder.note()
        assert stream.waiting == 0


def test_of_several_changes_in_one_scan_the_most_telling_names_the_event():
    station, _, recorder, stream = world()
    gate = station.gates[0]
    gate.drive.position, gate.drive.direction = codes.POSITION_CLOSED, 2
    recorder.note()
    gate.rule = codes.RULE_FLOOD
    gate.drive.direction = 0
    recorder.note()
    assert [event[0] for event in taken(stream)] == [POSITION, RULING]


def test_hold_is_news_only_with_a_new_rule():
    station, _, recorder, stream = world()
    gate = station.gates[0]
    gate.target = codes.TARGET_HOLD
    recorder.note()
    assert stream.waiting == 0
    gate.rule = codes.RULE_ESTOP
    recorder.note()
    assert [event[2:4] for event in taken(stream)] == [(codes.RULE_ESTOP, codes.TARGET_HOLD)]


def test_an_event_carries_the_readings_of_its_scan():
    station, uptime, recorder, stream = world()
    uptime.seconds, uptime.rest_ms = 12, 345
    readings = station.readings
    for point, value in enumerate((6800, -5, 1 << 29)):
        readings.value[point] = value
        readings.age_ms[point] = 1000 * (point + 1)
        readings.status[point] = codes.STATUS_GOOD
        readings.flag[point] = codes.FLAG_GOOD
        readings.detail[point] = codes.DETAIL_NONE
    station.gates[0].rule = codes.RULE_QUALITY
    recorder.note()
    assert stream.waiting == 3
    head = struct.unpack_from("<BBBBIIH", stream.buffer, 0)
    assert head[:2] == (records.KIND_GATE, 0x13)
    assert head[5:] == (12, 345)
    first = struct.unpack_from(records.POINTS, stream.buffer, 32 + 12)
    assert first == (6800, 1, 0, 4, -5, 1, 0, 8)
    last = struct.unpack_from(records.POINTS, stream.buffer, 64 + 12)
    assert last[:4] == (1 << 29, 1, 0, 12)
    assert [stream.buffer[at * 32 + 1] for at in range(3)] == [0x13, 0x23, 0x33]


def test_a_reading_that_never_was_has_the_oldest_age():
    station, _, recorder, stream = world()
    station.gates[0].rule = codes.RULE_UNKNOWN
    recorder.note()
    assert struct.unpack_from(records.POINTS, stream.buffer, 44)[3] == 65535


def test_what_memory_has_no_room_for_is_noted_later_as_it_stands_then():
    station, _, recorder, stream = world(room=4)
    gate = station.gates[0]
    gate.rule = codes.RULE_QUALITY
    recorder.note()
    gate.rule = codes.RULE_FLOOD
    recorder.note()
    assert [event[2] for event in taken(stream)] == [codes.RULE_QUALITY]
    assert stream.refused > 0
    recorder.note()
    assert [event[2] for event in taken(stream)] == [codes.RULE_FLOOD]


def heapless_notes():
    station, _, recorder, stream = world(gates=2)
    rules = (codes.RULE_QUALITY, codes.RULE_FLOOD)
    yield
    for rule in rules:
        station.gates[0].rule = station.gates[1].rule = rule
        recorder.note()
        recorder.note()
        stream.waiting = 0
