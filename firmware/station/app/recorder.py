"""What changed at the gates, kept in memory until the uplink has passed it on.

Notes are taken inside the scan: rows are preallocated and hold integers only. The flash journal
takes this place's content over; until then a full list drops its oldest row and counts it.
"""

from array import array

from reedgate_contract import codes
from reedgate_contract.compat import const

ROWS = const(16)

WHAT_START = const(0)
WHAT_RULING = const(1)
WHAT_DRIVE = const(2)
WHAT_POSITION = const(3)
WHAT_NAMES = ("start", "ruling", "drive", "position")


class Row:
    """One transition of one gate, with the readings as they stood in that scan."""

    def __init__(self, point_count):
        self.n = 0
        self.uptime_s = 0
        self.uptime_ms = 0  # within the second
        self.what = WHAT_START
        self.gate = 0
        self.rule = self.target = self.position = self.drive = 0
        self.cause = self.cause_of = 0
        self.first_out = self.first_out_of = 0
        self.fault = 0
        self.value = array("i", bytearray(4 * point_count))
        self.age_ms = array("i", bytearray(4 * point_count))
        self.quality = bytearray(3 * point_count)

    def status_of(self, point):
        return self.quality[3 * point]

    def flag_of(self, point):
        return self.quality[3 * point + 1]

    def detail_of(self, point):
        return self.quality[3 * point + 2]

    def take_gate(self, gate, target):
        self.gate = gate.number
        self.rule = gate.rule
        self.target = target
        self.cause = gate.cause
        self.cause_of = gate.cause_of
        self.first_out = gate.first_out
        self.first_out_of = gate.first_out_of
        self.fault = gate.drive.fault
        self.position = gate.drive.position
        self.drive = gate.drive.direction

    def take_readings(self, readings):
        for point in range(len(self.value)):
            self.value[point] = readings.value[point]
            self.age_ms[point] = readings.age_ms[point]
            self.quality[3 * point] = readings.status[point]
            self.quality[3 * point + 1] = readings.flag[point]
            self.quality[3 * point + 2] = readings.detail[point]


class _Told:
    """What was last noted of one gate."""

    def __init__(self):
        self.what = WHAT_START
        self.rule = -1
        self.target = codes.TARGET_HOLD
        self.cause = self.cause_of = 0
        self.first_out = self.first_out_of = 0
        self.fault = 0
        self.position = self.drive = 0


class Recorder:
    """Rows oldest first; `dropped` counts those that found no place."""

    def __init__(self, station, uptime):
        points = len(station.readings.points)
        self._station = station
        self._uptime = uptime
        self._rows = [Row(points) for _ in range(ROWS)]
        self._told = [_Told() for _ in station.gates]
        self._first = 0
        self._count = 0
        self._n = 0
        self.dropped = 0

    def pending(self):
        return self._count

    def oldest(self):
        return self._rows[self._first]

    def forget_oldest(self):
        """The far end has it."""
        self._first = (self._first + 1) % ROWS
        self._count -= 1

    def note(self):
        """Once a scan, after the decision."""
        for gate in self._station.gates:
            told = self._told[gate.number]
            what = self._change_of(gate, told)
            if what >= 0:
                self._write(gate, told, what)

    def _change_of(self, gate, told):
        """What is new, the most telling first; -1 when nothing is."""
        if told.rule < 0:
            return WHAT_START
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
            return WHAT_RULING
        if drive.position != told.position:
            return WHAT_POSITION
        return WHAT_DRIVE if drive.direction != told.drive else -1

    def _write(self, gate, told, what):
        if self._count == ROWS:
            self.forget_oldest()
            self.dropped += 1
        row = self._rows[(self._first + self._count) % ROWS]
        self._count += 1
        self._n += 1
        if gate.target != codes.TARGET_HOLD or gate.rule != told.rule:
            told.target = gate.target
        row.n = self._n
        row.uptime_s = self._uptime.seconds
        row.uptime_ms = self._uptime.rest_ms
        row.what = what
        row.take_gate(gate, told.target)
        row.take_readings(self._station.readings)
        told.rule = row.rule
        told.cause = row.cause
        told.cause_of = row.cause_of
        told.first_out = row.first_out
        told.first_out_of = row.first_out_of
        told.fault = row.fault
        told.position = row.position
        told.drive = row.drive
