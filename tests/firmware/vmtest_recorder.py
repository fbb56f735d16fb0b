"""The recorder: which changes at a gate are news, and what a full list does."""

import micropython

from reedgate_contract import codes
from station.app.recorder import (
    ROWS,
    WHAT_DRIVE,
    WHAT_POSITION,
    WHAT_RULING,
    WHAT_START,
    Recorder,
)
from station.app.scan import Uptime
from station.core.readings import Readings


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
        self.cause_of = self.first_out_of = 0
        self.drive = Drive()


class Station:
    def __init__(self, gates):
        self.gates = [Gate(number) for number in range(gates)]
        self.readings = Readings([None, None])


def world(gates=1):
    """A station whose gates have been noted once, so that only changes are news."""
    station = Station(gates)
    uptime = Uptime(0)
    recorder = Recorder(station, uptime)
    recorder.note()
    for _ in range(gates):
        assert recorder.oldest().what == WHAT_START
        recorder.forget_oldest()
    return station, uptime, recorder


def taken(recorder):
    """All pending rows as (n, what), and forgets them."""
    rows = []
    while recorder.pending():
        rows.append((recorder.oldest().n, recorder.oldest().what))
        recorder.forget_oldest()
    return rows


def test_each_gate_is_told_at_the_start():
    station = Station(3)
    recorder = Recorder(station, Uptime(0))
    recorder.note()
    assert taken(recorder) == [(1, WHAT_START), (2, WHAT_START), (3, WHAT_START)]


def test_nothing_new_is_no_news():
    station, _, recorder = world()
    for _ in range(5):
        recorder.note()
    station.gates[0].wait = codes.WAIT_CONFIRM
    station.gates[0].wait_ms = 5000
    recorder.note()
    assert recorder.pending() == 0


def test_every_change_is_told_once():
    changes = (
        ("rule", codes.RULE_QUALITY, WHAT_RULING),
        ("target", codes.TARGET_CLOSED, WHAT_RULING),
        ("cause", codes.CAUSE_QUALITY, WHAT_RULING),
        ("cause_of", 1, WHAT_RULING),
        ("first_out", codes.CAUSE_QUALITY, WHAT_RULING),
        ("first_out_of", 1, WHAT_RULING),
        ("drive.fault", codes.CAUSE_JAM_CLOSING, WHAT_RULING),
        ("drive.direction", 1, WHAT_DRIVE),
        ("drive.position", codes.POSITION_MOVING, WHAT_POSITION),
    )
    for name, value, what in changes:
        station, _, recorder = world()
        holder = station.gates[0]
        if name.startswith("drive."):
            holder = holder.drive
            name = name[6:]
        before = getattr(holder, name)
        setattr(holder, name, value)
        recorder.note()
        recorder.note()
        assert taken(recorder) == [(2, what)], name
        setattr(holder, name, before)
        recorder.note()
        assert taken(recorder) == [(3, what)], name


def test_of_several_changes_in_one_scan_the_most_telling_names_the_row():
    station, _, recorder = world()
    gate = station.gates[0]
    gate.rule = codes.RULE_QUALITY
    gate.target = codes.TARGET_CLOSED
    gate.drive.direction = 2
    gate.drive.position = codes.POSITION_MOVING
    recorder.note()
    row = recorder.oldest()
    assert (row.what, row.rule, row.target) == (WHAT_RULING, codes.RULE_QUALITY, 2)
    assert (row.drive, row.position) == (2, codes.POSITION_MOVING)
    assert taken(recorder) == [(2, WHAT_RULING)]
    gate.drive.direction = 0
    gate.drive.position = codes.POSITION_CLOSED
    recorder.note()
    assert taken(recorder) == [(3, WHAT_POSITION)]


def test_hold_is_news_only_with_a_new_rule():
    station, _, recorder = world()
    gate = station.gates[0]
    for target in (codes.TARGET_HOLD, codes.TARGET_OPEN, codes.TARGET_HOLD):
        gate.target = target
        recorder.note()
    assert recorder.pending() == 0
    gate.rule = codes.RULE_UNKNOWN
    recorder.note()
    assert recorder.oldest().target == codes.TARGET_HOLD
    taken(recorder)
    gate.target = codes.TARGET_OPEN
    recorder.note()
    assert recorder.oldest().target == codes.TARGET_OPEN


def test_a_row_told_while_the_gate_holds_carries_what_it_last_wanted():
    station, _, recorder = world()
    gate = station.gates[0]
    gate.target = codes.TARGET_HOLD
    gate.drive.position = codes.POSITION_MOVING
    recorder.note()
    assert recorder.oldest().target == codes.TARGET_OPEN


def test_a_row_keeps_the_readings_as_they_stood():
    station, _, recorder = world()
    readings = station.readings
    readings.value[1] = 61200
    readings.age_ms[1] = 120
    readings.status[1] = codes.STATUS_GOOD
    readings.flag[1] = codes.FLAG_GOOD
    readings.detail[1] = codes.DETAIL_NONE
    station.gates[0].rule = codes.RULE_QUALITY
    recorder.note()
    readings.value[1] = 0
    readings.flag[1] = codes.FLAG_MISSING
    row = recorder.oldest()
    assert (row.value[1], row.age_ms[1]) == (61200, 120)
    assert (row.status_of(1), row.flag_of(1), row.detail_of(1)) == (0, codes.FLAG_GOOD, 0)
    assert (row.flag_of(0), row.detail_of(0)) == (codes.FLAG_MISSING, codes.DETAIL_NEVER_READ)
    assert row.age_ms[0] == -1


def test_a_row_is_stamped_with_the_uptime():
    station, uptime, recorder = world()
    uptime.advance(61240)
    station.gates[0].rule = codes.RULE_QUALITY
    recorder.note()
    assert (recorder.oldest().uptime_s, recorder.oldest().uptime_ms) == (61, 240)


def test_a_full_list_drops_its_oldest_and_counts_it():
    station, _, recorder = world()
    for number in range(ROWS + 5):
        station.gates[0].cause_of = number + 1
        recorder.note()
    assert recorder.pending() == ROWS
    assert recorder.dropped == 5
    assert [n for n, _ in taken(recorder)] == list(range(7, 7 + ROWS))
    station.gates[0].cause_of = 0
    recorder.note()
    assert recorder.oldest().n == 7 + ROWS  # the count goes on: who reads sees the gap
    assert recorder.dropped == 5


def test_a_list_of_which_some_is_forgotten_has_room_again():
    station, _, recorder = world()
    for number in range(3 * ROWS):
        station.gates[0].cause_of = number + 1
        recorder.note()
        if number % 2:
            recorder.forget_oldest()
    numbers = [n for n, _ in taken(recorder)]
    assert numbers == list(range(numbers[0], 2 + 3 * ROWS))
    assert len(numbers) + recorder.dropped + 3 * ROWS // 2 == 3 * ROWS


def test_a_note_takes_nothing_from_the_heap():
    station, uptime, recorder = world(2)
    for step in range(2 * ROWS):
        station.gates[step % 2].cause_of = step + 1
        uptime.advance(step * 200)
        micropython.heap_lock()
        try:
            recorder.note()
        finally:
            micropython.heap_unlock()
    assert recorder.dropped == ROWS
