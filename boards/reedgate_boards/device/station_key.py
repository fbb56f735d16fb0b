"""A station's key on the technician's computer: in secrets.toml, under [station_keys].

Drawn once; whoever provisions the same station again takes the same key, so that the gateway goes
on to believe it. Never printed.
"""

import os
import secrets
import stat
import tomllib
from pathlib import Path

from reedgate_boards.device.ports import ROOM
from reedgate_boards.site.enrolment import KEY_BYTES, write_private
from reedgate_boards.site.source import read_source
from reedgate_boards.site.user_error import UserError

TABLE = "station_keys"


def station_key(file: Path, station: str) -> tuple[bytes, bool]:
    """(the key, whether it was drawn just now). Raises UserError for a file or key that is bad."""
    known = {}
    if file.is_file():
        _check_private(file)
        known = read_source(file).values.get(TABLE, {})
    if isinstance(known, dict) and station in known:
        return _parsed(file, station, known[station]), False
    key = secrets.token_bytes(KEY_BYTES)
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    fuller = _with_key(text, station, key)
    if not _has_key(fuller, station, key):
        raise UserError(
            ROOM,
            "The key of {station} cannot be put into {file}: its table {table} is not lines below "
            "[{table}].",
            hint="Write the table so, and run the command again.",
            station=station,
            file=file,
            table=TABLE,
        )
    write_private(file, fuller)
    return key, True


def _with_key(text: str, station: str, key: bytes) -> str:
    """The file's text with one more line; all that stands in it stays."""
    line = f'{station} = "{key.hex()}"'
    lines = text.splitlines()
    for number, each in enumerate(lines):
        if each.partition("#")[0].strip() == f"[{TABLE}]":
            lines.insert(number + 1, line)
            break
    else:
        lines += [*([""] if lines else []), f"[{TABLE}]", line]
    return "\n".join(lines) + "\n"


def _has_key(text: str, station: str, key: bytes) -> bool:
    try:
        return tomllib.loads(text)[TABLE][station] == key.hex()
    except (tomllib.TOMLDecodeError, KeyError, TypeError):
        return False


def _check_private(file: Path) -> None:
    if os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise UserError(
            ROOM,
            "Others on this computer can read {file}.",
            hint="Type: chmod 600 {file}",
            file=file,
        )


def _parsed(file: Path, station: str, value: object) -> bytes:
    try:
        key = bytes.fromhex(value)
    except (TypeError, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise UserError(
            ROOM,
            "{file}: {table}.{station} is no key: {count} hexadecimal digits are.",
            hint="Take the line out, and a new key is drawn; then enrol the station again.",
            file=file,
            table=TABLE,
            station=station,
            count=2 * KEY_BYTES,
        )
    return key
