"""Rule 3 at one gate: the selector, its hold-to-run buttons, and the station's service.

What a person's hand wants, never whether the drive may: drive protection binds here too.
"""

from reedgate_contract import codes
from reedgate_contract.compat import const
from station.core.ticks import Hold

_IDLE_MS = const(900000)
_FIRST_MS = const(15000)
_OPEN = const(1)  # codes.TARGET_*: the look-up of a module's attribute costs more
_CLOSED = const(2)
_HOLD = const(0)


class Hands:
    """One gate's. target: what the buttons ask for now; HOLD for none of them, and for both.

    local: the selector stands on local. idle: it does, and no button was touched for 15 minutes.
    """

    def __init__(self, selector, opens, closes, trip_target, travel_timeout_ms):
        self.local = False
        self.idle = False
        self.target = codes.TARGET_HOLD
        self._selector = selector  # indices into inputs, or -1
        self._opens = opens
        self._closes = closes
        self._trip_target = trip_target
        self._idle_hold = Hold(_IDLE_MS)
        self._first = Hold(_FIRST_MS)
        self._travel = Hold(max(travel_timeout_ms, _FIRST_MS))
        self._arrived = False  # in this service

    def scan(self, now_ms, inputs):
        opens = self._opens >= 0 and inputs[self._opens] == 1
        closes = self._closes >= 0 and inputs[self._closes] == 1
        self.target = _HOLD
        if opens and not closes:
            self.target = _OPEN
        elif closes and not opens:
            self.target = _CLOSED
        self.local = self._selector >= 0 and inputs[self._selector] == 1
        self.idle = self._idle_hold.update(now_ms, self.local and not (opens or closes))

    def in_service(self, now_ms, service, at_trip):
        """The target while service stands: the trip position first, then the buttons.

        First: for 15 s, and until it is there or its travel time-out has passed. While service
        ends nothing moves.
        """
        if not service.standing:
            if self._travel.running:
                self._travel.stop()
                self._first.stop()
                self._arrived = False
            return _HOLD
        first = self._first.update(now_ms, True)
        if self._travel.update(now_ms, True) or (first and at_trip):
            self._arrived = True
        if not self._arrived:
            return self._trip_target
        return _HOLD if service.ending else self.target
