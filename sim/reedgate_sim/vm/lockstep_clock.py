"""Stands in for station/drivers/clock.py on the virtual rig, and for that driver alone."""

from asyncio import core

import lockstep

from station.core.ticks import TICKS_MASK, elapsed_ms

FIRST_TICK_MS = 0  # set by start.py: where in the ticks' circle the chip wakes up


class _Pause:
    """Awaited, it gives way once. One is enough for all: between being handed out and giving way
    no other task runs, and a new one each time would cost a search through the heap.
    """

    def __init__(self):
        self._gives_way = False

    def begun(self):
        self._gives_way = True
        return self

    def __iter__(self):
        return self

    def __next__(self):
        if not self._gives_way:
            raise StopIteration
        self._gives_way = False


_pause = _Pause()


class Clock:
    """Whatever waits is made ready again by lockstep."""

    def __init__(self):
        self._wire = lockstep.wire
        self._waits = lockstep.waits

    def now_ms(self):
        return (FIRST_TICK_MS + self._wire.now_us // 1000) & TICKS_MASK

    def _us_at(self, tick_ms):
        now_ms = self._wire.now_us // 1000
        return (now_ms + elapsed_ms(tick_ms, FIRST_TICK_MS + now_ms)) * 1000  # which masks

    def sleep_until(self, tick_ms):
        self._waits.add(self._us_at(tick_ms), None, core.cur_task)
        return _pause.begun()

    async def wait_readable(self, source, deadline_ms):
        if source.any():
            return True
        self._waits.add(self._us_at(deadline_ms), source, core.cur_task)
        await _pause.begun()
        return source.any()
