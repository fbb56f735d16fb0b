"""The one place that knows the time and waits for it.

On the desk's virtual rig this driver is replaced: everything else waits through this interface, so
that a year can pass in seconds and the same tasks run in the same order.
"""

import asyncio
import time

from station.core.ticks import elapsed_ms


class Clock:
    """Milliseconds that wrap at 2**30, and waiting. Waiting allocates nothing while it lasts."""

    def __init__(self):
        self._looks = {}  # source: its _Look

    def now_ms(self):
        return time.ticks_ms() & 0x3FFFFFFF

    def now_us(self):
        """Microseconds that wrap at 2**30: for what lasts less than 9 minutes."""
        return time.ticks_us() & 0x3FFFFFFF

    async def sleep_until(self, tick_ms):
        """At least one turn of the other tasks, even when the tick has passed."""
        left = elapsed_ms(tick_ms, self.now_ms())
        await asyncio.sleep_ms(left if left > 0 else 0)

    def wait_readable(self, source, deadline_ms):
        """Awaited: True as soon as source.any(), False at the deadline. Looks each
        source.look_ms. One task at a time may wait for a source.
        """
        look = self._looks.get(source)
        if look is None:
            look = self._looks[source] = _Look(self, source)
        look.deadline_ms = deadline_ms
        return look


class _Look:
    """A wait for one source, used again for each: a coroutine would take heap every time.

    Of two in a row one gives the other tasks a turn: bytes may come faster than they are read.
    """

    def __init__(self, clock, source):
        self.deadline_ms = 0
        self._owes_a_turn = False
        self._clock = clock
        self._source = source
        self._ends = (StopIteration(False), StopIteration(True))

    def __iter__(self):
        return self

    def __next__(self):
        source = self._source
        readable = 1 if source.any() else 0
        if not readable and elapsed_ms(self._clock.now_ms(), self.deadline_ms) < 0:
            self._owes_a_turn = False
            return next(asyncio.sleep_ms(source.look_ms))
        if self._owes_a_turn:
            self._owes_a_turn = False
            return next(asyncio.sleep_ms(0))
        self._owes_a_turn = True
        end = self._ends[readable]
        end.__traceback__ = None  # or it grows with every raise
        raise end
