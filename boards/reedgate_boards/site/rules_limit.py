"""Rules of flood causes and quality trips: limits, confirmation, clearing, reasons."""

from decimal import Decimal

from reedgate_boards.site.compile_law import scaled
from reedgate_boards.site.context import SitePoint, StationContext
from reedgate_boards.site.rules_redundant import check_redundant
from reedgate_boards.site.schema_gate import Basis, Flood, FloodCause, Gate, LeakSign, Trip
from reedgate_boards.site.schema_limit import Confirm, Limit
from reedgate_boards.site.source import KeyPath
from reedgate_contract.quantities import QUANTITIES


def check_limits(context: StationContext) -> None:
    for gate_id, gate in context.station.gates.items():
        path = context.path("gates", gate_id)
        _check_floods(context, gate, path)
        for trip_id, trip in gate.trips.items():
            _check_trip(context, gate, trip, (*path, "trips", trip_id))


def _check_floods(context: StationContext, gate: Gate, path: KeyPath) -> None:
    names = set()
    for number, flood in enumerate(gate.flood):
        if flood.name in names:
            context.findings.error(
                (*path, "flood", number, "name"),
                "another flood cause of this gate has this name. Give each its own.",
            )
        names.add(flood.name)
        _check_flood(context, flood, (*path, "flood", number))


def _check_flood(context: StationContext, flood: Flood, path: KeyPath) -> None:
    for place, cause in enumerate(flood.any):
        _check_cause(context, cause, (*path, "any", place))
    has_point = any(cause.point is not None for cause in flood.any)
    has_contact = any(cause.contact is not None for cause in flood.any)
    whole = all((cause.point is None) != (cause.contact is None) for cause in flood.any)
    if whole and flood.stage_lost == "contact" and has_point and not has_contact:
        context.findings.error(
            (*path, "stage_lost"),
            'with "contact" a contact decides when the stage is lost, and this cause has none. '
            'Add a contact to `any`, or choose "flood".',
        )


def _check_cause(context: StationContext, cause: FloodCause, path: KeyPath) -> None:
    if (cause.point is None) == (cause.contact is None):
        context.findings.error(path, "must have either a point or a contact.")
        return
    if cause.point is not None:
        others = ("active", "debounce_ms")
    else:
        others = ("above", "below", "deadband")
    for key in others:
        if key in cause.model_fields_set:
            context.findings.error(
                (*path, key),
                "belongs to the other kind of flood cause (point or contact). Remove the key.",
            )
    if cause.point is None:
        return
    if cause.deadband is None:
        context.findings.error((*path, "deadband"), "is missing. Add it.")
    else:
        check_limit(context, cause, path)


def check_confirm(context: StationContext, confirm: Confirm, path: KeyPath) -> None:
    if confirm.polls > confirm.of:
        context.findings.error(
            (*path, "polls"),
            "cannot be more than `of` ({of}): so many polls are never beyond the limit.",
            of=confirm.of,
        )


def _check_trip(context: StationContext, gate: Gate, trip: Trip, path: KeyPath) -> None:
    findings = context.findings
    for number, limit in enumerate(trip.all):
        check_limit(context, limit, (*path, "all", number))
    check_redundant(context, trip, path)
    check_confirm(context, trip.confirm, (*path, "confirm"))
    if trip.clears == "cause_gone":
        findings.error(
            (*path, "clears"),
            'is for contacts. Choose "hold_then_clear" or "reset_only".',
        )
    if trip.passed_by == "bypass" and gate.bypass is None and gate.fixed_way is not None:
        findings.warning(
            (*path, "flow_past"),
            "this gate has no bypass that could take water past the probe: only a reset clears "
            "the trip.",
        )
    if trip.passed_by == "none" and trip.clears == "hold_then_clear":
        findings.error(
            (*path, "clears"),
            "without upstream water moving past the probe (side, flow_past) solids settle behind "
            'the closed gate and the trip would clear itself. Choose "reset_only".',
        )
    if trip.clears == "reset_only" and "clear_hold_s" in trip.model_fields_set:
        findings.error(
            (*path, "clear_hold_s"), 'means nothing with clears = "reset_only". Remove the key.'
        )
    _check_basis(context, trip.basis, (*path, "basis"))


def _check_basis(context: StationContext, basis: Basis, path: KeyPath) -> None:
    standard = [basis.standard, basis.row, basis.year, basis.verified]
    given = [each is not None for each in standard]
    complete = all(given) if basis.site is None else not any(given)
    if not complete and not context.validated.was_removed(path):
        context.findings.error(
            path,
            "must have standard, row, year and verified, or site alone: whoever reads the limit "
            "asks why.",
        )


def check_limit(
    context: StationContext, limit: Limit | FloodCause | LeakSign, path: KeyPath
) -> None:
    if (limit.above is None) == (limit.below is None):
        if not context.validated.was_removed(path):
            context.findings.error(path, "must have either `above` or `below`.")
        return
    side = "above" if limit.above is not None else "below"
    if limit.point not in context.point_names():
        tell_unknown_point(context, limit.point, (*path, "point"))
    elif limit.point in context.points:
        point = context.points[limit.point]
        if is_carried(context, point, limit.limit, (*path, side)) and is_carried(
            context, point, limit.deadband, (*path, "deadband")
        ):
            _check_range(context, point, limit, (*path, side))


def tell_unknown_point(context: StationContext, name: str, path: KeyPath) -> None:
    station, dot, _ = name.partition(".")
    if dot and station in context.site.stations and station != context.station_id:
        context.findings.error(
            path,
            "is a point of another station: no safety action crosses stations by network. Wire "
            "the probe to this station, or join the stations by a contact.",
        )
        return
    context.findings.error(
        path,
        "no such point. The sensors of this station give: {known}.",
        known=", ".join(context.point_names()) or "-",
    )


def is_carried(context: StationContext, point: SitePoint, value: Decimal, path: KeyPath) -> bool:
    try:
        scaled(value, point.quantity)
    except ValueError:
        context.findings.error(
            path,
            "has more decimals than a station carries ({decimals}). Round it.",
            decimals=QUANTITIES[point.quantity][2],
        )
        return False
    return True


def _check_range(
    context: StationContext, point: SitePoint, limit: Limit | FloodCause | LeakSign, path: KeyPath
) -> None:
    low, high = point.low, point.high
    reachable = limit.limit < high if limit.above is not None else limit.limit > low
    if reachable and low <= limit.clear_at <= high:
        return
    context.findings.error(
        path,
        "with its deadband it clears at {clear}: both must lie inside what {profile} can measure, "
        "{low} to {high} {unit}.",
        clear=limit.clear_at,
        profile=point.giver,
        low=low,
        high=high,
        unit=QUANTITIES[point.quantity][1],
    )
