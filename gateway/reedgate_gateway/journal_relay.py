"""SQL of the upstreams: the record in the order of commits, and how far each of them has it."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from reedgate_gateway.batch import Record
from reedgate_gateway.content import content_of, uptime_ms_of
from reedgate_gateway.journal_read import RECORD, Lookup
from reedgate_gateway.upstream.message import BirthEntry, Entry, GapEntry, RecordEntry
from reedgate_gateway.upstream.spans import NEW, Span

_RECORDS = (
    f"SELECT r.n, station, epoch, boot_n, r.run, r.stream, r.received_ms, {RECORD}"
    " FROM record r JOIN journal ON journal.id = r.journal JOIN run ON run.id = r.run"
    " WHERE r.n > ? AND r.n <= ? ORDER BY r.n LIMIT ?"
)
_GAPS = (
    "SELECT gap.n, station, epoch, stream, first, last, reason, recorded_ms"
    " FROM gap JOIN journal ON journal.id = gap.journal"
    " WHERE gap.n > ? AND gap.n <= ? ORDER BY gap.n LIMIT ?"
)
_BIRTHS = (
    "SELECT n, station, boot, received_ms, body FROM boot"
    " WHERE n > ? AND n <= ? ORDER BY n LIMIT ?"
)
_RECEIVED = (
    "SELECT n, received_ms FROM record WHERE {0} UNION ALL"
    " SELECT n, recorded_ms FROM gap WHERE {0} UNION ALL"
    " SELECT n, received_ms FROM boot WHERE {0}"
)


def entries(db: sqlite3.Connection, span: Span, limit: int) -> list[Entry]:
    """The next of a span, in their order."""
    until = (1 << 62) if span.until is None else span.until
    lookup = Lookup(db)

    def read(sql: str, make: Callable[..., Entry]) -> Iterator[Entry]:
        for row in db.execute(sql, (span.after, until, limit)).fetchall():
            yield make(*row)

    found = [
        *read(_RECORDS, lambda *row: _record(lookup, *row)),
        *read(_GAPS, _gap),
        *read(_BIRTHS, _birth),
    ]
    return sorted(found, key=lambda entry: entry.n)[:limit]


def _record(
    lookup: Lookup,
    n: int,
    station: str,
    epoch: int,
    boot_n: int,
    run: int,
    stream: int,
    received_ms: int,
    *columns: Any,
) -> RecordEntry:
    record = Record(*columns)
    places = lookup.placed(station)
    place = places[run]
    uptime_ms = uptime_ms_of(record)
    return RecordEntry(
        n=n,
        station=station,
        time_ms=place.time_ms(uptime_ms),
        received_ms=received_ms,
        stream=stream,
        epoch=epoch,
        boot_n=boot_n,
        uptime_ms=uptime_ms,
        uncertain=place.uncertain,
        unanchored=place.uncertain and run == max(places),
        record=record,
        content=content_of(record, lookup.naming(station, run)),
    )


def _gap(
    n: int,
    station: str,
    epoch: int,
    stream: int,
    first: int,
    last: int,
    reason: str,
    recorded_ms: int,
) -> GapEntry:
    return GapEntry(
        n=n,
        station=station,
        time_ms=recorded_ms,
        received_ms=recorded_ms,
        stream=stream,
        epoch=epoch,
        first=first,
        last=last,
        reason=reason,
    )


def _birth(n: int, station: str, boot: str, received_ms: int, body: str) -> BirthEntry:
    return BirthEntry(n, station, received_ms, received_ms, boot, json.loads(body))


def last_before(db: sqlite3.Connection, unix_ms: int) -> int:
    """The n of the last entry that came here before unix_ms; 0 when there is none."""
    found = 0
    for table, column in (
        ("record", "received_ms"),
        ("gap", "recorded_ms"),
        ("boot", "received_ms"),
    ):
        row = db.execute(
            f"SELECT n FROM {table} WHERE n IS NOT NULL AND {column} < ? ORDER BY n DESC LIMIT 1",
            (unix_ms,),
        ).fetchone()
        found = max(found, row[0] if row else 0)
    return found


def received_ms(db: sqlite3.Connection, n: int) -> int | None:
    """When the entry n came here."""
    row = db.execute(_RECEIVED.format("n = :n"), {"n": n}).fetchone()
    return row[1] if row else None


def spans_of(db: sqlite3.Connection, upstream: str) -> tuple[Span, ...]:
    rows = db.execute(
        "SELECT after_n, until_n FROM relay WHERE upstream = ? ORDER BY after_n", (upstream,)
    ).fetchall()
    return tuple(Span(after, until) for after, until in rows) or NEW


def keep_spans(db: sqlite3.Connection, upstream: str, spans: Sequence[Span]) -> None:
    """Within the caller's transaction."""
    db.execute("DELETE FROM relay WHERE upstream = ?", (upstream,))
    db.executemany(
        "INSERT INTO relay (upstream, after_n, until_n) VALUES (?, ?, ?)",
        [(upstream, span.after, span.until) for span in spans],
    )
