"""The stations' keys: 32 bytes each, in files that only the gateway's user can read."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from reedgate_boards.site.user_error import UserError
from reedgate_gateway.batch import Key
from reedgate_gateway.data_dir import ROOM

SIZE = 32


def store_key(folder: Path, station: str, key: bytes) -> None:
    """Whole or not at all; only the user of this process may read it."""
    path = folder / f"{station}.key"
    part = folder / f"{station}.key.part"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(key)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as exc:
        raise UserError(
            ROOM,
            "The key {path} cannot be written: {reason}.",
            hint="Run this as the user that runs the gateway.",
            path=path,
            reason=exc,
        ) from exc


def load_keys(folder: Path, stations: Iterable[str]) -> dict[str, Key]:
    """The keys that are there; a station without one is not among them.

    Raises UserError for a key that others could have read, or that is none.
    """
    keys = {}
    for station in stations:
        path = folder / f"{station}.key"
        try:
            with path.open("rb") as file:
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                content = file.read(SIZE + 1)
        except FileNotFoundError:
            continue
        except OSError as exc:
            raise UserError(
                ROOM,
                "The key {path} cannot be read: {reason}.",
                hint="It must belong to the user that runs the gateway.",
                path=path,
                reason=exc,
            ) from exc
        if mode & 0o077:
            raise UserError(
                ROOM,
                "Others on this machine can read the key {path}.",
                hint="Type: chmod 600 {path}  Draw a new key if somebody may have read it.",
                path=path,
            )
        if len(content) != SIZE:
            raise UserError(
                ROOM,
                "The key {path} is not {size} bytes long.",
                hint="Copy the station's own key there again.",
                path=path,
                size=SIZE,
            )
        keys[station] = Key(content)
    return keys
