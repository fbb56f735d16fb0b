"""Rules of a station's way to the gateway: what each kind needs, and what means nothing to it."""

from reedgate_boards.site.context import StationContext
from reedgate_boards.site.line_time import line_time
from reedgate_boards.site.schema import Site

_BUSY = 0.8
_KEYS = {
    "mqtt": ("broker", "wifi"),
    "rtu_slave": ("port", "unit_id", "line", "baud", "parity"),
    "none": (),
}
_KEYS_OF_A_KIND = tuple(key for keys in _KEYS.values() for key in keys)


def check_uplink(context: StationContext) -> None:
    kind = context.station.uplink.kind
    for key in _KEYS_OF_A_KIND:
        if context.given("uplink", key) and key not in _KEYS[kind]:
            context.findings.error(
                context.path("uplink", key),
                'means nothing with kind = "{kind}". Remove the key.',
                kind=kind,
            )
    if kind == "mqtt":
        _check_mqtt(context)
    elif kind == "rtu_slave":
        _check_slave(context)


def _check_mqtt(context: StationContext) -> None:
    uplink, findings = context.station.uplink, context.findings
    if uplink.broker is None and not context.removed("uplink", "broker"):
        findings.error(
            context.path("uplink", "broker"),
            "is missing: MQTT needs it. Give the address and port, as 192.168.10.2:1883.",
        )
    if context.board and not context.board.network:
        findings.error(
            context.path("uplink", "kind"),
            'board {board} has no network, which MQTT needs. Take kind = "rtu_slave", or "none".',
            board=context.board.name,
        )
    elif context.board and context.board.radio:
        findings.error(
            context.path("uplink", "kind"),
            "board {board} has only a radio, and joining a Wi-Fi is not built yet in this "
            'version. Take kind = "rtu_slave", or "none".',
            board=context.board.name,
        )
    if uplink.wifi is not None and context.board and not context.board.radio:
        findings.error(
            context.path("uplink", "wifi"),
            "board {board} has no radio. Remove the key.",
            board=context.board.name,
        )


def _check_slave(context: StationContext) -> None:
    for key, example in (("port", "RS485_2"), ("unit_id", "1"), ("line", "/dev/ttyUSB0")):
        if getattr(context.station.uplink, key) is None and not context.removed("uplink", key):
            context.findings.error(
                context.path("uplink", key),
                "is missing: a station that is polled needs it. Give it, as {example}.",
                example=example,
            )
    _check_port(context)
    _check_others_on_line(context)
    _check_load(context)


def _check_port(context: StationContext) -> None:
    port, path = context.station.uplink.port, context.path("uplink", "port")
    if port is None:
        return
    if context.board and port not in context.board.ports:
        context.findings.error(
            path,
            "no such port on board {board}. Use one of: {known}.",
            board=context.board.name,
            known=", ".join(sorted(context.board.ports)),
        )
    for bus_id, bus in context.station.buses.items():
        if bus.port == port:
            context.findings.error(
                path,
                "bus {bus} has this port: there the station is the master. Take another one.",
                bus=bus_id,
            )


def _earlier_on_line(context: StationContext) -> list[str]:
    """Stations before this one in the file that are polled over the same line."""
    found = []
    for name, station in context.site.stations.items():
        if name == context.station_id:
            break
        uplink = station.uplink
        if uplink.kind == "rtu_slave" and uplink.line == context.station.uplink.line:
            found.append(name)
    return found


def _check_others_on_line(context: StationContext) -> None:
    uplink = context.station.uplink
    if uplink.line is None:
        return
    for other in _earlier_on_line(context):
        theirs = context.site.stations[other].uplink
        if theirs.unit_id == uplink.unit_id and uplink.unit_id is not None:
            context.findings.error(
                context.path("uplink", "unit_id"),
                "station {other} has this unit id on the line too: both would answer at once. "
                "Give each its own.",
                other=other,
            )
        if (theirs.baud, theirs.parity) != (uplink.baud, uplink.parity):
            context.findings.error(
                context.path("uplink", "line"),
                "station {other} is on this line with {baud} baud, parity {parity}. All on a line "
                "speak alike.",
                other=other,
                baud=theirs.baud,
                parity=theirs.parity,
            )


def _check_load(context: StationContext) -> None:
    """Told once for each line, at its first station."""
    if context.station.uplink.line is None or _earlier_on_line(context):
        return
    load = line_time(context.site, context.station.uplink.line).load
    path, percent = context.path("uplink", "line"), round(load * 100)
    if load >= 1:
        context.findings.error(
            path,
            "asking its stations would keep the line busy for {percent} % of the time. Ask less "
            "often (live_s), or speak faster (baud).",
            percent=percent,
        )
    elif load > _BUSY:
        context.findings.warning(
            path,
            "the line is busy for {percent} % of the time: little is left for the journal after "
            "an outage.",
            percent=percent,
        )


def lines_of(site: Site) -> list[str]:
    """Every line on which stations are polled, in the order of the file."""
    uplinks = [each.uplink for each in site.stations.values() if each.uplink.kind == "rtu_slave"]
    return list(dict.fromkeys(uplink.line for uplink in uplinks))
