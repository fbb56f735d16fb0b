"""One desk at a time in a directory; the second is told where the first is."""

import fcntl
import os
from pathlib import Path

from reedgate_boards.site.user_error import UserError

_ROOM = "reedgate_sim"


class OnlyOne:
    """Holds the directory's lock from construction to close()."""

    def __init__(self, directory: Path):
        directory.mkdir(parents=True, exist_ok=True)
        self._file = os.open(directory / "desk.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            where = os.read(self._file, 200).decode(errors="replace").strip()
            os.close(self._file)
            raise UserError(
                _ROOM,
                "A desk is running here already: {where}",
                hint="Look at its page, or end it with Ctrl-C in its terminal.",
                where=where or "?",
            ) from None
        os.ftruncate(self._file, 0)

    def say_where(self, http: str) -> None:
        os.pwrite(self._file, f"{http} (pid {os.getpid()})\n".encode(), 0)

    def close(self) -> None:
        os.ftruncate(self._file, 0)
        os.close(self._file)
