"""From the compiled configuration to the objects that run: which terminal is which input, who
watches which point. Wiring only; what the fields mean is decided where they are used.
"""

import binascii

from reedgate_contract import config as layout
from station.app import law
from station.core.drive import SpringReturnDrive, TwoRelayDrive
from station.core.flood import Flood, FloodContact, FloodPoint
from station.core.gate import BypassGate, InletGate
from station.core.readings import Point, Readings
from station.core.station import Station

_NOT_WIRED = -1
_OUTPUT_FUNCTIONS = (layout.FUNCTION_OPEN, layout.FUNCTION_CLOSE, layout.FUNCTION_OUT)


class Sensor:
    """One instrument on a bus: how it is asked, and the points that its reply carries."""

    def __init__(self, name, fields):
        self.name = name
        self.unit_id = fields["unit_id"]
        self.function_code = fields["function_code"]
        self.address = fields["address"]
        self.count = fields["count"]
        self.poll_ms = fields["poll_ms"]
        self.timeout_ms = fields["timeout_ms"]
        self.warm_up_ms = fields["warm_up_ms"]
        self.stabilise_ms = fields["stabilise_ms"]
        self.max_age_ms = fields["max_age_ms"]
        self.error_word = fields["error_word"]
        self.break_polls = fields["break_polls"]
        self.break_hold_ms = fields["break_hold_ms"]
        self.start_pdu = b""
        self.start_reply_size = 0
        self.wipe = None  # how it is made to wipe itself
        self.points = []  # numbers in the station's table


class Bus:
    """One RS-485 port with the sensors on it, in the order of the site file."""

    def __init__(self, port, fields):
        self.port = port
        self.baud = fields["baud"]
        self.parity = fields["parity"]
        self.stop_bits = fields["stop_bits"]
        self.guard_ms = fields["guard_ms"]
        self.sensors = []


class Setup:
    """All that one board needs to know of its site.

    Raises ValueError, with what is wrong, for a configuration that this firmware cannot run.
    """

    def __init__(self, blob):
        self.crc32 = binascii.crc32(blob) & 0xFFFFFFFF
        self.hash = "%08x" % self.crc32
        self.buses = []
        self.points = []
        self.input_terminals = []
        self.output_terminals = []
        self.uplink = None
        self.slave = None  # of an uplink that is polled
        self._own_terminals = {}
        self._gates = []  # (fields, terminals, floods, law.LawParts) in order
        self._derived = []
        for kind, fields in layout.unpack_file(blob, binascii.crc32):
            self._take(kind, fields)
        self.readings = Readings(self.points)
        self.station = self._station()
        self._build_law()
        self.names_crc32 = self._names_crc32()  # of all that a latch may be of
        # built: what they were built from may go
        self._gates = self._derived = self._own_terminals = None

    def _take(self, kind, fields):
        name = fields["name"]
        if kind == layout.STATION:
            self.site_id, _, self.station_id = name.decode().partition("/")
            self.fields = fields
        elif kind == layout.UPLINK:
            self.uplink = fields
        elif kind == layout.SLAVE:
            self.slave = fields
        elif kind == layout.BUS:
            self.buses.append(Bus(name.decode(), fields))
        elif kind == layout.SENSOR:
            self.buses[-1].sensors.append(Sensor(name.decode(), fields))
        elif kind == layout.GATE:
            self._gates.append((fields, {}, [], law.LawParts()))
        elif kind == layout.TERMINAL:
            self._take_terminal(fields["function"], name.decode())
        elif kind in (layout.FRAME, layout.WIPE, layout.POINT, layout.SENTINEL):
            self._take_of_sensor(kind, fields)
        elif kind == layout.DERIVED:
            self._derived.append(fields)
            row = _derived_point(fields)
            self.points.append(Point(name.decode(), row, fields["max_age_ms"]))
            self.points[-1].derived = True
        else:
            self._take_of_gate(kind, fields)

    def _take_of_sensor(self, kind, fields):
        sensor = self.buses[-1].sensors[-1]
        if kind == layout.FRAME:
            if fields["purpose"] != layout.FRAME_START:
                raise ValueError("frame of unknown purpose %d" % fields["purpose"])
            sensor.start_pdu = fields["name"]
            sensor.start_reply_size = fields["reply_size"]
        elif kind == layout.WIPE:
            sensor.wipe = fields
        elif kind == layout.POINT:
            sensor.points.append(len(self.points))
            self.points.append(Point(fields["name"].decode(), fields, sensor.max_age_ms))
        else:
            self.points[-1].sentinels.append(fields["value"])

    def _take_of_gate(self, kind, fields):
        _, _, floods, parts = self._gates[-1]
        if kind == layout.FLOOD:
            floods.append((fields, [], []))
        elif kind == layout.FLOOD_POINT:
            floods[-1][1].append(fields)
        elif kind == layout.FLOOD_CONTACT:
            terminal = self._input(fields["name"].decode())
            floods[-1][2].append((fields, terminal))
        else:
            parts.take(kind, fields)

    def _take_terminal(self, function, terminal):
        if function in _OUTPUT_FUNCTIONS:
            self.output_terminals.append(terminal)
            number = len(self.output_terminals) - 1
        else:
            number = self._input(terminal)
        owner = self._gates[-1][1] if self._gates else self._own_terminals
        owner[function] = number

    def _input(self, terminal):
        if terminal not in self.input_terminals:
            self.input_terminals.append(terminal)
        return self.input_terminals.index(terminal)

    def _station(self):
        gates = [self._gate(number) for number in range(len(self._gates))]
        for number, (fields, _, _, _) in enumerate(self._gates):
            if fields["bypass"] != layout.NONE:
                gates[fields["bypass"]].inlets.append(gates[number])
                gates[number].bypass = gates[fields["bypass"]]
        return Station(
            self.readings,
            [gate for gate in gates if isinstance(gate, InletGate)],
            [gate for gate in gates if isinstance(gate, BypassGate)],
            self._own_terminals.get(layout.FUNCTION_ESTOP, _NOT_WIRED),
            self._own_terminals.get(layout.FUNCTION_RESET, _NOT_WIRED),
            self.fields["start_grace_ms"],
            len(self.output_terminals),
        )

    def _build_law(self):
        """What needs all points and gates."""
        first = len(self.points) - len(self._derived)
        law.build_derived(self.readings, first, self._derived, self.station.gates)
        law.build_freezes(self.readings, self.buses)
        law.build_bypasses(self.readings, self.station.inlets, self.station.gates)

    def _names_crc32(self):
        names = [point.name for point in self.points]
        for gate in self.station.gates:
            names.append(gate.name)
            names += [flood.name for flood in gate.floods]
            names += [self.points[trip.point].name for trip in gate.trips]
        return binascii.crc32("\n".join(names).encode()) & 0xFFFFFFFF

    def _gate(self, number):
        fields, terminals, flood_fields, parts = self._gates[number]
        name = fields["name"].decode()
        drive = _drive(fields, terminals)
        floods = [self._flood(*parts) for parts in flood_fields]
        if fields["role"] == layout.ROLE_BYPASS:
            return BypassGate(number, name, drive, floods)
        if fields["role"] == layout.ROLE_INLET:
            trips = law.build_trips(self.readings, parts)
            gate = InletGate(number, name, drive, floods, trips, fields)
            gate.cap = law.build_cap(self.readings, fields, parts)
            return gate
        raise ValueError("gate %s: role %d is not one of this firmware" % (name, fields["role"]))

    def _flood(self, fields, points, contacts):
        flood = Flood(fields)
        flood.name = fields["name"].decode()
        flood.points = [FloodPoint(self.readings, point) for point in points]
        flood.contacts = [FloodContact(contact, terminal) for contact, terminal in contacts]
        return flood


def _derived_point(fields):
    """A row of the table that nothing is read into."""
    whole = {"quantity": fields["quantity"], "word": 0, "data_type": 0, "decimals": 0}
    whole.update({"num": 1, "den": 1, "offset": 0, "gross_min": 0, "gross_max": 0})
    return whole


def _drive(fields, terminals):
    at_open = terminals.get(layout.FUNCTION_AT_OPEN, _NOT_WIRED)
    at_closed = terminals.get(layout.FUNCTION_AT_CLOSED, _NOT_WIRED)
    if fields["drive"] == layout.DRIVE_TWO_RELAY:
        if at_open < 0 or at_closed < 0:
            raise ValueError("a two_relay drive needs both limit switches")
        return TwoRelayDrive(
            fields,
            terminals[layout.FUNCTION_OPEN],
            terminals[layout.FUNCTION_CLOSE],
            at_open,
            at_closed,
        )
    if fields["drive"] == layout.DRIVE_SPRING_RETURN:
        return SpringReturnDrive(fields, terminals[layout.FUNCTION_OUT], at_open, at_closed)
    raise ValueError("drive %d is not one of this firmware" % fields["drive"])
