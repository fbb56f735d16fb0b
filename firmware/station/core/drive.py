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


def is_lost(fault):
    """Whether with this fault nobody knows where the gate is, whatever its switches say."""
    return codes.CAUSE_NOT_LEFT <= fault <= codes.CAUSE_SILENT


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
    driven to again `retries` times. Both switches made, or the torque switch open, forbids both
    directions until a reset. A latch of one direction never forbids the other.

    A switch that keeps no time (leave_ms, travel_min_ms) or a leak makes the position unknown
    until a reset: toward `trip_target` it then runs for one whole travel time, or until its torque
    switch opens there, and no more; the other way only as ever.
    """

    def __init__(
        self,
        fields,
        open_output,
        close_output,
        at_open,
        at_closed,
        torque=-1,
        trip_target=codes.TARGET_CLOSED,
    ):
        self.open_output = open_output  # indices into outputs and inputs
        self.close_output = close_output
        self.at_open = at_open
        self.at_closed = at_closed
        self.torque = torque  # index into inputs, or -1
        self.travel_ms = fields["travel_ms"]
        self.travel_timeout_ms = fields["travel_timeout_ms"]
        self.leave_ms = fields["leave_ms"]
        self.travel_min_ms = fields["travel_min_ms"]
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
        self._seeks = OPENING if trip_target == codes.TARGET_OPEN else CLOSING
        self._sought = False  # it has run for its travel time with its position unknown
        self._from_end = False  # this move began at the other end's switch

    def position_lost(self, inputs):
        """Both switches made, or they were or broke their times, and nobody has reset it."""
        both = inputs[self.at_open] and inputs[self.at_closed]
        return both or self.fault == codes.CAUSE_SWITCHES or is_lost(self.fault)

    def at(self, target, inputs):
        """Whether the switch of that end is made."""
        return inputs[self.at_open if target == codes.TARGET_OPEN else self.at_closed] == 1

    def moved_by_hand(self):
        """Local buttons by wire: that it has left its end is no dropped switch."""
        self._rests_at_end_of = STOPPED

    def lose(self, cause):
        """Nobody knows any more where it is. Both switches made is the worse fault."""
        if self.fault != codes.CAUSE_SWITCHES and not is_lost(self.fault):
            self.fault = cause
            self._sought = False
            self._backing_off = False

    def may(self, direction):
        if direction == OPENING:
            return not self.forbids_opening
        return not self.forbids_closing

    def reset(self, inputs):
        """A reset edge: latches go when their cause is gone, a back-off ends. Moves nothing."""
        overload = self.torque >= 0 and not inputs[self.torque]
        if not (overload or (inputs[self.at_open] and inputs[self.at_closed])):
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
        if self.torque >= 0 and not inputs[self.torque]:
            self._watch_torque(at_open, at_closed)
        wanted = direction_to(target, at_open, at_closed)
        if self.direction != STOPPED:
            if self._watch_travel(now_ms, at_open, at_closed):
                wanted = STOPPED
        else:
            self._watch_rest(wanted, at_open, at_closed)
        if is_lost(self.fault):
            self.position = codes.POSITION_UNKNOWN
            if wanted == self._seeks and self._sought:
                wanted = STOPPED
        if self._backing_off and wanted != self._jammed_direction:
            self._backing_off = False  # the target changed: its own direction comes first
        if self._backing_off:
            wanted = self._back_off(now_ms, at_open, at_closed)
        if not enabled or (wanted != STOPPED and not self.may(wanted)):
            wanted = STOPPED
        self._move(now_ms, wanted, at_closed if wanted == OPENING else at_open)
        outputs[self.open_output] = 1 if self.direction == OPENING else 0
        outputs[self.close_output] = 1 if self.direction == CLOSING else 0

    def _watch_torque(self, at_open, at_closed):
        """It is open. At the end of a travel it may be, and where the position is sought."""
        if self.direction != STOPPED:
            if at_open if self.direction == OPENING else at_closed:
                return
            if is_lost(self.fault) and self.direction == self._seeks:
                self._sought = True
                return
        self.forbids_opening = True
        self.forbids_closing = True
        if self.fault != codes.CAUSE_SWITCHES and not is_lost(self.fault):
            self.fault = codes.CAUSE_OVERLOAD  # else the position is still unknown

    def _watch_travel(self, now_ms, at_open, at_closed):
        """Whether the move must end here, though its target may not be reached."""
        if self._backing_off:
            return False  # _back_off ends it; to arrive by it is no success
        arrived = at_open if self.direction == OPENING else at_closed
        ran_ms = elapsed_ms(now_ms, self._started_ms)
        if self._breaks_its_times(ran_ms, arrived, at_open, at_closed):
            return True
        if is_lost(self.fault) and self.direction == self._seeks:
            if ran_ms >= self.travel_ms or arrived:
                self._sought = True
            return self._sought
        if arrived:
            self.jams[self.direction] = 0
            self.drops[OPENING if self.direction == CLOSING else CLOSING] = 0
            self._rests_at_end_of = self.direction
            if not (self.forbids_opening or self.forbids_closing or is_lost(self.fault)):
                self.fault = codes.CAUSE_NONE
            return False
        if ran_ms < self.travel_timeout_ms:
            return False
        jammed = self.direction
        if not is_lost(self.fault):
            opens = jammed == OPENING
            self.fault = codes.CAUSE_JAM_OPENING if opens else codes.CAUSE_JAM_CLOSING
        if self.jams[jammed] < self.retries:
            self.jams[jammed] += 1
            self._jammed_direction = jammed
            self._backing_off = True
        else:
            self._forbid(jammed)
        return False

    def _breaks_its_times(self, ran_ms, arrived, at_open, at_closed):
        """A switch that stays made after the gate must have left, or makes before it can be there.

        That cause is told first; one that is known already is not broken again.
        """
        if is_lost(self.fault):
            return False
        behind = at_closed if self.direction == OPENING else at_open
        if self.leave_ms and behind and not arrived and ran_ms >= self.leave_ms:
            self.lose(codes.CAUSE_NOT_LEFT)
            return True
        if arrived and self._from_end and ran_ms < self.travel_min_ms:
            self.lose(codes.CAUSE_TOO_EARLY)
            return True
        return False

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
        else:
            self.forbids_closing = True
        if not is_lost(self.fault):  # that is the worse one
            opens = direction == OPENING
            self.fault = codes.CAUSE_JAM_OPENING if opens else codes.CAUSE_JAM_CLOSING

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

    def _move(self, now_ms, wanted, from_end):
        """The one place where a direction begins or ends. from_end: the other end's switch."""
        if self.direction != STOPPED and wanted != self.direction:
            self._last_direction = self.direction
            self.direction = STOPPED
        rested = self._rest.update(now_ms, self.direction == STOPPED)
        if wanted == STOPPED or self.direction != STOPPED:
            return
        if wanted == self._last_direction or rested:
            self.direction = wanted
            self._started_ms = now_ms
            self._from_end = from_end
            if wanted != self._seeks:
                self._sought = False
            self._rests_at_end_of = STOPPED
            self._rest.update(now_ms, False)
