"""How long ago a gate last made a full stroke: a gate that never moves is one nobody knows."""

from reedgate_contract import codes
from reedgate_contract.compat import const
from station.core.ticks import Hold

_HOUR_MS = const(3600000)
_HOURS = const(24)
MOST_HOURS = const(65535)


class Stroke:
    """due: the last stroke from one end to the other ended more than `days` of uptime ago.

    hours since then survive a restart with the latches; what of an hour had passed does not.
    """

    def __init__(self, days):
        self.hours = 0
        self.due = False
        self._due_hours = days * _HOURS
        self._hour = Hold(_HOUR_MS)
        self._from = codes.POSITION_UNKNOWN  # the end that it came from

    def scan(self, now_ms, position):
        if position == codes.POSITION_OPEN or position == codes.POSITION_CLOSED:
            if self._from != position and self._from != codes.POSITION_UNKNOWN:
                self.hours = 0
                self._hour.stop()
            self._from = position
        elif position == codes.POSITION_UNKNOWN:
            self._from = position
        if self._hour.update(now_ms, True):
            self._hour.restart(now_ms)
            if self.hours < MOST_HOURS:
                self.hours += 1
        self.due = self.hours >= self._due_hours
