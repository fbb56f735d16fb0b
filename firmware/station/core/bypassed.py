"""The bypass of one measurement, set at the station: while somebody calibrates its probe.

Its limits judge on, masked; the row says that work is going on, so nothing opens by it, at any
gate. It ends by itself, starts and ends no movement, and does not outlive a restart.
"""

from reedgate_contract.compat import const
from station.core.ticks import Hold

_LONGEST_MS = const(3600000)
_NOBODY = const(-1)

SET = const(0)
NO_SUCH_MEASUREMENT = const(1)  # no trip of this gate looks at it
ONE_IS_SET = const(2)
OF_A_FLOOD = const(3)
THE_LAST = const(4)  # no other measurement would judge the water
TOO_LONG = const(5)


class MeasurementBypass:
    """At most one of a gate. Only what stands at the station itself may call `order`."""

    def __init__(self, readings, limits, flood_points):
        """limits: all of the gate's trips. flood_points: of any gate of the station."""
        self.point = _NOBODY
        self._readings = readings
        self._limits = limits
        self._flood_points = flood_points
        self._time = Hold(_LONGEST_MS)

    def order(self, now_ms, point, for_ms):
        """SET, or the code of why not; then nothing has changed."""
        if not 0 < for_ms <= _LONGEST_MS:
            return TOO_LONG
        if self.point != _NOBODY:
            return ONE_IS_SET
        if point in self._flood_points:
            return OF_A_FLOOD
        known = others = False
        for limit in self._limits:
            if limit.point == point:
                known = True
            elif limit.is_read and not limit.lost:
                others = True
        if not known:
            return NO_SUCH_MEASUREMENT
        if not others:
            return THE_LAST
        self._mask(point, True)
        self.point = point
        self._time.hold_ms = for_ms
        self._time.restart(now_ms)
        return SET

    def cancel(self):
        if self.point != _NOBODY:
            self._mask(self.point, False)
            self.point = _NOBODY

    def scan(self, now_ms):
        """Once a scan, before the limits: whether it stands."""
        if self.point != _NOBODY and self._time.update(now_ms, True):
            self.cancel()
        return self.point != _NOBODY

    def left_ms(self, now_ms):
        return self._time.left_ms(now_ms)

    def _mask(self, point, masked):
        self._readings.serve(point, masked)
        for limit in self._limits:
            if limit.point == point:
                limit.bypass(masked)
