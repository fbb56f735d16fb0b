"""Rules of a gate: its keys, its drive, its source, its bypass."""

from reedgate_boards.site.context import StationContext
from reedgate_boards.site.schema_gate import Gate
from reedgate_boards.site.water_way import without_a_way

TRIPS_CLOSE = ("inlet", "outlet")  # the roles whose trip position is closed
_TERMINALS_OF_OTHERS = {
    "two_relay": ("out",),
    "spring_return": ("open", "close", "torque"),
    "modbus_actuator": ("open", "close", "out", "at_open", "at_closed", "torque"),
    "inlet": (),
    "outlet": (),
    "bypass": ("emergency_close", "upstream_alarm"),
    "spill": ("emergency_close", "upstream_alarm"),
}
KEYS_OF_OTHERS = {
    "two_relay": ("spring",),
    "spring_return": ("reverse_dead_ms", "backoff_ms", "retries", "leave_ms", "travel_min_s"),
    "modbus_actuator": (
        "spring",
        "reverse_dead_ms",
        "backoff_ms",
        "retries",
        "leave_ms",
        "travel_min_s",
    ),
    "inlet": (),
    "outlet": ("source", "bypass"),
    "spill": ("source", "bypass"),
    "bypass": (
        "source",
        "bypass",
        "trips",
        "reopen_hold_s",
        "openings_per_hour",
        "min_closed_s",
        "pond",
        "use",
        "load",
        "lost_opening_permille",
    ),
}


def check_gates(context: StationContext) -> None:
    for gate_id, gate in context.station.gates.items():
        _check_keys(context, gate_id, gate)
        _check_drive(context, gate_id, gate)
        _check_spring(context, gate_id, gate)
        if gate.role in TRIPS_CLOSE:
            _check_power_loss(context, gate_id, gate)
        if gate.role == "inlet":
            _check_source(context, gate_id, gate)
            _check_bypass(context, gate_id, gate)
            _check_inlet(context, gate_id, gate)
        elif gate.role == "bypass":
            _check_is_named(context, gate_id)


def _check_keys(context: StationContext, gate_id: str, gate: Gate) -> None:
    for kind in (gate.drive, gate.role):
        for key in KEYS_OF_OTHERS[kind]:
            if context.given("gates", gate_id, key):
                context.findings.error(
                    context.path("gates", gate_id, key),
                    "means nothing for a gate of kind {kind}. Remove the key.",
                    kind=kind,
                )


def _check_drive(context: StationContext, gate_id: str, gate: Gate) -> None:
    path, given = context.path("gates", gate_id), dict(gate.terminals)
    for function in _terminals_needed(gate):
        if given[function] is None and not context.removed(
            "gates", gate_id, "terminals", function
        ):
            context.findings.error(
                (*path, "terminals", function),
                "is missing: a gate of role {role} with a {drive} drive needs it. Name its "
                "terminal.",
                role=gate.role,
                drive=gate.drive,
            )
    for kind in (gate.drive, gate.role):
        for function in _TERMINALS_OF_OTHERS[kind]:
            if given[function] is not None:
                context.findings.error(
                    (*path, "terminals", function),
                    "means nothing for a gate of kind {kind}. Remove the key.",
                    kind=kind,
                )
    if gate.travel_timeout_s <= gate.travel_s:
        context.findings.error(
            (*path, "travel_timeout_s"),
            "must be more than travel_s ({travel} s): else every full stroke counts as a jam.",
            travel=gate.travel_s,
        )


def _terminals_needed(gate: Gate) -> tuple[str, ...]:
    if gate.drive == "two_relay":
        return ("open", "close", "at_open", "at_closed")
    if gate.drive == "modbus_actuator":
        return ()
    return ("out", "at_closed" if gate.role in TRIPS_CLOSE else "at_open")


def _check_spring(context: StationContext, gate_id: str, gate: Gate) -> None:
    path = context.path("gates", gate_id)
    needed = gate.drive == "spring_return" and gate.spring is None
    if needed and not context.removed("gates", gate_id, "spring"):
        context.findings.error(
            (*path, "spring"), 'is missing. Say where the spring goes: "open" or "closed".'
        )
    if gate.spring == "closed" and gate.role == "spill":
        context.findings.error(
            (*path, "spring"),
            'the spring closes this spill whenever its power fails. Fit one that goes to "open".',
        )
    if gate.spring == "closed" and gate.fixed_way is None:
        for number, flood in enumerate(gate.flood):
            if flood.position != "closed":
                context.findings.error(
                    (*path, "flood", number, "position"),
                    "the spring closes this gate whenever its power fails, in a flood too. State "
                    "the fixed_way by which the water then leaves, or fit another drive.",
                )


def _check_power_loss(context: StationContext, gate_id: str, gate: Gate) -> None:
    path = context.path("gates", gate_id, "on_power_loss")
    if gate.on_power_loss is None:
        if not context.removed("gates", gate_id, "on_power_loss"):
            context.findings.error(
                path,
                'is missing. State what the gate does alone: "stays", "closes_spring" or '
                '"closes_battery".',
            )
        return
    closes = gate.drive == "spring_return" and gate.spring == "closed"
    motor = gate.drive != "spring_return"
    if gate.on_power_loss == "closes_spring" and not closes:
        context.findings.error(
            path,
            'only a spring_return drive with spring = "closed" does this. State what it does.',
        )
    elif gate.on_power_loss != "closes_spring" and not motor:
        context.findings.error(
            path, "a spring_return drive does not do this. State what the spring does."
        )
    elif gate.on_power_loss == "closes_battery":
        if context.station.terminals.mains_ok is None:
            context.findings.error(
                path,
                "the station must see that the mains are lost. Name its terminal mains_ok.",
            )
    elif motor:
        context.findings.warning(
            path, "a motor gate without battery does not close when the power fails."
        )


def _check_source(context: StationContext, gate_id: str, gate: Gate) -> None:
    findings, path = context.findings, context.path("gates", gate_id, "source")
    known = context.source_names()
    if gate.source is None:
        if not context.removed("gates", gate_id, "source"):
            findings.error(
                path, "is missing: every inlet says whose water it takes. Name one of [sources]."
            )
    elif gate.source not in known:
        findings.error(
            path,
            "no such source. Known are: {known}. Add [sources.{name}] or name another.",
            known=", ".join(known) or "-",
            name=gate.source,
        )
    elif gate.source in context.site.sources:
        source = context.site.sources[gate.source]
        if source.toxic_industrial:
            findings.error(
                ("sources", gate.source, "toxic_industrial"),
                "an inlet must not take water of a plant that takes toxic industrial water, and "
                "gate {gate} does. Take it from another source.",
                gate=gate_id,
            )
        if not source.approved:
            findings.error(
                ("sources", gate.source, "approved"),
                "gate {gate} takes water of a source that is not approved. Have it approved.",
                gate=gate_id,
            )


def _check_bypass(context: StationContext, gate_id: str, gate: Gate) -> None:
    path, gates = context.path("gates", gate_id, "bypass"), context.station.gates
    if gate.bypass is None:
        return
    named = gates.get(gate.bypass)
    if gate.bypass not in context.names("gates") or (named and named.role != "bypass"):
        known = [name for name, each in gates.items() if each.role == "bypass"]
        context.findings.error(
            path,
            'no gate of this name with role = "bypass". This station has: {known}.',
            known=", ".join(known) or "-",
        )


def _check_is_named(context: StationContext, gate_id: str) -> None:
    for other in context.names("gates"):
        path = context.path("gates", other, "bypass")
        if context.findings.source.value_at(path) == gate_id:
            return
    context.findings.error(
        context.path("gates", gate_id, "role"),
        'no inlet names this gate as its bypass: it would never open. Add bypass = "{gate}" to '
        "the inlet.",
        gate=gate_id,
    )


def _check_inlet(context: StationContext, gate_id: str, gate: Gate) -> None:
    path = context.path("gates", gate_id)
    if not gate.flood and not context.removed("gates", gate_id, "flood"):
        context.findings.error(
            (*path, "flood"),
            "is missing: an inlet must say what it does in a flood. Add [[...flood]] with name, "
            "any and position.",
        )
    if not gate.trips and not context.removed("gates", gate_id, "trips"):
        context.findings.warning(
            (*path, "trips"), "this inlet has no quality trip: nothing judges its water."
        )
    if gate.fixed_way is not None or context.removed("gates", gate_id, "fixed_way"):
        return
    if gate.bypass is None:
        if not context.removed("gates", gate_id, "bypass"):
            context.findings.error(
                (*path, "bypass"),
                "is missing: when this gate is closed the water has no way. Name its bypass, or "
                "state the fixed_way (a weir or overflow) by which it leaves.",
            )
        return
    bypass = context.station.gates.get(gate.bypass)
    closed_by = without_a_way(gate, bypass) if bypass and bypass.role == "bypass" else None
    if closed_by:
        context.findings.error(
            (*path, "bypass"),
            "water has no way out when the demands are: inlet {inlet}, bypass {bypass}, power "
            "{power}. State a fixed_way, or change a flood position or a spring.",
            inlet=closed_by[0],
            bypass=closed_by[1],
            power=closed_by[2],
        )
