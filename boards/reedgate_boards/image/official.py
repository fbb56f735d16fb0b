"""An official MicroPython image with our files on it: for boards that we do not build ourselves.

The image is given by path and judged by what it says of itself: board, version, where its files
go. What comes out is one file that is flashed as a whole.
"""

import hashlib
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from reedgate_boards.image.esp_image import DamagedError, checked_partitions, chip_of
from reedgate_boards.image.files import BLOCK_BYTES, littlefs_image, written_runs
from reedgate_boards.image.uf2 import FLASH_BASE, from_uf2, to_uf2
from reedgate_boards.site.board_facts import BoardFile, read_board
from reedgate_boards.site.user_error import UserError

ROOM = "reedgate_boards"
FLOOR = (1, 25)

_VERSION = re.compile(rb"MicroPython v(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True)
class Base:
    sha256: str
    pinned: bool
    version: tuple[int, int, int]
    content: bytes  # as a chip's flash has it, from its first byte


def read_base(board: str, path: Path, name: str = "") -> Base:
    """name: what the file is called where it comes from, unless as the path's last part.

    A hash is compared where the board's facts pin one for this name; else it is told, and the
    sums are compared that an ESP32's image has in itself: they show damage, not who made it.
    Raises UserError: not there, another file than pinned, damaged, another board's, too old.
    """
    facts, _ = read_board(board)
    try:
        raw = path.read_bytes()
    except OSError as problem:
        raise UserError(
            ROOM,
            "{file} cannot be read: {reason}.",
            hint="Give the official MicroPython image of the board by --base.",
            file=path,
            reason=problem,
        ) from None
    sha256 = hashlib.sha256(raw).hexdigest()
    wanted = _pinned(facts, name or path.name)
    if wanted and wanted != sha256:
        raise UserError(
            ROOM,
            "{file} is not the official file of this name: its SHA-256 is {sha256}.",
            hint="Download it again.",
            file=path,
            sha256=sha256,
        )
    rp2040 = facts.chip == "RP2040"
    content = _joined(from_uf2(raw, path)) if rp2040 else raw
    if not rp2040:
        if chip_of(content) != facts.chip:
            raise _not_its(board, facts, path)
        _partitions(path, content, facts)
    return Base(sha256, bool(wanted), _version_of(board, facts, path, content), content)


def _pinned(facts: BoardFile, name: str) -> str:
    official = facts.official
    return official.sha256 if name == official.url.rpartition("/")[2] else ""


def _joined(parts: dict[int, bytes]) -> bytes:
    return b"".join(content for _, content in sorted(parts.items()))


def _version_of(board: str, facts: BoardFile, path: Path, content: bytes) -> tuple[int, int, int]:
    if facts.official.machine.encode() + b"\0" not in content:
        raise _not_its(board, facts, path)
    found = _VERSION.search(content)
    version = tuple(int(part) for part in found.groups()) if found else (0, 0, 0)
    if version[:2] < FLOOR:
        raise UserError(
            ROOM,
            "{file} is MicroPython {version}, older than {floor}.",
            hint="Give a newer official image.",
            file=path,
            version=".".join(map(str, version)),
            floor=".".join(map(str, FLOOR)),
        )
    return version


def _not_its(board: str, facts: BoardFile, path: Path) -> UserError:
    return UserError(
        ROOM,
        '{file} is no MicroPython for {board}: it does not say "{machine}".',
        hint="Give the official image of this very board.",
        file=path,
        board=board,
        machine=facts.official.machine,
    )


def with_files(board: str, base: Path, files: dict[str, bytes]) -> bytes:
    """One file to flash: UF2 for an RP2040, from flash address 0 on for an ESP32."""
    facts, _ = read_board(board)
    if facts.chip == "RP2040":
        image = littlefs_image(files, facts.flash.blocks)
        at = FLASH_BASE + facts.flash_kib * 1024 - facts.flash.blocks * BLOCK_BYTES
        parts = {at + offset: run for offset, run in written_runs(image).items()}
        return to_uf2({**from_uf2(base.read_bytes(), base), **parts})
    start, blocks = _file_partition(base, facts)
    return _merged(facts, base, start, littlefs_image(files, blocks))


def _file_partition(base: Path, facts: BoardFile) -> tuple[int, int]:
    """Where an ESP32 keeps its files, and how many blocks there are."""
    labels = _partitions(base, base.read_bytes(), facts)
    if "vfs" not in labels:
        raise UserError(
            ROOM,
            "{file} has no partition `vfs` for littlefs; it has: {labels}.",
            hint="Give an image that keeps its files on littlefs: FAT loses data at a power cut.",
            file=base,
            labels=", ".join(labels) or "-",
        )
    start, size = labels["vfs"]
    blocks = size // BLOCK_BYTES
    if blocks < facts.flash.blocks:
        raise UserError(
            ROOM,
            "{file} has {blocks} blocks for files, the board's journal counts on {wanted}.",
            hint="Give the image of this very board and flash size.",
            file=base,
            blocks=blocks,
            wanted=facts.flash.blocks,
        )
    return start, blocks


def _partitions(base: Path, content: bytes, facts: BoardFile) -> dict[str, tuple[int, int]]:
    try:
        return checked_partitions(content, facts.official.flashed_at)
    except DamagedError as damaged:
        raise UserError(
            ROOM,
            "{file} is damaged: {part} is not what its own checksum says.",
            hint="Download it again.",
            file=base,
            part=damaged,
        ) from None


def _merged(facts: BoardFile, base: Path, start: int, image: bytes) -> bytes:
    chip = facts.chip.lower().replace("-", "")
    with tempfile.TemporaryDirectory(prefix="reedgate-merge-") as scratch:
        files, out = Path(scratch) / "files.bin", Path(scratch) / "merged.bin"
        files.write_bytes(image)
        command = [sys.executable, "-m", "esptool", "--chip", chip, "merge-bin", "-o", str(out)]
        command += [hex(facts.official.flashed_at), str(base), hex(start), str(files)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise UserError(
                ROOM,
                "esptool could not merge {file}: {reason}",
                hint="If it is not installed: pip install esptool",
                file=base,
                reason=(done.stdout + done.stderr).strip()[-300:],
            )
        return out.read_bytes()
