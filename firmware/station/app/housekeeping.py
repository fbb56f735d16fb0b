"""The slot after a scan: one slow thing at most, and no frame under way if that can be."""

from reedgate_contract.compat import const
from station.core.ticks import elapsed_ms

_SHORTEST_MS = const(1000)
_LONGEST_MS = const(60000)
_PATIENCE = const(5)  # slots that a busy bus may put it off


class Housekeeping:
    """Collects garbage often enough that half of the heap stays free. `count` is its evidence."""

    def __init__(self, memory, pollers):
        self.count = 0
        self._memory = memory
        self._pollers = pollers
        self._period_ms = _SHORTEST_MS
        self._collected_ms = None
        self._put_off = 0

    def slot(self, now_ms):
        if self._bus_is_busy() and self._put_off < _PATIENCE:
            self._put_off += 1
            return
        self._put_off = 0
        self.count += 1
        if self._collected_ms is None:
            self._collected_ms = now_ms
        elif elapsed_ms(now_ms, self._collected_ms) >= self._period_ms:
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
