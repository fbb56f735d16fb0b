"""Rule 8: what a person has ordered from afar for one gate, and how long it stands.

Who may order, and whether an order came in time, is judged before it gets here (app/commands.py).
Nothing of an order outlives a restart, but one to the trip position that stands until released.
"""

from reedgate_contract import codes
from station.core.ticks import Hold


class Remote:
    """take(), release() and reset() come between scans, scan() once in each.

    Of the orders between two scans the last wins, but one to the trip position beats one away
    from it, whichever came first.
    """

    def __init__(self, trip_target):
        self.order = codes.TARGET_HOLD  # HOLD: none stands
        self.until_released = False
        self.reset_edge = False  # a reset of the quality trips came since the last scan
        self.trip_target = trip_target
        self.hold = Hold(0)  # of an order that does not stand until released
        self._came = False
        self._came_order = codes.TARGET_HOLD
        self._came_hold_ms = 0
        self._safe_came = False
        self._reset_came = False

    def take(self, order, hold_ms):
        """hold_ms 0: until released, which only an order to the trip position may be."""
        if self._safe_came and order != self.trip_target:
            return
        self._safe_came = order == self.trip_target
        self._put(order, hold_ms)

    def release(self):
        self._put(codes.TARGET_HOLD, 0)

    def reset(self):
        self._reset_came = True

    def _put(self, order, hold_ms):
        self._came = True
        self._came_order = order
        self._came_hold_ms = hold_ms

    def restore(self):
        """Before the first scan: the order to the trip position that stood until released."""
        self.order = self.trip_target
        self.until_released = True

    def scan(self, now_ms):
        """Whether the order that stood is over: by its time, a release or another one."""
        self.reset_edge = self._reset_came
        self._reset_came = False
        if self._came:
            return self._begin(now_ms)
        if self.order == codes.TARGET_HOLD or self.until_released:
            return False
        if not self.hold.update(now_ms, True):
            return False
        self.order = codes.TARGET_HOLD
        return True

    def _begin(self, now_ms):
        stood = self.order
        self._came = False
        self._safe_came = False
        self.order = self._came_order
        self.until_released = (
            self._came_hold_ms == 0 and self.order == self.trip_target
        )  # an order away from it without a time would never end
        self.hold.hold_ms = self._came_hold_ms
        self.hold.restart(now_ms)
        if not self.until_released and self.hold.done:
            self.order = codes.TARGET_HOLD
        return stood != codes.TARGET_HOLD and stood != self.order
