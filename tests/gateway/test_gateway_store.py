"""The store on a real file: once, whole, and still there after the power went."""

import os
import signal
import sqlite3
import subprocess
import sys

import feed
import pytest
from gateway_rig import NOON_MS

from reedgate_gateway import migrations
from reedgate_gateway.ingest import parse
from reedgate_gateway.migrations import MIGRATIONS, NewerStore, migrate, version_of
from reedgate_gateway.store import Received, Sample, SeriesKey, Store

TURBIDITY = SeriesKey("inlet", "point", "turbidity_ntu", "NTU", 3)
NOON_S = NOON_MS // 1000


@pytest.fixture
def path(tmp_path):
    return tmp_path / "gateway.sqlite3"


@pytest.fixture
def store(path):
    store = Store(path)
    yield store
    store.close()


def received(catalogue, message, at_ms=NOON_MS):
    topic, payload, _qos, _retain = message
    return Received(at_ms, parse(topic, payload, catalogue))


def test_it_is_written_ahead_and_synced_in_full(store, path):
    assert store._writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store._writer.execute("PRAGMA synchronous").fetchone() == (2,)
    assert path.exists()


def test_what_comes_twice_is_kept_once(store, catalogue):
    station = feed.Station()
    rows = [
        received(catalogue, station.birth()),
        received(catalogue, station.online()),
        Sample(TURBIDITY, NOON_S, 3200),
    ]
    store.write(rows)
    store.write([*rows, Sample(TURBIDITY, NOON_S, 9999)])
    again = received(catalogue, station.birth(), NOON_MS + 60_000)
    store.write([again])
    assert len(store.events(10)) == 1
    assert store.boots("inlet", 10) == [station.boot]
    (bucket,) = store.trend(TURBIDITY, NOON_S, NOON_S + 1, 1)
    assert bucket.high == 3200


def test_boots_are_known_latest_first(store, catalogue):
    for number in (1, 2, 3):
        message = feed.Station(number).birth()
        store.write([received(catalogue, message, NOON_MS + number)])
    assert store.boots("inlet", 2) == ["5f3a9c01-3", "5f3a9c01-2"]


def test_a_trend_is_of_usable_samples_and_says_what_was_not(store):
    values = [(0, 3000, 1), (1, 5000, 1), (2, 9000, 3), (10, 7000, 4), (11, None, 9)]
    store.write([Sample(TURBIDITY, NOON_S + at, value, 0, flag) for at, value, flag in values])
    first, second = store.trend(TURBIDITY, NOON_S, NOON_S + 20, 10)
    assert (first.low, first.high, first.suspect, first.unusable) == (3000, 9000, True, False)
    assert (second.low, second.mean, second.high) == (None, None, None)
    assert second.unusable
    assert store.trend(TURBIDITY, NOON_S + 20, NOON_S + 40, 10) == []


def test_a_point_that_changes_its_unit_is_another_series(store):
    other = SeriesKey("inlet", "point", "turbidity_ntu", "FNU", 3)
    store.write([Sample(TURBIDITY, NOON_S, 1), Sample(other, NOON_S, 2)])
    (bucket,) = store.trend(TURBIDITY, NOON_S, NOON_S + 1, 1)
    assert bucket.high == 1


def test_a_write_that_fails_leaves_nothing_of_its_batch(store):
    class Broken(Exception):
        pass

    def rows():
        yield Sample(TURBIDITY, NOON_S, 1)
        raise Broken

    with pytest.raises(Broken):
        store.write(rows())
    assert store.trend(TURBIDITY, NOON_S, NOON_S + 1, 1) == []
    store.write([Sample(TURBIDITY, NOON_S, 2)])
    assert store.trend(TURBIDITY, NOON_S, NOON_S + 1, 1)[0].high == 2


def connect(path):
    return sqlite3.connect(path, isolation_level=None)


def run_child(source, *arguments):
    """A Python process of its own that can be killed."""
    return subprocess.Popen(
        [sys.executable, "-c", source, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.path.dirname(__file__)},
    )


SECOND = ("one more step", "CREATE TABLE a (x INTEGER); CREATE TABLE b (x INTEGER)")
_DIES_IN_A_STEP = """
import os, signal, sqlite3, sys
from reedgate_gateway.migrations import MIGRATIONS, migrate
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.create_function("die", 0, lambda: os.kill(os.getpid(), signal.SIGKILL))
name, script = sys.argv[2:]
migrate(db, [*MIGRATIONS, (name, script.replace(";", "; SELECT die();"))])
"""


def tables(db):
    return {name for (name,) in db.execute("SELECT name FROM sqlite_master")}


def test_a_store_of_version_1_is_brought_up_with_its_data(path):
    db = connect(path)
    migrate(db, MIGRATIONS[:1])
    db.execute("INSERT INTO series VALUES (1, 'inlet', 'point', 'turbidity_ntu', 'NTU', 3)")
    db.execute("INSERT INTO sample VALUES (1, ?, 3200, 0, 1)", (NOON_S,))
    db.execute("INSERT INTO boot VALUES ('inlet', '5f3a9c01', ?, 0, '{}')", (NOON_MS,))
    db.close()
    store = Store(path)
    assert store.trend(TURBIDITY, NOON_S, NOON_S + 1, 1)[0].high == 3200
    assert store.boots("inlet", 2) == ["5f3a9c01"]
    assert store.last_n == 0, "what was stored before there were upstreams does not go there"
    store.close()
    db = connect(path)
    assert version_of(db) == len(MIGRATIONS)
    migrate(db, [*MIGRATIONS, SECOND])
    migrate(db, [*MIGRATIONS, SECOND])
    assert {"a", "b"} <= tables(db)
    db.close()


def test_a_power_cut_within_a_step_leaves_the_version_before(path):
    Store(path).close()
    child = run_child(_DIES_IN_A_STEP, path, *SECOND)
    child.stdout.close()
    assert child.wait() == -signal.SIGKILL
    db = connect(path)
    assert version_of(db) == len(MIGRATIONS)
    assert not {"a", "b"} & tables(db)
    migrate(db, [*MIGRATIONS, SECOND])
    assert {"a", "b"} <= tables(db)
    db.close()


def test_a_step_that_fails_is_undone_whole(path):
    Store(path).close()
    db = connect(path)
    broken = ("broken", "CREATE TABLE a (x INTEGER); CREATE TABLE a (x INTEGER)")
    with pytest.raises(sqlite3.OperationalError):
        migrate(db, [*MIGRATIONS, broken])
    assert version_of(db) == len(MIGRATIONS)
    assert "a" not in tables(db)
    db.close()


def test_a_store_of_a_later_version_is_not_touched(path):
    db = connect(path)
    migrate(db, [*MIGRATIONS, SECOND])
    db.close()
    with pytest.raises(NewerStore):
        Store(path)


def test_the_first_step_is_what_was_released():
    """A step never changes: a store in the field has it behind it."""
    name, script = migrations.MIGRATIONS[0]
    assert name == "stations, samples and events"
    db = sqlite3.connect(":memory:")
    db.executescript(script)
    columns = {
        table: [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
        for table in ("series", "sample", "boot", "transition", "presence")
    }
    db.close()
    assert columns == {
        "series": ["id", "station", "kind", "name", "unit", "decimals"],
        "sample": ["series", "received_s", "value", "status", "flag"],
        "boot": ["station", "boot", "received_ms", "uptime_ms", "body"],
        "transition": [
            *["station", "boot", "n", "received_ms", "uptime_ms", "gate", "what", "rule", "body"]
        ],
        "presence": ["station", "received_ms", "online"],
    }
