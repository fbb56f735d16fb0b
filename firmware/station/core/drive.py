"""Drives: what stands between a target and the relays. Rule 2 of the control law lives here.

A drive never chooses a target. It moves toward the one it is given as far as dead time, switches,
travel time-out and its own latches allow; in every other case its outputs are off.
"""

from reedgate_contract import codes
from reedgate_contract.compat import const
from station.core.ticks import Hold, elapsed_ms

STOPPED = const(0)
OPENING = const(1)
CLOSING = const(2)
DRIVE_NAMES = ("stopped", "opening", "closing")


def direction_to(target, at_open, at_closed):
    """The direction in which a gate at these switches still has to move."""
    if target == codes.TARGET_OPEN and not at_open:
        return OPENING
    if target == codes.TARGET_CLOSED and not at_closed:
        return CLOSING
    return STOPPED  # HOLD, arrived, and any code this build does not know


def position_of(at_open, at_closed):
    if at_open and at_closed:
        return codes.POSITION_UNKNOWN
    if at_open:
        return codes.POSITION_OPEN
    return codes.POSITION_CLOSED if at_closed else codes.POSITION_MOVING


class TwoRelayDrive:
    """A motor with an open and a close relay; without either it stays where it is.

    Jam (travel time-out): stop, back off for backoff_ms, at most `retries` times, then the
    direction is forbidden until a reset. So is one whose switch has dropped at rest and been
    driven to again `retries` times. Both switches made forbids both directions until a reset.
    A latch of one direction never forbids the other.
    """

    def __init__(self, fields, open_output, close_output, at_open, at_closed):
        self.open_output = open_output  # indices into outputs and inputs
        self.close_output = close_output
        self.at_open = at_open
        self.at_closed = at_closed
        self.travel_timeout_ms = fields["travel_timeout_ms"]
        self.backoff_ms = min(fields["backoff_ms"], fields["travel_timeout_ms"])
        self.retries = fields["retries"]
        self.direction = STOPPED
        self.position = codes.POSITION_UNKNOWN
        self.forbids_opening = False
        self.forbids_closing = False
        self.fault = codes.CAUSE_NONE
        # By direction: how many retries are spent since it last arrived, and how often its switch
        # has dropped at rest and been driven to again since it last arrived at the other end.
        self.jams = bytearray(3)
        self.drops = bytearray(3)
        self._jammed_direction = STOPPED
        self._backing_off = False
        self._started_ms = 0
        # After a start the last direction is unknown: no output before the dead time has passed.
        # At least 1: from one direction to the other there is a scan with both outputs off.
        self._rest = Hold(max(fields["reverse_dead_ms"], 1))
        self._last_direction = STOPPED
        self._rests_at_end_of = STOPPED  # the direction whose switch is or was made at rest

    def position_lost(self, inputs):
        """Both switches made, or they were and nobody has reset it."""
        both = inputs[self.at_open] and inputs[self.at_closed]
        return both or self.fault == codes.CAUSE_SWITCHES

    def may(self, direction):
        if direction == OPENING:
            return not self.forbids_opening
        return not self.forbids_closing

    def reset(self, inputs):
        """A reset edge: latches go when their cause is gone, a back-off ends. Moves nothing."""
        if not (inputs[self.at_open] and inputs[self.at_closed]):
            self.forbids_opening = False
            self.forbids_closing = False
            self.fault = codes.CAUSE_NONE
            self._backing_off = False
            for direction in range(3):
                self.jams[direction] = 0
                self.drops[direction] = 0

    def step(self, now_ms, target, enabled, inputs, outputs):
        """One scan. enabled: outputs may be on at all (no emergency stop)."""
        at_open = inputs[self.at_open]
        at_closed = inputs[self.at_closed]
        self.position = position_of(at_open, at_closed)
        if at_open and at_closed:
            self.forbids_opening = True
            self.forbids_closing = True
            self.fault = codes.CAUSE_SWITCHES
        wanted = direction_to(target, at_open, at_closed)
        if self.direction != STOPPED:
            self._watch_travel(now_ms, at_open, at_closed)
        else:
            self._watch_rest(wanted, at_open, at_closed)
        if self._backing_off and wanted != self._jammed_direction:
            self._backing_off = False  # the target changed: its own direction comes first
        if self._backing_off:
            wanted = self._back_off(now_ms, at_open, at_closed)
        if not enabled or (wanted != STOPPED and not self.may(wanted)):
            wanted = STOPPED
        self._move(now_ms, wanted)
        outputs[self.open_output] = 1 if self.direction == OPENING else 0
        outputs[self.close_output] = 1 if self.direction == CLOSING else 0

    def _watch_travel(self, now_ms, at_open, at_closed):
        if self._backing_off:
            return  # _back_off ends it; to arrive by it is no success
        arrived = at_open if self.direction == OPENING else at_closed
        if arrived:
            self.jams[self.direction] = 0
            self.drops[OPENING if self.direction == CLOSING else CLOSING] = 0
            self._rests_at_end_of = self.direction
            if not (self.forbids_opening or self.forbids_closing):
                self.fault = codes.CAUSE_NONE
            return
        if elapsed_ms(now_ms, self._started_ms) < self.travel_timeout_ms:
            return
        jammed = self.direction
        self._stop(now_ms)
        self.fault = codes.CAUSE_JAM_OPENING if jammed == OPENING else codes.CAUSE_JAM_CLOSING
        if self.jams[jammed] < self.retries:
            self.jams[jammed] += 1
            self._jammed_direction = jammed
            self._backing_off = True
        else:
            self._forbid(jammed)

    def _watch_rest(self, wanted, at_open, at_closed):
        """A switch that drops at rest is driven to again, but not for ever."""
        if at_open != at_closed:
            self._rests_at_end_of = OPENING if at_open else CLOSING
        elif wanted != STOPPED and wanted == self._rests_at_end_of and self.may(wanted):
            self._rests_at_end_of = STOPPED
            if self.drops[wanted] < self.retries:
                self.drops[wanted] += 1
            else:
                self._forbid(wanted)

    def _forbid(self, direction):
        if direction == OPENING:
            self.forbids_opening = True
            self.fault = codes.CAUSE_JAM_OPENING
        else:
            self.forbids_closing = True
            self.fault = codes.CAUSE_JAM_CLOSING

    def _back_off(self, now_ms, at_open, at_closed):
        """The direction of the back-off while it lasts, else STOPPED and the end of it."""
        away = CLOSING if self._jammed_direction == OPENING else OPENING
        if self.direction == away:
            blocked = at_closed if away == CLOSING else at_open
            if blocked or elapsed_ms(now_ms, self._started_ms) >= self.backoff_ms:
                self._backing_off = False
                return STOPPED
        elif not self.may(away) or (at_closed if away == CLOSING else at_open):
            self._backing_off = False
            return STOPPED
        return away

    def _move(self, now_ms, wanted):
        """The one place where a direction begins or ends."""
        if self.direction != STOPPED and wanted != self.direction:
            self._stop(now_ms)
        rested = self._rest.update(now_ms, self.direction == STOPPED)
        if wanted == STOPPED or self.direction != STOPPED:
            return
        if wanted == self._last_direction or rested:
            self.direction = wanted
            self._started_ms = now_ms
            self._rests_at_end_of = STOPPED
            self._rest.update(now_ms, False)

    def _stop(self, now_ms):
        self._last_direction = self.direction
        self.direction = STOPPED
        self._rest.restart(now_ms)


class SpringReturnDrive:
    """One output against a spring. Without it the gate goes to its spring position by itself."""

    def __init__(self, fields, output, at_open, at_closed):
        self.output = output
        self.at_open = at_open  # indices into inputs, or -1 where there is no switch
        self.at_closed = at_closed
        self.spring = fields["spring"]
        self.travel_timeout_ms = fields["travel_timeout_ms"]
        self.direction = STOPPED
        self.position = codes.POSITION_UNKNOWN
        self.forbids_opening = False
        self.forbids_closing = False
        self.fault = codes.CAUSE_NONE
        self.jams = self.drops = bytearray(3)  # a spring is not tried again
        self._energised = False
        self._travelled = Hold(fields["travel_ms"])
        self._late = Hold(fields["travel_timeout_ms"])

    def position_lost(self, inputs):
        """As with two relays; where there is one switch only, it is never known."""
        return self._both_made(inputs) or self.fault == codes.CAUSE_SWITCHES

    def may(self, direction):
        return not (self.forbids_opening if direction == OPENING else self.forbids_closing)

    def reset(self, inputs):
        if not self._both_made(inputs):
            self.forbids_opening = False
            self.forbids_closing = False
            self.fault = codes.CAUSE_NONE

    def _both_made(self, inputs):
        wired = self.at_open >= 0 and self.at_closed >= 0
        return wired and inputs[self.at_open] == 1 and inputs[self.at_closed] == 1

    def step(self, now_ms, target, enabled, inputs, outputs):
        if self._both_made(inputs):
            self.forbids_opening = True
            self.forbids_closing = True
            self.fault = codes.CAUSE_SWITCHES
        energise = self._energised  # HOLD, and any code this build does not know: as it is
        if target == codes.TARGET_OPEN or target == codes.TARGET_CLOSED:
            energise = target != self.spring
        powered = CLOSING if self.spring == codes.TARGET_OPEN else OPENING
        if not enabled or not self.may(powered):
            energise = False
        if energise != self._energised:
            self._energised = energise
            self._travelled.update(now_ms, False)
            self._late.update(now_ms, False)
        outputs[self.output] = 1 if energise else 0
        self._watch_travel(now_ms, powered, inputs)

    def _watch_travel(self, now_ms, powered, inputs):
        travelled = self._travelled.update(now_ms, True)
        opens = (powered == OPENING) == self._energised
        here = self._switch(inputs, self.at_open if opens else self.at_closed)
        left = self._switch(inputs, self.at_closed if opens else self.at_open)
        arrived = here == 1 or (here < 0 and travelled and left <= 0)
        self.direction = STOPPED if arrived else (OPENING if opens else CLOSING)
        if here == 1 and left == 1:
            self.position = codes.POSITION_UNKNOWN
        elif arrived:
            self.position = codes.POSITION_OPEN if opens else codes.POSITION_CLOSED
        else:
            self.position = codes.POSITION_MOVING
        if arrived and not (self.forbids_opening or self.forbids_closing):
            self.fault = codes.CAUSE_NONE
        late = self._late.update(now_ms, not arrived)
        if late and self.fault != codes.CAUSE_SWITCHES:
            self.fault = codes.CAUSE_JAM_OPENING if opens else codes.CAUSE_JAM_CLOSING
            if self._energised:  # a powered move that does not arrive is given up
                if powered == OPENING:
                    self.forbids_opening = True
                else:
                    self.forbids_closing = True

    def _switch(self, inputs, terminal):
        """1 made, 0 not made, -1 no such switch."""
        return inputs[terminal] if terminal >= 0 else -1
