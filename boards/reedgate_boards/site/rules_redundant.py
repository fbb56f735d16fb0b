"""Rules of redundant probes: `also`, `agree`, and what they have in common."""

from reedgate_boards.site.context import StationContext
from reedgate_boards.site.points import station_points
from reedgate_boards.site.schema_gate import Condition, Trip
from reedgate_boards.site.source import KeyPath
from reedgate_contract.quantities import QUANTITIES


def check_redundant(context: StationContext, trip: Trip, path: KeyPath) -> None:
    sets = [(number, limit) for number, limit in enumerate(trip.all) if limit.also]
    if not sets:
        if trip.agree is not None:
            context.findings.error(
                (*path, "agree"), "means nothing with a single probe. Name the others in `also`."
            )
        return
    number, condition = sets[0]
    if len(trip.all) > 1:
        context.findings.error(
            (*path, "all", number, "also"),
            "redundant probes need a trip of their own: with other conditions beside them nobody "
            "could say which of them `agree` speaks of. Give the set its own trip.",
        )
    if trip.agree is None and not context.validated.was_removed((*path, "agree")):
        context.findings.error(
            (*path, "agree"),
            "is missing: say by how much the probes may differ before nobody trusts them.",
        )
    elif trip.agree is not None and condition.point in context.points:
        decimals = QUANTITIES[context.points[condition.point].quantity][2]
        if trip.agree.scaleb(decimals) % 1:
            context.findings.error(
                (*path, "agree"),
                "has more decimals than a station carries ({decimals}). Round it.",
                decimals=decimals,
            )
    _check_members(context, condition, (*path, "all", number, "also"))


def _check_members(context: StationContext, condition: Condition, path: KeyPath) -> None:
    known, points = context.point_names(), station_points(context.station)
    first = points.get(condition.point)
    for place, name in enumerate(condition.also):
        if name not in known:
            context.findings.error(
                (*path, place),
                "no such point. The sensors of this station give: {known}.",
                known=", ".join(known) or "-",
            )
        elif name in (condition.point, *condition.also[:place]):
            context.findings.error((*path, place), "stands here twice. Name each probe once.")
        elif first and name in points and points[name].quantity != first.quantity:
            context.findings.error(
                (*path, place),
                "is {own}, the first probe gives {other}: they do not measure the same.",
                own=points[name].quantity,
                other=first.quantity,
            )
        elif first and name in points and _shares_bus(context, first.sensor, points[name].sensor):
            context.findings.warning(
                (*path, place),
                "shares its bus with {other}: one cause can take both.",
                other=condition.point,
            )


def _shares_bus(context: StationContext, one: str, other: str) -> bool:
    sensors = context.station.sensors
    return sensors[one].bus == sensors[other].bus
