"""What goes upstream, as JSON: one message for each record, gap and birth. Pure.

The key of a record is (station, stream, epoch, seq), that of a gap (station, stream, epoch,
first); n is the place in this gateway's own order. A message may come twice after a cut of the
connection, and is then the same under the same key.
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from reedgate_contract import codes, records
from reedgate_gateway.batch import Record
from reedgate_gateway.catalogue import Catalogue, Point
from reedgate_gateway.content import (
    Anchor,
    Commanded,
    Content,
    Decided,
    DecidedState,
    GateEvent,
    LatchesUnreadable,
    Mean,
    Points,
    Refused,
    Started,
    TotalsUnreadable,
    Unknown,
)
from reedgate_gateway.naming import Boot, Cause, Reading

HISTORICAL_AFTER_MS = 60_000
_KINDS = {
    Mean: "reading",
    Started: "boot",
    Anchor: "anchor",
    GateEvent: "gate",
    Points: "points",
    Refused: "refusal",
    Commanded: "command",
    Decided: "scan",
    DecidedState: "state",
    LatchesUnreadable: "latches_unreadable",
    TotalsUnreadable: "totals_unreadable",
    Unknown: "unknown",
}


@dataclass(frozen=True)
class Entry:
    """One thing of the record, as the store has it. time_ms: unix."""

    n: int
    station: str
    time_ms: int
    received_ms: int


@dataclass(frozen=True)
class RecordEntry(Entry):
    stream: int
    epoch: int
    boot_n: int
    uptime_ms: int
    uncertain: bool
    unanchored: bool  # its start is the latest, and an anchor of it may still come
    record: Record
    content: Content


@dataclass(frozen=True)
class GapEntry(Entry):
    stream: int
    epoch: int
    first: int
    last: int
    reason: str


@dataclass(frozen=True)
class BirthEntry(Entry):
    boot: str
    said: dict[str, Any]


def message(catalogue: Catalogue, prefix: str, entry: Entry, now_ms: int) -> tuple[str, bytes]:
    """(topic, payload)."""
    body: dict[str, Any] = {"site": catalogue.site, "station": entry.station, "n": entry.n}
    body["time"] = datetime.fromtimestamp(entry.time_ms / 1000, UTC).isoformat(
        timespec="milliseconds"
    )
    body["is_historical"] = now_ms - entry.time_ms > HISTORICAL_AFTER_MS
    if isinstance(entry, RecordEntry):
        leaf = records.STREAM_NAMES[entry.stream]
        body |= _record(catalogue, entry)
    elif isinstance(entry, GapEntry):
        leaf = "gap"
        body |= {
            "stream": records.STREAM_NAMES[entry.stream],
            "epoch": entry.epoch,
            "first": entry.first,
            "last": entry.last,
            "count": entry.last - entry.first + 1,
            "reason": entry.reason,
        }
    else:
        leaf = "birth"
        body |= _birth(entry)
    topic = f"{prefix}/{catalogue.site}/{entry.station}/{leaf}"
    return topic, json.dumps(body, ensure_ascii=False).encode()


def _birth(entry: BirthEntry) -> dict[str, Any]:
    body: dict[str, Any] = {"boot": entry.boot, **entry.said}
    boot = Boot.parse(entry.boot)
    return body | {"epoch": boot.epoch, "boot_n": boot.boot_n}


def _record(catalogue: Catalogue, entry: RecordEntry) -> dict[str, Any]:
    station = catalogue.stations.get(entry.station)
    points = station.points if station is not None else {}
    return {
        "stream": records.STREAM_NAMES[entry.stream],
        "epoch": entry.epoch,
        "seq": entry.record.seq,
        "boot_n": entry.boot_n,
        "uptime_ms": entry.uptime_ms,
        "time_uncertain": entry.uncertain,
        "kind": _KINDS[type(entry.content)],
        "part": entry.record.part,
        "of": entry.record.of,
        **_content(points, entry.content),
    }


def _content(points: Any, content: Content) -> dict[str, Any]:
    if isinstance(content, Mean):
        return _mean(points.get(content.point), content)
    if isinstance(content, Points):
        return {"points": _points(points, content.points)}
    said = asdict(content)
    if isinstance(content, GateEvent):
        said.pop("points")  # they are the parts that follow
        said |= {"cause": _cause(content.cause), "first_out": _cause(content.first_out)}
    if isinstance(content, Unknown):
        said["code"] = said.pop("kind")
    if isinstance(content, Refused):
        said["message"] = said.pop("topic")
    return said


def _mean(point: Point | None, content: Mean) -> dict[str, Any]:
    return {
        "point": content.point,
        "unit": point.unit if point else None,  # None: the values are in the point's small unit
        "status": codes.STATUS_NAMES[content.status],
        "flag": content.flag,
        "mean": _value(point, content.mean),
        "min": _value(point, content.low),
        "max": _value(point, content.high),
        "last": _value(point, content.last),
    }


def _points(points: Any, readings: Any) -> dict[str, Any]:
    return {name: _reading(points.get(name), reading) for name, reading in readings.items()}


def _reading(point: Point | None, reading: Reading) -> dict[str, Any]:
    return {
        "value": _value(point, reading.value),
        "unit": point.unit if point else None,
        "status": codes.STATUS_NAMES[reading.status],
        "flag": reading.flag,
        "detail": codes.DETAIL_NAMES[reading.detail],
        "age_ms": reading.age_ms,
    }


def _value(point: Point | None, value: int | None) -> int | float | None:
    if value is None or point is None or not point.decimals:
        return value
    return value / 10**point.decimals


def _cause(cause: Cause) -> str:
    return f"{cause.name}: {cause.subject}" if cause.subject else cause.name
