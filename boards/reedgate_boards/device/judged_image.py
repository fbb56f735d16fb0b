"""An image file judged before it is written: whole, for this chip, for this board."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from reedgate_boards.device.ports import ROOM
from reedgate_boards.image import uf2
from reedgate_boards.image.esp_image import DamagedError, checked_partitions, chip_of
from reedgate_boards.image.files import BLOCK_BYTES, files_of
from reedgate_boards.image.runs import joined
from reedgate_boards.site.board_facts import BoardFile, read_board
from reedgate_boards.site.locator import board_dir, board_names, flashed_board
from reedgate_boards.site.user_error import UserError

_NAME = re.compile(r'MICROPY_HW_BOARD_NAME "(.+)"')


@dataclass(frozen=True)
class JudgedImage:
    board: str
    chip: str
    content: bytes  # the file, as it is written
    firmware: dict[int, bytes]  # runs of an RP2040's flash below its files, by their place
    files: dict[str, bytes]  # what an RP2040's image has in files, by path

    @property
    def sha256(self) -> str:
        """Of the firmware on the flash, run by run: what lies between them is not written."""
        return hashlib.sha256(b"".join(self.firmware.values())).hexdigest()


def judged_image(board: str, path: Path) -> JudgedImage:
    """Raises UserError: no such board or file, cut off, another chip's, another board's."""
    flashed_board(board)
    facts, _ = read_board(board)
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise UserError(
            ROOM,
            "{file} cannot be read: {reason}.",
            hint="Build one by: reedgate board build {board} --out station.uf2",
            file=path,
            reason=problem,
            board=board,
        ) from None
    if facts.chip == "RP2040":
        runs = _runs_of(path, content, facts)
        _check_board(path, board, b"".join(runs.values()))
        files_at = (facts.flash_kib - facts.flash.blocks * facts.flash.block_bytes // 1024) * 1024
        firmware = {at: run[: files_at - at] for at, run in runs.items() if at < files_at}
        files = _files_of(path, _padded(runs, files_at), facts.flash.blocks)
        _check_has_station(path, board, facts, files)
        return JudgedImage(board, facts.chip, content, firmware, files)
    _check_esp(path, board, content, facts)
    _check_board(path, board, content)
    _check_has_station(path, board, facts, _files_on_esp(path, content, facts))
    return JudgedImage(board, facts.chip, content, {}, {})


def _padded(runs: dict[int, bytes], start: int) -> bytes:
    """The flash from start on, its gaps erased; b"" where nothing is written there."""
    flash = bytearray()
    for at, run in runs.items():
        if at + len(run) > start:
            begin = max(at, start)
            flash = flash.ljust(begin - start, b"\xff") + run[begin - at :]
    return bytes(flash)


def _files_of(path: Path, image: bytes, blocks: int) -> dict[str, bytes]:
    try:
        return files_of(image, blocks) if image else {}
    except ValueError:
        raise _cut_off(path) from None


def _check_has_station(path: Path, board: str, facts: BoardFile, files: dict[str, bytes]) -> None:
    """Where MicroPython is the official one, our firmware is among the files."""
    if facts.official is None or "main.py" in files:
        return
    raise UserError(
        ROOM,
        "{file} was not written: the station's files are not in it.",
        hint="Build one by: reedgate board build {board} --base FILE --out FILE",
        file=path,
        board=board,
    )


def _runs_of(path: Path, content: bytes, facts: BoardFile) -> dict[int, bytes]:
    """What the UF2 file writes: runs of neighbouring pages by their place, in its order."""
    count, rest = divmod(len(content), uf2.BLOCK_BYTES)
    size = facts.flash_kib * 1024
    pages: dict[int, bytes] = {}
    for number, block in enumerate(uf2.blocks_of(content[: count * uf2.BLOCK_BYTES])):
        if not block.starts or not block.ends:
            raise _not_uf2(path)
        if block.family != uf2.RP2040:
            raise UserError(
                ROOM,
                "{file} was not written: it is for another chip (UF2 family {family}), and this "
                "board has an RP2040.",
                hint="Give the image of this very board.",
                file=path,
                family=f"0x{block.family or 0:08x}",
            )
        if block.number != number or block.total != count or block.size != uf2.PAGE_BYTES:
            raise _cut_off(path)
        at = block.address - uf2.FLASH_BASE
        if not 0 <= at <= size - uf2.PAGE_BYTES:
            raise _too_large(path, facts)
        pages[at] = block.content
    if not pages:
        raise _not_uf2(path)
    if rest:
        raise _cut_off(path)
    return joined(sorted(pages.items()))


def _not_uf2(path: Path) -> UserError:
    return UserError(
        ROOM,
        "{file} was not written: it is no UF2 file.",
        hint="An RP2040 takes a file that ends in .uf2.",
        file=path,
    )


def _cut_off(path: Path) -> UserError:
    return UserError(
        ROOM,
        "{file} was not written: it is not whole.",
        hint="Build or copy it again.",
        file=path,
    )


def _too_large(path: Path, facts: BoardFile) -> UserError:
    return UserError(
        ROOM,
        "{file} was not written: it is larger than the {size} KiB of this board's flash.",
        hint="Give the image of this very board.",
        file=path,
        size=facts.flash_kib,
    )


def _check_board(path: Path, board: str, content: bytes) -> None:
    """By the name that MicroPython says of the board, which stands in its code."""
    found = [name for name in board_names() if (says := _says(name)) and says in content]
    if board in found:
        return
    raise UserError(
        ROOM,
        "{file} was not written: it is an image for {found}, not for {board}.",
        hint="Give the image of this very board.",
        file=path,
        found=", ".join(found) or "?",
        board=board,
    )


def _says(board: str) -> bytes:
    facts, _ = read_board(board)
    if facts.official is not None:
        return facts.official.machine.encode() + b"\0"
    header = board_dir(board) / "mpconfigboard.h"
    if not header.is_file():
        return b""  # the simulated one
    return _NAME.search(header.read_text(encoding="utf-8"))[1].encode() + b" with "


def _check_esp(path: Path, board: str, content: bytes, facts: BoardFile) -> None:
    found = chip_of(content[facts.official.flashed_at :])
    if not found:
        raise UserError(
            ROOM,
            "{file} was not written: it is no flash image of an {chip}.",
            hint="Build one by: reedgate board build {board} --base FILE --out FILE",
            file=path,
            board=board,
            chip=facts.chip,
        )
    if found != facts.chip:
        raise UserError(
            ROOM,
            "{file} was not written: it is for another chip ({found}), and this board has an "
            "{chip}.",
            hint="Give the image of this very board.",
            file=path,
            found=found,
            chip=facts.chip,
        )
    if len(content) > facts.flash_kib * 1024:
        raise _too_large(path, facts)


def _files_on_esp(path: Path, content: bytes, facts: BoardFile) -> dict[str, bytes]:
    """None of an official image without ours, which ends before them."""
    at = facts.official.flashed_at
    try:
        partitions = checked_partitions(content[at:], at)
    except DamagedError as damaged:
        raise UserError(
            ROOM,
            "{file} was not written: {part} in it is not what its own checksum says.",
            hint="Build or copy it again.",
            file=path,
            part=damaged,
        ) from None
    start, size = partitions.get("vfs", (len(content), 0))
    if len(content) <= start:
        return {}
    if len(content) < start + size:
        raise _cut_off(path)
    return _files_of(path, content[start : start + size], size // BLOCK_BYTES)
