"""What one scan decided from, as bytes: enough to decide it again on a desk.

State as it stood before the scan, its inputs, and its outcome. A time that runs is told by whether
it has run out in this scan, which is all that a decision takes of it. What no decision can tell
apart is not told. The readings stand beside it, in the gates' own events.

This file reads what the other parts keep to themselves; on the desk `rerun.py` (reedgate_sim/vm)
puts it back. Whoever adds a rule with a state of its own adds it to both.

    inputs (u32, a bit each), outputs (u16), STATION_ bits
    a gate: its nine bytes of latches.py, BEFORE_ bits (u16), floods that stood (u16, a bit each),
        NOW_ bits of its drive, what was ordered and wanted (ASKED_), for an inlet also HOLD_ bits
        and the openings that have become an hour old
        a flood: HOLD_ bits of its clearing; a point of it: POINT_ bits; a contact: debounced
        a trip: polls beyond (u16) and usable (u16) as bits, TRIP_ bits (u16)
"""

from array import array

from reedgate_contract import codes
from reedgate_contract.compat import const
from station.core.drive import OPENING, STOPPED, TwoRelayDrive
from station.core.gate import InletGate
from station.core.ticks import elapsed_ms

STATION_STARTING = const(1)
STATION_SAFE_MODE = const(2)
STATION_EDGE = const(4)
STATION_STOPPED = const(8)  # before the scan
STATION_FREED = const(0x10)  # by the edge of the scan before
# before: target | direction << 2 | jammed direction << 4 | rests at the end of << 6 |
BEFORE_BACKING_OFF = const(0x100)
BEFORE_ENERGISED = const(0x200)
BEFORE_RESTS_CLOSED = const(0x400)
BEFORE_CLOSING_DUE = const(0x800)
NOW_RESTED = const(1)
NOW_TRAVEL_OVER = const(2)
NOW_BACKED_OFF = const(4)  # last direction << 3
NOW_TRAVELLED = const(1)  # of a spring's
NOW_LATE = const(2)
# order | target << 2 |
ASKED_UNTIL_RELEASED = const(0x10)
ASKED_RESET = const(0x20)
HOLD_RUNS = const(1)
HOLD_DONE = const(2)
HOLD_SECOND = const(2)  # so many bits further: the shortest closed time
POINT_CALLED = const(1)
POINT_DRY = const(2)
TRIP_RUN = const(1)
TRIP_DELAYED = const(2)
TRIP_REACHED = const(4)
TRIP_LAST_BEYOND = const(8)
TRIP_TRIPPED = const(0x10)
TRIP_PERMISSIVE = const(0x20)
TRIP_DRY = const(0x40)
TRIP_EVER_GOOD = const(0x80)
TRIP_LOST_HOLD = const(8)  # HOLD_ bits, so many further
TRIP_CLEAR_HOLD = const(10)

_HEAD = const(7)
_GATE = const(15)
_INLET = const(2)
_TRIP = const(6)
_PART = const(16)
_LATCHES_HEAD = const(6)
_STOPPED_AT = const(4)
_LATCHES_GATE = const(9)


class Snapshot:
    """latches: not yet looked at in this scan, so that they are those of before it."""

    def __init__(self, station, latches):
        self._station = station
        self._latches = latches
        self._before = array("H", (0 for _ in range(2 * len(station.gates))))
        size = _HEAD
        for gate in station.gates:
            size += _GATE + len(gate.floods)
            for flood in gate.floods:
                size += len(flood.points) + len(flood.contacts)
            if isinstance(gate, InletGate):
                size += _INLET + _TRIP * len(gate.trips)
        self.parts = (size + _PART - 1) // _PART
        self.content = bytearray(self.parts * _PART)
        self._at = 0
        self.look()

    def look(self):
        """At the end of a scan: what the next one begins with."""
        before = self._before
        for gate in self._station.gates:
            at = 2 * gate.number
            before[at] = _before(gate)
            standing = 0
            for index in range(len(gate.floods)):
                if gate.floods[index].standing:
                    standing |= 1 << index
            before[at + 1] = standing

    def take(self):
        """After a decision and before look(): `content` is of this scan."""
        station = self._station
        self._at = 0
        self._put_bits(station.inputs, 4)
        self._put_bits(station.outputs, 2)
        stopped = self._latches.content[_STOPPED_AT]
        self._put(
            (STATION_STARTING if station.starting else 0)
            | (STATION_SAFE_MODE if station.safe_mode else 0)
            | (STATION_EDGE if station.reset_edge else 0)
            | (STATION_STOPPED if stopped else 0)
            | (STATION_FREED if stopped and not station.stopped else 0)
        )
        for gate in station.gates:
            self._put_gate(station.now_ms, gate)

    def _put(self, byte):
        self.content[self._at] = byte
        self._at += 1

    def _put_word(self, word):
        self._put(word & 0xFF)
        self._put(word >> 8)

    def _put_bits(self, levels, size):
        for first in range(0, 8 * size, 8):
            byte = 0
            for index in range(first, min(first + 8, len(levels))):
                if levels[index]:
                    byte |= 1 << (index - first)
            self._put(byte)

    def _put_gate(self, now_ms, gate):
        latched = _LATCHES_HEAD + _LATCHES_GATE * gate.number
        for index in range(latched, latched + _LATCHES_GATE):
            self._put(self._latches.content[index])
        before = self._before[2 * gate.number]
        self._put_word(before)
        self._put_word(self._before[2 * gate.number + 1])
        self._put(_now(now_ms, gate.drive, before))
        remote = gate.remote
        self._put(
            remote.order
            | gate.target << 2
            | (ASKED_UNTIL_RELEASED if remote.until_released else 0)
            | (ASKED_RESET if remote.reset_edge else 0)
        )
        if isinstance(gate, InletGate):
            self._put(_hold(gate.reopen_hold) | _hold(gate.min_closed) << HOLD_SECOND)
            opened = (
                gate.drive.direction == OPENING
                and before >> 2 & 3 != OPENING
                and gate.target == codes.TARGET_OPEN
                and gate.rule >= codes.RULE_REMOTE
            )
            counted = self._latches.content[latched + _LATCHES_GATE - 1]
            self._put(counted - gate.openings + (1 if opened else 0))
        for flood in gate.floods:
            self._put_flood(flood)
        for trip in gate.trips:
            self._put_trip(trip)

    def _put_flood(self, flood):
        self._put(_hold(flood.clear_hold))
        for point in flood.points:
            self._put((POINT_CALLED if point.called else 0) | (POINT_DRY if point.lost else 0))
        for contact in flood.contacts:
            self._put(1 if contact.debounce.done else 0)

    def _put_trip(self, trip):
        limit = trip.limit
        self._put_word(limit._beyond_bits)
        self._put_word(limit._usable_bits)
        self._put_word(
            (TRIP_RUN if limit.run else 0)
            | (TRIP_DELAYED if limit._delay_passed else 0)
            | (TRIP_REACHED if limit._reached else 0)
            | (TRIP_LAST_BEYOND if limit._last_usable_beyond else 0)
            | (TRIP_TRIPPED if limit.tripped else 0)
            | (TRIP_PERMISSIVE if limit.permissive else 0)
            | (TRIP_DRY if limit._dry.done else 0)
            | (0 if trip.never_good else TRIP_EVER_GOOD)
            | _hold(limit._lost_hold) << TRIP_LOST_HOLD
            | _hold(trip.clear_hold) << TRIP_CLEAR_HOLD
        )


def _hold(hold):
    return (HOLD_RUNS if hold.running else 0) | (HOLD_DONE if hold.done else 0)


def _before(gate):
    drive = gate.drive
    bits = gate.target | drive.direction << 2
    if isinstance(drive, TwoRelayDrive):
        bits |= drive._jammed_direction << 4 | drive._rests_at_end_of << 6
        if drive._backing_off:
            bits |= BEFORE_BACKING_OFF
    elif drive._energised:
        bits |= BEFORE_ENERGISED
    if isinstance(gate, InletGate):
        if gate._rests_closed:
            bits |= BEFORE_RESTS_CLOSED
        if gate._closing_due:
            bits |= BEFORE_CLOSING_DUE
    return bits


def _now(now_ms, drive, before):
    if not isinstance(drive, TwoRelayDrive):
        travelled = NOW_TRAVELLED if drive._travelled.done else 0
        return travelled | (NOW_LATE if drive._late.done else 0)
    bits = drive._last_direction << 3
    ran_ms = elapsed_ms(now_ms, drive._started_ms)
    if ran_ms >= drive.travel_timeout_ms:
        bits |= NOW_TRAVEL_OVER
    if ran_ms >= drive.backoff_ms:
        bits |= NOW_BACKED_OFF
    starts = before >> 2 & 3 == STOPPED and drive.direction != STOPPED
    if drive._rest.done or starts:
        bits |= NOW_RESTED
    return bits
