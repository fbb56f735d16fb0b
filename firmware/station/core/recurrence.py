"""How often one cause has tripped lately: the third time in 24 h somebody has to look."""

from array import array

from reedgate_contract.compat import const
from station.core.ticks import elapsed_ms

_DAY_MS = const(86400000)
_BEFORE = const(2)  # trips before the one that insists
_INSISTS = const(4)


class Recurrence:
    """Each trip counts for 24 h of running; those of before a restart count as of now."""

    def __init__(self):
        self.insists = False  # until the latch is reset
        self.count = 0
        self._at_ms = array("i", (0, 0))  # the first `count`, the oldest first

    def age(self, now_ms):
        """Once a scan: a time of before days could not be told from one of today."""
        if self.count and elapsed_ms(now_ms, self._at_ms[0]) >= _DAY_MS:
            self.count -= 1
            self._at_ms[0] = self._at_ms[1]

    def tripped(self, now_ms):
        if self.count < _BEFORE:
            self.count += 1
        else:
            self.insists = True
            self._at_ms[0] = self._at_ms[1]
        self._at_ms[self.count - 1] = now_ms

    @property
    def kept(self):
        """What survives a restart, as one byte."""
        return self.count | (_INSISTS if self.insists else 0)

    def restore(self, kept, now_ms):
        self.count = min(kept & 3, _BEFORE)
        self.insists = bool(kept & _INSISTS)
        for index in range(_BEFORE):
            self._at_ms[index] = now_ms
