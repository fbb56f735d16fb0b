"""An emulated board on the desk: a drive to flash it, a port to talk to it, in real time.

Its flash is kept in a file, so that a board that was unplugged is the same one again. The chip is
never faster than the clock on the wall: whoever talks to it meets its watchdog as on a real one.
It may be slower, where it works hard.
"""

import fcntl
import os
import select
import time
from pathlib import Path

from rp2040py.memory_map import FLASH_START_ADDRESS

from reedgate_sim.rp2040.boot_drive import BootDrive
from reedgate_sim.rp2040.chip import Chip
from reedgate_sim.rp2040.serial_port import SerialPort

FLASH_BYTES = 2 * 1024 * 1024
PORT = "console"

_SLICE_US = 5000
_LOOK_S = 0.02  # at the drive
_KEEP_S = 0.25  # between two looks at whether the flash has changed
_MOST_UNREAD = 64 * 1024  # of the console; what is older is lost, as on a real port


class DeskBoard:
    """In `folder`: flash.bin, and by turns the drive RPI-RP2 and the port `console`.

    A flash with nothing on it, or the button BOOTSEL held, starts the loader. on_start(chip) may
    put something on the chip's pins. Raises BlockingIOError: another process has this board.
    """

    def __init__(self, folder: Path, *, bootsel: bool = False, on_start=lambda chip: None):
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(folder / "board.lock", os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._folder = folder
        self._on_start = on_start
        self._file = folder / "flash.bin"
        kept = self._file.read_bytes() if self._file.is_file() else b""
        self._flash = bytearray(kept.ljust(FLASH_BYTES, b"\xff"))
        self._kept = bytes(self._flash)
        self._keep_at = 0.0
        self.port: SerialPort | None = None
        self.drive: BootDrive | None = None
        self._chip: Chip | None = None
        if bootsel or self._flash.count(0xFF) == FLASH_BYTES:
            self._load()
        else:
            self._start()

    def step(self) -> None:
        """A little of its life; waits where nothing is to be done yet."""
        if self.drive is not None:
            time.sleep(_LOOK_S)
            if self.drive.take():
                self.drive.remove()
                self.drive = None
                self._start()
        else:
            self._run()
        if time.monotonic() >= self._keep_at:
            self._keep()

    def unplug(self) -> None:
        self._keep()
        self._drop_port()
        if self.drive is not None:
            self.drive.remove()
        os.close(self._lock)  # the lock goes with it

    def _load(self) -> None:
        self._chip = None
        self._drop_port()
        self.drive = BootDrive(self._folder, self._flash)

    def _start(self) -> None:
        self._keep()
        self._chip = Chip({FLASH_START_ADDRESS: bytes(self._flash)})
        self._on_start(self._chip)
        self._resets = 0
        self._unread = b""
        self._ahead_since = (time.monotonic(), 0)

    def _run(self) -> None:
        chip = self._chip
        chip.run_us(_SLICE_US)
        if chip.in_boot_loader:
            self._flash[:] = chip.flash(0, FLASH_BYTES)
            self._load()
            return
        if chip.resets != self._resets:
            self._resets = chip.resets
            self._drop_port()
        if self.port is None and chip.console.connected:
            self.port = SerialPort(self._folder / PORT)
        if self.port is not None:
            self._talk()
        self._wait_for_the_wall()

    def _talk(self) -> None:
        typed = self.port.typed()
        if typed:
            self._chip.console.type(typed)
        printed = self._chip.console.printed
        self._unread = self.port.show(self._unread + bytes(printed))[-_MOST_UNREAD:]
        printed.clear()

    def _wait_for_the_wall(self) -> None:
        wall_s, chip_us = self._ahead_since
        lead_s = (self._chip.now_us - chip_us) / 1e6 - (time.monotonic() - wall_s)
        if lead_s <= 0:  # never makes up for it
            self._ahead_since = (time.monotonic(), self._chip.now_us)
        else:
            ports = [self.port.descriptor] if self.port is not None else []
            select.select(ports, [], [], lead_s)

    def _drop_port(self) -> None:
        if self.port is not None:
            self.port.close()
            self.port = None

    def _keep(self) -> None:
        self._keep_at = time.monotonic() + _KEEP_S
        if self._chip is not None:
            self._flash[:] = self._chip.flash(0, FLASH_BYTES)
        if self._flash != self._kept:
            self._kept = bytes(self._flash)
            new = self._file.with_suffix(".new")
            new.write_bytes(self._kept)
            new.replace(self._file)  # whoever reads it meanwhile finds the old one whole
