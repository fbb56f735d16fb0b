"""A line to the MicroPython on a board: its raw REPL, by the transport of mpremote.

Taking hold of a station stops it: its outputs go off (its boot.py runs) and stay so until it is
restarted. If the computer or the cable fails meanwhile, the board's watchdog restarts the station.
"""

import binascii
import contextlib
import hashlib
import io
import struct
import time
from collections.abc import Callable

from mpremote.transport import TransportError

from reedgate_boards.device.ports import ROOM, cannot_open, is_there
from reedgate_boards.site.user_error import UserError

_ANSWER_S = 15
_WORK_S = 60  # the longest silence at work; a real board's watchdog ends it sooner
_TRIES = 3
_GONE_S = 5.0  # from a restart until its port is gone, at most
_BACK_S = 60.0
_LUMP = 512
_WATCHDOG_MS = 8300  # what an RP2040 can; restarts the station when nobody asks any more
_HOLD = f"import machine\n_w = machine.WDT(timeout={_WATCHDOG_MS})"
_READ = """import binascii
with open({name!r}, 'rb') as f:
    while True:
        b = f.read(512)
        if not b: break
        print(binascii.hexlify(b).decode())
"""
_SHA256 = """import binascii, hashlib
h = hashlib.sha256()
try:
    with open({name!r}, 'rb') as f:
        while True:
            b = f.read(512)
            if not b: break
            h.update(b)
    print(binascii.hexlify(h.digest()).decode())
except OSError:
    print('-')
"""
_TIMED = """import time
_t = time.ticks_ms()
for _ in range(30000): pass
print(time.ticks_diff(time.ticks_ms(), _t))
"""
_FORGET_BAD_STARTS = """import os
for name in os.listdir():
    if name in ('guard.a', 'guard.b'): os.remove(name)
"""

# What a cable that is pulled out, or a board that hangs, looks like from here.
_GONE = (TransportError, OSError, struct.error)


class Link:
    """The port, opened. Use it as a context; leaving it does not restart the board."""

    def __init__(self, port: str):
        from mpremote.transport_serial import (
            SerialTransport,
        )  # it brings what only this system has

        self._port = port
        try:
            self._transport = SerialTransport(port, timeout=_ANSWER_S)
        except (TransportError, OSError):
            raise cannot_open(port) from None

    def __enter__(self) -> "Link":
        return self

    def __exit__(self, *_) -> None:
        try:
            self._transport.close()
        except OSError:
            self._transport.serial.close()  # the board is gone: its lines cannot be set

    def hold(self) -> None:
        """Stops what runs on the board. Raises UserError when it does not answer."""
        for left in reversed(range(_TRIES)):
            try:
                with contextlib.redirect_stdout(io.StringIO()):  # mpremote prints what it met
                    # First of all more time: a station's own watchdog is short.
                    self._transport.enter_raw_repl(soft_reset=False)
                    self._transport.exec(_HOLD)
                    self._transport.enter_raw_repl(soft_reset=True)  # boot.py: outputs off
                    self._transport.exec(_HOLD)
                return
            except _GONE as problem:
                if left and isinstance(problem, TransportError):
                    continue  # it was just restarting
                raise UserError(
                    ROOM,
                    "The board on {port} does not answer.",
                    hint="Unplug it, plug it in again, and run the command again.",
                    port=self._port,
                ) from None

    def run(self, code: str) -> str:
        """What the code printed. Raises UserError: the board is gone, or the code failed."""
        try:
            said, wrong = self._transport.exec_raw("_w.feed()\n" + code, timeout=_WORK_S)
        except _GONE:
            raise self._gone() from None
        if wrong:
            raise UserError(
                ROOM,
                "The board on {port} refused: {reason}",
                hint="Run the command again; if it fails again, flash the board anew.",
                port=self._port,
                reason=wrong.decode(errors="replace").strip().splitlines()[-1],
            )
        return said.decode()

    def slowness(self) -> float:
        """How many of our seconds a second of the board's takes at work: 1, but emulated more."""
        begin = time.monotonic()
        board_ms = int(self.run(_TIMED))
        return max((time.monotonic() - begin) * 1000 / max(board_ms, 1), 1.0)

    def read(self, name: str) -> bytes | None:
        """A file's content; None when there is none."""
        if self.run(f"import os\nprint({name!r} in os.listdir())").strip() != "True":
            return None
        return binascii.unhexlify("".join(self.run(_READ.format(name=name)).split()))

    def sha256(self, name: str) -> str:
        """Of a file, reckoned by the board; "-" when it cannot be read."""
        return self.run(_SHA256.format(name=name)).strip()

    def write(self, name: str, content: bytes, told: Callable[[int], None]) -> None:
        """Beside it first, read back and compared, then renamed: the old file or the new one."""
        beside = name + ".new"
        self.run(f"f = open({beside!r}, 'wb')")
        for at in range(0, len(content), _LUMP):
            self.run(f"f.write({content[at : at + _LUMP]!r})")
            told(min(at + _LUMP, len(content)))
        self.run("f.close()")
        if self.sha256(beside) != hashlib.sha256(content).hexdigest():
            raise UserError(
                ROOM,
                "{name} did not arrive whole on the board; the one before it is still there.",
                hint="Run the command again; if it fails again, the board's flash is worn out.",
                name=name,
            )
        self.run(f"import os\nos.rename({beside!r}, {name!r})")

    def leave_by(self, call: str) -> None:
        """A call of `machine` after which the board answers no more; a little later, so that its
        acknowledgement still gets here."""
        with contextlib.suppress(*_GONE):  # whoever waits for the board then will notice
            self._transport.exec_raw_no_follow(f"import machine, time\ntime.sleep_ms(300)\n{call}")

    def _gone(self) -> UserError:
        return UserError(
            ROOM,
            "The board on {port} went away.",
            hint="Check the cable, and run the command again: it starts from the beginning.",
            port=self._port,
        )


def restart(link: Link) -> None:
    """Into its own program. A restart by hand is no bad start: what counts those begins anew."""
    link.run(_FORGET_BAD_STARTS)
    link.leave_by("machine.reset()")


def wait_for_restart(port: str) -> None:
    """Until the board is back on its port. Raises UserError when it does not come."""
    give_up = time.monotonic() + _GONE_S
    while is_there(port) and time.monotonic() < give_up:
        time.sleep(0.05)  # behind a USB bridge the port stays
    if wait_for_port(lambda: port if is_there(port) else None, _BACK_S) is None:
        raise UserError(
            ROOM,
            "The board did not come back on {port} after its restart.",
            hint="Plug it in again, and run the command again.",
            port=port,
        )


def wait_for_port(find: Callable[[], str | None], seconds: float) -> str | None:
    """The port that find() gives as soon as it can be opened; None: not within the time."""
    give_up = time.monotonic() + seconds
    while True:
        port = find()
        if port:
            try:
                Link(port).__exit__()
                return port
            except UserError:
                pass  # there, and not ready yet
        if time.monotonic() >= give_up:
            return None
        time.sleep(0.2)
