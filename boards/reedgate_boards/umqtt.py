"""umqtt.simple for the firmware: fetched pinned and hash-checked, kept per environment.

It is a dependency, never part of the tree. Its release is a plain archive that pip does not
install, so it is fetched by pip's sister library from the indexes that pip itself would ask.
`python -m reedgate_boards.umqtt` fetches it ahead of time and prints the folder.
"""

import ast
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from reedgate_boards.site.user_error import UserError

_RELEASE = "micropython-umqtt.simple==1.3.4"
RELEASE_FOLDER = _RELEASE.replace("==", "-")
_ARCHIVE = {"sha256": ["b6a2520239e3992c63a7de9370ee9b3d9d27819a90359c521f1c0f7ccab8d12f"]}
_MODULE_SHA256 = "8555d2f654deb8eb0d724f79b0811a78cc94029d070f3d96bbd74288653d63a5"


def umqtt_dir() -> Path:
    """The folder that holds `umqtt/simple.py`: one for MICROPYPATH. Fetched when it is missing."""
    place = Path(sys.prefix) / "share" / "reedgate" / RELEASE_FOLDER
    if not _intact(place):
        _fetch(place)
    return place


def _intact(place: Path) -> bool:
    module = place / "umqtt" / "simple.py"
    return module.is_file() and hashlib.sha256(module.read_bytes()).hexdigest() == _MODULE_SHA256


def _fetch(place: Path) -> None:
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as scratch:
            _download(Path(scratch))
            (place / "umqtt").mkdir(exist_ok=True)
            os.replace(Path(scratch, "umqtt", "simple.py"), place / "umqtt" / "simple.py")
    except Exception as problem:  # whatever the network, the index or the disk did
        reason = type(problem).__name__  # not its text: an index URL may hold a password
    else:
        if _intact(place):
            return
        reason = "hash"
    raise UserError(
        "reedgate_boards",
        "{release} could not be fetched into {place} ({reason}).",
        hint="Connect to the network, check `pip config list`, then: {command}",
        release=_RELEASE,
        place=place,
        reason=reason,
        command=f"{sys.executable} -m reedgate_boards.umqtt",
    )


def _download(into: Path) -> None:
    from unearth import PackageFinder  # slow to import, and rarely needed

    pip = _pip_settings()
    finder = PackageFinder(
        index_urls=pip.get("index-url", "").split(),
        trusted_hosts=pip.get("trusted-host", "").split(),
    )
    for url in pip.get("extra-index-url", "").split():
        finder.add_index_url(url)
    best = finder.find_best_match(_RELEASE, hashes=_ARCHIVE).best
    if best is None:
        raise LookupError
    finder.download_and_unpack(best.link, into, hashes=_ARCHIVE)


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


if __name__ == "__main__":
    try:
        print(umqtt_dir())
    except UserError as error:
        from reedgate_boards.site.language import chosen_language

        sys.exit("\n".join(error.lines(chosen_language())))
