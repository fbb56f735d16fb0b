"""Rules of `confirmed_by`: the points that move when the water of a trip changes."""

from reedgate_boards.site.context import StationContext
from reedgate_boards.site.quality import quality
from reedgate_boards.site.rules_limit import tell_unknown_point
from reedgate_boards.site.schema_gate import Trip
from reedgate_boards.site.source import KeyPath


def check_doubts(context: StationContext) -> None:
    for gate_id, gate in context.station.gates.items():
        for trip_id, trip in gate.trips.items():
            if trip.confirmed_by:
                path = context.path("gates", gate_id, "trips", trip_id, "confirmed_by")
                _check_trip(context, trip, path)


def _check_trip(context: StationContext, trip: Trip, path: KeyPath) -> None:
    known = quality().quantity
    point = trip.all[0].point
    if point in context.points and known[context.points[point].quantity].erratic is None:
        context.findings.error(
            path,
            "is for a limit on {known}: of others it is not known when a probe is erratic. Remove "
            "the key.",
            known=", ".join(key for key, each in known.items() if each.erratic is not None),
        )
    if trip.clears != "hold_then_clear":
        context.findings.error(
            path,
            "a close in doubt sets no latch, and this trip is to be reset by somebody. Remove the "
            'key, or choose clears = "hold_then_clear".',
        )
    if len(trip.all) > 1 or trip.all[0].also:
        context.findings.error(
            path,
            "is for a trip of one condition and one probe: others confirm themselves. Remove the "
            "key.",
        )
    for number, witness in enumerate(trip.confirmed_by):
        _check_witness(context, point, witness, (*path, number))


def _check_witness(context: StationContext, point: str, witness: str, path: KeyPath) -> None:
    known = quality().quantity
    if witness not in context.point_names():
        tell_unknown_point(context, witness, path)
    elif witness == point:
        context.findings.error(path, "is the point of the limit itself. Choose another.")
    elif witness in context.points and known[context.points[witness].quantity].quiet is None:
        context.findings.error(
            path,
            "cannot confirm it: of its quantity it is not known how quiet water is. Choose a "
            "point of: {known}.",
            known=", ".join(key for key, each in known.items() if each.quiet is not None),
        )
