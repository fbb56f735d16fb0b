"""Rules of hands and of what watches a drive: buttons, torque switch, times, leak."""

from reedgate_boards.site.context import StationContext
from reedgate_boards.site.rules_limit import check_limit
from reedgate_boards.site.schema_gate import Gate

_BUTTONS = ("local_open", "local_close")


def check_hands(context: StationContext) -> None:
    for gate_id, gate in context.station.gates.items():
        _check_buttons(context, gate_id, gate)
        _check_watched(context, gate_id, gate)
        _check_leak(context, gate_id, gate)


def _check_buttons(context: StationContext, gate_id: str, gate: Gate) -> None:
    given = dict(gate.terminals)
    path = context.path("gates", gate_id, "terminals")
    asked = given["local"] or any(given[button] for button in _BUTTONS)
    for button in _BUTTONS:
        if asked and given[button] is None and not context.removed(*path[2:], button):
            context.findings.error(
                (*path, button),
                "is missing: a selector needs both its buttons, and each button the other one. "
                "Name its terminal.",
            )
    selected = given["local"] or context.station.terminals.service
    if asked and not selected and not context.removed(*path[2:], "local"):
        context.findings.error(
            (*path, "local"),
            "is missing: without a selector, or a service button of the station, nothing lets "
            "the buttons act. Name its terminal.",
        )


def _check_watched(context: StationContext, gate_id: str, gate: Gate) -> None:
    """What can make the position unknown needs the torque switch against which it is sought."""
    path = context.path("gates", gate_id)
    if gate.drive == "two_relay" and gate.terminals.torque is None:
        for key in ("leave_ms", "travel_min_s", "leak"):
            if getattr(gate, key) is not None:
                context.findings.error(
                    (*path, key),
                    "can make the position unknown, and then the gate is driven for a whole "
                    "travel: only a wired torque switch stops it there. Name its terminal, or "
                    "remove the key.",
                )
    if gate.travel_min_s is not None and gate.travel_min_s >= gate.travel_s:
        context.findings.error(
            (*path, "travel_min_s"),
            "must be less than travel_s ({travel} s): else every full stroke is too early.",
            travel=gate.travel_s,
        )
    if gate.leave_ms is not None and gate.leave_ms >= gate.travel_s * 1000:
        context.findings.error(
            (*path, "leave_ms"),
            "must be less than travel_s ({travel} s): by then the gate is at its other end.",
            travel=gate.travel_s,
        )


def _check_leak(context: StationContext, gate_id: str, gate: Gate) -> None:
    path = context.path("gates", gate_id)
    if gate.leak is not None:
        check_limit(context, gate.leak, (*path, "leak"))
    elif context.given("gates", gate_id, "leak_s"):
        context.findings.error(
            (*path, "leak_s"),
            "means nothing without `leak`, the point that shows the water. Add it, or remove the "
            "key.",
        )
