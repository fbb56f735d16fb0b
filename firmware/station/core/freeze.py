"""The freeze of a measurement while its probe wipes itself: its last status stands, and for a
bounded time its limits do not miss it. It starts no opening (gate.py) and is no bypass.
"""

from reedgate_contract.compat import const
from station.core.ticks import elapsed_ms

_WINDOW_MS = const(600000)
_MOST_IN_WINDOW_MS = const(60000)


class Freeze:
    """All points of one probe. In any 10 min they are frozen for at most 60 s together."""

    def __init__(self, readings, points, limits, fields):
        """limits: every Limit that watches one of the points."""
        self.points = points
        self.every_ms = fields["every_ms"]
        self.pdu = fields["name"]  # of the request that makes it wipe itself
        self.reply_size = fields["reply_size"]
        self.active = False
        self._readings = readings
        self._limits = limits
        self._takes_ms = fields["takes_ms"]
        self._most_ms = fields["freeze_max_ms"]
        self._since_ms = 0
        # The ends of the last freezes that are younger than the window, the oldest first; each
        # counts as one of full length.
        self._ends_ms = [0] * (_MOST_IN_WINDOW_MS // self._most_ms)
        self._ended = 0

    def begin(self, now_ms):
        """Whether the probe may be told to wipe itself now; then the freeze has begun."""
        self._forget(now_ms)
        if self.active or self._ended >= len(self._ends_ms):
            return False
        for point in self.points:
            if not self._readings.good(point):
                return False
        for limit in self._limits:
            if not limit.quiet():
                return False
        self.active = True
        self._since_ms = now_ms
        for point in self.points:
            self._readings.frozen[point] = 1
        for limit in self._limits:
            limit.frozen = True
        return True

    def swallows(self, now_ms, answered):
        """Whether a poll of now is to be forgotten. The first answer after the wipe ends it."""
        if not self.active:
            return False
        if not answered or elapsed_ms(now_ms, self._since_ms) < self._takes_ms:
            return True
        self._end(now_ms)
        for limit in self._limits:
            limit.thaw(now_ms)
        return False

    def scan(self, now_ms):
        """Once a scan: at the end of its time without an answer all is lost at once."""
        self._forget(now_ms)
        if self.active and elapsed_ms(now_ms, self._since_ms) >= self._most_ms:
            self._end(now_ms)
            for point in self.points:
                self._readings.expire(point)
            for limit in self._limits:
                limit.lose()

    def _end(self, now_ms):
        self.active = False
        self._ends_ms[self._ended] = now_ms
        self._ended += 1
        for point in self.points:
            self._readings.frozen[point] = 0

    def _forget(self, now_ms):
        if self._ended and elapsed_ms(now_ms, self._ends_ms[0]) >= _WINDOW_MS:
            self._ended -= 1
            for index in range(self._ended):
                self._ends_ms[index] = self._ends_ms[index + 1]
