"""Makes a flashed board one station of a site: its configuration, its key, and the proof that it
started with them.

Each file is the old one or the new one, whatever is interrupted. The last configuration that had
proved itself stays where the firmware keeps it.
"""

import binascii
import re
import struct
import time
from dataclasses import dataclass
from pathlib import Path

from reedgate_boards.device.link import Link, restart, wait_for_restart
from reedgate_boards.device.ports import ROOM
from reedgate_boards.progress import Progress
from reedgate_boards.site.user_error import UserError
from reedgate_contract import records

CONFIG = "config.bin"
KEYS = ("key.bin", "key2.bin")  # the same twice: the firmware takes the first that is whole

_WHO = "import board\nfrom station.version import VERSION\nprint(board.NAME, VERSION)"
_EVENTS = (
    "import os\nprint(max([n for n in os.listdir() if n[0] == 'e' and n[1:8].isdigit()] or ['']))"
)
# From its port to its first records on flash, and how much of that is work.
_WAIT_S, _START_S = 3.0, 0.3
_TRIES = 3  # each waits twice as long


@dataclass(frozen=True)
class Boot:
    """The newest start in the station's record."""

    epoch: int
    number: int
    config: str


def provision(
    port: str, board: str, config: bytes, key: bytes, told: Progress
) -> tuple[str, Boot, bytes | None]:
    """(version of the firmware, its start with this configuration, the configuration that was
    there). Raises UserError.
    """
    with Link(port) as link:
        link.hold()
        version = _version(link, port, board)
        before = newest_boot(link)
        there = link.read(CONFIG)
        sealed = key + struct.pack("<I", binascii.crc32(key))
        for name, content in (*((name, sealed) for name in KEYS), (CONFIG, config)):
            if link.read(name) != content:
                link.write(name, content, lambda done, n=name, c=content: told(n, done, len(c)))
        wait_s = _WAIT_S + _START_S * link.slowness()
        restart(link)
    boot = _proof(port, before, wait_s, told)
    wanted = f"{binascii.crc32(config):08x}"
    if boot is None or boot.config != wanted:
        raise UserError(
            ROOM,
            "The station did not start with the new configuration {wanted}; it says {found}.",
            hint="See what it says by: reedgate board monitor",
            wanted=wanted,
            found=boot.config if boot else "-",
        )
    return version, boot, there


def _version(link: Link, port: str, board: str) -> str:
    try:
        found, version = link.run(_WHO).split()
    except UserError as problem:
        if "refused" not in problem.message:
            raise
        raise UserError(
            ROOM,
            "There is no Reedgate on the board on {port}.",
            hint="Flash it first: reedgate board flash {board} IMAGE",
            port=port,
            board=board,
        ) from None
    if found != board:
        raise UserError(
            ROOM,
            "The site file says that the station is on {board}, and on {port} is {found}.",
            hint="Plug in the right board, name another station by --station, or correct the "
            "site file.",
            board=board,
            found=found,
            port=port,
        )
    return version


def newest_boot(link: Link) -> Boot | None:
    """From the last segment of its events; None: it has never recorded one."""
    name = link.run(_EVENTS).strip()
    content = link.read(name) if name else b""
    size = records.RECORD_SIZE
    if not content or len(content) < 2 * size or not re.match(rb"RJ", content):
        return None
    head = struct.unpack(records.SEGMENT, content[:size])
    for at in range(size, len(content) - size + 1, size):
        fields = struct.unpack(records.RECORD, content[at : at + size])
        if fields[0] == records.KIND_BOOT and binascii.crc32(content[at : at + 28]) == fields[7]:
            return Boot(head[4], head[5], f"{struct.unpack(records.BOOT, fields[6])[3]:08x}")
    return None


def _proof(port: str, before: Boot | None, wait_s: float, told: Progress) -> Boot | None:
    """The station is let run for a while, then asked; at the end it runs again. None: it has
    recorded no start since."""
    started = None
    for number in range(_TRIES):
        told("start", number, _TRIES)
        wait_for_restart(port)
        time.sleep(wait_s * 2**number)
        with Link(port) as link:
            link.hold()
            boot = newest_boot(link)
            restart(link)
        if boot is not None and boot != before:
            started = boot
            break
    wait_for_restart(port)
    return started


def enrolment_path(folder: Path, site: str, station: str) -> Path:
    return folder / f"{site}-{station}.enrol.toml"
