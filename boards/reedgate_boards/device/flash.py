"""Writes an image to a board and reads it back: what runs there is what was in the file.

An RP2040 shows a drive while its boot loader runs; a station is asked into it over its console.
Whatever is interrupted, the command is simply run again.
"""

import hashlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from reedgate_boards.device.judged_image import JudgedImage
from reedgate_boards.device.link import Link, restart, wait_for_port, wait_for_restart
from reedgate_boards.device.ports import (
    INFO,
    ROOM,
    RP2040,
    Drive,
    boot_drives,
    is_there,
    read_drive,
    serial_ports,
    the_port,
)
from reedgate_boards.progress import Progress
from reedgate_boards.site.user_error import UserError

_FILE = "reedgate.uf2"
_LUMP = 16 * 1024
_HASHED = 16 * 1024  # in one question: short against the board's watchdog
_DRIVE_S = 30.0
_START_S = 60.0
_BOARD_ID = "RPI-RP2"

_WHO = """try:
    import board
    print(board.NAME)
except (ImportError, AttributeError):
    pass
"""
_AGAIN = (
    "Plug it in with BOOTSEL held, and run the command again; if it fails again, "
    "the flash is worn out."
)
_HASH = "_h.update(uctypes.bytearray_at({at}, {size}))"
_XIP = 0x1000_0000


@dataclass(frozen=True)
class Place:
    """Where to look for the board; None: wherever it is the only one."""

    port: str | None = None
    drive: Path | None = None


def flash_rp2040(image: JudgedImage, place: Place, told: Progress) -> str:
    """Gives the board's port. Raises UserError at whatever keeps it from being as the file is."""
    drive, port = _boot_loader(place, image.board)
    before = {it.path for it in serial_ports()}
    _copy(image.content, drive, told)
    port = _started(port, before)
    verify(image, port, told)
    return port


def _boot_loader(place: Place, board: str) -> tuple[Drive, str | None]:
    """The drive of the board, and its port where that is known."""
    drives = [_the_drive(place.drive)] if place.drive else boot_drives()
    drives = [it for it in drives if it is not None]
    if len(drives) > 1:
        raise UserError(
            ROOM,
            "Which board? There are: {drives}.",
            hint="Name one by --drive.",
            drives=", ".join(str(it.path) for it in drives),
        )
    if not drives:
        port = the_port(place.port, RP2040)
        drives = [_asked_into_it(port, place, board)]
        return drives[0], port
    if drives[0].board_id != _BOARD_ID:
        raise UserError(
            ROOM,
            "The board at {drive} is no RP2040: its boot loader says {board_id}.",
            hint="Plug in the board that the image is for.",
            drive=drives[0].path,
            board_id=drives[0].board_id or "?",
        )
    return drives[0], place.port


def _the_drive(path: Path) -> Drive | None:
    """None when it is not there: the board may still have to be asked into its loader."""
    drive = read_drive(path)
    if drive is None and path.is_dir():
        raise UserError(
            ROOM,
            "{drive} is not the drive of a boot loader: {info} is missing.",
            hint="Hold BOOTSEL while you plug the board in; then its drive appears.",
            drive=path,
            info=INFO,
        )
    return drive


def _asked_into_it(port: str, place: Place, board: str) -> Drive:
    with Link(port) as link:
        link.hold()
        _check_is(link, port, board)
        link.leave_by("machine.bootloader()")
    give_up = time.monotonic() + _DRIVE_S
    while time.monotonic() < give_up:
        found = [read_drive(place.drive)] if place.drive else boot_drives()
        if found and found[0] is not None:
            return found[0]
        time.sleep(0.2)
    raise UserError(
        ROOM,
        "The board went into its boot loader, and its drive did not appear.",
        hint="If your computer shows it, name it by --drive; else open it in the file manager.",
    )


def _check_is(link: Link, port: str, board: str) -> None:
    """A station of another board starts again as it is. What runs no Reedgate cannot say."""
    found = link.run(_WHO).strip()
    if found in ("", board):
        return
    restart(link)
    raise UserError(
        ROOM,
        "Nothing was written: on {port} runs {found}, and the image is for {board}.",
        hint="Plug in the right board. If this one was flashed wrongly, hold BOOTSEL while you "
        "plug it in, and run the command again.",
        port=port,
        found=found,
        board=board,
    )


def _copy(content: bytes, drive: Drive, told: Progress) -> None:
    done = 0
    try:
        with (drive.path / _FILE).open("wb", buffering=0) as stream:
            while done < len(content):
                if not (drive.path / INFO).is_file():
                    break
                done += stream.write(content[done : done + _LUMP])
                os.fsync(stream.fileno())
                told(_FILE, done, len(content))
    except OSError:
        pass  # the drive goes with the last block, before it is closed: the hash will tell
    if done < len(content):
        raise UserError(
            ROOM,
            "The board went away after {done} of {size} KiB: what is on it is not whole.",
            hint="Plug it in again with BOOTSEL held, and run the command again.",
            done=done // 1024,
            size=len(content) // 1024,
        )


def _started(port: str | None, before: set[str]) -> str:
    def find() -> str | None:
        if port:
            return port if is_there(port) else None
        new = [it for it in serial_ports() if it.chip == RP2040 and it.path not in before]
        return new[0].path if len(new) == 1 else None

    found = wait_for_port(find, _START_S)
    if found is None:
        raise UserError(
            ROOM,
            "The image was copied, and the board did not start within {seconds} s.",
            hint="Plug it in again with BOOTSEL held, and run the command again. "
            "If its port is there, name it by --port.",
            seconds=int(_START_S),
        )
    return found


def verify(image: JudgedImage, port: str, told: Progress) -> None:
    """Compares the flash, read by the board itself, with the file; then the station starts.

    What the image has in files is compared file by file: the board has started in between, and
    keeps others beside them.
    """
    with Link(port) as link:
        link.hold()
        sha256 = _flash_sha256(link, image.firmware, told)
        same = sha256 == image.sha256
        wrong = _first_other(link, image.files, told) if same else ""
        restart(link)
    if not same:
        raise UserError(
            ROOM,
            "The flash of the board on {port} differs from the image: SHA-256 {found}, not "
            "{wanted}.",
            hint=_AGAIN,
            port=port,
            found=sha256,
            wanted=image.sha256,
        )
    if wrong:
        raise UserError(
            ROOM,
            "The file {name} on the board on {port} is missing, or is not that of the image.",
            hint=_AGAIN,
            name=wrong,
            port=port,
        )
    wait_for_restart(port)


def _flash_sha256(link: Link, runs: dict[int, bytes], told: Progress) -> str:
    """Of what the image has written, and of nothing that another one may have left beside it."""
    link.run("import binascii, hashlib, uctypes\n_h = hashlib.sha256()")
    size, done = sum(map(len, runs.values())), 0
    for start, run in runs.items():
        for at in range(0, len(run), _HASHED):
            lump = min(_HASHED, len(run) - at)
            link.run(_HASH.format(at=_XIP + start + at, size=lump))
            done += lump
            told("SHA-256", done, size)
    return link.run("print(binascii.hexlify(_h.digest()).decode())").strip()


def _first_other(link: Link, files: dict[str, bytes], told: Progress) -> str:
    """The name of the first file that is not as it was written; "" when all are."""
    for number, (name, content) in enumerate(sorted(files.items()), 1):
        if link.sha256(name) != hashlib.sha256(content).hexdigest():
            return name
        told("SHA-256", number, len(files))
    return ""


def flash_esp(path: Path, chip: str, port: str) -> None:
    """By esptool, which shows how far it is and compares MD5 sums after writing."""
    name = chip.lower().replace("-", "")
    command = [sys.executable, "-m", "esptool", "--chip", name, "--port", port]
    done = subprocess.run([*command, "write-flash", "0x0", str(path)])
    if done.returncode:
        raise UserError(
            ROOM,
            "esptool did not write {file} to {port}; it says why above.",
            hint="Hold the button BOOT while you plug the board in, and run the command again.",
            file=path,
            port=port,
        )
