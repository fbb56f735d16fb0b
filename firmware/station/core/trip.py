"""A quality trip: a limit that latches, and how the latch clears."""

from reedgate_contract import config as layout
from station.core.limit import Limit
from station.core.recurrence import Recurrence
from station.core.ticks import Hold


class Trip:
    """Latched from the scan in which its limit trips until its own clearing rule.

    hold_then_clear: the water inside the limit by its deadband, GOOD, for clear_hold_ms, while
    upstream water moves past the probe. reset_only: a reset edge while the water is inside; so
    clears any trip without water moving past its probe, and one that was the third in 24 h.
    cause_gone, of a contact: with its cause. Any other code never clears by itself.
    """

    def __init__(self, readings, fields, limit=None):
        """limit: what it judges by, where that is more than the one limit of its fields."""
        self.limit = limit or Limit(readings, fields)
        self.point = fields["point"]
        self.clears = fields["clears"]
        self.flow_past = fields["flow_past"]
        self.latched = False
        self.clear_hold = Hold(fields["clear_hold_ms"])
        self.recurrence = Recurrence()
        self.clears_by = self.clears  # now

    def scan(self, now_ms, reset_edge, passed_by_bypass):
        """passed_by_bypass: the gate is open, or its bypass is and takes water past the probe."""
        limit = self.limit
        limit.scan(now_ms)
        recurrence = self.recurrence
        if recurrence.kept:
            recurrence.age(now_ms)
        if not self.latched:
            if self.clear_hold.running:
                self.clear_hold.stop()
            if limit.tripped:
                self.latched = True
                recurrence.tripped(now_ms)
            return
        passed = self._passed(passed_by_bypass)
        self.clears_by = self._clears_now(passed)
        cause_gone = limit.permissive and not limit.tripped
        held = self.clear_hold.update(now_ms, cause_gone and passed)
        if cause_gone:
            if self.clears_by == layout.CLEARS_HOLD_THEN_CLEAR:
                self.latched = not held
            elif self.clears_by == layout.CLEARS_RESET_ONLY:
                self.latched = not reset_edge
            elif self.clears_by == layout.CLEARS_CAUSE_GONE:
                self.latched = False
            if not self.latched:
                recurrence.cleared()

    def _passed(self, by_bypass):
        """Whether upstream water moves past the probe."""
        if self.flow_past == layout.FLOW_PAST_BYPASS:
            return by_bypass
        return self.flow_past == layout.FLOW_PAST_PUMP

    def _clears_now(self, passed):
        of_itself = self.clears == layout.CLEARS_CAUSE_GONE  # its cause is no water
        if self.recurrence.insists or not (passed or of_itself):
            return layout.CLEARS_RESET_ONLY
        return self.clears

    @property
    def never_good(self):
        return self.limit.never_good
