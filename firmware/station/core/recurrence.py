"""How often one cause has tripped lately: the third time in 24 h somebody has to look."""

from array import array

from reedgate_contract.compat import const
from station.core.ticks import elapsed_ms

_DAY_MS = const(86400000)
_BEFORE = const(2)  # trips before the one that insists
_COUNT = const(3)  # bits of `kept`
_INSISTS = const(4)


class Recurrence:
    """Each trip counts for 24 h of running; those of before a restart count as of now.

    `kept` is what survives a restart, as one byte.
    """

    def __init__(self):
        self.insists = False  # until the latch is reset
        self.kept = 0
        self._at_ms = array("i", (0, 0))  # as many as the count says, the oldest first

    def age(self, now_ms):
        """Once a scan: a time of days ago could not be told from one of today."""
        count = self.kept & _COUNT
        if count and elapsed_ms(now_ms, self._at_ms[0]) >= _DAY_MS:
            self._at_ms[0] = self._at_ms[1]
            self.kept -= 1

    def tripped(self, now_ms):
        count = self.kept & _COUNT
        if count < _BEFORE:
            self.kept += 1
            self._at_ms[count] = now_ms
        else:
            self.insists = True
            self.kept |= _INSISTS
            self._at_ms[0] = self._at_ms[1]
            self._at_ms[1] = now_ms

    def cleared(self):
        self.insists = False
        self.kept &= _COUNT

    def restore(self, kept, now_ms):
        self.kept = min(kept & _COUNT, _BEFORE) | kept & _INSISTS
        self.insists = bool(kept & _INSISTS)
        self._at_ms[0] = self._at_ms[1] = now_ms
