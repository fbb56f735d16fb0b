"""Runs on the VM: decides recorded scans again with the firmware's own core.

Arguments: the compiled configuration, and a file of JSON lines {"state": hex, "points": hex}, as
the journal's KIND_SCAN events and their gates' events carry them. Prints a line {"untold": whether
such an event would not say a station of this configuration whole}, then for each a line {"gates":
[[rule, target, cause, cause_of, first_out, first_out_of, fault, position, drive]…], "outputs": …,
"told": [outputs, targets]}: what was decided, and what the record says of what no event has.

It puts back what core/snapshot.py has taken, and nothing is decided here.
"""

import binascii
import json
import struct
import sys

from station.app.config import Setup
from station.core import snapshot as told
from station.core.drive import STOPPED, TwoRelayDrive
from station.core.gate import InletGate
from station.core.judgement import Redundant
from station.core.latches import Latches
from station.core.restraint import NOT_BOUND
from station.core.spring import SpringReturnDrive

_NOW_MS = 1 << 28
_LATCHES_TOLD = 10
_NO_HOURS = bytes(2)  # since a last stroke


class _Bytes:
    def __init__(self, content):
        self._content = content
        self._at = 0

    def take(self, count):
        self._at += count
        return self._content[self._at - count : self._at]

    def byte(self):
        return self.take(1)[0]

    def word(self):
        return struct.unpack("<H", self.take(2))[0]


def decide_again(blob, state, points):
    """One scan on a station made anew."""
    setup = Setup(blob)
    station = setup.station
    now_ms = _NOW_MS
    source = _Bytes(state)
    (bits,) = struct.unpack("<I", source.take(4))
    inputs = bytearray((bits >> index) & 1 for index in range(len(setup.input_terminals)))
    outputs = source.word()
    flags = source.word()
    if flags & told.STATION_SAFE_MODE:
        station.enter_safe_mode()
    _put_points(setup.readings, points, now_ms)
    gates = []
    for gate in station.gates:
        gates.append(_Gate(source, gate))
    kept = bytes(6) + b"".join([gate.latches + _NO_HOURS for gate in gates])
    kept += b"".join([gate.recurrence for gate in gates])
    latches = Latches(station, bytes(4))
    latches.restore(kept, now_ms)
    _put_station(station, flags, inputs, now_ms)
    for gate in gates:
        gate.put(now_ms)
    station.decide(now_ms, inputs)
    return station, outputs, [gate.target for gate in gates]


def _put_station(station, flags, inputs, now_ms):
    station.starting = bool(flags & told.STATION_STARTING)
    if station.starting:
        station._grace.hold_ms = 1
        station._grace.restart(now_ms)
    else:
        station._grace.hold_ms = 0
    station.stopped = bool(flags & told.STATION_STOPPED)
    station._reset_seen = bool(flags & told.STATION_FREED)
    station._was_healthy = True
    station._reset_was_pressed = not flags & told.STATION_EDGE
    service = station.service
    service.needs_reset = bool(flags & told.STATION_NEEDS_RESET)
    service.standing = bool(flags & told.STATION_SERVICE)
    service.ending = bool(flags & told.STATION_ENDING)
    service._was_pressed = bool(flags & told.STATION_PRESSED)
    if service.ending:
        _run_hold(service._end, flags & told.STATION_ENDED, now_ms)


def _put_points(readings, content, now_ms):
    for number in range(min(len(readings.points), len(content) // 8)):
        value, quality, detail, age = struct.unpack_from("<iBBH", content, 8 * number)
        readings.value[number] = value
        readings.status[number] = quality >> 4
        readings.flag[number] = quality & 15
        readings.detail[number] = detail
        readings.frozen[number] = 1  # what had become too old is told as that
        if age != 0xFFFF:
            readings.age_ms[number] = 0
            readings._taken_ms[number] = now_ms - age * 250


class _Gate:
    """What a record says of one gate; put() puts it into the gate."""

    def __init__(self, source, gate):
        self._gate = gate
        self.latches = source.take(_LATCHES_TOLD)
        self._before = source.word()
        self._standing = source.word()
        self._now = source.byte()
        asked = source.byte()
        self._asked = asked
        self.target = asked >> 2 & 3
        inlet = isinstance(gate, InletGate)
        self._holds, self._aged = (source.byte(), source.byte()) if inlet else (0, 0)
        self._floods = []
        for flood in gate.floods:
            clearing = source.byte()
            points = source.take(len(flood.points))
            contacts = source.take(len(flood.contacts))
            self._floods.append((clearing, points, contacts))
        capped = inlet and gate.cap is not None
        self._bound = source.take(3) if capped else None
        self.recurrence = b""
        self._trips = []
        for trip in gate.trips:
            self.recurrence += source.take(1)
            agree = source.byte() if isinstance(trip.limit, Redundant) else 0
            limits = [struct.unpack("<HHH", source.take(6)) for _ in told.limits_of(trip)]
            self._trips.append((agree, limits))

    def put(self, now_ms):
        gate, before = self._gate, self._before
        gate.target = before & 3
        self._put_drive(now_ms, gate.drive)
        if gate.leak is not None:
            gate.leak.beyond = bool(self._asked & told.ASKED_LEAKS)
            _run_hold(gate.leak._hold, gate.leak.beyond, now_ms)
        if gate.hands is not None:
            gate.hands._arrived = bool(self._asked & told.ASKED_SERVED)
            gate.hands._travel.restart(now_ms)
        remote = gate.remote
        remote.order = self._asked & 3
        remote.until_released = bool(self._asked & told.ASKED_UNTIL_RELEASED)
        remote._reset_came = bool(self._asked & told.ASKED_RESET)
        remote.hold.hold_ms = 1
        remote.hold.restart(now_ms)
        if isinstance(gate, InletGate):
            gate._was_driving = before >> 2 & 3
            if self._bound is not None:
                gate.cap = _Cap(*self._bound)
            gate._rests_closed = bool(before & told.BEFORE_RESTS_CLOSED)
            gate._closing_due = bool(before & told.BEFORE_CLOSING_DUE)
            _put_hold(gate.reopen_hold, self._holds, now_ms)
            _put_hold(gate.min_closed, self._holds >> told.HOLD_SECOND, now_ms)
            for index in range(gate.openings):
                aged_ms = 3600000 if index < self._aged else 0
                gate.openings_ms[index] = now_ms - aged_ms
        for index in range(len(gate.floods)):
            self._put_flood(now_ms, index)
        for index in range(len(gate.trips)):
            _put_trip(now_ms, gate.trips[index], *self._trips[index])
            for limit in told.limits_of(gate.trips[index]):
                if limit.bypassed:
                    gate.measurement.point = limit.point
                    gate.measurement._time.hold_ms = 1
                    gate.measurement._time.restart(now_ms)

    def _put_drive(self, now_ms, drive):
        before, now = self._before, self._now
        drive.direction = before >> 2 & 3
        drive.position = before >> told.BEFORE_POSITION
        if isinstance(drive, SpringReturnDrive):
            drive._energised = bool(before & told.BEFORE_ENERGISED)
            _run_hold(drive._travelled, now & told.NOW_TRAVELLED, now_ms)
            _run_hold(drive._late, now & told.NOW_LATE, now_ms)
            return
        if not isinstance(drive, TwoRelayDrive):
            _put_actuator(now_ms, drive, before, now)
            return
        drive._jammed_direction = before >> 4 & 3
        drive._rests_at_end_of = before >> 6 & 3
        drive._backing_off = bool(before & told.BEFORE_BACKING_OFF)
        drive._last_direction = now >> 3 & 3
        drive._sought = bool(before & told.BEFORE_SOUGHT)
        drive._from_end = bool(before & told.BEFORE_FROM_END)
        ran_ms = 0
        for bit, time_ms in (
            (told.NOW_TRAVEL_OVER, drive.travel_timeout_ms),
            (told.NOW_BACKED_OFF, drive.backoff_ms),
            (told.NOW_MUST_HAVE_LEFT, drive.leave_ms),
            (told.NOW_MAY_ARRIVE, drive.travel_min_ms),
            (told.NOW_TRAVEL_PASSED, drive.travel_ms),
        ):
            if now & bit:
                ran_ms = max(ran_ms, time_ms)
        drive._started_ms = now_ms - ran_ms
        if drive.direction == STOPPED:
            _run_hold(drive._rest, now & told.NOW_RESTED, now_ms)

    def _put_flood(self, now_ms, index):
        flood = self._gate.floods[index]
        clearing, points, contacts = self._floods[index]
        flood.standing = bool(self._standing >> index & 1)
        _put_hold(flood.clear_hold, clearing, now_ms)
        for index in range(len(points)):
            point, bits = flood.points[index], points[index]
            point.beyond = bool(bits & told.POINT_CALLED)
            _run_hold(point._dry, bits & told.POINT_DRY, now_ms)
        for index in range(len(contacts)):
            _run_hold(flood.contacts[index].debounce, contacts[index], now_ms)


def _put_actuator(now_ms, drive, before, now):
    high, low = drive._high, drive._low
    if now & told.NOW_AT_OPEN:
        drive._raw = high
    elif now & told.NOW_AT_CLOSED:
        drive._raw = low
    elif now & told.NOW_TOLD:
        drive._raw = max(high, low) + drive._tolerance + 1  # at neither end
    drive._late_direction = before >> 4 & 3
    _run_hold(drive._late, now & told.NOW_OVERDUE, now_ms)
    _run_hold(drive._silence, now & told.NOW_SILENT, now_ms)


class _Cap:
    """What rule 7 had come to: it is not decided again."""

    permille = 0  # what comes of it shows in later scans only

    def __init__(self, bound, cause, cause_of):
        self._target = NOT_BOUND if bound == told.BOUND_NOT else bound
        self.cause = cause
        self.cause_of = cause_of

    def scan(self, now_ms, drive):
        pass

    def target(self, drive):
        return self._target


def _put_trip(now_ms, trip, agree, limits):
    judgement = trip.limit
    parts = told.limits_of(trip)
    if isinstance(judgement, Redundant):
        _put_hold(judgement._apart, agree, now_ms)
        for index in range(len(parts)):
            parts[index].last_word = bool(agree >> told.AGREE_LAST_WORD + index & 1)
    for index in range(len(parts)):
        _put_limit(now_ms, parts[index], *limits[index])
    _put_hold(trip.clear_hold, limits[0][2] >> told.TRIP_CLEAR_HOLD, now_ms)


def _put_limit(now_ms, limit, beyond, usable, bits):
    limit._beyond_bits = beyond
    limit._usable_bits = usable
    limit.beyond_count = _ones(beyond)
    limit.usable_count = _ones(usable)
    limit.run = bool(bits & told.TRIP_RUN)
    delayed = bits & told.TRIP_DELAYED
    limit._run_start_ms = now_ms - (limit.delay_ms if delayed else 0)
    limit._delay_passed = limit.delay_ms == 0
    limit._last_usable_beyond = bool(bits & told.TRIP_LAST_BEYOND)
    doubted = bool(bits & told.TRIP_DOUBTED)
    if limit.doubt is not None:
        limit.doubt._was_erratic = doubted
        limit.doubt._witnesses = []
    stands = limit.run and delayed and limit.beyond_count >= limit.polls
    limit._met = (doubted or bool(bits & told.TRIP_TRIPPED)) and not stands
    limit.bypassed = bool(bits & told.TRIP_BYPASSED)
    good = limit.readings.good(limit.point)
    limit._bad = good and not bits & told.TRIP_GOOD
    inside = good and limit.is_inside(limit.readings.value[limit.point])
    limit._broken = inside and not bits & told.TRIP_PERMISSIVE
    _run_hold(limit._dry, bits & told.TRIP_DRY, now_ms)
    _put_hold(limit._lost_hold, bits >> told.TRIP_LOST_HOLD, now_ms)
    limit.readings.ever_good[limit.point] = 1 if bits & told.TRIP_EVER_GOOD else 0
    limit.frozen = bool(bits & told.TRIP_FROZEN)
    if limit.frozen:  # all stands as it was
        limit.tripped = bool(bits & told.TRIP_TRIPPED)
        limit.lost = bool(bits & told.TRIP_LOST)
        limit.good = bool(bits & told.TRIP_GOOD)
        limit.permissive = bool(bits & told.TRIP_PERMISSIVE)


def _ones(bits):
    return sum([bits >> index & 1 for index in range(16)])


def _put_hold(hold, bits, now_ms):
    if bits & told.HOLD_RUNS:
        _run_hold(hold, bits & told.HOLD_DONE, now_ms)
    else:
        hold.stop()


def _run_hold(hold, over, now_ms):
    """It runs, since so long that it is over in this scan, or only since now."""
    hold.restart(now_ms)
    hold.done = False
    if over:
        hold.since_ms = now_ms - hold.hold_ms
    elif hold.hold_ms == 0:
        hold.stop()


def _said(station):
    rows = []
    for gate in station.gates:
        drive = gate.drive
        rows.append(
            [
                gate.rule,
                gate.target,
                gate.cause,
                gate.cause_of,
                gate.first_out,
                gate.first_out_of,
                drive.fault,
                drive.position,
                drive.direction,
            ]
        )
    outputs = 0
    for index in range(len(station.outputs)):
        outputs |= station.outputs[index] << index
    return rows, outputs


def main(config, scans):
    with open(config, "rb") as file:
        blob = file.read()
    setup = Setup(blob)
    print(json.dumps({"untold": told.untold(setup.station, len(setup.input_terminals))}))
    with open(scans) as file:
        for line in file:
            scan = json.loads(line)
            state, points = binascii.unhexlify(scan["state"]), binascii.unhexlify(scan["points"])
            station, outputs, targets = decide_again(blob, state, points)
            rows, decided = _said(station)
            print(json.dumps({"gates": rows, "outputs": decided, "told": [outputs, targets]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
