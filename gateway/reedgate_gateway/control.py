"""Where the command line meets the running gateway: a socket in its data directory.

Only who may write in that directory can connect (mode 600): that is the right to give an order or
to acknowledge an alarm, until the web has its roles. One line of JSON in, {"what": {fields}}, one
out, then it is over.
"""

import asyncio
import json
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

NAME = "control.sock"
ANSWER_WITHIN_S = 40.0  # longer than an order can still be taken
_MOST_BYTES = 4096
_log = logging.getLogger(__name__)

Answer = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


class Control:
    """Listens from `start` to `stop`. answers: to each `what` from its fields, as JSON can say."""

    def __init__(self, folder: Path, answers: Mapping[str, Answer]):
        self._path = folder / NAME
        self._answers = answers
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._path.unlink(missing_ok=True)  # of a gateway that was killed: the lock is ours
        before = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(
                self._serve, str(self._path), limit=_MOST_BYTES
            )
        except OSError as exc:  # such as a path that is too long for a socket's name
            _log.warning("no orders can be given here, %s: %s", self._path, exc)
        finally:
            os.umask(before)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            ((what, fields),) = json.loads(await reader.readline()).items()
            said = await self._answers[what](fields)
            writer.write(json.dumps(said).encode() + b"\n")
            await writer.drain()
        except (ValueError, TypeError, LookupError, AttributeError, ConnectionError):
            pass  # not one of ours: it gets no answer
        finally:
            writer.close()


def ask(folder: Path, what: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The running gateway's answer. Raises OSError when none is there or it went away."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(ANSWER_WITHIN_S + 5)
        line.connect(str(folder / NAME))
        line.sendall(json.dumps({what: fields}).encode() + b"\n")
        said = b""
        while not said.endswith(b"\n"):
            part = line.recv(_MOST_BYTES)
            if not part:
                raise ConnectionError("closed without an answer")
            said += part
    return json.loads(said)
