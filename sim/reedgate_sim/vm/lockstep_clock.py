"""Stands in for station/drivers/clock.py on the virtual rig, and for that driver alone."""

from asyncio import core

import lockstep

from station.core.ticks import TICKS_MASK, elapsed_ms

FIRST_TICK_MS = 0  # set by start.py: where in the ticks' circle the chip wakes up


class Clock:
    """What waits yields as asyncio's own Event does, and lockstep makes its task ready again."""

    def now_ms(self):
        return (FIRST_TICK_MS + lockstep.wire.now_us // 1000) & TICKS_MASK

    def _us_at(self, tick_ms):
        now_ms = lockstep.wire.now_us // 1000
        return (now_ms + elapsed_ms(tick_ms, FIRST_TICK_MS + now_ms)) * 1000  # which masks

    async def sleep_until(self, tick_ms):
        lockstep.waits.add(self._us_at(tick_ms), None, core.cur_task)
        yield

    async def wait_readable(self, source, deadline_ms):
        if source.any():
            return True
        lockstep.waits.add(self._us_at(deadline_ms), source, core.cur_task)
        yield
        return source.any()
