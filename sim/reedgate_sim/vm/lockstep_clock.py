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
        self._end = StopIteration()

    def begun(self):
        self._gives_way = True
        return self

    def __iter__(self):
        return self

    def __next__(self):
        if self._gives_way:
            self._gives_way = False
            return
        self._end.__traceback__ = None  # or it grows with every raise
        raise self._end


class _Look:
    """A wait for one source, used again for each. Gives way once, unless there is news already."""

    def __init__(self, source):
        self.gives_way = False
        self._source = source
        self._ends = (StopIteration(False), StopIteration(True))

    def __iter__(self):
        return self

    def __next__(self):
        if self.gives_way:
            self.gives_way = False
            return
        end = self._ends[1 if self._source.any() else 0]
        end.__traceback__ = None
        raise end


_pause = _Pause()


class Clock:
    """Whatever waits is made ready again by lockstep."""

    def __init__(self):
        self._wire = lockstep.wire
        self._waits = lockstep.waits
        self._looks = {}  # source: its _Look

    def now_ms(self):
        return (FIRST_TICK_MS + self._wire.now_us // 1000) & TICKS_MASK

    def now_us(self):
        return self._wire.now_us & TICKS_MASK

    def _us_at(self, tick_ms):
        now_ms = self._wire.now_us // 1000
        return (now_ms + elapsed_ms(tick_ms, FIRST_TICK_MS + now_ms)) * 1000  # which masks

    def sleep_until(self, tick_ms):
        self._waits.add(self._us_at(tick_ms), None, core.cur_task)
        return _pause.begun()

    def wait_readable(self, source, deadline_ms):
        look = self._looks.get(source)
        if look is None:
            look = self._looks[source] = _Look(source)
        look.gives_way = not source.any()
        if look.gives_way:
            self._waits.add(self._us_at(deadline_ms), source, core.cur_task)
        return look
