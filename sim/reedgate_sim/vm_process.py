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
import time
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

HANG_S = 5.0  # of work, or of waiting, without a request: the VM hangs

_REQUEST = struct.Struct("<IQQQQQQ")
_ANSWER = struct.Struct("<IQQ")
_ITEM = struct.Struct("<BBH")
_SIZE = struct.Struct("<I")  # what a request and an answer begin with: the bytes after it
_MOST = 65536  # of one read
_LOOK_S = 0.5  # between two looks at what a VM does that does not ask

Item = tuple[int, int, bytes]  # kind, number, data


@dataclass(slots=True)
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
        self._poll = select.poll()
        self._poll.register(ours_read, select.POLLIN)
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
        data = self._received(b"")
        while len(data) < _SIZE.size or len(data) < _SIZE.unpack_from(data)[0] + _SIZE.size:
            more = self._received(data)
            if len(more) == len(data):
                return None
            data = more
        _, now_us, deadline_us, fed_us, *wear = _REQUEST.unpack_from(data)
        items = _unpacked(data) if len(data) > _REQUEST.size else []
        return Request(now_us, deadline_us, fed_us, tuple(wear), items)

    def answer(self, now_us: int, grant_until_us: int, items: list[Item]) -> None:
        size = _ANSWER.size - _SIZE.size
        if items:
            body = b"".join(
                [_ITEM.pack(kind, number, len(data)) + data for kind, number, data in items]
            )
            message = _ANSWER.pack(size + len(body), now_us, grant_until_us) + body
        else:
            message = _ANSWER.pack(size, now_us, grant_until_us)
        # a VM that has just died has its end in next_request
        with contextlib.suppress(BrokenPipeError):
            os.write(self._write, message)

    def kill(self) -> None:
        """As a power cut: the VM gets no chance to do anything more."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for descriptor in (self._read, self._write):
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _received(self, data: bytes) -> bytes:
        """data and what comes after it; the same when nothing does."""
        # the VM asks once and waits, so what is there is of one request
        first_s = None
        waited_s = 0.0
        while not self._poll.poll(_LOOK_S * 1000):
            worked_s, waits = _spent(self._process.pid)
            first_s = worked_s if first_s is None else first_s
            waited_s += _LOOK_S if waits else 0
            if worked_s - first_s + waited_s >= HANG_S:
                return data
        return data + os.read(self._read, _MOST)


def _spent(pid: int) -> tuple[float, bool]:
    """The processor time that a process has had, and whether it now waits for something else.

    Not wall time: on a busy computer a VM gets no turn for seconds, and it does not hang.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:  # no such file on this system
        return time.monotonic(), False
    state, *numbers = stat.rpartition(")")[2].split()
    user, system = numbers[10:12]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK"), state == "S"


def _unpacked(data: bytes) -> list[Item]:
    items = []
    at = _REQUEST.size
    while at < len(data):
        kind, number, length = _ITEM.unpack_from(data, at)
        at += _ITEM.size
        items.append((kind, number, data[at : at + length]))
        at += length
    return items
