"""Water past a closed gate: a flow or a level that a closed gate cannot make."""

from reedgate_contract import config as layout
from station.core.ticks import Hold


class Leak:
    """One point with the limit that it keeps while the gate is closed and tight.

    `beyond` is of its last usable poll; polls without an answer neither show nor clear a leak.
    """

    def __init__(self, readings, fields):
        self.beyond = False
        self._above = fields["side"] == layout.SIDE_ABOVE
        self._limit = fields["limit"]
        self._hold = Hold(fields["hold_ms"])
        readings.watch(fields["point"], self)

    def poll(self, now_ms, usable, value):
        if usable:
            self.beyond = value > self._limit if self._above else value < self._limit

    def scan(self, now_ms, closed):
        """Whether it has shown for hold_ms at a gate that stood closed all the while."""
        return self._hold.update(now_ms, closed and self.beyond)
