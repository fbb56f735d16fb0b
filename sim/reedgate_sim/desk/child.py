"""A child of the desk: started, waited for until it says that it is ready, and ended."""

import contextlib
import json
import os
import select
import signal
import subprocess
import time
from pathlib import Path

from reedgate_boards.site.user_error import UserError

_ROOM = "reedgate_sim"
_READY_S = 30.0
_STOP_S = 5.0


class Child:
    """`ready`: what the one line of JSON said that it writes to the descriptor {ready_fd}.

    Raises UserError, with the last lines it wrote, when it does not come up.
    """

    def __init__(self, name: str, command: list[str], log: Path):
        self._name = name
        self._log = log
        read_fd, write_fd = os.pipe()
        try:
            with log.open("wb") as stream:
                self._process = subprocess.Popen(
                    [word.format(ready_fd=write_fd) for word in command],
                    pass_fds=(write_fd,),
                    stdin=subprocess.DEVNULL,
                    stdout=stream,
                    stderr=stream,
                    start_new_session=True,  # Ctrl-C is for the desk, which ends it in order
                )
        finally:
            os.close(write_fd)
        try:
            self.ready: dict = self._wait_until_ready(read_fd)
        except BaseException:
            self.stop()
            raise
        finally:
            os.close(read_fd)

    def _wait_until_ready(self, read_fd: int) -> dict:
        line = b""
        give_up = time.monotonic() + _READY_S
        while not line.endswith(b"\n"):
            left = give_up - time.monotonic()
            ready, _, _ = select.select([read_fd], [], [], max(left, 0))
            part = os.read(read_fd, 4096) if ready else b""
            if not part:
                raise UserError(
                    _ROOM,
                    "{name} did not start. It said: {said}",
                    hint="The whole of it is in {log}.",
                    name=self._name,
                    said=self._last_lines() or "-",
                    log=self._log,
                )
            line += part
        return json.loads(line)

    def _last_lines(self) -> str:
        text = self._log.read_text(errors="replace").strip()
        return " / ".join(text.splitlines()[-3:])

    def ended(self) -> bool:
        return self._process.poll() is not None

    def stop(self) -> None:
        """SIGTERM first; a child that does not end is ended."""
        if self.ended():
            return
        self._process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_S)
            return
        self._process.kill()
        self._process.wait()
