"""A drive that moves itself: over its own bus it is told where to go and asked where it is.

The bus task (app/actuator_task.py) carries both; the scan never waits for it. An order is written
again until the position agrees.
"""

from reedgate_contract import codes
from reedgate_contract.compat import const
from station.core.drive import CLOSING, OPENING, STOPPED, is_lost
from station.core.ticks import Hold

_OPEN = const(1)  # codes.TARGET_*
_CLOSED = const(2)


class ActuatorDrive:
    """`order` is what the actuator is to be told: TARGET_OPEN, TARGET_CLOSED, or HOLD, to stop.

    Silent for silence_ms: a fault that stands until a reset, and the position is unknown; the
    order toward the trip position is repeated all the same. A travel that outlasts its time-out
    is a jam: away from the trip position that direction is given up.
    """

    def __init__(self, fields, actuator, trip_target):
        self.order = codes.TARGET_HOLD
        self.direction = STOPPED
        self.position = codes.POSITION_UNKNOWN
        self.forbids_opening = False
        self.forbids_closing = False
        self.fault = codes.CAUSE_NONE
        self.jams = self.drops = bytearray(3)  # it backs off by itself, if at all
        self._toward = OPENING if trip_target == codes.TARGET_OPEN else CLOSING
        self._low = actuator["at_closed"]
        self._high = actuator["at_open"]
        self._tolerance = actuator["tolerance"]
        self._raw = -1  # not known since the start
        self._answered = False  # since the last scan
        self._silence = Hold(actuator["silence_ms"])
        self._late = Hold(fields["travel_timeout_ms"])
        self._late_direction = STOPPED

    def answered(self, raw):
        """By the bus task: the position that it has told, in its own units."""
        self._raw = raw
        self._answered = True

    @property
    def agrees(self):
        """Whether it is where its order says, or has none."""
        return self.order == codes.TARGET_HOLD or self.at(self.order, None)

    def at(self, target, inputs):
        end = self._high if target == codes.TARGET_OPEN else self._low
        off = self._raw - end
        return self._raw >= 0 and -self._tolerance <= off <= self._tolerance

    def position_lost(self, inputs):
        return is_lost(self.fault)

    def moved_by_hand(self):
        pass  # it has no switch that could drop

    def lose(self, cause):
        if not is_lost(self.fault):
            self.fault = cause

    def may(self, direction):
        return not (self.forbids_opening if direction == OPENING else self.forbids_closing)

    def reset(self, inputs):
        if self.fault != codes.CAUSE_SILENT or not self._silence.done:
            self.forbids_opening = False
            self.forbids_closing = False
            self.fault = codes.CAUSE_NONE
            self._late.stop()

    def step(self, now_ms, target, enabled, inputs, outputs):
        if self._answered:
            self._answered = False
            self._silence.restart(now_ms)
        if self._silence.update(now_ms, True):
            self.lose(codes.CAUSE_SILENT)
        direction = STOPPED
        if enabled and target == _OPEN and self.may(OPENING):
            direction = OPENING
        elif enabled and target == _CLOSED and self.may(CLOSING):
            direction = CLOSING
        self.order = codes.TARGET_HOLD  # and for any code this build does not know
        if direction != STOPPED:
            self.order = target
        self.direction = STOPPED if self.agrees else direction
        self._look(now_ms)

    def _look(self, now_ms):
        if is_lost(self.fault) or self._raw < 0:
            self.position = codes.POSITION_UNKNOWN
        elif self.at(_OPEN, None):
            self.position = codes.POSITION_OPEN
        else:
            closed = self.at(_CLOSED, None)
            self.position = codes.POSITION_CLOSED if closed else codes.POSITION_MOVING
        direction = self.direction
        if direction != self._late_direction:
            self._late_direction = direction
            self._late.stop()
        if self._late.update(now_ms, direction != STOPPED) and not is_lost(self.fault):
            opens = direction == OPENING
            self.fault = codes.CAUSE_JAM_OPENING if opens else codes.CAUSE_JAM_CLOSING
            if direction != self._toward:  # toward it the order stands for ever
                self.forbids_opening = self.forbids_opening or opens
                self.forbids_closing = self.forbids_closing or not opens
        arrived = direction == STOPPED and self.order != codes.TARGET_HOLD
        latched = self.forbids_opening or self.forbids_closing or is_lost(self.fault)
        if arrived and not latched:
            self.fault = codes.CAUSE_NONE
