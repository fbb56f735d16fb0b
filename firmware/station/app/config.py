"""From the compiled configuration to the objects that run: which terminal is which input, who
watches which point. Wiring only; what the fields mean is decided where they are used.
"""

import binascii

from reedgate_contract import codes
from reedgate_contract import config as layout
from reedgate_contract.safety import safety_crc32
from station.app import law
from station.core.bypass import BypassGate
from station.core.contacts import TripContact
from station.core.drive import TwoRelayDrive
from station.core.flood import Flood, FloodContact, FloodPoint
from station.core.gate import InletGate
from station.core.hands import Hands
from station.core.leak import Leak
from station.core.quality import Quality
from station.core.readings import Point, Readings
from station.core.spring import SpringReturnDrive
from station.core.station import Station
from station.core.stroke import Stroke
from station.core.wet import Wet

_NOT_WIRED = -1
_OF_SENSOR = (
    layout.FRAME,
    layout.WET,
    layout.WIPE,
    layout.SLUMBER,
    layout.GUARD,
    layout.POINT,
    layout.POINT_ERROR,
    layout.SENTINEL,
    layout.QUALITY,
)
_OUTPUT_FUNCTIONS = (
    layout.FUNCTION_OPEN,
    layout.FUNCTION_CLOSE,
    layout.FUNCTION_OUT,
    layout.FUNCTION_HEALTHY,
)
_HAND_FUNCTIONS = (layout.FUNCTION_LOCAL, layout.FUNCTION_LOCAL_OPEN, layout.FUNCTION_LOCAL_CLOSE)
_TRIP_CONTACTS = (
    (layout.FUNCTION_EMERGENCY_CLOSE, codes.CAUSE_EMERGENCY_CLOSE),
    (layout.FUNCTION_UPSTREAM_ALARM, codes.CAUSE_UPSTREAM_ALARM),
)
_TRIPS_CLOSE = (layout.ROLE_INLET, layout.ROLE_OUTLET)


class Sensor:
    """One instrument on a bus: how it is asked, and the points that its reply carries."""

    def __init__(self, name, fields, bus):
        self.name = name
        self.baud = fields["baud"] or bus.baud
        self.parity = bus.parity if fields["parity"] == layout.NONE else fields["parity"]
        self.stop_bits = fields["stop_bits"] or bus.stop_bits
        self.setting = None  # of the port, for these three: whoever has the port gives it
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
        self.wet = None
        self.wipe = None  # how it is made to wipe itself
        self.slumber = None  # when it falls asleep
        self.guards = []
        self.points = []  # numbers in the station's table


class Guard:
    """Registers that tell whether a poll means what its profile says."""

    def __init__(self, fields):
        self.function_code = fields["function_code"]
        self.address = fields["address"]
        self.words = fields["name"]
        self.count = len(self.words) // 2


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
        built = _Builder(blob)
        self.safety_crc32 = built.safety_crc32
        self.names_crc32 = built.names_crc32()  # of all that a latch may be of
        self.site_id = built.site_id
        self.station_id = built.station_id
        self.fields = built.fields
        self.uplink = built.uplink
        self.slave = built.slave
        self.buses = built.buses
        self.points = built.points
        self.input_terminals = built.input_terminals
        self.output_terminals = built.output_terminals
        self.actuators = built.actuators
        self.readings = built.readings
        self.station = built.station


class _Builder:
    """Apart from what it builds, for a board lets go of it."""

    def __init__(self, blob):
        self.buses = []
        self.points = []
        self.input_terminals = []
        self.output_terminals = []
        self.uplink = None
        self.slave = None  # of an uplink that is polled
        self.actuators = []  # each with its drive
        self._own_terminals = {}
        self._gates = []  # (fields, terminals, floods, law.LawParts) in order
        self._derived = []
        entries = layout.unpack_file(blob, binascii.crc32)
        self.safety_crc32 = safety_crc32(entries, binascii.crc32)
        for kind, fields in entries:
            self._take(kind, fields)
        self.readings = Readings(self.points)
        self.station = self._station()
        self._build_law()

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
            bus = self.buses[-1]
            bus.sensors.append(Sensor(name.decode(), fields, bus))
        elif kind == layout.GATE:
            self._gates.append((fields, {}, [], law.LawParts()))
        elif kind == layout.TERMINAL:
            self._take_terminal(fields["function"], name.decode())
        elif kind in _OF_SENSOR:
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
        elif kind == layout.SLUMBER:
            sensor.slumber = fields
        elif kind == layout.GUARD:
            sensor.guards.append(Guard(fields))
        elif kind == layout.POINT:
            sensor.points.append(len(self.points))
            point = Point(fields["name"].decode(), fields, sensor.max_age_ms)
            point.wet = sensor.wet
            self.points.append(point)
        elif kind == layout.POINT_ERROR:
            self.points[-1].error_word = fields["word"]
        elif kind == layout.QUALITY:
            self.points[-1].quality = Quality(fields, sensor.max_age_ms)
        elif kind == layout.WET:
            sensor.wet = Wet(fields)
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
        for number, (fields, *_) in enumerate(self._gates):
            if fields["bypass"] != layout.NONE:
                gates[fields["bypass"]].inlets.append(gates[number])
                gates[number].bypass = gates[fields["bypass"]]
        return Station(
            self.readings,
            [gate for gate in gates if isinstance(gate, InletGate)],
            [gate for gate in gates if isinstance(gate, BypassGate)],
            self._own(layout.FUNCTION_ESTOP),
            self._own(layout.FUNCTION_RESET),
            self.fields["start_grace_ms"],
            len(self.output_terminals),
            self._own(layout.FUNCTION_SERVICE),
            self._own(layout.FUNCTION_MAINS_OK),
            self._own(layout.FUNCTION_HEALTHY),
        )

    def _build_law(self):
        """What needs all points and gates."""
        first = len(self.points) - len(self._derived)
        law.build_derived(self.readings, first, self._derived, self.station.gates)
        law.build_freezes(self.readings, self.buses)
        law.build_bypasses(self.readings, self.station.inlets, self.station.gates)

    def _own(self, function):
        return self._own_terminals.get(function, _NOT_WIRED)

    def names_crc32(self):
        names = [point.name for point in self.points]
        for gate in self.station.gates:
            names.append(gate.name)
            names += [flood.name for flood in gate.floods]
            names += [self.points[trip.point].name for trip in gate.trips]
        return binascii.crc32("\n".join(names).encode()) & 0xFFFFFFFF

    def _gate(self, number):
        fields, terminals, flood_fields, parts = self._gates[number]
        name = fields["name"].decode()
        role = fields["role"]
        if role not in layout.ROLE_NAMES.values():
            raise ValueError("gate %s: role %d is not one of this firmware" % (name, role))
        trip_target = codes.TARGET_CLOSED if role in _TRIPS_CLOSE else codes.TARGET_OPEN
        if fields["drive"] == layout.DRIVE_MODBUS_ACTUATOR:
            drive = self._actuator(fields, parts, trip_target)
        else:
            drive = _drive(fields, terminals, trip_target)
        floods = [self._flood(*flood) for flood in flood_fields]
        if role == layout.ROLE_BYPASS:
            gate = BypassGate(number, name, drive, floods)
        else:
            trips = law.build_trips(self.readings, parts)
            gate = InletGate(number, name, drive, floods, trips, fields, trip_target)
            gate.cap = law.build_cap(self.readings, fields, parts)
        for function, cause in _TRIP_CONTACTS:
            if function in terminals:
                gate.contacts.append(TripContact(terminals[function], cause))
        hands = [terminals.get(function, _NOT_WIRED) for function in _HAND_FUNCTIONS]
        if max(hands) >= 0 or self._own(layout.FUNCTION_SERVICE) >= 0:
            gate.hands = Hands(*hands, trip_target, fields["travel_timeout_ms"])
        for leak in parts.leaks:
            gate.leak = Leak(self.readings, leak)
        if fields["proof_test_days"]:
            gate.stroke = Stroke(fields["proof_test_days"])
        return gate

    def _actuator(self, fields, parts, trip_target):
        for actuator in parts.actuators:
            from station.app.actuator_task import Actuator  # as in law.py
            from station.core.actuator import ActuatorDrive

            drive = ActuatorDrive(fields, actuator, trip_target)
            orders = {}
            for order in parts.orders:
                orders[order["target"]] = (order["name"], order["reply_size"])
            port = actuator["name"].decode()
            self.actuators.append(Actuator(port, actuator, drive, orders))
            return drive
        raise ValueError("a modbus_actuator without its bus")

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


def _drive(fields, terminals, trip_target):
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
            terminals.get(layout.FUNCTION_TORQUE, _NOT_WIRED),
            trip_target,
        )
    if fields["drive"] == layout.DRIVE_SPRING_RETURN:
        return SpringReturnDrive(fields, terminals[layout.FUNCTION_OUT], at_open, at_closed)
    raise ValueError("drive %d is not one of this firmware" % fields["drive"])
