"""Stands in for station/drivers/clock.py on the virtual rig, and for that driver alone."""

import asyncio

import lockstep

from station.core.ticks import TICKS_MASK, elapsed_ms

FIRST_TICK_MS = 0  # set by start.py: where in the ticks' circle the chip wakes up


class Clock:
    def now_ms(self):
        return (FIRST_TICK_MS + lockstep.wire.now_us // 1000) & TICKS_MASK

    def _us_at(self, tick_ms):
        now_us = lockstep.wire.now_us
        return now_us - now_us % 1000 + elapsed_ms(tick_ms, self.now_ms()) * 1000

    async def sleep_until(self, tick_ms):
        event = asyncio.Event()
        lockstep.waits.add(self._us_at(tick_ms), None, event)
        await event.wait()

    async def wait_readable(self, source, deadline_ms):
        if source.any():
            return True
        event = asyncio.Event()
        lockstep.waits.add(self._us_at(deadline_ms), source, event)
        await event.wait()
        return source.any()
