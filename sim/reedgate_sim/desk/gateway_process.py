"""The gateway as a child of the desk: started, waited for until it listens, and ended."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from reedgate_boards.site.user_error import UserError

_ROOM = "reedgate_sim"
_READY_S = 30.0
_STOP_S = 5.0


@dataclass(frozen=True)
class Listening:
    http: str  # of the page
    mqtt: str  # host:port for the stations


class GatewayProcess:
    """Raises UserError, with the last lines it wrote, when it does not come up."""

    def __init__(self, site: Path, data: Path, port: int | None):
        self._log = data / "gateway.log"
        read_fd, write_fd = os.pipe()
        command = [sys.executable, "-m", "reedgate_boards", "gateway", "run"]
        command += ["--site", str(site), "--data", str(data), "--ready-fd", str(write_fd)]
        command += ["--port", str(port)] if port else []
        try:
            with self._log.open("wb") as log:
                self._process = subprocess.Popen(
                    command,
                    pass_fds=(write_fd,),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # Ctrl-C is for the desk, which ends it in order
                )
        finally:
            os.close(write_fd)
        try:
            self.listening = self._wait_until_ready(read_fd)
        except BaseException:
            self.stop()
            raise
        finally:
            os.close(read_fd)

    def _wait_until_ready(self, read_fd: int) -> Listening:
        line = b""
        give_up = time.monotonic() + _READY_S
        while not line.endswith(b"\n"):
            left = give_up - time.monotonic()
            ready, _, _ = select.select([read_fd], [], [], max(left, 0))
            part = os.read(read_fd, 4096) if ready else b""
            if not part:
                raise UserError(
                    _ROOM,
                    "The gateway did not start. It said: {said}",
                    hint="The whole of it is in {log}.",
                    said=self._last_lines() or "-",
                    log=self._log,
                )
            line += part
        facts = json.loads(line)
        return Listening(facts["http"], facts["mqtt"])

    def _last_lines(self) -> str:
        text = self._log.read_text(errors="replace").strip()
        return " / ".join(text.splitlines()[-3:])

    def ended(self) -> bool:
        return self._process.poll() is not None

    def stop(self) -> None:
        """SIGTERM first; a gateway that does not end is ended."""
        if self.ended():
            return
        self._process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_S)
            return
        self._process.kill()
        self._process.wait()
