"""Rules of a modbus_actuator: a bus of its own, and what it does when nobody speaks to it."""

from reedgate_boards.site.actuators import actuator_names, load_actuator
from reedgate_boards.site.context import StationContext
from reedgate_boards.site.rules_gate import TRIPS_CLOSE
from reedgate_boards.site.schema_gate import Actuator, Gate
from reedgate_boards.site.source import KeyPath


def check_actuators(context: StationContext) -> None:
    ports = {bus.port: f"buses.{name}" for name, bus in context.station.buses.items()}
    if context.station.uplink.port:
        ports.setdefault(context.station.uplink.port, "uplink")
    for gate_id, gate in context.station.gates.items():
        path = context.path("gates", gate_id, "actuator")
        if gate.drive != "modbus_actuator":
            if gate.actuator is not None:
                context.findings.error(
                    path,
                    "means nothing for a gate of kind {kind}. Remove the key.",
                    kind=gate.drive,
                )
        elif gate.actuator is not None:
            _check_port(context, gate.actuator, path, ports)
            _check_alone(context, gate, gate.actuator, path)
            _check_profile(context, gate, gate.actuator, path)
            ports.setdefault(gate.actuator.port, f"gates.{gate_id}")
        elif not context.removed("gates", gate_id, "actuator"):
            context.findings.error(
                path, "is missing: say on which bus this drive is spoken to, and by which profile."
            )


def _check_port(
    context: StationContext, actuator: Actuator, path: KeyPath, ports: dict[str, str]
) -> None:
    if context.board and actuator.port not in context.board.ports:
        context.findings.error(
            (*path, "port"),
            "no such port on board {board}. Use one of: {known}.",
            board=context.board.name,
            known=", ".join(sorted(context.board.ports)),
        )
    if actuator.port in ports:
        context.findings.error(
            (*path, "port"),
            "{other} has this port too: a drive must not wait behind others. Give it a bus of "
            "its own.",
            other=ports[actuator.port],
        )


def _check_alone(context: StationContext, gate: Gate, actuator: Actuator, path: KeyPath) -> None:
    """What it does when its bus, or the station, is gone."""
    trip_position = "closed" if gate.role in TRIPS_CLOSE else "open"
    if actuator.esd is None and actuator.comms_loss is None:
        context.findings.error(
            path,
            "must say how it gets to its trip position when nobody speaks to it: `esd`, what is "
            'wired to its emergency input, or comms_loss = "{position}", set in it and read back.',
            position=trip_position,
        )
    elif actuator.comms_loss not in (None, trip_position):
        context.findings.error(
            (*path, "comms_loss"),
            'must be "{position}", the trip position of this gate.',
            position=trip_position,
        )


def _check_profile(context: StationContext, gate: Gate, actuator: Actuator, path: KeyPath) -> None:
    if actuator.profile not in actuator_names():
        context.findings.error(
            (*path, "profile"),
            "no such actuator profile. Known are: {known}.",
            known=", ".join(actuator_names()),
        )
        return
    profile = load_actuator(actuator.profile)
    if actuator.baud not in profile.line.bauds or actuator.parity not in profile.line.parities:
        context.findings.error(
            (*path, "baud"),
            "{profile} speaks {bauds} baud with parity {parities} only.",
            profile=actuator.profile,
            bauds=", ".join(map(str, profile.line.bauds)),
            parities=", ".join(profile.line.parities),
        )
    if profile.orders.stop is not None:
        return
    if gate.terminals.local_open or gate.terminals.local_close:
        context.findings.error(
            (*path, "profile"),
            "has no order to stop, and hold-to-run buttons need one. Wire the buttons to the "
            "drive itself, or take another one.",
        )
    for number, flood in enumerate(gate.flood):
        if flood.position == "hold":
            context.findings.error(
                (*path[:-1], "flood", number, "position"),
                "this drive has no order to stop: it cannot hold. Choose open or closed.",
            )
