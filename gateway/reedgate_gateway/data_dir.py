"""The gateway's data directory: made when missing, used by one gateway at a time."""

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from reedgate_boards.site.user_error import UserError

ROOM = "reedgate_gateway"
KEYS = "keys"  # folder of the stations' keys
_STORE = "gateway.sqlite3"


@contextlib.contextmanager
def store_to_read(data: Path) -> Iterator[sqlite3.Connection]:
    """The store in this directory; a gateway may write to it meanwhile. Raises UserError."""
    path = data / _STORE
    try:
        address = f"{path.resolve().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as db:
            yield db
    except sqlite3.Error as exc:
        raise UserError(
            ROOM,
            "The store {path} cannot be read: {reason}.",
            hint="Give the directory of a gateway that has run with --data.",
            path=path,
            reason=exc,
        ) from exc


class DataDir:
    """Holds the directory from construction to `close`. Who holds it says so in its lock file."""

    def __init__(self, path: Path):
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(path / "gateway.lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as exc:
            raise UserError(
                ROOM,
                "The data directory {path} cannot be used: {reason}.",
                hint="Give another one with --data.",
                path=path,
                reason=exc,
            ) from exc
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            holder = os.read(self._lock, 200).decode("utf-8", "replace").strip()
            os.close(self._lock)
            raise UserError(
                ROOM,
                "Another gateway uses the data directory {path}: {holder}.",
                hint="Stop that one, or give another directory with --data.",
                path=path,
                holder=holder or "?",
            ) from exc
        os.ftruncate(self._lock, 0)

    @property
    def store(self) -> Path:
        return self.path / _STORE

    @property
    def keys(self) -> Path:
        return self.path / KEYS

    def say(self, text: str) -> None:
        """What the next one is told who finds the directory in use."""
        os.pwrite(self._lock, text.encode()[:200], 0)

    def close(self) -> None:
        os.ftruncate(self._lock, 0)
        os.close(self._lock)  # the lock goes with it
