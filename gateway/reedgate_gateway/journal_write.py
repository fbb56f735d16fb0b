"""SQL of the writer, within its transaction: a batch taken in, and the confirmation it deserves.

Each (station, stream, epoch, seq) is stored once or stands in one gap. What this returns holds
only when the caller's transaction is committed.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from reedgate_contract import records
from reedgate_gateway.batch import Batch, Record
from reedgate_gateway.content import (
    Anchor,
    Commanded,
    Refused,
    Started,
    content_of,
    uptime_ms_of,
)
from reedgate_gateway.downlink import Ack, Command, Time
from reedgate_gateway.ingest import Birth
from reedgate_gateway.naming import UNNAMED, Boot
from reedgate_gateway.orders import Given, answer, give

_ANCHOR_NEWS_MS = 1000  # nearer to what is known an anchor says nothing new
_COUNTERS_A_SECOND = 16
_NOTED = (records.KIND_BOOT, records.KIND_ANCHOR, records.KIND_COMMAND, records.KIND_REFUSAL)


@dataclass(frozen=True)
class Journaled:
    """A batch, when it came, and the start the station was in then."""

    received_ms: int
    batch: Batch
    boot: Boot


@dataclass(frozen=True)
class TimeOwed:
    """A station is to be told the time."""

    station: str
    boot: Boot
    uptime_ms: int


@dataclass
class Tally:
    """What one transaction has counted so far."""

    n: int  # the last one given
    conflicts: int = 0

    def next_n(self) -> int:
        self.n += 1
        return self.n


def take_birth(db: sqlite3.Connection, received_ms: int, birth: Birth, tally: Tally) -> None:
    body = asdict(birth)
    naming = body.pop("naming")
    columns = [body.pop(name) for name in ("station", "boot", "uptime_ms")]
    written = db.execute(
        "INSERT INTO boot (received_ms, station, boot, uptime_ms, body, n)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (station, boot) DO NOTHING",
        (received_ms, *columns, json.dumps(body), tally.n + 1),
    )
    tally.n += written.rowcount
    if not naming["points"]:
        return  # it did not say; what an earlier start has said stands
    db.execute(
        "INSERT INTO naming (station, config_hash, body) VALUES (?, ?, ?)"
        " ON CONFLICT (station, config_hash) DO UPDATE SET body = excluded.body",
        (birth.station, birth.config_hash, json.dumps(naming)),
    )


def order_command(db: sqlite3.Connection, given: Given) -> Command:
    counter = _counter(db, given.wish.station, given.boot, given.uptime_ms)
    return give(db, given, counter)


def order_time(db: sqlite3.Connection, owed: TimeOwed) -> Time:
    counter = _counter(db, owed.station, owed.boot, owed.uptime_ms)
    return Time(owed.station, owed.boot, owed.uptime_ms, counter)


def take_batch(db: sqlite3.Connection, row: Journaled, tally: Tally) -> Ack:
    batch = row.batch
    writing = _Writing(db, row, tally)
    writing.close_what_is_gone()
    writing.keep_records()
    writing.close(writing.missing_of(batch.lost), records.GAP_ROT)
    through = writing.advance()
    counter = _counter(db, batch.station, row.boot, batch.uptime_ms)
    return Ack(
        station=batch.station,
        boot=row.boot,
        uptime_ms=batch.uptime_ms,
        counter=counter,
        stream=batch.stream,
        epoch=batch.epoch,
        through=through,
    )


def _counter(db: sqlite3.Connection, station: str, boot: Boot, uptime_ms: int) -> int:
    """Never twice: it is kept with what it confirms, and runs ahead with the station's uptime.

    The second is for a store that was restored from a copy: uptime only grows within a start.
    """
    least = min(uptime_ms // 1000 * _COUNTERS_A_SECOND, 1 << 31) + 1
    (counter,) = db.execute(
        "INSERT INTO downlink (station, boot, counter) VALUES (?, ?, ?)"
        " ON CONFLICT (station, boot) DO UPDATE"
        " SET counter = max(counter + 1, excluded.counter) RETURNING counter",
        (station, str(boot), least),
    ).fetchone()
    return counter


class _Writing:
    """One batch on its way into the store."""

    def __init__(self, db: sqlite3.Connection, row: Journaled, tally: Tally):
        self._db = db
        self._batch = row.batch
        self._received_ms = row.received_ms
        self._tally = tally
        self._journal = self._journal_id()
        self._run = self._run_id()
        self._key = (self._journal, row.batch.stream)
        found = db.execute(
            "SELECT through FROM stream WHERE journal = ? AND stream = ?", self._key
        ).fetchone()
        self._through = found[0] if found else 0

    def _journal_id(self) -> int:
        (found,) = self._db.execute(
            "INSERT INTO journal (station, epoch, received_ms) VALUES (?, ?, ?)"
            " ON CONFLICT (station, epoch) DO UPDATE SET epoch = epoch RETURNING id",
            (self._batch.station, self._batch.epoch, self._received_ms),
        ).fetchone()
        return found

    def _run_id(self) -> int:
        last_uptime_s = max((record.uptime_s for record in self._batch.records), default=0)
        (found,) = self._db.execute(
            "INSERT INTO run (journal, boot_n, last_uptime_s, received_ms) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (journal, boot_n) DO UPDATE SET"
            " received_ms = iif(excluded.last_uptime_s > last_uptime_s, excluded.received_ms,"
            " received_ms), last_uptime_s = max(last_uptime_s, excluded.last_uptime_s)"
            " RETURNING id",
            (self._journal, self._batch.boot_n, last_uptime_s, self._received_ms),
        ).fetchone()
        return found

    def close_what_is_gone(self) -> None:
        """What lies below first_held and is not here will never come.

        A station sends what follows its confirmed ones: when that is not the first it holds, all
        below was confirmed to it once, by a store of which this one is an older copy or none.
        """
        batch = self._batch
        if batch.first_held - 1 > self._through:
            elsewhere = batch.first_seq > batch.first_held
            reason = records.GAP_ELSEWHERE if elsewhere else records.GAP_SPACE
            self.close(self._missing(self._through + 1, batch.first_held - 1), reason)

    def close(self, missing: Iterable[tuple[int, int]], reason: int) -> None:
        for first, last in list(missing):
            self._db.execute(
                "INSERT INTO gap (n, journal, stream, first, last, reason, recorded_ms)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    self._tally.next_n(),
                    *self._key,
                    first,
                    last,
                    records.GAP_NAMES[reason],
                    self._received_ms,
                ),
            )

    def missing_of(self, wanted: Iterable[int]) -> Iterator[tuple[int, int]]:
        """The ranges of these that are neither a record nor in a gap."""
        for first, last in _ranges(wanted):
            yield from self._missing(first, last)

    def _missing(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        there = self._db.execute(
            "SELECT seq, seq FROM record WHERE journal = :j AND stream = :s"
            " AND seq BETWEEN :first AND :last UNION ALL"
            " SELECT first, last FROM gap WHERE journal = :j AND stream = :s"
            " AND first <= :last AND last >= :first ORDER BY 1",
            {"j": self._journal, "s": self._batch.stream, "first": first, "last": last},
        )
        at = first
        for start, end in there:
            if start > at:
                yield at, start - 1
            at = max(at, end + 1)
        if at <= last:
            yield at, last

    def keep_records(self) -> None:
        closed = self._db.execute(
            "SELECT first, last FROM gap WHERE journal = ? AND stream = ?"
            " AND first <= ? AND last >= ?",
            (*self._key, self._batch.last_seq, self._batch.first_seq),
        ).fetchall()
        for record in self._batch.records:
            # A gap that is told upstream stays one: no seq is both.
            if not any(first <= record.seq <= last for first, last in closed):
                self._keep(record)

    def _keep(self, record: Record) -> None:
        written = self._db.execute(
            "INSERT INTO record (n, journal, stream, seq, run, kind, part, parts, point, status,"
            " uptime_s, payload, received_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (journal, stream, seq) DO NOTHING",
            (
                self._tally.n + 1,
                *self._key,
                record.seq,
                self._run,
                record.kind,
                record.part,
                record.of,
                record.point,
                record.status,
                record.uptime_s,
                record.payload,
                self._received_ms,
            ),
        )
        self._tally.n += written.rowcount
        if not written.rowcount:
            self._tally.conflicts += self._is_another(record)
        elif record.kind in _NOTED:
            self._note(record)

    def _is_another(self, record: Record) -> int:
        (payload,) = self._db.execute(
            "SELECT payload FROM record WHERE journal = ? AND stream = ? AND seq = ?",
            (*self._key, record.seq),
        ).fetchone()
        return int(payload != record.payload)

    def _note(self, record: Record) -> None:
        content = content_of(record, UNNAMED)
        if isinstance(content, Started):
            self._db.execute(
                "UPDATE run SET config_hash = ? WHERE id = ?", (content.config_hash, self._run)
            )
        elif isinstance(content, Anchor):
            self._note_anchor(uptime_ms_of(record), content)
        elif isinstance(content, Commanded | Refused):
            boot = Boot(self._batch.epoch, self._batch.boot_n)
            answer(self._db, self._batch.station, boot, content, self._received_ms)

    def _note_anchor(self, uptime_ms: int, anchor: Anchor) -> None:
        before = self._db.execute(
            "SELECT unix_ms - uptime_ms FROM anchor WHERE run = ? AND uptime_ms <= ?"
            " ORDER BY uptime_ms DESC LIMIT 1",
            (self._run, uptime_ms),
        ).fetchone()
        if before and abs(anchor.unix_ms - uptime_ms - before[0]) < _ANCHOR_NEWS_MS:
            return
        self._db.execute(
            "INSERT INTO anchor (run, uptime_ms, unix_ms, uncertainty_ms, source)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT (run, uptime_ms) DO NOTHING",
            (self._run, uptime_ms, anchor.unix_ms, anchor.uncertainty_ms, anchor.source),
        )

    def advance(self) -> int:
        """The highest seq up to which every one is a record or in a gap, kept and returned."""
        through = self._through
        for first, last in self._present_after(through):
            if first > through + 1:
                break
            through = max(through, last)
        self._db.execute(
            "INSERT INTO stream (journal, stream, through) VALUES (?, ?, ?)"
            " ON CONFLICT (journal, stream) DO UPDATE SET through = excluded.through",
            (*self._key, through),
        )
        return through

    def _present_after(self, through: int) -> Iterator[tuple[int, int]]:
        return self._db.execute(
            "SELECT seq, seq FROM record WHERE journal = :j AND stream = :s AND seq > :t"
            " UNION ALL SELECT first, last FROM gap"
            " WHERE journal = :j AND stream = :s AND last > :t ORDER BY 1",
            {"j": self._journal, "s": self._batch.stream, "t": through},
        )


def _ranges(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Neighbours joined; the numbers come in order."""
    first = last = None
    for number in numbers:
        if last is not None and number == last + 1:
            last = number
            continue
        if first is not None:
            yield first, last
        first = last = number
    if first is not None:
        yield first, last
