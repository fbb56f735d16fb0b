"""Service of the whole station, by its button alone: a press begins it, the next one ends it."""

from reedgate_contract.compat import const
from station.core.ticks import Hold

_END_MS = const(30000)  # of horn and LED, so that nobody stands where a gate will move


class Service:
    """standing: it ranks with local. ending: its last 30 s. needs_reset: it was, or stands; no
    gate opens by rules 8 and 9 before a reset edge after its end. That outlives a restart."""

    def __init__(self, button):
        self.standing = False
        self.ending = False
        self.needs_reset = False
        self._button = button  # index into inputs, or -1
        self._was_pressed = True  # a button held through a start is no edge
        self._end = Hold(_END_MS)

    def scan(self, now_ms, inputs, reset_edge):
        if self._button >= 0:
            pressed = inputs[self._button] == 1
            if pressed and not self._was_pressed:
                self.ending = self.standing
                self.standing = self.needs_reset = True
            self._was_pressed = pressed
        if self._end.update(now_ms, self.ending):
            self.standing = self.ending = False
        elif reset_edge and not self.standing:
            self.needs_reset = False

    def left_ms(self, now_ms):
        return self._end.left_ms(now_ms) if self.ending else 0
