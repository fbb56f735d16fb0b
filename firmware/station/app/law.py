"""From configuration entries to what an inlet judges its water by. Wiring only, as config.py.

What few stations have is imported where it is built: an RP2040 has no memory to spare for it.
"""

from reedgate_contract import config as layout
from station.core.bypassed import MeasurementBypass
from station.core.flood import FloodPoint
from station.core.judgement import AllOf, Redundant
from station.core.limit import Limit
from station.core.trip import Trip


class TripParts:
    """The entries of one trip."""

    def __init__(self, fields):
        self.fields = fields
        self.conditions = []
        self.agree = None
        self.doubts = []


class LawParts:
    """The entries of one gate that are not its own, its terminals' or its floods'."""

    def __init__(self):
        self.trips = []
        self.restraints = []
        self.leaks = []
        self.actuators = []
        self.orders = []  # of the actuator
        self.load = None

    def take(self, kind, fields):
        if kind == layout.TRIP:
            self.trips.append(TripParts(fields))
        elif kind == layout.CONDITION:
            self.trips[-1].conditions.append(fields)
        elif kind == layout.AGREE:
            self.trips[-1].agree = fields
        elif kind == layout.DOUBT:
            self.trips[-1].doubts.append(fields)
        elif kind == layout.LEAK:
            self.leaks.append(fields)
        elif kind == layout.ACTUATOR:
            self.actuators.append(fields)
        elif kind == layout.ORDER:
            self.orders.append(fields)
        elif kind == layout.RESTRAINT:
            self.restraints.append(fields)
        elif kind == layout.LOAD:
            self.load = fields


def build_trips(readings, parts):
    trips = []
    for each in parts.trips:
        trip = Trip(readings, each.fields, _judgement(readings, each))
        if each.doubts:
            from station.core.doubt import Doubt

            trip.limit.doubt = Doubt(readings, trip.point, each.doubts)
        trips.append(trip)
    return trips


def _judgement(readings, parts):
    """None: the trip's own fields are all."""
    if parts.agree is not None:
        points = [parts.fields["point"], parts.agree["second"], parts.agree["third"]]
        points = [point for point in points if point != layout.NONE]
        limits = [_limit(readings, parts, {"point": point}) for point in points]
        return Redundant(limits, parts.agree)
    if not parts.conditions:
        return None
    limits = [_limit(readings, parts, parts.fields)]
    limits += [_limit(readings, parts, each) for each in parts.conditions]
    return AllOf(limits)


def _limit(readings, parts, changes):
    fields = dict(parts.fields)
    fields.update(changes)
    return Limit(readings, fields)


def build_cap(readings, gate_fields, parts):
    """None for a gate that rule 7 says nothing of."""
    if not parts.restraints and parts.load is None:
        return None
    from station.core.opening import Opening
    from station.core.restraint import Cap, Restraint

    opening = Opening(gate_fields["travel_ms"])
    load = None
    if parts.load is not None:
        from station.core.load import Load

        load = Load(readings, parts.load, opening)
    return Cap([Restraint(readings, each) for each in parts.restraints], load, opening)


def build_derived(readings, first, entries, gates):
    """entries: of DERIVED, in order; the first is point number `first`."""
    for index in range(len(entries)):
        from station.core.derived import Derived

        fields = entries[index]
        point = Derived(readings, first + index, fields)
        if fields["kind"] >= layout.DERIVED_FLOW:
            cap = gates[fields["first"]].cap
            if cap is None or cap.load is None:
                raise ValueError("a flow of a gate without a load")
            cap.load.points.append(point)


def build_freezes(readings, buses):
    for bus in buses:
        for sensor in bus.sensors:
            if sensor.wipe is None:
                continue
            watching = []
            for point in sensor.points:
                watching += readings.watching(point)
            if [each for each in watching if isinstance(each, FloodPoint)]:
                raise ValueError("sensor %s: what tells of a flood never wipes" % sensor.name)
            limits = [each for each in watching if isinstance(each, Limit)]
            from station.core.freeze import Freeze

            readings.freezes.append(Freeze(readings, sensor.points, limits, sensor.wipe))


def build_bypasses(readings, inlets, gates):
    """The bypass of a measurement, for each inlet."""
    flood_points = []
    for gate in gates:
        for flood in gate.floods:
            flood_points += [each.point for each in flood.points]
    for inlet in inlets:
        limits = []
        for trip in inlet.trips:
            limits += getattr(trip.limit, "limits", None) or [trip.limit]
        inlet.measurement = MeasurementBypass(readings, limits, flood_points)
