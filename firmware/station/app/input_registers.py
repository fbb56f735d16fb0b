"""The input registers of a station: how things stand now, by the map of reedgate_contract."""

import struct

from reedgate_contract import registers
from station.app.journal import version_number

_STATION = registers.format_of(registers.STATION)
_STREAM = registers.format_of(registers.STREAM)
_POINT = registers.format_of(registers.POINT)
_GATE = registers.format_of(registers.GATE)
_STATION_WIDTH = registers.width_of(registers.STATION)
_STREAM_WIDTH = registers.width_of(registers.STREAM)
_POINT_WIDTH = registers.width_of(registers.POINT)
_GATE_WIDTH = registers.width_of(registers.GATE)
_U32 = 0xFFFFFFFF


class InputRegisters:
    """Blocks are packed when they are asked for: between two scans nothing costs anything."""

    def __init__(self, setup, uptime, journal, shelf, reset_cause):
        self._setup = setup
        self._uptime = uptime
        self._journal = journal
        self._shelf = shelf
        self._reset_cause = reset_cause
        self._points_end = registers.POINTS_AT + len(setup.points) * _POINT_WIDTH
        self._gates_end = registers.GATES_AT + len(setup.station.gates) * _GATE_WIDTH
        self._block = bytearray(2 * max(_STATION_WIDTH, _STREAM_WIDTH, _POINT_WIDTH, _GATE_WIDTH))

    def copy(self, address, count, into, at):
        """Registers into a buffer; False when the map has not all of them."""
        while count:
            start, width = self._pack_at(address)
            if not width:
                return False
            taken = min(count, start + width - address)
            begin = 2 * (address - start)
            for index in range(2 * taken):
                into[at + index] = self._block[begin + index]
            at += 2 * taken
            address += taken
            count -= taken
        return True

    def _pack_at(self, address):
        """(first address, registers) of the block around an address, which is packed now."""
        if address < registers.EVENTS_AT:
            self._pack_station()
            return registers.STATION_AT, _STATION_WIDTH
        if address < registers.READINGS_AT:
            self._pack_stream(self._journal.events)
            return registers.EVENTS_AT, _STREAM_WIDTH
        if address < registers.READINGS_AT + _STREAM_WIDTH:
            self._pack_stream(self._journal.readings)
            return registers.READINGS_AT, _STREAM_WIDTH
        if registers.POINTS_AT <= address < self._points_end:
            number = (address - registers.POINTS_AT) // _POINT_WIDTH
            self._pack_point(number)
            return registers.POINTS_AT + number * _POINT_WIDTH, _POINT_WIDTH
        if registers.GATES_AT <= address < self._gates_end:
            number = (address - registers.GATES_AT) // _GATE_WIDTH
            self._pack_gate(self._setup.station.gates[number])
            return registers.GATES_AT + number * _GATE_WIDTH, _GATE_WIDTH
        return 0, 0

    def _pack_station(self):
        setup = self._setup
        station = setup.station
        state = registers.STATE_STARTING if station.starting else 0
        if station.stopped:
            state |= registers.STATE_STOPPED
        struct.pack_into(
            _STATION,
            self._block,
            0,
            registers.MAP_VERSION,
            state,
            len(setup.points),
            len(station.gates),
            self._journal.epoch,
            self._journal.boot_n,
            self._uptime.seconds,
            self._uptime.rest_ms,
            self._reset_cause,
            setup.crc32,
            version_number(),
        )

    def _pack_stream(self, stream):
        struct.pack_into(
            _STREAM,
            self._block,
            0,
            stream.first_held,
            stream.flushed_seq + 1,
            stream.confirmed,
            *self._shelf.unread(stream),
            stream.waiting,
            stream.refused & _U32,
        )

    def _pack_point(self, number):
        readings = self._setup.readings
        age = readings.age_ms[number]
        struct.pack_into(
            _POINT,
            self._block,
            0,
            readings.value[number],
            readings.status[number],
            readings.flag[number],
            readings.detail[number],
            self._setup.points[number].quantity,
            registers.AGE_NEVER if age < 0 else age,
        )

    def _pack_gate(self, gate):
        struct.pack_into(
            _GATE,
            self._block,
            0,
            gate.drive.position,
            gate.target,
            gate.rule,
            gate.cause,
            gate.cause_of,
            gate.first_out,
            gate.first_out_of,
            gate.drive.fault,
            gate.drive.direction,
            gate.wait,
            gate.wait_ms,
            gate.alarms,
        )
