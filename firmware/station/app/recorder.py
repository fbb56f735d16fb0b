"""What changes at the gates becomes events of the journal, noted inside the scan.

An event is a record for the gate and the readings of that scan, two points a record. Nothing is
allocated. A change that memory has no room for is noted in a later scan, as it stands then.
"""

import struct

from reedgate_contract import codes, records
from reedgate_contract.compat import const
from station.core.snapshot import MOST_POINTS, parts_of

_START = const(0)  # records.WHAT_NAMES
_RULING = const(1)
_DRIVE = const(2)
_POSITION = const(3)
_ALARM = const(4)
_NOTHING = const(-1)
_OLDEST_QUARTERS = const(65535)


class _Told:
    """What was last noted of one gate."""

    def __init__(self):
        self.rule = -1
        self.target = codes.TARGET_HOLD
        self.cause = self.cause_of = 0
        self.first_out = self.first_out_of = 0
        self.fault = 0
        self.position = self.drive = 0
        self.alarms = 0


class Recorder:
    """Follows every gate; `stream` is the journal's events. decisions: tells of the same scan."""

    def __init__(self, station, stream, uptime, decisions):
        self._station = station
        self._stream = stream
        self._uptime = uptime
        self._decisions = decisions
        self._told = [_Told() for _ in station.gates]
        self._points = min(len(station.readings.points), MOST_POINTS)
        self._parts = _parts(self._points)

    def note(self):
        """Once a scan, after the decision."""
        decisions = self._decisions
        before = decisions.parts  # records that go before the first gate's of a scan
        for gate in self._station.gates:
            told = self._told[gate.number]
            what = self._change_of(gate, told)
            if what != _NOTHING and self._stream.reserve(before + self._parts):
                if before:
                    decisions.write()
                    before = 0
                self._write(gate, told, what)
        decisions.look()

    def _change_of(self, gate, told):
        """What is new, the most telling first."""
        if told.rule < 0:
            return _START
        drive = gate.drive
        if (
            gate.rule != told.rule
            or gate.cause != told.cause
            or gate.cause_of != told.cause_of
            or gate.first_out != told.first_out
            or gate.first_out_of != told.first_out_of
            or drive.fault != told.fault
            # HOLD is news only with a new rule: at rest a gate changes between it and OPEN
            or (gate.target != told.target and gate.target != codes.TARGET_HOLD)
        ):
            return _RULING
        if gate.alarms != told.alarms:
            return _ALARM
        if drive.position != told.position:
            return _POSITION
        return _DRIVE if drive.direction != told.drive else _NOTHING

    def _write(self, gate, told, what):
        if gate.target != codes.TARGET_HOLD or gate.rule != told.rule:
            told.target = gate.target
        told.rule = gate.rule
        told.cause = gate.cause
        told.cause_of = gate.cause_of
        told.first_out = gate.first_out
        told.first_out_of = gate.first_out_of
        told.fault = gate.drive.fault
        told.position = gate.drive.position
        told.drive = gate.drive.direction
        told.alarms = gate.alarms
        stream = self._stream
        uptime_s = self._uptime.seconds
        at = stream.append(records.KIND_GATE, 0x10 | self._parts, 0, 0, uptime_s)
        struct.pack_into(
            records.GATE,
            stream.buffer,
            at,
            self._uptime.rest_ms,
            what,
            gate.number,
            told.rule,
            told.target,
            told.cause,
            told.cause_of,
            told.first_out,
            told.first_out_of,
            told.fault,
            told.position,
            told.drive,
            told.alarms,
        )
        for part in range(1, self._parts):
            point = 2 * (part - 1)
            place = (part + 1) << 4 | self._parts
            at = stream.append(records.KIND_GATE, place, point, 0, uptime_s)
            self._write_points(stream.buffer, at, point)

    def _write_points(self, buffer, at, point):
        readings = self._station.readings
        for number in range(point, min(point + 2, self._points)):
            struct.pack_into(
                "<iBBH",  # half of records.POINTS
                buffer,
                at,
                readings.value[number],
                readings.status[number] << 4 | readings.flag[number],
                readings.detail[number],
                _quarters(readings.age_ms[number]),
            )
            at += 8


def records_of_scan(station, input_count):
    """So many records may one scan write: what it decided from, and an event of each gate."""
    points = min(len(station.readings.points), MOST_POINTS)
    return 1 + parts_of(station, input_count) + len(station.gates) * _parts(points)


def _parts(points):
    return 1 + (points + 1) // 2


def _quarters(age_ms):
    """An age in quarter seconds; the largest for never read and for what does not fit."""
    quarters = age_ms // 250
    return quarters if 0 <= quarters < _OLDEST_QUARTERS else _OLDEST_QUARTERS
