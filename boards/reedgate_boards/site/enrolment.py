"""The enrolment file: what a gateway has to know of a station that was provisioned. Holds its key.

A technician's computer writes it, the gateway takes it; both by this file.
"""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from reedgate_boards.site.user_error import UserError

KEY_BYTES = 32
ROOM = "reedgate_boards.site"
_VERSION = 1


@dataclass(frozen=True)
class Enrolment:
    site: str
    station: str
    board: str
    config: str  # hash of its configuration, as its birth says it
    key: bytes

    def __repr__(self) -> str:
        return f"Enrolment({self.site}/{self.station})"  # never its key

    def text(self) -> str:
        return (
            "# Reedgate: the key of one station. Give it to the gateway, then delete it:\n"
            "#   reedgate gateway enrol THIS_FILE --site SITE.toml --data DIR\n"
            f"enrolment = {_VERSION}\n"
            f'site = "{self.site}"\n'
            f'station = "{self.station}"\n'
            f'board = "{self.board}"\n'
            f'config = "{self.config}"\n'
            f'key = "{self.key.hex()}"\n'
        )


def read_enrolment(path: Path) -> Enrolment:
    """Raises UserError: not there, or no whole enrolment file."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise UserError(
            ROOM,
            "{file} cannot be read: {reason}.",
            hint="Give the file that `reedgate board provision` wrote.",
            file=path,
            reason=problem,
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise _no_enrolment(path) from None
    if values.get("enrolment") != _VERSION:
        raise _no_enrolment(path)
    try:
        texts = [values[name] for name in ("site", "station", "board", "config")]
        key = bytes.fromhex(values["key"])
    except (KeyError, TypeError, ValueError):
        raise _no_enrolment(path) from None
    if len(key) != KEY_BYTES or not all(isinstance(text, str) for text in texts):
        raise _no_enrolment(path)
    return Enrolment(*texts, key)


def _no_enrolment(path: Path) -> UserError:
    return UserError(
        ROOM,
        "{file} is no enrolment file, or not whole.",
        hint="Give the file that `reedgate board provision` wrote.",
        file=path,
    )


def write_private(path: Path, text: str) -> None:
    """Whole or not at all, and only its owner may read it."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)
