"""A quality trip: a limit that latches, and how the latch clears."""

from reedgate_contract import config as layout
from station.core.limit import Limit
from station.core.ticks import Hold


class Trip:
    """Latched from the scan in which its limit trips until its own clearing rule.

    hold_then_clear: the water inside the limit by its deadband, GOOD, for clear_hold_ms.
    reset_only: a reset edge while the water is so. Any other code never clears by itself.
    """

    def __init__(self, readings, fields):
        self.limit = Limit(readings, fields)
        self.point = fields["point"]
        self.clears = fields["clears"]
        self.latched = False
        self.clear_hold = Hold(fields["clear_hold_ms"])

    def scan(self, now_ms, reset_edge):
        limit = self.limit
        limit.scan(now_ms)
        if not self.latched:
            if self.clear_hold.running:
                self.clear_hold.stop()
            self.latched = limit.tripped
            return
        cause_gone = limit.permissive and not limit.tripped
        held = self.clear_hold.update(now_ms, cause_gone)
        if cause_gone:
            if self.clears == layout.CLEARS_HOLD_THEN_CLEAR:
                self.latched = not held
            elif self.clears == layout.CLEARS_RESET_ONLY:
                self.latched = not reset_edge

    @property
    def never_good(self):
        return not self.limit.readings.ever_good[self.point]
