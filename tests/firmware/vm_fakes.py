"""For the tests on the VM: a clock without an event loop, and a serial line with byte times.

The clock moves only when somebody waits, so a coroutine runs to its end in one send().
"""

import os
import sys

from station.core.ticks import TICKS_MASK, elapsed_ms, later

_MOST_TURNS = 200  # at one instant: then somebody spins, and on a board nothing else would run


def find_umqtt():
    sys.path.append(os.getenv("UMQTT_DIR"))


class _Suspend:
    """Awaited, it gives control back to the test, once."""

    def __init__(self):
        self._over = False

    def __iter__(self):
        return self

    def __next__(self):
        if self._over:
            raise StopIteration
        self._over = True


class FakeClock:
    def __init__(self, first_ms=0):
        self.us = 0
        self.end_us = None
        self._first_ms = first_ms
        self._events = []  # (us, action)
        self._turns = 0

    def now_ms(self):
        return (self._first_ms + self.us // 1000) & TICKS_MASK

    def at_ms(self, at_ms, action):
        """Do something when so many milliseconds of the test have passed."""
        self._events.append((at_ms * 1000, action))
        self._events.sort(key=lambda event: event[0])

    async def sleep_until(self, tick_ms):
        await self._go_to(self._us_of(tick_ms))

    async def wait_readable(self, source, deadline_ms):
        deadline_us = self._us_of(deadline_ms)
        while not source.any():
            if self.us >= deadline_us:
                return False
            await self._go_to(min(deadline_us, self._next_us(source)))
        self._turns += 1
        assert self._turns < _MOST_TURNS, "spins: no other task would ever run"
        return True

    def _us_of(self, tick_ms):
        left_ms = elapsed_ms(tick_ms, self.now_ms())
        return self.us // 1000 * 1000 + left_ms * 1000 if left_ms > 0 else self.us

    def _next_us(self, source):
        times = [self._events[0][0]] if self._events else []
        if hasattr(source, "next_us"):
            times.append(source.next_us())
        return min(times) if times else 1 << 60

    async def _go_to(self, us):
        while self.end_us is not None and us > self.end_us:
            self.move_to(self.end_us)
            await _Suspend()
        self.move_to(us)

    def move_to(self, us):
        """Time passes, and what was to happen meanwhile happens."""
        while self._events and self._events[0][0] <= us:
            at_us, action = self._events.pop(0)
            self._be(at_us)
            action()
        self._be(us)

    def _be(self, us):
        if us > self.us:
            self.us = us
            self._turns = 0


def run(coroutine):
    """A coroutine that waits only on a FakeClock, to its end; gives what it returns."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("waits for something that is not the fake clock")


def run_for(clock, coroutine, for_ms):
    """A coroutine that never ends, for a time; call it again to let it go on."""
    clock.end_us = clock.us + for_ms * 1000
    try:
        coroutine.send(None)
    except StopIteration:
        raise AssertionError("it ended, which it never should") from None


class Line:
    """An RS-485 line with slaves, one byte after the other. `slave(request)` says what is
    answered: [(pause_us, bytes)], the first pause counted from the end of the request.
    """

    look_ms = 1

    def __init__(self, clock, slave, baud=9600):
        self.requests = []  # (us, bytes)
        self.heard_us = 0  # when the last byte that was read had arrived
        self._clock = clock
        self._slave = slave
        self._baud = baud
        self._bytes = []  # (arrival_us, byte), earliest first

    def time_of_ms(self, characters):
        return (characters * 10 * 1000 + self._baud - 1) // self._baud

    def write(self, view):
        request = bytes(view)
        self.requests.append((self._clock.us, request))
        self.arrive(self._clock.us + self._time_us(len(request)), self._slave(request))

    def arrive(self, at_us, pieces):
        for pause_us, data in pieces:
            at_us += pause_us
            for byte in data:
                at_us += self._time_us(1)
                self._bytes.append((at_us, byte))
        self._bytes.sort(key=lambda pair: pair[0])

    def _time_us(self, count):
        return count * 10 * 1000000 // self._baud

    def next_us(self):
        """When a port that is looked at each millisecond shows its next byte."""
        if not self._bytes:
            return 1 << 60
        return (self._bytes[0][0] + 999) // 1000 * 1000

    def any(self):
        return sum(1 for at_us, _ in self._bytes if at_us <= self._clock.us)

    def read_into(self, buffer):
        size = min(self.any(), len(buffer))
        for index in range(size):
            self.heard_us, buffer[index] = self._bytes[index]
        del self._bytes[:size]
        return size


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
