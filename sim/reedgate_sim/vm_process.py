"""One MicroPython VM as a child process, and the wire to it.

The VM asks and waits; nothing of it runs between its request and our answer. What the requests
mean for the simulated world is the rig's business.
"""

import contextlib
import os
import select
import signal
import struct
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from reedgate_sim.vm_command import VmCommand

PIN = 1
UART_DATA = 2
UART_SETUP = 3
SOCKET_OPEN = 4
SOCKET_DATA = 5
SOCKET_CLOSE = 6
SOCKET_ROOM = 7
WATCHDOG = 8
RESET = 9
POWER_CUT = 10
CUT_AT = 11

HANG_S = 5.0  # of wall time without a request: the VM hangs

_REQUEST = struct.Struct("<IQQQQQQ")
_ANSWER = struct.Struct("<IQQ")
_ITEM = struct.Struct("<BBH")

Item = tuple[int, int, bytes]  # kind, number, data


@dataclass
class Request:
    """What the VM did up to now_us, and until when it has nothing to do."""

    now_us: int
    deadline_us: int
    fed_us: int
    wear: tuple[int, int, int] = (0, 0, 0)  # since the start: operations, bytes, erases
    items: list[Item] = field(default_factory=list)


class VmProcess:
    """Runs `start.py` of reedgate_sim/vm, which runs the firmware's boot.py and main.py.

    command: see vm_command.py. directory: holds the image of the chip's flash, `flash.img`, and
    in `provision` the files that are to be put on it.
    """

    def __init__(
        self,
        command: VmCommand,
        directory: Path,
        *,
        first_tick_ms: int,
        reset_cause: int,
        seed: int,
        file_system: str,
        erase_us: int,
    ):
        ours_read, theirs_write = os.pipe()
        theirs_read, ours_write = os.pipe()
        numbers = [theirs_read, theirs_write, first_tick_ms, reset_cause, seed, erase_us]
        arguments = [*map(str, numbers), file_system]
        self._read = ours_read
        self._write = ours_write
        try:
            with (directory / "console.log").open("ab") as console:
                self._process = subprocess.Popen(
                    [*command.arguments, *arguments],
                    cwd=directory,
                    env=command.environment,
                    pass_fds=(theirs_read, theirs_write),
                    stdin=subprocess.DEVNULL,
                    stdout=console,
                    stderr=console,
                    start_new_session=True,  # Ctrl-C is for us: we end the VM
                )
        except BaseException:
            os.close(self._read)
            os.close(self._write)
            raise
        finally:
            os.close(theirs_read)
            os.close(theirs_write)

    def next_request(self) -> Request | None:
        """The VM's next request; None when it has ended or hangs (it is then gone for good)."""
        head = self._receive(_REQUEST.size)
        if head is None:
            return None
        size, now_us, deadline_us, fed_us, *wear = _REQUEST.unpack(head)
        body = self._receive(size - (_REQUEST.size - 4))
        if body is None:
            return None
        return Request(now_us, deadline_us, fed_us, tuple(wear), _unpacked(body))

    def answer(self, now_us: int, grant_until_us: int, items: list[Item]) -> None:
        body = b"".join(
            _ITEM.pack(kind, number, len(data)) + data for kind, number, data in items
        )
        head = _ANSWER.pack(_ANSWER.size - 4 + len(body), now_us, grant_until_us)
        # a VM that has just died has its end in next_request
        with contextlib.suppress(BrokenPipeError):
            os.write(self._write, head + body)

    def kill(self) -> None:
        """As a power cut: the VM gets no chance to do anything more."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for descriptor in (self._read, self._write):
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _receive(self, size: int) -> bytes | None:
        data = b""
        while len(data) < size:
            ready, _, _ = select.select([self._read], [], [], HANG_S)
            part = os.read(self._read, size - len(data)) if ready else b""
            if not part:
                return None
            data += part
        return data


def _unpacked(body: bytes) -> list[Item]:
    items = []
    at = 0
    while at < len(body):
        kind, number, length = _ITEM.unpack_from(body, at)
        at += _ITEM.size
        items.append((kind, number, body[at : at + length]))
        at += length
    return items
