"""SQL of the page: records with their times and names, and gaps."""

import json
import sqlite3
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reedgate_contract import records
from reedgate_gateway.batch import Record
from reedgate_gateway.content import Content, GateEvent, Mean, content_of, uptime_ms_of
from reedgate_gateway.content import whole_event as whole
from reedgate_gateway.naming import UNNAMED, Boot, Naming
from reedgate_gateway.timeline import Placed, Run, placed

_RULINGS_LOOKED_AT = 400
RECORD = "r.seq, r.kind, r.part, r.parts, r.point, r.status, r.uptime_s, r.payload"


@dataclass(frozen=True)
class Happened:
    """An event of a station's own record, or what became of the record itself."""

    time_ms: int
    uncertain: bool
    uptime_ms: int | None
    station: str
    content: "Content | Gap | NewJournal"


@dataclass(frozen=True)
class Gap:
    """Records that are not there and will not come. from_ms, until_ms: their neighbours' times."""

    stream: str
    first: int
    last: int
    reason: str
    from_ms: int | None
    until_ms: int | None

    @property
    def count(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True)
class NewJournal:
    """The station has begun to count anew: what it had not delivered of the old one is gone."""

    epoch: int


@dataclass(frozen=True)
class Recorded:
    """A reading of the record, on the page's time axis."""

    from_ms: int
    until_ms: int
    mean: Mean
    uncertain: bool


class Lookup:
    """The starts of the stations with their names and times, read once for one question."""

    def __init__(self, db: sqlite3.Connection):
        self._db = db
        self._placed: dict[str, dict[int, Placed]] = {}
        self._naming: dict[int, Naming] = {}

    def placed(self, station: str) -> dict[int, Placed]:
        if station not in self._placed:
            self._placed[station] = placed(list(self._runs(station)))
        return self._placed[station]

    def _runs(self, station: str) -> Iterator[Run]:
        rows = self._db.execute(
            "SELECT run.id, run.journal, boot_n, last_uptime_s, run.received_ms"
            " FROM run JOIN journal ON journal.id = run.journal WHERE station = ?",
            (station,),
        )
        for run, journal, boot_n, last_uptime_s, received_ms in rows.fetchall():
            anchors = self._db.execute(
                "SELECT uptime_ms, unix_ms FROM anchor WHERE run = ? ORDER BY uptime_ms", (run,)
            ).fetchall()
            yield Run(run, journal, boot_n, last_uptime_s * 1000, received_ms, tuple(anchors))

    def naming(self, station: str, run: int) -> Naming:
        """By the hash that the start's own event carries, or else that its birth said."""
        if run not in self._naming:
            self._naming[run] = self._find_naming(station, run)
        return self._naming[run]

    def _find_naming(self, station: str, run: int) -> Naming:
        epoch, boot_n, config_hash = self._db.execute(
            "SELECT epoch, boot_n, config_hash FROM run"
            " JOIN journal ON journal.id = run.journal WHERE run.id = ?",
            (run,),
        ).fetchone()
        if config_hash is None:
            born = self._db.execute(
                "SELECT body FROM boot WHERE station = ? AND boot = ?",
                (station, str(Boot(epoch, boot_n))),
            ).fetchone()
            config_hash = json.loads(born[0])["config_hash"] if born else None
        found = self._db.execute(
            "SELECT body FROM naming WHERE station = ? AND config_hash = ?", (station, config_hash)
        ).fetchone()
        return naming_of(json.loads(found[0])) if found else UNNAMED


def event_records(db: sqlite3.Connection, station: str | None) -> Iterator[dict[str, Any]]:
    """Every record of the events as it was sealed, in the stations' own order; for `export`."""
    keys = ("station", "epoch", "boot_n", "seq", "kind", "part", "of", "uptime_s", "payload")
    rows = db.execute(
        "SELECT station, epoch, boot_n, seq, kind, part, parts, uptime_s, hex(payload)"
        " FROM record r JOIN journal ON journal.id = r.journal JOIN run ON run.id = r.run"
        " WHERE stream = 1 AND (:station IS NULL OR station = :station)"
        " ORDER BY station, journal.id, seq",
        {"station": station},
    )
    for row in rows:
        yield dict(zip(keys, row, strict=True))


def naming_of(body: dict[str, Any]) -> Naming:
    floods = {gate: tuple(names) for gate, names in body["floods"].items()}
    return Naming(tuple(body["points"]), tuple(body["gates"]), floods)


def events(db: sqlite3.Connection, limit: int) -> list[Happened]:
    """The latest events of all journals, with what became of the journals themselves."""
    lookup = Lookup(db)
    rows = db.execute(
        f"SELECT station, r.journal, r.run, {RECORD} FROM record r"
        " JOIN journal ON journal.id = r.journal"
        " WHERE r.stream = 1 AND r.part = 1 AND r.kind NOT IN (?, ?) ORDER BY r.n DESC LIMIT ?",
        (records.KIND_ANCHOR, records.KIND_SCAN, limit),
    ).fetchall()
    found = []
    for station, journal, run, *columns in rows:
        happened = _event(db, lookup, station, journal, run, Record(*columns))
        if happened is not None:
            found.append(happened)
    return [*found, *_gaps(db, lookup, limit), *_new_journals(db, limit)]


def _event(
    db: sqlite3.Connection, lookup: Lookup, station: str, journal: int, run: int, first: Record
) -> Happened | None:
    parts = [first]
    if first.of > 1:
        rows = db.execute(
            f"SELECT {RECORD} FROM record r WHERE journal = ? AND stream = 1"
            " AND seq BETWEEN ? AND ? ORDER BY seq",
            (journal, first.seq, first.seq + first.of - 1),
        )
        parts = [Record(*columns) for columns in rows]
    content = whole(parts, lookup.naming(station, run))
    if content is None:
        return None  # its last parts are still to come, or stand in a gap
    uptime_ms = uptime_ms_of(first)
    place = lookup.placed(station)[run]
    return Happened(place.time_ms(uptime_ms), place.uncertain, uptime_ms, station, content)


def _gaps(db: sqlite3.Connection, lookup: Lookup, limit: int) -> Iterator[Happened]:
    for station, gap, recorded_ms in gaps(db, lookup, limit):
        yield Happened(recorded_ms, False, None, station, gap)


def gaps(db: sqlite3.Connection, lookup: Lookup, limit: int) -> Iterator[tuple[str, Gap, int]]:
    """The latest gaps: (station, gap, when it was recorded)."""
    rows = db.execute(
        "SELECT station, gap.journal, stream, first, last, reason, recorded_ms FROM gap"
        " JOIN journal ON journal.id = gap.journal ORDER BY gap.n DESC LIMIT ?",
        (limit,),
    ).fetchall()
    for station, journal, stream, first, last, reason, recorded_ms in rows:
        key = (journal, stream)
        before = _time_at(db, lookup, station, key, "seq < ? ORDER BY seq DESC", first)
        after = _time_at(db, lookup, station, key, "seq > ? ORDER BY seq", last)
        name = records.STREAM_NAMES[stream]
        yield station, Gap(name, first, last, reason, before, after), recorded_ms


def _time_at(
    db: sqlite3.Connection,
    lookup: Lookup,
    station: str,
    key: tuple[int, int],
    where: str,
    seq: int,
) -> int | None:
    row = db.execute(
        f"SELECT run, uptime_s FROM record WHERE journal = ? AND stream = ? AND {where} LIMIT 1",
        (*key, seq),
    ).fetchone()
    return None if row is None else lookup.placed(station)[row[0]].time_ms(row[1] * 1000)


def _new_journals(db: sqlite3.Connection, limit: int) -> Iterator[Happened]:
    rows = db.execute(
        "SELECT station, epoch, received_ms FROM journal later WHERE EXISTS"
        " (SELECT 1 FROM journal WHERE station = later.station AND id < later.id)"
        " ORDER BY id DESC LIMIT ?",
        (limit,),
    )
    for station, epoch, received_ms in rows.fetchall():
        yield Happened(received_ms, False, None, station, NewJournal(epoch))


def last_ruling(
    db: sqlite3.Connection, station: str, gate: str, target: str | None = None
) -> Happened | None:
    """The latest event in which another rule or cause began to rule this gate.

    target: only one that ordered it there.
    """
    lookup = Lookup(db)
    rows = db.execute(
        f"SELECT r.journal, r.run, {RECORD} FROM record r"
        " JOIN journal ON journal.id = r.journal WHERE r.stream = 1 AND r.part = 1"
        " AND r.kind = ? AND station = ? ORDER BY r.n DESC LIMIT ?",
        (records.KIND_GATE, station, _RULINGS_LOOKED_AT),
    ).fetchall()
    for journal, run, *columns in rows:
        happened = _event(db, lookup, station, journal, run, Record(*columns))
        content = happened.content if happened else None
        if not isinstance(content, GateEvent) or content.what != "ruling":
            continue
        if content.gate == gate and target in (None, content.target):
            return happened
    return None


def readings(
    db: sqlite3.Connection, station: str, point: str, from_ms: int, until_ms: int
) -> list[Recorded]:
    """The recorded readings of one point in a span, in the order of their times."""
    lookup = Lookup(db)
    found: list[Recorded] = []
    for run, place in lookup.placed(station).items():
        naming = lookup.naming(station, run)
        if point not in naming.points:
            continue
        number = naming.points.index(point)
        missing = _missing_readings(db, place.run.journal)
        for first_ms, after_ms, offset_ms in place.pieces_within(from_ms, until_ms):
            rows = db.execute(
                f"SELECT {RECORD} FROM record r WHERE run = ? AND point = ? AND stream = 2"
                " AND uptime_s >= ? AND uptime_s < ? ORDER BY uptime_s, seq",
                (run, number, -(-first_ms // 1000), -(-after_ms // 1000)),
            )
            found.extend(_recorded(rows, naming, missing, offset_ms, place.uncertain))
    return sorted(found, key=lambda item: item.until_ms)


def _missing_readings(db: sqlite3.Connection, journal: int) -> list[int]:
    """Where gaps in the readings begin, in order."""
    rows = db.execute(
        "SELECT first FROM gap WHERE journal = ? AND stream = 2 ORDER BY first", (journal,)
    )
    return [first for (first,) in rows]


def _recorded(
    rows: Any, naming: Naming, missing: list[int], offset_ms: int, uncertain: bool
) -> Iterator[Recorded]:
    """Each covers the time since the one before it, for that is the period of its mean.

    Behind a gap that is not known: it speaks for its end alone.
    """
    before: tuple[int, int] | None = None  # (seq, time)
    for columns in rows:
        record = Record(*columns)
        content = content_of(record, naming)
        at_ms = record.uptime_s * 1000 + offset_ms
        follows = before is not None and not _any_between(missing, before[0], record.seq)
        if isinstance(content, Mean):
            yield Recorded(before[1] if follows else at_ms, at_ms, content, uncertain)
        before = (record.seq, at_ms)


def _any_between(ordered: list[int], low: int, high: int) -> bool:
    return bisect_left(ordered, low) < bisect_left(ordered, high)
