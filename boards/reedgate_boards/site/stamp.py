"""Which firmware this is: a hash of its files, put into the text of station/version.py.

Whatever makes the firmware into something that a board runs does so; in the files it is 0. So the
record of a decision names the very files that decided.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from reedgate_boards.site.locator import firmware_dir

STAMPED = "station/version.py"
_PLACE = "SOURCES = 0\n"


def firmware_hash(files: Mapping[str, Path] | None = None) -> int:
    """32 bits, of the firmware's Python files, or of those that stand in their places: by name on
    the board. What a board has beside them is none of the firmware.
    """
    own = {path.relative_to(firmware_dir()).as_posix(): path for path in _own_files()}
    own |= {name: path for name, path in (files or {}).items() if name in own}
    digest = hashlib.sha256()
    for name, path in sorted(own.items()):
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return int.from_bytes(digest.digest()[:4], "big")


def stamped(version: Path, number: int) -> str:
    """The text of station/version.py with the hash in it."""
    before, place, after = version.read_text(encoding="utf-8").partition(_PLACE)
    if not place:
        raise ValueError(f"{version} has no place for a hash")
    return f"{before}SOURCES = 0x{number:08X}\n{after}"


def _own_files() -> list[Path]:
    return list(firmware_dir().rglob("*.py"))
