"""All SQL of the gateway: what was received, kept on disk. One writer; readers beside it.

A message is stored once, however often it comes: transitions by (station, boot, n), boots by
(station, boot), samples by (series, second). Times are the time of receipt; the station's own
uptime stands beside it. Nothing is thinned and nothing is confirmed to a station here.
"""

import json
import logging
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

from reedgate_contract import codes
from reedgate_gateway.ingest import Birth, Cause, Online, Reading, Transition
from reedgate_gateway.migrations import migrate

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
    """Something that happened, with the time at which this gateway learned of it."""

    received_ms: int
    event: Birth | Online | Transition


Row = Sample | Received


@dataclass(frozen=True)
class Bucket:
    """All samples of one step of a trend. low, mean and high are of the usable ones alone."""

    start_s: int
    low: int | None
    mean: float | None
    high: int | None
    suspect: bool
    unusable: bool


class Store:
    """The database file. `write` from one thread; the rest may be called from another one."""

    def __init__(self, path: Path):
        self._path = path
        self._series: dict[SeriesKey, int] = {}
        self.conflicts = 0  # other transitions under a key that was there: a boot's name twice
        self._writer = self._connect()
        self._reader: sqlite3.Connection | None = None
        try:
            migrate(self._writer)
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

    def close(self) -> None:
        for db in (self._reader, self._writer):
            if db is not None:
                db.close()

    def write(self, rows: Iterable[Row]) -> None:
        """All rows in one transaction; on disk when this returns."""
        db = self._writer
        series = dict(self._series)  # an id made in a transaction that fails never existed
        conflicts = 0
        db.execute("BEGIN IMMEDIATE")
        try:
            for row in rows:
                if isinstance(row, Sample):
                    self._write_sample(row, series)
                else:
                    conflicts += _write_event(db, row)
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        self._series = series
        if conflicts:
            self.conflicts += conflicts
            _log.error("%d events not kept: another boot of the same name had them", conflicts)

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

    def events(self, limit: int) -> list[Received]:
        """What happened last, newest first."""
        assert self._reader is not None
        found = [
            *self._rows(
                "SELECT received_ms, station, boot, n, uptime_ms, gate, what, rule, body"
                " FROM transition ORDER BY received_ms DESC, n DESC LIMIT ?",
                limit,
                _transition,
            ),
            *self._rows(
                "SELECT received_ms, station, boot, uptime_ms, body FROM boot"
                " ORDER BY received_ms DESC LIMIT ?",
                limit,
                _birth,
            ),
            *self._rows(
                "SELECT received_ms, station, online FROM presence"
                " ORDER BY received_ms DESC LIMIT ?",
                limit,
                lambda received_ms, station, online: Received(
                    received_ms, Online(station, bool(online))
                ),
            ),
        ]
        found.sort(key=lambda item: item.received_ms, reverse=True)  # stable: n stays in order
        return found[:limit]

    def last_ruling(self, station: str, gate: str) -> Received | None:
        """The latest transition in which another rule or cause began to rule this gate."""
        rows = self._rows(
            "SELECT received_ms, station, boot, n, uptime_ms, gate, what, rule, body"
            " FROM transition WHERE station = ? AND gate = ? AND what = 'ruling'"
            " ORDER BY received_ms DESC, n DESC LIMIT 1",
            (station, gate),
            _transition,
        )
        return rows[0] if rows else None

    def boots(self, station: str, limit: int) -> list[str]:
        """The station's boots, the latest first."""
        return self._rows(
            "SELECT boot FROM boot WHERE station = ? ORDER BY received_ms DESC LIMIT ?",
            (station, limit),
            lambda boot: boot,
        )

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


# The columns that have their own place; the rest of an event is its body.
_TRANSITION_COLUMNS = ("station", "boot", "n", "uptime_ms", "gate", "what", "rule")


def _write_event(db: sqlite3.Connection, row: Received) -> int:
    """How many events had to be left out because their key belongs to another one: 0 or 1."""
    event = row.event
    body = asdict(event)
    if isinstance(event, Transition):
        columns = [body.pop(name) for name in _TRANSITION_COLUMNS]
        written = db.execute(
            "INSERT INTO transition"
            " (received_ms, station, boot, n, uptime_ms, gate, what, rule, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (station, boot, n) DO NOTHING",
            (row.received_ms, *columns, json.dumps(body)),
        )
        if not written.rowcount:
            return _is_another(db, event)
    elif isinstance(event, Birth):
        columns = [body.pop(name) for name in ("station", "boot", "uptime_ms")]
        db.execute(
            "INSERT INTO boot (received_ms, station, boot, uptime_ms, body)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT (station, boot) DO NOTHING",
            (row.received_ms, *columns, json.dumps(body)),
        )
    else:
        db.execute(
            "INSERT INTO presence (station, received_ms, online) VALUES (?, ?, ?)"
            " ON CONFLICT (station, received_ms) DO NOTHING",
            (event.station, row.received_ms, event.online),
        )
    return 0


def _is_another(db: sqlite3.Connection, event: Transition) -> int:
    (uptime_ms,) = db.execute(
        "SELECT uptime_ms FROM transition WHERE station = ? AND boot = ? AND n = ?",
        (event.station, event.boot, event.n),
    ).fetchone()
    return int(uptime_ms != event.uptime_ms)


def _transition(received_ms: int, *values: Any) -> Received:
    *columns, body = values
    rest = json.loads(body)
    rest["cause"] = Cause(**rest["cause"])
    rest["first_out"] = Cause(**rest["first_out"])
    rest["points"] = {name: Reading(**reading) for name, reading in rest["points"].items()}
    return Received(
        received_ms, Transition(**dict(zip(_TRANSITION_COLUMNS, columns, strict=True)), **rest)
    )


def _birth(received_ms: int, station: str, boot: str, uptime_ms: int, body: str) -> Received:
    return Received(received_ms, Birth(station, boot, uptime_ms, **json.loads(body)))
