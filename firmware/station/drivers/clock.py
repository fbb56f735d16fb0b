"""The one place that knows the time and waits for it.

On the desk's virtual rig this driver is replaced: everything else waits through this interface, so
that a year can pass in seconds and the same tasks run in the same order.
"""

import asyncio
import time

from station.core.ticks import elapsed_ms


class Clock:
    """Milliseconds that wrap at 2**30, and waiting. Waiting allocates nothing while it lasts."""

    def now_ms(self):
        return time.ticks_ms() & 0x3FFFFFFF

    async def sleep_until(self, tick_ms):
        """At least one turn of the other tasks, even when the tick has passed."""
        left = elapsed_ms(tick_ms, self.now_ms())
        await asyncio.sleep_ms(left if left > 0 else 0)

    async def wait_readable(self, source, deadline_ms):
        """True as soon as source.any(), False at the deadline. Looks each source.look_ms."""
        while not source.any():
            if elapsed_ms(self.now_ms(), deadline_ms) >= 0:
                return False
            await asyncio.sleep_ms(source.look_ms)
        return True
