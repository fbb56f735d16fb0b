"""Where `reedgate gateway command` meets the running gateway: a socket in its data directory.

Only who may write in that directory can connect (mode 600): that is the right to give an order,
until the web has its roles. One line of JSON in, one out, then it is over.
"""

import asyncio
import json
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from reedgate_gateway.orders import Wish

NAME = "control.sock"
ANSWER_WITHIN_S = 40.0  # longer than an order can still be taken
_MOST_BYTES = 4096
_log = logging.getLogger(__name__)

Order = Callable[[Wish], Awaitable[dict[str, Any]]]


class Control:
    """Listens from `start` to `stop`. order: gives the answer to a wish, as JSON can say it."""

    def __init__(self, folder: Path, order: Order):
        self._path = folder / NAME
        self._order = order
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
            wish = Wish(**json.loads(await reader.readline()))
            said = await self._order(wish)
            writer.write(json.dumps(said).encode() + b"\n")
            await writer.drain()
        except (ValueError, TypeError, ConnectionError):
            pass  # not one of ours: it gets no answer
        finally:
            writer.close()


def ask(folder: Path, wish: Wish) -> dict[str, Any]:
    """The running gateway's answer. Raises OSError when none is there or it went away."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(ANSWER_WITHIN_S + 5)
        line.connect(str(folder / NAME))
        line.sendall(json.dumps(asdict(wish)).encode() + b"\n")
        said = b""
        while not said.endswith(b"\n"):
            part = line.recv(_MOST_BYTES)
            if not part:
                raise ConnectionError("closed without an answer")
            said += part
    return json.loads(said)
