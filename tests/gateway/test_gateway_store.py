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


def test_a_transition_comes_back_as_it_went(store, catalogue):
    station = feed.Station()
    row = received(
        catalogue,
        station.transition("main", "ruling", feed.TRIPPED["main"], points=feed.readings()),
    )
    store.write([row])
    assert store.events(10) == [row]
    assert store.last_ruling("inlet", "main") == row
    assert store.last_ruling("inlet", "around") is None


def test_what_comes_twice_is_kept_once(store, catalogue):
    station = feed.Station()
    rows = [
        received(catalogue, station.birth()),
        received(catalogue, station.transition("main", "start", feed.gate())),
        received(catalogue, station.online()),
        Sample(TURBIDITY, NOON_S, 3200),
    ]
    store.write(rows)
    store.write([*rows, Sample(TURBIDITY, NOON_S, 9999)])
    again = received(catalogue, station.birth(), NOON_MS + 60_000)
    store.write([again])
    assert len(store.events(10)) == 3
    (bucket,) = store.trend(TURBIDITY, NOON_S, NOON_S + 1, 1)
    assert bucket.high == 3200


def test_the_same_n_of_another_boot_is_another_event(store, catalogue):
    for boot in ("aa", "bb"):
        message = feed.Station(boot).transition("main", "start", feed.gate())
        store.write([received(catalogue, message)])
    assert [item.event.boot for item in store.events(10)] == ["bb", "aa"]


def test_another_event_under_the_same_key_is_counted_and_logged(store, catalogue, caplog):
    """Two boots of one name: what must not be lost in silence."""
    for uptime_ms in (1000, 1000, 2000):
        message = feed.Station("aa", uptime_ms).transition("main", "start", feed.gate())
        store.write([received(catalogue, message)])
    assert store.conflicts == 1
    assert ["another boot of the same name" in text for text in caplog.messages] == [True]
    assert len(store.events(10)) == 1


def test_events_come_newest_first_over_all_kinds(store, catalogue):
    station = feed.Station()
    rows = [
        received(catalogue, station.online(), NOON_MS),
        received(catalogue, station.birth(), NOON_MS + 1),
        *(
            received(catalogue, station.transition("main", "drive", feed.gate()), NOON_MS + 2)
            for _ in range(3)
        ),
    ]
    store.write(rows)
    assert store.events(10) == rows[::-1]
    assert store.events(2) == rows[:-3:-1]


def test_boots_are_known_latest_first(store, catalogue):
    for number, boot in enumerate(("aa", "bb", "cc")):
        message = feed.Station(boot).birth()
        store.write([received(catalogue, message, NOON_MS + number)])
    assert store.boots("inlet", 2) == ["cc", "bb"]


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


_WRITES_UNTIL_KILLED = """
import sys
from pathlib import Path
import feed
from gateway_rig import DESK
from reedgate_boards.site.load import load_site
from reedgate_gateway.catalogue import catalogue_of
from reedgate_gateway.ingest import parse
from reedgate_gateway.store import Received, Store
catalogue = catalogue_of(load_site(DESK))
store, station = Store(Path(sys.argv[1])), feed.Station()
while True:
    topic, payload, _qos, _retain = station.transition("main", "drive", feed.gate())
    store.write([Received(1, parse(topic, payload, catalogue))])
    print(station.transition_n, flush=True)
"""


def test_what_was_written_survives_a_kill(path):
    child = run_child(_WRITES_UNTIL_KILLED, path)
    lines = [child.stdout.readline() for _ in range(25)]
    child.kill()
    lines += child.stdout.readlines()
    child.stdout.close()
    assert child.wait() == -signal.SIGKILL
    written = max(int(line) for line in lines if line.endswith("\n"))
    store = Store(path)
    kept = {item.event.n for item in store.events(100_000)}
    assert kept >= set(range(1, written + 1))
    assert store._writer.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store.close()


SECOND = ("a second step", "CREATE TABLE a (x INTEGER); CREATE TABLE b (x INTEGER)")
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
    store = Store(path)
    store.write([Sample(TURBIDITY, NOON_S, 3200)])
    store.close()
    db = connect(path)
    assert version_of(db) == 1
    migrate(db, [*MIGRATIONS, SECOND])
    migrate(db, [*MIGRATIONS, SECOND])
    assert version_of(db) == 2
    assert {"a", "b"} <= tables(db)
    assert db.execute("SELECT value FROM sample").fetchall() == [(3200,)]
    db.close()


def test_a_power_cut_within_a_step_leaves_the_version_before(path):
    Store(path).close()
    child = run_child(_DIES_IN_A_STEP, path, *SECOND)
    child.stdout.close()
    assert child.wait() == -signal.SIGKILL
    db = connect(path)
    assert version_of(db) == 1
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
    assert version_of(db) == 1
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
