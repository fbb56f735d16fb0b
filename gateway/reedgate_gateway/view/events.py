"""What happened, as sentences for the list of events. Pure."""

from dataclasses import dataclass

from reedgate_contract import codes, envelope
from reedgate_gateway.catalogue import Catalogue, Station
from reedgate_gateway.content import (
    Commanded,
    GateEvent,
    LatchesUnreadable,
    Refused,
    Started,
    TotalsUnreadable,
    Unknown,
)
from reedgate_gateway.ingest import Online
from reedgate_gateway.journal_read import Gap, Happened, NewJournal
from reedgate_gateway.naming import Cause
from reedgate_gateway.store import Event
from reedgate_gateway.view import rule7_sentences
from reedgate_gateway.view.labels import (
    DETAILS,
    GAPS,
    REFUSALS,
    RESETS,
    RULES,
    STREAMS,
    Translate,
    duration,
    exact,
    gate_label,
    inside,
    msg,
    point_label,
    title,
    with_unit,
)
from reedgate_gateway.view.sentences import (
    ALARMS,
    CAUSES,
    FAULTS,
    bypass_sentence,
    flood_sentence,
    motion,
    trip_on,
)

ALARM = "alarm"
MOVE = "move"
INFO = "info"
_ALARM_RULES = ("estop", "drive", "local", "flood", "quality", "unknown")


@dataclass(frozen=True)
class Line:
    time_ms: int
    uncertain: bool
    uptime_ms: int | None
    kind: str
    text: str


def line(tr: Translate, language: str, catalogue: Catalogue, item: Event) -> Line | None:
    """One event for people; None when the site file no longer knows what it is about."""
    name = item.station if isinstance(item, Happened) else item.event.station
    station = catalogue.stations.get(name)
    if station is None:
        return None
    shown = title(station.title, language)
    if isinstance(item, Happened):
        said = _said(tr, station, shown, item.content)
        return said and Line(item.time_ms, item.uncertain, item.uptime_ms, *said)
    if not isinstance(item.event, Online):
        return None
    if item.event.online:
        kind, text = INFO, tr("Station {station} is connected.", station=shown)
    else:
        kind, text = ALARM, tr("Station {station} is no longer connected.", station=shown)
    return Line(item.received_ms, False, None, kind, text)


def _said(tr: Translate, station: Station, shown: str, content: object) -> tuple[str, str] | None:
    if isinstance(content, GateEvent):
        if content.gate not in station.gates:
            return INFO, tr(
                "Station {station}: an event of gate {gate}, which the site file does not have.",
                station=shown,
                gate=content.gate,
            )
        return _gate_event(tr, station, content)
    if isinstance(content, Commanded):
        return INFO, _order(tr, station, shown, content)
    if isinstance(content, Gap):
        return ALARM, gap_sentence(tr, shown, content)
    if isinstance(content, NewJournal):
        return ALARM, tr("Station {station} has begun a new journal.", station=shown)
    return _of_station(tr, shown, content)


def gap_sentence(tr: Translate, shown: str, gap: Gap) -> str:
    return tr(
        "Station {station}: {n} {stream} of the record are missing ({first} to {last}): {reason}.",
        station=shown,
        n=gap.count,
        stream=tr(STREAMS[gap.stream]),
        first=gap.first,
        last=gap.last,
        reason=tr(GAPS[gap.reason]),
    )


def _of_station(tr: Translate, shown: str, content: object) -> tuple[str, str] | None:
    if isinstance(content, Started):
        return INFO, tr(
            "Station {station} started ({reason}), firmware {firmware}.",
            station=shown,
            reason=tr(RESETS[content.reset_cause]),
            firmware=content.firmware,
        )
    if isinstance(content, Refused):
        return ALARM, tr(
            "Station {station} refused a message of kind {topic}: {reason}."
            " Refused since its start: {count}.",
            station=shown,
            topic=content.topic,
            reason=tr(REFUSALS[content.reason]),
            count=content.refused,
        )
    if isinstance(content, LatchesUnreadable):
        return ALARM, tr(
            "Station {station}: its latches could not be read; they count as set.",
            station=shown,
        )
    if isinstance(content, TotalsUnreadable):
        return ALARM, tr(
            "Station {station}: its totals of what has flowed could not be read; they begin at 0.",
            station=shown,
        )
    if isinstance(content, Unknown):
        return INFO, tr(
            "Station {station}: an event of a kind that this version does not know ({kind}).",
            station=shown,
            kind=content.kind,
        )
    return None


_TAKEN = {
    "open": msg("{gate}: order {number} to open, for {time}."),
    "close": msg("{gate}: order {number} to close, for {time}."),
    "release": msg("{gate}: order {number} releases it."),
    "reset": msg("{gate}: order {number} resets its quality trips."),
}
_UNTIL_RELEASED = {
    "open": msg("{gate}: order {number} to open, until released."),
    "close": msg("{gate}: order {number} to close, until released."),
}


def _order(tr: Translate, station: Station, shown: str, order: Commanded) -> str:
    gate = station.gates.get(order.gate)
    until_released = order.hold_s == envelope.UNTIL_RELEASED
    return tr(
        (_UNTIL_RELEASED if until_released else _TAKEN)[order.action],
        gate=gate_label(tr, station, gate) if gate else f"{shown} {order.gate}",
        number=order.number,
        time=duration(tr, order.hold_s * 1000),
    )


_POSITIONS = {
    "open": msg("{gate}: open, its switch is made."),
    "closed": msg("{gate}: closed, its switch is made."),
    "opening": msg("{gate}: on its way to open."),
    "closing": msg("{gate}: on its way to closed."),
    "between": msg("{gate}: between its switches."),
    "unknown": msg("{gate}: position unknown."),
}
_DRIVES = {
    "opening": msg("{gate}: the drive opens it."),
    "closing": msg("{gate}: the drive closes it."),
    "stopped": msg("{gate}: the drive has stopped."),
}
_ORDERS = {
    "open": msg("{gate}: ordered open. {reason}"),
    "closed": msg("{gate}: ordered closed. {reason}"),
    "hold": msg("{gate}: ordered to stay. {reason}"),
}


def _gate_event(tr: Translate, station: Station, event: GateEvent) -> tuple[str, str]:
    gate = gate_label(tr, station, station.gates[event.gate])
    if event.what == "position":
        kind = ALARM if event.position == "unknown" else MOVE
        way = {"opening": 1, "closing": -1}.get(event.drive, 0)
        return kind, tr(_POSITIONS[motion(event.position, way)], gate=gate)
    if event.what == "drive":
        if event.fault in FAULTS:
            return ALARM, tr("{gate}: {fault}", gate=gate, fault=tr(FAULTS[event.fault]))
        return MOVE, tr(_DRIVES[event.drive], gate=gate)
    if event.what == "alarm":
        if not event.alarms:
            return INFO, tr("{gate}: no alarm stands any more.", gate=gate)
        told = " ".join(tr(ALARMS[alarm]) for alarm in event.alarms)
        return ALARM, tr("{gate}: {alarms}", gate=gate, alarms=told)
    if event.what == "start":
        return INFO, tr("{gate}: under control since the station's start.", gate=gate)
    order = tr(_ORDERS[event.target], gate=gate, reason=reason_of(tr, station, event)).strip()
    alarm = event.rule in _ALARM_RULES and event.cause.name != "bypass_for"
    alarm = alarm or event.cause.name == "bypassed"
    return ALARM if alarm else INFO, order


def reason_of(tr: Translate, station: Station, event: GateEvent) -> str:
    """Why it was ordered so, as one sentence of what its own scan had read."""
    cause = event.cause
    if cause.name in ("quality", "lost", "never_good") and cause.subject in station.points:
        return _water_reason(tr, station, event, cause)
    if cause.name == "flood":
        values = {name: reading.value for name, reading in event.points.items()}
        return flood_sentence(tr, station, station.gates[event.gate], cause, values)
    if cause.name in rule7_sentences.CAUSES:
        return rule7_sentences.rule7_sentence(tr, station, cause)
    if cause.name == "bypass_for" and cause.subject in station.gates:
        other = gate_label(tr, station, station.gates[cause.subject])
        return tr("It takes the water that the {gate} must not let in.", gate=inside(other))
    if cause.name in CAUSES:
        return tr(CAUSES[cause.name])
    if event.rule == "start" or cause.name == "starting":
        return tr("The station is starting.")
    if event.rule == "automatic":
        return _automatic_reason(tr, station.gates[event.gate].role, event.target)
    return tr("Rule: {rule}.", rule=tr(RULES[event.rule]))


def _automatic_reason(tr: Translate, role: str, target: str) -> str:
    if role == "bypass":
        return bypass_sentence(tr, target)
    if target == "open":
        return tr("The water has been good for long enough.")
    if target == "closed":
        return tr("The closing that was ordered is finished.")
    return tr("No rule demands a move.")


def _water_reason(tr: Translate, station: Station, event: GateEvent, cause: Cause) -> str:
    point = station.points[cause.subject]
    label = point_label(tr, station, point)
    reading = event.points.get(cause.subject)
    if cause.name == "never_good":
        return tr("{point} has not been good since the start.", point=label)
    if cause.name == "lost":
        detail = codes.DETAIL_NAMES[reading.detail] if reading else "none"
        return tr("{point} is lost: {detail}.", point=label, detail=tr(DETAILS[detail]))
    found = trip_on(station.gates[event.gate], cause.subject)
    if found is None or reading is None or reading.value is None:
        return tr("{point} is beyond its limit.", point=label)
    limit = found[1]
    text = (
        msg("{point} {value} is above the limit of {limit}.")
        if limit.above
        else msg("{point} {value} is below the limit of {limit}.")
    )
    value = with_unit(point, reading.value)
    return tr(text, point=label, value=value, limit=exact(point, limit.limit))
