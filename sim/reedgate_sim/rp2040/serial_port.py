"""The emulated chip's console as a serial port of this computer: a pseudo-terminal."""

import contextlib
import os
import pty
import tty
from pathlib import Path


class SerialPort:
    """`link` leads to the port, and is gone with it: as a USB device comes and goes."""

    def __init__(self, link: Path):
        self._link = link
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        with contextlib.suppress(FileNotFoundError):
            link.unlink()
        link.symlink_to(os.ttyname(self._slave))

    @property
    def descriptor(self) -> int:
        return self._master

    def typed(self) -> bytes:
        """What a program wrote into the port since the last call."""
        try:
            return os.read(self._master, 4096)
        except BlockingIOError:
            return b""

    def show(self, printed: bytes) -> bytes:
        """Gives what found no room: nobody reads, or not that fast."""
        try:
            return printed[os.write(self._master, printed) :]
        except BlockingIOError:
            return printed

    def close(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._link.unlink()
        os.close(self._slave)
        os.close(self._master)
