"""The slot after a scan: at most one slow thing in it, and the flash only while the bus is idle.

In this order: latches, events, readings, room on the flash, the next batch sealed, garbage. When
something for the flash is due and the bus is not idle, the pollers are asked to pause.
"""

from reedgate_contract.compat import const
from station.core.ticks import elapsed_ms

_SHORTEST_MS = const(1000)
_LONGEST_MS = const(60000)
_PATIENCE = const(5)  # slots that a busy bus may put garbage off
_READINGS_AT_ONCE = const(8)
_READINGS_MS = const(60000)


class Housekeeping:
    """`count` grows with every slot that did what was due: evidence for the watchdog."""

    def __init__(self, memory, pollers, store):
        self.count = 0
        self._memory = memory
        self._pollers = pollers
        self._store = store
        self._period_ms = _SHORTEST_MS
        self._collected_ms = None
        self._flushed_ms = None
        self._put_off = 0
        self._flash_was_last = False

    def slot(self, now_ms):
        if self._flushed_ms is None:
            self._flushed_ms = self._collected_ms = now_ms
        idle = not self._bus_is_busy()
        readings_due = self._readings_due(now_ms)
        wanted = self._store.due() or readings_due
        if wanted and self._turn_of_garbage(now_ms):
            wanted = False
        for poller in self._pollers:
            poller.pause = wanted and not idle
        if wanted:
            if idle:
                self._to_flash(now_ms, readings_due)
                self._flash_was_last = True
                self.count += 1
        elif idle or self._put_off >= _PATIENCE:
            self._put_off = 0
            self._flash_was_last = False
            self.count += 1
            self._collect(now_ms)
        else:
            self._put_off += 1

    def _turn_of_garbage(self, now_ms):
        """A long backlog for the flash must not keep the garbage; they take turns then."""
        overdue = elapsed_ms(now_ms, self._collected_ms) >= 2 * self._period_ms
        return overdue and self._flash_was_last

    def _readings_due(self, now_ms):
        waiting = self._store.readings_waiting()
        if waiting >= _READINGS_AT_ONCE:
            return True
        return waiting > 0 and elapsed_ms(now_ms, self._flushed_ms) >= _READINGS_MS

    def _to_flash(self, now_ms, readings_due):
        if self._store.urgent_step():
            return
        if readings_due:
            self._flushed_ms = now_ms
            self._store.flush_readings()
        else:
            self._store.further_step()

    def _collect(self, now_ms):
        if elapsed_ms(now_ms, self._collected_ms) >= self._period_ms:
            self._collected_ms = now_ms
            in_good_time = self._memory.collect()
            if in_good_time and self._period_ms < _LONGEST_MS:
                self._period_ms += _SHORTEST_MS
            elif not in_good_time:
                self._period_ms = _SHORTEST_MS

    def _bus_is_busy(self):
        for poller in self._pollers:
            if poller.busy:
                return True
        return False
