"""The VM's own `os`, but for random numbers: those come from the run's seed."""

from uos import *  # noqa: F403

_state = 1  # set by start.py


def urandom(size):
    """Bytes of a 31-bit Lehmer generator: a run of one seed is the same run every time."""
    global _state
    numbers = bytearray()
    for _ in range(size):
        _state = _state * 48271 % 2147483647
        numbers.append(_state >> 8 & 0xFF)
    return bytes(numbers)
