"""What one scan decided from, as bytes: enough to decide it again on a desk.

State as it stood before the scan, its inputs, and its outcome. A time that runs is told by whether
it has run out in this scan, which is all that a decision takes of it. What no decision can tell
apart is not told. The readings stand beside it, in the gates' own events.

This file reads what the other parts keep to themselves; on the desk `rerun.py` (reedgate_sim/vm)
puts it back. Whoever adds a rule with a state of its own adds it to both.

    inputs (u32, a bit each), outputs (u16), STATION_ bits (u16)
    a gate: ten of its bytes of latches.py, BEFORE_ bits (u16), floods that stood (u16, as bits),
        NOW_ bits of its drive, what was ordered and wanted (ASKED_), for an inlet also HOLD_ bits
        and the openings that have become an hour old
        a flood: HOLD_ bits of its clearing; a point of it: POINT_ bits; a contact: debounced
        rule 7, where there is any: its target or BOUND_NOT, its cause and of what
        a trip: its recurrence (latches.py); of redundant probes AGREE_ bits
            each limit of it: polls beyond (u16) and usable (u16) as bits, TRIP_ bits (u16)

untold() says whether a station is beyond this; of one that is nothing is told.
"""

from array import array

from reedgate_contract import codes, records
from reedgate_contract.compat import const
from station.core.drive import STOPPED, TwoRelayDrive
from station.core.gate import InletGate
from station.core.judgement import Redundant
from station.core.restraint import NOT_BOUND
from station.core.spring import SpringReturnDrive
from station.core.ticks import elapsed_ms

STATION_STARTING = const(1)
STATION_SAFE_MODE = const(2)
STATION_EDGE = const(4)
STATION_STOPPED = const(8)  # before the scan
STATION_FREED = const(0x10)  # by the edge of the scan before
STATION_NEEDS_RESET = const(0x20)  # these four of service, before the scan
STATION_SERVICE = const(0x40)
STATION_ENDING = const(0x80)
STATION_PRESSED = const(0x100)
STATION_ENDED = const(0x200)  # its last seconds are over
# before: target | direction << 2 | jammed direction << 4 | rests at the end of << 6 |
# position << 14; of an actuator: the direction that may be late << 4
BEFORE_BACKING_OFF = const(0x100)
BEFORE_ENERGISED = const(0x200)
BEFORE_RESTS_CLOSED = const(0x400)
BEFORE_CLOSING_DUE = const(0x800)
BEFORE_SOUGHT = const(0x1000)
BEFORE_FROM_END = const(0x2000)
BEFORE_POSITION = const(14)  # so many bits further
NOW_RESTED = const(1)
NOW_TRAVEL_OVER = const(2)
NOW_BACKED_OFF = const(4)  # last direction << 3
NOW_MUST_HAVE_LEFT = const(0x20)
NOW_MAY_ARRIVE = const(0x40)
NOW_TRAVEL_PASSED = const(0x80)
NOW_TRAVELLED = const(1)  # of a spring's
NOW_LATE = const(2)
NOW_AT_OPEN = const(1)  # of an actuator's
NOW_AT_CLOSED = const(2)
NOW_TOLD = const(4)  # since the start
NOW_SILENT = const(8)
NOW_OVERDUE = const(0x10)
# order | target << 2 |
ASKED_UNTIL_RELEASED = const(0x10)
ASKED_RESET = const(0x20)
ASKED_LEAKS = const(0x40)  # for long enough
ASKED_SERVED = const(0x80)  # in service it has been driven to its trip position
HOLD_RUNS = const(1)
HOLD_DONE = const(2)
HOLD_SECOND = const(2)  # so many bits further: the shortest closed time
POINT_CALLED = const(1)
POINT_DRY = const(2)
TRIP_RUN = const(1)
TRIP_DELAYED = const(2)
TRIP_GOOD = const(4)
TRIP_LAST_BEYOND = const(8)
TRIP_TRIPPED = const(0x10)
TRIP_PERMISSIVE = const(0x20)
TRIP_DRY = const(0x40)
TRIP_EVER_GOOD = const(0x80)
TRIP_LOST_HOLD = const(8)  # HOLD_ bits, so many further
TRIP_CLEAR_HOLD = const(10)  # of the first limit of a trip
TRIP_DOUBTED = const(0x1000)
TRIP_FROZEN = const(0x2000)
TRIP_LOST = const(0x4000)
TRIP_BYPASSED = const(0x8000)
AGREE_LAST_WORD = const(2)  # HOLD_ bits of the disagreement, then a bit a probe
BOUND_NOT = const(3)  # in place of a target: the rules after it decide

_HEAD = const(8)
_GATE = const(16)
_INLET = const(2)
_CAP = const(3)
_LIMIT = const(6)
_PART = const(16)
_LATCHES_HEAD = const(6)
_STOPPED_AT = const(4)
_LATCHES_GATE = const(12)
_LATCHES_TOLD = const(10)  # not the hours since its last stroke: no rule asks for them
_OPENINGS_AT = const(8)
_MOST_INPUTS = const(32)
_MOST_OUTPUTS = const(16)

MOST_POINTS = const(28)  # of a gate's event, two a part behind its first


def untold(station, input_count):
    """Whether a station is too large for the record of a scan to say it whole."""
    wide = input_count > _MOST_INPUTS or len(station.outputs) > _MOST_OUTPUTS
    many = len(station.readings.points) > MOST_POINTS
    return wide or many or 1 + _parts(station) > records.MOST_PARTS


def parts_of(station, input_count):
    """Of `content`, 16 bytes each; 0 where not all can be told."""
    return 0 if untold(station, input_count) else _parts(station)


def limits_of(trip):
    """All that it judges by."""
    return getattr(trip.limit, "limits", None) or [trip.limit]


def _parts(station):
    size = _HEAD
    for gate in station.gates:
        size += _GATE + len(gate.floods)
        for flood in gate.floods:
            size += len(flood.points) + len(flood.contacts)
        if isinstance(gate, InletGate):
            size += _INLET + (_CAP if gate.cap is not None else 0)
        for trip in gate.trips:
            size += 2 if isinstance(trip.limit, Redundant) else 1
            size += _LIMIT * len(limits_of(trip))
    return (size + _PART - 1) // _PART


class Snapshot:
    """latches: not yet looked at in this scan, so that they are those of before it.

    parts: 0 for a station of which not all can be told.
    """

    def __init__(self, station, latches, input_count):
        self._station = station
        self._latches = latches
        self._before = array("H", (0 for _ in range(2 * len(station.gates))))
        self._service = 0
        self._limits = []  # of each trip of each gate
        for gate in station.gates:
            self._limits.append([limits_of(trip) for trip in gate.trips])
        self.parts = parts_of(station, input_count)
        self.content = bytearray(self.parts * _PART)
        self._at = 0
        self.look()

    def look(self):
        """At the end of a scan: what the next one begins with."""
        if not self.parts:
            return
        self._service = _service(self._station.service)
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
        if not self.parts:
            return
        station = self._station
        self._at = 0
        self._put_bits(station.inputs, 4)
        self._put_bits(station.outputs, 2)
        latched = self._latches.content
        stopped = latched[_STOPPED_AT] & 1
        self._put_word(
            (STATION_STARTING if station.starting else 0)
            | (STATION_SAFE_MODE if station.safe_mode else 0)
            | (STATION_EDGE if station.reset_edge else 0)
            | (STATION_STOPPED if stopped else 0)
            | (STATION_FREED if stopped and not station.stopped else 0)
            | self._service
            | (STATION_NEEDS_RESET if latched[_STOPPED_AT] & 2 else 0)
            | (STATION_ENDED if station.service._end.done else 0)
        )
        at = _LATCHES_HEAD + _LATCHES_GATE * len(station.gates)
        for gate in station.gates:
            self._put_gate(station.now_ms, gate)
            limits = self._limits[gate.number]
            for index in range(len(gate.trips)):
                self._put(latched[at])
                self._put_trip(gate.trips[index], limits[index])
                at += 1

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
        for index in range(latched, latched + _LATCHES_TOLD):
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
            | (ASKED_LEAKS if gate.leak is not None and gate.leak._hold.done else 0)
            | (ASKED_SERVED if gate.hands is not None and gate.hands._arrived else 0)
        )
        if isinstance(gate, InletGate):
            self._put(_hold(gate.reopen_hold) | _hold(gate.min_closed) << HOLD_SECOND)
            opened = (
                gate.drive.direction == gate._away
                and before >> 2 & 3 != gate._away
                and gate.target == gate.away_target
                and gate.rule >= codes.RULE_REMOTE
            )
            counted = self._latches.content[latched + _OPENINGS_AT]
            self._put(counted - gate.openings + (1 if opened else 0))
        for flood in gate.floods:
            self._put_flood(flood)
        if isinstance(gate, InletGate) and gate.cap is not None:
            cap = gate.cap
            self._put(BOUND_NOT if gate._bound == NOT_BOUND else gate._bound)
            self._put(cap.cause)
            self._put(cap.cause_of)

    def _put_flood(self, flood):
        self._put(_hold(flood.clear_hold))
        for point in flood.points:
            self._put((POINT_CALLED if point.called else 0) | (POINT_DRY if point.lost else 0))
        for contact in flood.contacts:
            self._put(1 if contact.debounce.done else 0)

    def _put_trip(self, trip, limits):
        judgement = trip.limit
        if isinstance(judgement, Redundant):
            bits = _hold(judgement._apart)
            for index in range(len(limits)):
                if limits[index].last_word:
                    bits |= 1 << (AGREE_LAST_WORD + index)
            self._put(bits)
        clearing = _hold(trip.clear_hold) << TRIP_CLEAR_HOLD
        for limit in limits:
            self._put_word(limit._beyond_bits)
            self._put_word(limit._usable_bits)
            self._put_word(_bits(limit) | clearing)
            clearing = 0


def _bits(limit):
    return (
        (TRIP_RUN if limit.run else 0)
        | (TRIP_DELAYED if limit._delay_passed else 0)
        | (TRIP_GOOD if limit.good else 0)
        | (TRIP_LAST_BEYOND if limit._last_usable_beyond else 0)
        | (TRIP_TRIPPED if limit.tripped else 0)
        | (TRIP_PERMISSIVE if limit.permissive else 0)
        | (TRIP_DRY if limit._dry.done else 0)
        | (TRIP_EVER_GOOD if limit.readings.ever_good[limit.point] else 0)
        | _hold(limit._lost_hold) << TRIP_LOST_HOLD
        | (TRIP_DOUBTED if limit._doubted else 0)
        | (TRIP_FROZEN if limit.frozen else 0)
        | (TRIP_LOST if limit.lost else 0)
        | (TRIP_BYPASSED if limit.bypassed else 0)
    )


def _service(service):
    return (
        (STATION_SERVICE if service.standing else 0)
        | (STATION_ENDING if service.ending else 0)
        | (STATION_PRESSED if service._was_pressed else 0)
    )


def _hold(hold):
    return (HOLD_RUNS if hold.running else 0) | (HOLD_DONE if hold.done else 0)


def _before(gate):
    bits = gate.target | _before_drive(gate.drive)
    if isinstance(gate, InletGate):
        if gate._rests_closed:
            bits |= BEFORE_RESTS_CLOSED
        if gate._closing_due:
            bits |= BEFORE_CLOSING_DUE
    return bits


def _before_drive(drive):
    bits = drive.direction << 2 | drive.position << BEFORE_POSITION
    if isinstance(drive, TwoRelayDrive):
        bits |= drive._jammed_direction << 4 | drive._rests_at_end_of << 6
        if drive._backing_off:
            bits |= BEFORE_BACKING_OFF
        if drive._sought:
            bits |= BEFORE_SOUGHT
        if drive._from_end:
            bits |= BEFORE_FROM_END
    elif not isinstance(drive, SpringReturnDrive):
        bits |= drive._late_direction << 4
    elif drive._energised:
        bits |= BEFORE_ENERGISED
    return bits


def _was_late(now_ms, drive, before):
    """A reset, the last of a scan, stops the time that was over in it."""
    late, direction = drive._late, drive._late_direction
    if late.done or direction == STOPPED or direction != before >> 4 & 3:
        return late.done
    return elapsed_ms(now_ms, late.since_ms) >= late.hold_ms


def _now(now_ms, drive, before):
    if isinstance(drive, SpringReturnDrive):
        travelled = NOW_TRAVELLED if drive._travelled.done else 0
        return travelled | (NOW_LATE if drive._late.done else 0)
    if not isinstance(drive, TwoRelayDrive):  # an actuator's, whose class few load
        return (
            (NOW_AT_OPEN if drive.at(codes.TARGET_OPEN, None) else 0)
            | (NOW_AT_CLOSED if drive.at(codes.TARGET_CLOSED, None) else 0)
            | (NOW_TOLD if drive._raw >= 0 else 0)
            | (NOW_SILENT if drive._silence.done else 0)
            | (NOW_OVERDUE if _was_late(now_ms, drive, before) else 0)
        )
    bits = drive._last_direction << 3
    if before >> 2 & 3 == STOPPED:
        if drive._rest.done or drive.direction != STOPPED:
            bits |= NOW_RESTED
        return bits
    ran_ms = elapsed_ms(now_ms, drive._started_ms)
    if ran_ms >= drive.travel_timeout_ms:
        bits |= NOW_TRAVEL_OVER
    if ran_ms >= drive.backoff_ms:
        bits |= NOW_BACKED_OFF
    if ran_ms >= drive.leave_ms:
        bits |= NOW_MUST_HAVE_LEFT
    if ran_ms >= drive.travel_min_ms:
        bits |= NOW_MAY_ARRIVE
    if ran_ms >= drive.travel_ms:
        bits |= NOW_TRAVEL_PASSED
    return bits
