"""The sources of our image: Debian's, pinned by SHA-256, fetched from the mirror of this machine.

Their hashes are checked here, against this file, whoever sent them; no other signature is trusted
and none is needed.
"""

import hashlib
import os
import re
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reedgate_boards.site.user_error import UserError

ROOM = "reedgate_boards"
MICROPYTHON = (1, 25, 0)

_APT = Path("/etc/apt")
_MIRROR = re.compile(r"(?:https?|mirror\+https?)://\S*/debian/?(?=\s|$)")
_TIMEOUT_S = 60
_LUMP = 1 << 16


@dataclass(frozen=True)
class Archive:
    path: str  # below the mirror
    sha256: str
    size: int

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


# Debian 13 (stable): its versions stay on the mirrors for years.
ARCHIVES = {
    "micropython": Archive(
        "pool/main/m/micropython/micropython_1.25.0+ds.orig.tar.xz",
        "7b25be99a502f070b2de81dafc08da7051d992325d6e67daa9045a918fffdbea",
        5983992,
    ),
    "pico-sdk": Archive(
        "pool/main/p/pico-sdk/pico-sdk-source_2.1.1-1_all.deb",
        "507a3ca37636641bc90239d7c04dc9dc28c5008087a8162102ea94d2273153d3",
        2383548,
    ),
    "tinyusb": Archive(
        "pool/main/t/tinyusb/tinyusb-source_0.18.0+dfsg-1_all.deb",
        "01ce2c645df68f14a8a7dcfc8fb355713152543757955820479a87949a61154e",
        1320704,
    ),
    "mbedtls": Archive(
        "pool/main/m/mbedtls/mbedtls_3.6.6.orig.tar.bz2",
        "8fb65fae8dcae5840f793c0a334860a411f884cc537ea290ce1c52bb64ca007a",
        5508045,
    ),
}


def fetched(folder: Path, progress: Callable[[str, int, int], None]) -> dict[str, Path]:
    """Every archive, whole and verified, in the folder. progress(name, bytes so far, bytes)."""
    folder.mkdir(parents=True, exist_ok=True)
    places = {}
    for key, archive in ARCHIVES.items():
        place = places[key] = folder / archive.name
        if not (place.is_file() and _sha256(place.read_bytes()) == archive.sha256):
            _fetch(archive, place, progress)
    return places


def _fetch(archive: Archive, place: Path, progress: Callable[[str, int, int], None]) -> None:
    url = mirror().rstrip("/") + "/" + urllib.parse.quote(archive.path)
    try:
        content = read_url(
            url,
            archive.size + 1,  # more is not what is pinned, whatever it is
            lambda done: progress(archive.name, min(done, archive.size), archive.size),
        )
    except (OSError, ValueError) as problem:
        raise UserError(
            ROOM,
            "{name} could not be fetched ({reason}).",
            hint="Check the network, name another mirror by DEBIAN_MIRROR, or put the file into "
            "{folder}.",
            name=archive.name,
            reason=type(problem).__name__,  # not its text: a mirror's address may hold a password
            folder=place.parent,
        ) from None
    if _sha256(content) != archive.sha256:
        raise UserError(
            ROOM,
            "{name} is not the file that is pinned: its SHA-256 differs. It was thrown away.",
            hint="Name another mirror by DEBIAN_MIRROR.",
            name=archive.name,
        )
    put(place, content)


def read_url(url: str, most: int, done: Callable[[int], None]) -> bytes:
    """What is there, that many bytes at most; done: how many so far.

    Raises OSError, ValueError; also when the line breaks off, which urllib does not say.
    """
    content = bytearray()
    with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:
        stated = answer.headers.get("Content-Length", "")
        while lump := answer.read(min(_LUMP, most - len(content))):
            content += lump
            done(len(content))
    if stated.isdigit() and len(content) < min(int(stated), most):
        raise OSError(f"{len(content)} of {stated} bytes came")
    return bytes(content)


def put(place: Path, content: bytes) -> None:
    """Whole or not at all."""
    part = place.with_name(f"{place.name}.{os.getpid()}.part")
    part.write_bytes(content)
    part.replace(place)


def mirror(apt: Path = _APT) -> str:
    """DEBIAN_MIRROR, else the one that this machine's apt uses."""
    named = os.environ.get("DEBIAN_MIRROR")
    if named:
        return named
    lists = [*sorted(apt.glob("sources.list.d/*.sources")), apt / "sources.list"]
    lists += sorted(apt.glob("sources.list.d/*.list"))
    for file in lists:
        if not file.is_file():
            continue
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            found = None if line.lstrip().startswith("#") else _MIRROR.search(line)
            if found:
                return found[0].removeprefix("mirror+")
    raise UserError(
        ROOM,
        "No Debian mirror is known on this machine.",
        hint="Name one: DEBIAN_MIRROR=https://... (the address that ends in /debian).",
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
