"""The chip itself: why it started, its watchdog, its memory, its configuration file."""

import binascii
import gc
import hashlib
import os
import struct
import sys

import machine

from reedgate_contract import codes
from reedgate_contract.compat import const

_KEY_SIZE = const(32)
_FLOOR = (1, 25)  # the oldest MicroPython that the tests have seen
_RESETS = (
    ("PWRON_RESET", codes.RESET_POWER_ON),
    ("HARD_RESET", codes.RESET_HARD),
    ("WDT_RESET", codes.RESET_WATCHDOG),
    ("SOFT_RESET", codes.RESET_SOFT),
)


def reset_cause():
    """A code of RESET_NAMES. Ports differ in which causes they know."""
    cause = machine.reset_cause()
    for name, code in _RESETS:
        if getattr(machine, name, None) == cause:
            return code
    return codes.RESET_UNKNOWN


def random_u32():
    return int.from_bytes(os.urandom(4), "little")


def sha256(content=b""):
    return hashlib.sha256(content)


def too_old():
    """Why this MicroPython will not do, or None."""
    if sys.implementation.version[:2] >= _FLOOR:
        return None
    floor = "%d.%d" % _FLOOR
    return "MicroPython " + micropython_version() + " is older than " + floor


def micropython_version():
    return ".".join(str(part) for part in sys.implementation.version[:3])


def read_file(path):
    with open(path, "rb") as stream:
        return stream.read()


def read_key(paths):
    """The station's key from the first of these files that holds one whole, or None: without it
    nothing could be proved. A key is 32 bytes and their CRC-32, or 32 bytes that nobody sealed.
    """
    for path in paths:
        try:
            content = read_file(path)
        except OSError:
            continue
        key = content[:_KEY_SIZE]
        sealed = key + struct.pack("<I", binascii.crc32(key) & 0xFFFFFFFF)
        if len(key) == _KEY_SIZE and content in (key, sealed):
            return key
    return None


def watchdog(timeout_ms):
    return machine.WDT(timeout=timeout_ms)


class Memory:
    """Collects when it is told to, between scans. A scan allocates nothing, so the collector never
    runs within one; left on, it is the backstop when something else allocates a lot at once.
    """

    def __init__(self):
        gc.collect()
        self._size = 0  # not known yet: to measure it takes twice as long as to collect

    def collect(self):
        """Gives whether it came in good time: more than half of the heap was still free."""
        free = gc.mem_free()
        if not self._size:
            self._size = free + gc.mem_alloc()
        gc.collect()
        return free * 2 > self._size
