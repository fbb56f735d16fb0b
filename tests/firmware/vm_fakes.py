"""For the tests on the VM: the plugin's clock and line, and what only this firmware needs."""

import os
import sys

from fake_clock import FakeClock, run, run_for
from fake_line import Line

from station.core.ticks import later


def find_umqtt():
    sys.path.append(os.getenv("UMQTT_DIR"))


def sealed(text):
    """A frame from its hex digits and the CRC computed bit by bit, as the standard words it."""
    data = bytes(int(text[at : at + 2], 16) for at in range(0, len(text), 2))
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return data + bytes((crc & 0xFF, crc >> 8))


__all__ = ("FakeClock", "Line", "find_umqtt", "later", "run", "run_for", "sealed")
