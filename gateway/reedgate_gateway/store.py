"""What was received, kept on disk: one writer, readers beside it. All SQL: here and `journal_*`.

A thing is stored once, however often it comes: records by (station, stream, epoch, seq), boots by
(station, boot), samples by (series, second). A sample's time is that of its receipt, a record's
the station's own. Nothing is thinned. What `write` returns may be sent: it is on disk.
"""

import logging
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from reedgate_contract import codes
from reedgate_gateway import journal_read, journal_relay
from reedgate_gateway.downlink import Owed
from reedgate_gateway.ingest import Birth, Online
from reedgate_gateway.journal_read import Gap, Happened, Recorded
from reedgate_gateway.journal_write import (
    Journaled,
    Tally,
    TimeOwed,
    order_command,
    order_time,
    take_batch,
    take_birth,
)
from reedgate_gateway.migrations import migrate
from reedgate_gateway.orders import AuditLine, Given, audit_lines
from reedgate_gateway.upstream.message import Entry
from reedgate_gateway.upstream.spans import Span

POINT = "point"
GATE = "gate"
GATE_UNIT = "position"  # a gate's series holds its position code
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SeriesKey:
    station: str
    kind: str
    name: str
    unit: str
    decimals: int


@dataclass(frozen=True)
class Sample:
    series: SeriesKey
    received_s: int
    value: int | None
    status: int = codes.STATUS_GOOD
    flag: int = codes.FLAG_GOOD


@dataclass(frozen=True)
class Received:
    """A message, with the time at which this gateway had it."""

    received_ms: int
    event: Birth | Online


@dataclass(frozen=True)
class Seen:
    """That a person has seen an alarm, and since when it stood. person None: it is over."""

    station: str
    kind: str
    subject: str
    since_ms: int
    person: str | None


Row = Sample | Received | Journaled | TimeOwed | Given | Seen
Event = Happened | Received


@dataclass(frozen=True)
class Bucket:
    """All samples of one step of a trend. low, mean and high are of the usable ones alone."""

    start_s: int
    low: int | None
    mean: float | None
    high: int | None
    suspect: bool
    unusable: bool
    uncertain: bool = False  # when it was is only known between its neighbours


class Store:
    """The database file. `write` from one thread; the rest may be called from another one."""

    def __init__(self, path: Path):
        self._path = path
        self._series: dict[SeriesKey, int] = {}
        self.conflicts = 0  # other records under a number that was there
        self._writer = self._connect()
        self._reader: sqlite3.Connection | None = None
        try:
            migrate(self._writer)
            self.last_n = self._last_n()  # of what goes upstream
            self._reader = self._connect()
        except BaseException:
            self.close()
            raise

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=10)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            db.close()
            raise
        return db

    def _last_n(self) -> int:
        return self._writer.execute(
            "SELECT max(coalesce((SELECT max(n) FROM record), 0),"
            " coalesce((SELECT max(n) FROM gap), 0), coalesce((SELECT max(n) FROM boot), 0))"
        ).fetchone()[0]

    def close(self) -> None:
        for db in (self._reader, self._writer):
            if db is not None:
                db.close()

    def write(self, rows: Iterable[Row]) -> list[Owed]:
        """All rows in one transaction; on disk when this returns what the stations are owed."""
        series = dict(self._series)  # an id made in a transaction that fails never existed
        tally = Tally(self.last_n)
        owed: list[Owed] = []
        with self._transaction() as db:
            for row in rows:
                if isinstance(row, Sample):
                    self._write_sample(row, series)
                elif isinstance(row, Journaled):
                    owed.append(take_batch(db, row, tally))
                elif isinstance(row, TimeOwed):
                    owed.append(order_time(db, row))
                elif isinstance(row, Given):
                    owed.append(order_command(db, row))
                elif isinstance(row, Seen):
                    _write_seen(db, row)
                else:
                    _write_received(db, row, tally)
        self._series = series
        self.last_n = tally.n
        if tally.conflicts:
            self.conflicts += tally.conflicts
            _log.error("%d records not kept: others of the same number are here", tally.conflicts)
        return owed

    def _write_sample(self, row: Sample, series: dict[SeriesKey, int]) -> None:
        if row.series not in series:
            self._writer.execute(
                "INSERT INTO series (station, kind, name, unit, decimals) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (station, kind, name, unit, decimals) DO NOTHING",
                astuple(row.series),
            )
            series[row.series] = _series_id(self._writer, row.series)
        self._writer.execute(
            "INSERT INTO sample (series, received_s, value, status, flag) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (series, received_s) DO NOTHING",
            (series[row.series], row.received_s, row.value, row.status, row.flag),
        )

    def trend(self, key: SeriesKey, from_s: int, until_s: int, step_s: int) -> list[Bucket]:
        """Samples of [from_s, until_s) in steps of step_s; a step without any is not there."""
        assert self._reader is not None
        series = _series_id(self._reader, key)
        if series is None:
            return []
        rows = self._reader.execute(
            "SELECT received_s / :step * :step,"
            " min(iif(flag IN (1, 3), value, NULL)), avg(iif(flag IN (1, 3), value, NULL)),"
            " max(iif(flag IN (1, 3), value, NULL)), max(flag = 3), max(flag NOT IN (1, 3))"
            " FROM sample WHERE series = :series AND received_s >= :from AND received_s < :until"
            " GROUP BY 1 ORDER BY 1",
            {"series": series, "from": from_s, "until": until_s, "step": step_s},
        )
        return [
            Bucket(start, low, mean, high, bool(suspect), bool(unusable))
            for start, low, mean, high, suspect, unusable in rows
        ]

    def steps_with(
        self, key: SeriesKey, value: int, from_s: int, until_s: int, step_s: int
    ) -> list[int]:
        """Starts of the steps in which a sample had this value."""
        assert self._reader is not None
        return self._rows(
            "SELECT DISTINCT received_s / ? * ? FROM sample"
            " WHERE series = ? AND received_s >= ? AND received_s < ? AND value = ? ORDER BY 1",
            (step_s, step_s, _series_id(self._reader, key), from_s, until_s, value),
            lambda start: start,
        )

    def events(self, limit: int) -> list[Event]:
        """What happened last, newest first."""
        presence = self._rows(
            "SELECT received_ms, station, online FROM presence ORDER BY received_ms DESC LIMIT ?",
            limit,
            lambda received_ms, station, online: Received(
                received_ms, Online(station, bool(online))
            ),
        )
        with self._snapshot() as db:
            # Stable: events of one instant stay as they came, the latest first.
            found: list[Event] = [*journal_read.events(db, limit), *presence]
        return sorted(found, key=_time_of, reverse=True)[:limit]

    def orders(self, limit: int) -> list[AuditLine]:
        """The latest orders of people, the newest first."""
        with self._snapshot() as db:
            return audit_lines(db, limit)

    def seen_alarms(self) -> list[Seen]:
        """Those that were seen and, by what this gateway knew, are not over."""
        return self._rows(
            "SELECT station, kind, subject, since_ms, person FROM seen_alarm", (), Seen
        )

    def last_ruling(self, station: str, gate: str, target: str | None = None) -> Happened | None:
        """The latest event in which another rule or cause began to rule this gate."""
        with self._snapshot() as db:
            return journal_read.last_ruling(db, station, gate, target)

    def readings(self, station: str, point: str, from_ms: int, until_ms: int) -> list[Recorded]:
        """The recorded readings of one point, in the order of their times."""
        with self._snapshot() as db:
            return journal_read.readings(db, station, point, from_ms, until_ms)

    def gaps(self, limit: int) -> list[tuple[str, Gap]]:
        """The latest gaps in the record, each with its station."""
        with self._snapshot() as db:
            found = journal_read.gaps(db, journal_read.Lookup(db), limit)
            return [(station, gap) for station, gap, _recorded_ms in found]

    def entries(self, span: Span, limit: int) -> list[Entry]:
        """What follows for an upstream, in the order of commits."""
        with self._snapshot() as db:
            return journal_relay.entries(db, span, limit)

    def last_before(self, unix_ms: int) -> int:
        with self._snapshot() as db:
            return journal_relay.last_before(db, unix_ms)

    def received_ms(self, n: int) -> int | None:
        with self._snapshot() as db:
            return journal_relay.received_ms(db, n)

    def spans_of(self, upstream: str) -> tuple[Span, ...]:
        with self._snapshot() as db:
            return journal_relay.spans_of(db, upstream)

    def keep_spans(self, upstream: str, spans: Sequence[Span]) -> None:
        """From the writing thread. On disk when this returns."""
        with self._transaction() as db:
            journal_relay.keep_spans(db, upstream, spans)

    def boots(self, station: str, limit: int) -> list[str]:
        """The station's boots, the latest first."""
        return self._rows(
            "SELECT boot FROM boot WHERE station = ? ORDER BY received_ms DESC LIMIT ?",
            (station, limit),
            lambda boot: boot,
        )

    def new_journal_ms(self, station: str) -> int | None:
        """When the station's present journal was first heard of, if it had another before."""
        times = self._rows(
            "SELECT received_ms FROM journal WHERE station = ? ORDER BY id DESC LIMIT 2",
            station,
            lambda received_ms: received_ms,
        )
        return times[0] if len(times) == 2 else None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        db = self._writer
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise

    @contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        """Questions that belong together, answered of one instant."""
        assert self._reader is not None
        self._reader.execute("BEGIN")
        try:
            yield self._reader
        finally:
            self._reader.execute("ROLLBACK")

    def _rows(self, sql: str, values: Any, make: Any) -> list[Any]:
        assert self._reader is not None
        values = values if isinstance(values, tuple) else (values,)
        with closing(self._reader.execute(sql, values)) as cursor:
            return [make(*row) for row in cursor]


def _series_id(db: sqlite3.Connection, key: SeriesKey) -> int:
    row = db.execute(
        "SELECT id FROM series"
        " WHERE station = ? AND kind = ? AND name = ? AND unit = ? AND decimals = ?",
        astuple(key),
    ).fetchone()
    return row[0] if row else None


def _write_received(db: sqlite3.Connection, row: Received, tally: Tally) -> None:
    if isinstance(row.event, Birth):
        take_birth(db, row.received_ms, row.event, tally)
        return
    db.execute(
        "INSERT INTO presence (station, received_ms, online) VALUES (?, ?, ?)"
        " ON CONFLICT (station, received_ms) DO NOTHING",
        (row.event.station, row.received_ms, row.event.online),
    )


def _write_seen(db: sqlite3.Connection, row: Seen) -> None:
    key = (row.station, row.kind, row.subject)
    db.execute("DELETE FROM seen_alarm WHERE station = ? AND kind = ? AND subject = ?", key)
    if row.person is not None:
        db.execute("INSERT INTO seen_alarm VALUES (?, ?, ?, ?, ?)", astuple(row))


def _time_of(event: Event) -> int:
    return event.time_ms if isinstance(event, Happened) else event.received_ms
