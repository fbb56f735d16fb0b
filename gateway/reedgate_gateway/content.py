"""What a record says: its numbers and codes as names, for the page and for those upstream.

Pure. A code that this version does not know makes the record one of an unknown kind: it is kept
and passed on as the bytes it is, and never shown as something else.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reedgate_contract import codes, envelope, records
from reedgate_gateway.batch import Record
from reedgate_gateway.naming import Cause, Naming, Reading

USABLE = (codes.FLAG_GOOD, codes.FLAG_SUSPECT)


@dataclass(frozen=True)
class Mean:
    """A point over one recording period, by its usable polls; all None where there was none."""

    point: str
    status: int  # the worst of the period
    flag: int
    mean: int | None
    low: int | None
    high: int | None
    last: int | None


@dataclass(frozen=True)
class Started:
    reset_cause: str
    config_hash: str
    firmware: str


@dataclass(frozen=True)
class Anchor:
    unix_ms: int
    uncertainty_ms: int
    source: int


@dataclass(frozen=True)
class GateEvent:
    gate: str
    what: str
    rule: str
    target: str
    cause: Cause
    first_out: Cause
    fault: str
    position: str
    drive: str
    alarms: tuple[str, ...]
    points: Mapping[str, Reading]


@dataclass(frozen=True)
class Points:
    """A further part of a gate's event: readings of its scan."""

    points: Mapping[str, Reading]


@dataclass(frozen=True)
class Refused:
    """The station did not take a message."""

    topic: str
    reason: str
    counter: int  # the last one it had taken
    refused: int  # since its start; not each has an event of its own
    own_counter: int  # of the message itself; 0: its seal did not hold, or is not told


@dataclass(frozen=True)
class Commanded:
    """The station took an order."""

    gate: str
    action: str
    hold_s: int
    number: int  # of the order, as its giver counts
    counter: int


@dataclass(frozen=True)
class Decided:
    """What the scan of the events that follow decided from; its state is in the parts after it."""

    config_hash: str
    safety_hash: str
    firmware_hash: str  # of its files; zeros where it was not told


@dataclass(frozen=True)
class DecidedState:
    """A further part of it: for a desk that decides again."""

    state: str  # in hex


@dataclass(frozen=True)
class LatchesUnreadable:
    pass


@dataclass(frozen=True)
class TotalsUnreadable:
    pass


@dataclass(frozen=True)
class Unknown:
    kind: int
    payload: str  # in hex


Content = (
    Mean
    | Started
    | Anchor
    | GateEvent
    | Points
    | Refused
    | Commanded
    | Decided
    | DecidedState
    | LatchesUnreadable
    | TotalsUnreadable
    | Unknown
)

_TOPICS = {code: leaf for leaf, code in envelope.TOPIC_CODES.items()} | {0: "other"}


def content_of(record: Record, naming: Naming) -> Content:
    try:
        if record.kind == records.KIND_GATE and record.part > 1:
            return Points(_points(record, naming))
        if record.kind == records.KIND_SCAN and record.part > 1:
            return DecidedState(record.payload.hex())
        return _READERS[record.kind](record, naming)
    except LookupError:
        return Unknown(record.kind, record.payload.hex())


def uptime_ms_of(record: Record) -> int:
    """An event's first part has the milliseconds; what has none is at its second's start."""
    if record.kind == records.KIND_READING or record.part > 1:
        return record.uptime_s * 1000
    (rest_ms,) = struct.unpack_from("<H", record.payload)
    return record.uptime_s * 1000 + min(rest_ms, 999)


def whole_event(parts: Sequence[Record], naming: Naming) -> Content | None:
    """The event of these records; None unless all its parts are there, in their order."""
    first = parts[0]
    wanted = [(first.seq + number, number + 1, first.kind) for number in range(first.of)]
    if [(part.seq, part.part, part.kind) for part in parts] != wanted:
        return None
    content = content_of(first, naming)
    if isinstance(content, GateEvent):
        for part in parts[1:]:
            more = content_of(part, naming)
            if isinstance(more, Points):
                content.points.update(more.points)  # made by content_of for this call alone
    return content


def whole_events(found: Sequence[Record], naming: Naming) -> list[tuple[Record, Content]]:
    """Every event of which all parts are in `found`, with its first record."""
    events = []
    for at, record in enumerate(found):
        if record.part == 1:
            content = whole_event(found[at : at + record.of], naming)
            if content is not None:
                events.append((record, content))
    return events


def _mean(record: Record, naming: Naming) -> Mean:
    status, flag = _quality(record.status)
    values: tuple[int | None, ...] = (None,) * 4
    if record.payload != records.READING_NONE:
        values = struct.unpack(records.READING, record.payload)
    return Mean(naming.point(record.point), status, flag, *values)


def _started(record: Record, _naming: Naming) -> Started:
    _ms, reset, _bad_starts, config_hash, version = struct.unpack(records.BOOT, record.payload)
    return Started(codes.RESET_NAMES[reset], f"{config_hash:08x}", version_text(version))


def version_text(version: int) -> str:
    return f"{version >> 16 & 255}.{version >> 8 & 255}.{version & 255}"


def _decided(record: Record, _naming: Naming) -> Decided:
    _ms, config, safety, firmware = struct.unpack(records.SCAN, record.payload)
    return Decided(f"{config:08x}", f"{safety:08x}", f"{firmware:08x}")


def _anchor(record: Record, _naming: Naming) -> Anchor:
    _ms, unix_s, unix_ms, uncertainty_ms, source = struct.unpack(records.ANCHOR, record.payload)
    return Anchor(unix_s * 1000 + unix_ms, uncertainty_ms, source)


def _gate(record: Record, naming: Naming) -> GateEvent:
    fields = struct.unpack(records.GATE, record.payload)[1:]
    what, number, rule, target, cause, cause_of, first_out, first_of = fields[:8]
    fault, position, drive, alarms = fields[8:]
    gate = naming.gate(number)
    return GateEvent(
        gate=gate,
        what=records.WHAT_NAMES[what],
        rule=codes.RULE_NAMES[rule],
        target=codes.TARGET_NAMES[target],
        cause=cause_named(naming, gate, cause, cause_of),
        first_out=cause_named(naming, gate, first_out, first_of),
        fault=codes.CAUSE_NAMES[fault],
        position=codes.POSITION_NAMES[position],
        drive=codes.DRIVE_NAMES[drive],
        alarms=tuple(codes.alarm_names(alarms)),
        points={},
    )


def cause_named(naming: Naming, gate: str, code: int, of: int) -> Cause:
    name = codes.CAUSE_NAMES[code]
    if code in codes.CAUSES_OF_POINT:
        return Cause(name, naming.point(of))
    if code == codes.CAUSE_FLOOD:
        return Cause(name, naming.flood(gate, of))
    if code == codes.CAUSE_BYPASS_FOR:
        return Cause(name, naming.gate(of))
    return Cause(name)


def _points(record: Record, naming: Naming) -> dict[str, Reading]:
    fields = struct.unpack(records.POINTS, record.payload)
    readings = {}
    for place in (0, 1):
        value, quality, detail, age = fields[4 * place : 4 * place + 4]
        if not quality:
            continue  # the half that is left over where the points are odd in number
        status, flag = _quality(quality)
        name = naming.point(2 * (record.part - 2) + place)
        readings[name] = Reading(
            value=value if flag in USABLE else None,
            status=status,
            flag=flag,
            detail=_known(detail, codes.DETAIL_NAMES),
            age_ms=None if age == records.AGE_NONE else age * 250,
        )
    return readings


def _quality(packed: int) -> tuple[int, int]:
    flag = packed & 15
    if flag not in codes.FLAG_NAMES:
        raise LookupError(flag)
    return _known(packed >> 4, codes.STATUS_NAMES), flag


def _known(code: int, names: Sequence[str]) -> int:
    if code >= len(names):
        raise LookupError(code)
    return code


def _refused(record: Record, _naming: Naming) -> Refused:
    _ms, topic, reason, *counts = struct.unpack(records.REFUSAL, record.payload)
    return Refused(_TOPICS[topic], envelope.REFUSAL_NAMES[reason], *counts)


def _commanded(record: Record, naming: Naming) -> Commanded:
    _ms, gate, action, hold_s, number, counter = struct.unpack(records.COMMAND, record.payload)
    name = envelope.ACTION_NAMES[action]
    return Commanded(naming.gate(gate), name, hold_s, number, counter)


_READERS = {
    records.KIND_READING: _mean,
    records.KIND_BOOT: _started,
    records.KIND_ANCHOR: _anchor,
    records.KIND_GATE: _gate,
    records.KIND_REFUSAL: _refused,
    records.KIND_COMMAND: _commanded,
    records.KIND_SCAN: _decided,
    records.KIND_LATCHES_UNREADABLE: lambda _record, _naming: LatchesUnreadable(),
    records.KIND_TOTALS_UNREADABLE: lambda _record, _naming: TotalsUnreadable(),
}
