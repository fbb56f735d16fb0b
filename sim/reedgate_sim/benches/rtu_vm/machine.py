"""The chip's `machine` for the RTU bench in real time: a UART whose line is two pipes.

Both masters get this one. The far end paces the bytes.
"""

import time

ends = None  # (to read from, without blocking; to write to), set before a UART is made
_BITS = 10
_SIZE = 512


class Pin:
    OUT = 1

    def __init__(self, *_, **__):
        pass


class UART:
    def __init__(self, id, baudrate=9600, **_):
        self._read, self._write = ends
        self._baud = baudrate
        self._buffer = bytearray(_SIZE)
        self._size = 0
        self._sent_us = 0

    def any(self):
        if not self._size:
            self._size = self._read.readinto(self._buffer) or 0
        return self._size

    def readinto(self, buffer):
        size = min(self.any(), len(buffer))
        for index in range(size):
            buffer[index] = self._buffer[index]
        self._size -= size
        for index in range(self._size):
            self._buffer[index] = self._buffer[index + size]
        return size or None

    def read(self):
        size = self.any()
        self._size = 0
        return bytes(self._buffer[:size]) if size else None

    def write(self, data):
        self._write.write(data)
        character_us = _BITS * 1000000 // self._baud
        self._sent_us = time.ticks_add(time.ticks_us(), len(data) * character_us)
        return len(data)

    def flush(self):
        left_us = time.ticks_diff(self._sent_us, time.ticks_us())
        if left_us > 0:
            time.sleep_us(left_us)
