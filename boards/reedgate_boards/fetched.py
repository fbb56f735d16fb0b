"""Code of others that pip does not install: fetched pinned and hash-checked, kept per environment.

Such a release is a plain archive without a build file, so it is fetched by pip's sister library
from the indexes that pip itself would ask.
"""

import ast
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reedgate_boards.site.user_error import UserError


@dataclass(frozen=True)
class Release:
    """name: as pip writes a pinned one. modules: path in the archive: its SHA-256.
    command: what a user types to fetch it ahead of time, after the name of the interpreter.
    """

    name: str
    archive_sha256: str
    modules: Mapping[str, str]
    command: str

    @property
    def folder(self) -> str:
        """Its name below share/reedgate of the environment."""
        return self.name.replace("==", "-")

    @property
    def hashes(self) -> dict[str, list[str]]:
        return {"sha256": [self.archive_sha256]}


def fetched_dir(release: Release) -> Path:
    """The folder that holds its modules: one for MICROPYPATH. Fetched when one is missing."""
    place = Path(sys.prefix) / "share" / "reedgate" / release.folder
    if not _intact(place, release):
        _fetch(place, release)
    return place


def _intact(place: Path, release: Release) -> bool:
    return all(
        (place / module).is_file()
        and hashlib.sha256((place / module).read_bytes()).hexdigest() == sha256
        for module, sha256 in release.modules.items()
    )


def _fetch(place: Path, release: Release) -> None:
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as scratch:
            _download(release, Path(scratch))
            for module in release.modules:
                (place / module).parent.mkdir(exist_ok=True)
                os.replace(Path(scratch, module), place / module)
    except Exception as problem:  # whatever the network, the index or the disk did
        reason = type(problem).__name__  # not its text: an index URL may hold a password
    else:
        if _intact(place, release):
            return
        reason = "hash"
    raise UserError(
        "reedgate_boards",
        "{release} could not be fetched into {place} ({reason}).",
        hint="Connect to the network, check `pip config list`, then: {command}",
        release=release.name,
        place=place,
        reason=reason,
        command=f"{sys.executable} {release.command}",
    )


def _download(release: Release, into: Path) -> None:
    from unearth import PackageFinder  # slow to import, and rarely needed

    pip = _pip_settings()
    finder = PackageFinder(
        index_urls=pip.get("index-url", "").split(),
        trusted_hosts=pip.get("trusted-host", "").split(),
    )
    for url in pip.get("extra-index-url", "").split():
        finder.add_index_url(url)
    best = finder.find_best_match(release.name, hashes=release.hashes).best
    if best is None:
        raise LookupError
    finder.download_and_unpack(best.link, into, hashes=release.hashes)


def _pip_settings() -> dict[str, str]:
    """What pip would use for a download: unearth reads neither its files nor its environment."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
    lines = [line.partition("=")[::2] for line in listed if "=" in line]
    settings = {}
    for section in ("global.", "install.", "download.", ":env:."):  # the later one wins
        for key, value in lines:
            if key.startswith(section):
                settings[key.removeprefix(section)] = ast.literal_eval(value)
    return settings
