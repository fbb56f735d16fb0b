"""Flood causes of a gate: points and contacts that overrule the water's quality.

Nothing remote touches this file's decisions, and no confirmation delays them: a flood point acts
at its first usable poll beyond its limit, a contact after its debounce.
"""

from reedgate_contract import config as layout
from station.core.ticks import Hold


class FloodPoint:
    """One stage with its flood limit. A lost stage neither starts nor ends a flood of itself.

    Lost: no usable poll for the point's max_age_ms. One poll without an answer is not yet a loss.
    """

    def __init__(self, readings, fields):
        self.readings = readings
        self.point = fields["point"]
        self.side = fields["side"]
        self.limit = fields["limit"]
        self.deadband = fields["deadband"]
        self.beyond = False  # at a usable poll since the last scan
        self.called = False  # so in the last scan
        self.lost = False
        self._dry = Hold(readings.points[self.point].max_age_ms)  # since the last usable poll
        readings.watch(self.point, self)

    def poll(self, now_ms, usable, value):
        if usable:
            self._dry.restart(now_ms)
            above = self.side == layout.SIDE_ABOVE
            self.beyond = self.beyond or (value > self.limit if above else value < self.limit)

    def scan(self, now_ms):
        """1 calls for the flood position, 2 is clear, 0 is neither."""
        readings = self.readings
        self.lost = self._dry.update(now_ms, True)
        called = 1 if self.beyond else 0
        self.called = self.beyond
        self.beyond = False
        if readings.good(self.point):
            value = readings.value[self.point]
            if self.side == layout.SIDE_ABOVE:
                clear = value < self.limit - self.deadband
            else:
                clear = value > self.limit + self.deadband
            if clear and not called:
                return 2
        return called


class FloodContact:
    """One contact, wired so that a broken wire means flood when it is active open."""

    def __init__(self, fields, terminal):
        self.terminal = terminal  # index into the inputs
        self._active_level = 0 if fields["active_open"] else 1
        self.debounce = Hold(fields["debounce_ms"])

    def scan(self, now_ms, inputs):
        """As FloodPoint.scan; 0 while it is debounced."""
        if inputs[self.terminal] != self._active_level:
            self.debounce.stop()
            return 2
        return 1 if self.debounce.update(now_ms, True) else 0


class Flood:
    """One cause with its position. It stands from its first call until clear for clear_ms."""

    def __init__(self, fields):
        self.position = fields["position"]
        self.stage_lost = fields["stage_lost"]
        self.points = []
        self.contacts = []
        self.standing = False
        self.stage_is_lost = False
        self.clear_hold = Hold(fields["clear_ms"])

    def scan(self, now_ms, inputs, starting):
        """Whether it stands. starting: a stage that has not been read yet is not lost."""
        called = False
        clear = True
        self.stage_is_lost = False
        for point in self.points:
            state = point.scan(now_ms)
            called = called or state == 1
            clear = clear and state == 2
            self.stage_is_lost = self.stage_is_lost or point.lost
        for contact in self.contacts:
            state = contact.scan(now_ms, inputs)
            called = called or state == 1
            clear = clear and state == 2
        if self.stage_is_lost and self.stage_lost == layout.STAGE_LOST_FLOOD and not starting:
            called = True
        if called:
            self.standing = True
        if not self.standing:
            self.clear_hold.stop()
        elif self.clear_hold.update(now_ms, clear):
            self.standing = False
        return self.standing
