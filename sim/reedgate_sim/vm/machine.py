"""The chip's `machine` on the virtual rig: the same names, with the simulator behind them."""

import io
import struct
import sys

import lockstep

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
_STREAM_POLL = 3
_POLL_READ, _POLL_WRITE = 1, 4

_reset_cause = PWRON_RESET  # set by start.py


class Pin:
    IN, OUT, OPEN_DRAIN = 0, 1, 2
    PULL_UP, PULL_DOWN = 1, 2

    def __init__(self, id, mode=-1, pull=-1, value=None):
        self._id = id
        self._levels = lockstep.wire.levels
        if value is not None:
            self.value(value)

    def value(self, level=None):
        if level is None:
            return self._levels[self._id]
        self._levels[self._id] = level
        lockstep.wire.put(lockstep.PIN, self._id, bytes((level,)))

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)


class UART(io.IOBase):
    def __init__(self, id, baudrate=9600, rxbuf=256, **options):
        self._id = id
        lockstep.wire.rings[id] = rxbuf
        self._received = lockstep.wire.received.setdefault(id, bytearray())
        self._sent_us = 0
        self.init(baudrate, **options)

    def init(self, baudrate=9600, bits=8, parity=None, stop=1, **_):
        self._character_us = (1 + bits + (parity is not None) + stop) * 1000000 // baudrate
        code = 0 if parity is None else parity + 1  # 0 none, 1 even, 2 odd
        setup = struct.pack("<IBBB", baudrate, bits, code, stop)
        lockstep.wire.put(lockstep.UART_SETUP, self._id, setup)

    def any(self):
        return len(self._received)

    def readinto(self, buffer, size=None):
        received = self._received
        size = min(len(received), len(buffer) if size is None else size)
        if not size:
            return None
        buffer[:size] = received[:size]
        received[:size] = b""
        return size

    def read(self, size=-1):
        buffer = bytearray(self.any() if size < 0 else size)
        size = self.readinto(buffer)
        return None if size is None else bytes(buffer[:size])

    def write(self, data):
        lockstep.wire.put(lockstep.UART_DATA, self._id, bytes(data))
        self._sent_us = max(self._sent_us, lockstep.wire.now_us) + len(data) * self._character_us
        return len(data)

    def txdone(self):
        return lockstep.wire.now_us >= self._sent_us

    def ioctl(self, request, argument):
        if request != _STREAM_POLL:
            return -1  # above all it has no file number, so that select asks here
        return argument & (_POLL_WRITE | (_POLL_READ if self.any() else 0))


class WDT:
    """Really resets the VM: the simulator ends it when the feed stays away."""

    def __init__(self, id=0, timeout=5000):
        lockstep.wire.fed_us = lockstep.wire.now_us
        lockstep.wire.put(lockstep.WATCHDOG, 0, struct.pack("<I", timeout))

    def feed(self):
        lockstep.wire.fed_us = lockstep.wire.now_us


class RTC:
    """A clock that nobody has set, as after a power-up without a battery."""

    def datetime(self, _=None):
        seconds = lockstep.wire.now_us // 1000000
        minutes, second = divmod(seconds, 60)
        hours, minute = divmod(minutes, 60)
        return (2021, 1, 1 + hours // 24, 4, hours % 24, minute, second, 0)


def reset_cause():
    return _reset_cause


def reset():
    lockstep.wire.put(lockstep.RESET, 0)
    lockstep.wire.ask(lockstep.wire.now_us)
    sys.exit(0)


soft_reset = reset


def unique_id():
    return b"desk0001"
