"""Whether a probe is known to be under water: a probe in air reads as perfect water."""

from reedgate_contract import config as layout


class Wet:
    """A witness for all points of one sensor: another point, or one of its own, beyond a bound."""

    def __init__(self, fields):
        self.point = fields["point"]
        self._side = fields["side"]
        self._bound = fields["bound"]

    def known(self, readings, point, value):
        """At a poll of point that gave value, which may be the witness's own. False too while the
        witness is not usable."""
        if point != self.point:
            if not readings.usable(self.point):
                return False
            value = readings.value[self.point]
        if self._side == layout.SIDE_ABOVE:
            return value > self._bound
        return value < self._bound
