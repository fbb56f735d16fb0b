"""The store's schema as an ordered list of steps. A step, once released, never changes.

Each step runs in one transaction together with its own record, so that a power cut leaves either
both or neither.
"""

import sqlite3
import time
from collections.abc import Sequence

# What each (station, boot, n) or (series, second) carries is said in store.py, beside its use.
_FIRST = """
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    station TEXT NOT NULL,
    kind TEXT NOT NULL,              -- point | gate
    name TEXT NOT NULL,
    unit TEXT NOT NULL,
    decimals INTEGER NOT NULL,
    UNIQUE (station, kind, name, unit, decimals)
);
CREATE TABLE sample (
    series INTEGER NOT NULL REFERENCES series (id),
    received_s INTEGER NOT NULL,
    value INTEGER,
    status INTEGER NOT NULL,
    flag INTEGER NOT NULL,
    PRIMARY KEY (series, received_s)
) WITHOUT ROWID;
CREATE TABLE boot (
    station TEXT NOT NULL,
    boot TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    uptime_ms INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (station, boot)
);
CREATE INDEX boot_by_time ON boot (received_ms);
CREATE TABLE transition (
    station TEXT NOT NULL,
    boot TEXT NOT NULL,
    n INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    uptime_ms INTEGER NOT NULL,
    gate TEXT NOT NULL,
    what TEXT NOT NULL,
    rule TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (station, boot, n)
);
CREATE INDEX transition_by_time ON transition (received_ms);
CREATE INDEX transition_by_gate ON transition (station, gate, what, received_ms);
CREATE TABLE presence (
    station TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    online INTEGER NOT NULL,
    PRIMARY KEY (station, received_ms)
);
CREATE INDEX presence_by_time ON presence (received_ms)
"""

# The table `transition` stays as it is, for who wants to read it: what happens at the gates comes
# with the journal from here on. n counts what goes on to the upstreams, in the order of commits.
_JOURNAL = """
ALTER TABLE boot ADD COLUMN n INTEGER;
CREATE UNIQUE INDEX boot_by_n ON boot (n) WHERE n IS NOT NULL;
CREATE TABLE naming (
    station TEXT NOT NULL,
    config_hash TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (station, config_hash)
);
CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    station TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    UNIQUE (station, epoch)
);
CREATE TABLE stream (
    journal INTEGER NOT NULL REFERENCES journal (id),
    stream INTEGER NOT NULL,
    through INTEGER NOT NULL,        -- up to here every seq is a record or in a gap
    PRIMARY KEY (journal, stream)
);
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    journal INTEGER NOT NULL REFERENCES journal (id),
    boot_n INTEGER NOT NULL,
    last_uptime_s INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,    -- of the last record
    config_hash TEXT,
    UNIQUE (journal, boot_n)
);
CREATE TABLE anchor (
    run INTEGER NOT NULL REFERENCES run (id),
    uptime_ms INTEGER NOT NULL,
    unix_ms INTEGER NOT NULL,
    uncertainty_ms INTEGER NOT NULL,
    source INTEGER NOT NULL,
    PRIMARY KEY (run, uptime_ms)
);
CREATE TABLE record (
    n INTEGER PRIMARY KEY,
    journal INTEGER NOT NULL REFERENCES journal (id),
    stream INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    run INTEGER NOT NULL REFERENCES run (id),
    kind INTEGER NOT NULL,
    part INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    point INTEGER NOT NULL,
    status INTEGER NOT NULL,
    uptime_s INTEGER NOT NULL,
    payload BLOB NOT NULL,
    received_ms INTEGER NOT NULL,
    UNIQUE (journal, stream, seq)
);
CREATE INDEX record_reading ON record (run, point, uptime_s) WHERE stream = 2;
CREATE INDEX record_event ON record (n) WHERE stream = 1 AND part = 1;
CREATE TABLE gap (
    n INTEGER PRIMARY KEY,
    journal INTEGER NOT NULL REFERENCES journal (id),
    stream INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    reason TEXT NOT NULL,
    recorded_ms INTEGER NOT NULL,
    UNIQUE (journal, stream, first)
);
CREATE TABLE downlink (
    station TEXT NOT NULL,
    boot TEXT NOT NULL,
    counter INTEGER NOT NULL,
    PRIMARY KEY (station, boot)
);
CREATE TABLE relay (
    upstream TEXT NOT NULL,
    after_n INTEGER NOT NULL,        -- sent up to here
    until_n INTEGER,                 -- the last one to send, or NULL: whatever comes
    PRIMARY KEY (upstream, after_n)
)
"""

# The audit line of each order: who gave it, and what the station answered.
_COMMANDS = """
CREATE TABLE command (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    given_ms INTEGER NOT NULL,
    person TEXT NOT NULL,
    station TEXT NOT NULL,
    gate TEXT NOT NULL,
    action TEXT NOT NULL,
    hold_s INTEGER NOT NULL,         -- as the envelope says it
    boot TEXT NOT NULL,
    counter INTEGER NOT NULL,
    answer TEXT,                     -- taken, or the reason. NULL: none has come
    answered_ms INTEGER
);
CREATE INDEX command_by_counter ON command (station, boot, counter)
"""

# That a person has seen an alarm that stands; a row goes with its alarm.
_SEEN = """
CREATE TABLE seen_alarm (
    station TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,           -- gate or point. '': the station
    since_ms INTEGER NOT NULL,
    person TEXT NOT NULL,
    PRIMARY KEY (station, kind, subject)
)
"""

MIGRATIONS: Sequence[tuple[str, str]] = (
    ("stations, samples and events", _FIRST),
    ("the journal and its way upstream", _JOURNAL),
    ("orders and their answers", _COMMANDS),
    ("alarms that were seen", _SEEN),
)


class NewerStore(Exception):
    """The file was written by a later version, which alone knows how to read it."""


def version_of(db: sqlite3.Connection) -> int:
    db.execute(
        "CREATE TABLE IF NOT EXISTS migration"
        " (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_s INTEGER NOT NULL)"
    )
    return db.execute("SELECT coalesce(max(version), 0) FROM migration").fetchone()[0]


def migrate(db: sqlite3.Connection, steps: Sequence[tuple[str, str]] = MIGRATIONS) -> None:
    """Bring the store to the last version. `db` must be in autocommit mode."""
    done = version_of(db)
    if done > len(steps):
        raise NewerStore(f"version {done}, this gateway knows {len(steps)}")
    for version, (name, script) in enumerate(steps[done:], start=done + 1):
        db.execute("BEGIN IMMEDIATE")
        try:
            for statement in script.split(";"):
                db.execute(statement)
            db.execute(
                "INSERT INTO migration (version, name, applied_s) VALUES (?, ?, ?)",
                (version, name, int(time.time())),
            )
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise
