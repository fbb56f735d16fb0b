"""A drive with one output against a spring."""

from reedgate_contract import codes
from station.core.drive import CLOSING, OPENING, STOPPED, is_lost
from station.core.ticks import Hold


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
        known = self.fault != codes.CAUSE_SWITCHES and not is_lost(self.fault)
        return self._both_made(inputs) or not known

    def at(self, target, inputs):
        """Whether the switch of that end is made, where there is one."""
        return self._switch(inputs, self._switch_of(target)) == 1

    def _switch_of(self, target):
        return self.at_open if target == codes.TARGET_OPEN else self.at_closed

    def moved_by_hand(self):
        pass  # nobody can: its coil is the station's

    def lose(self, cause):
        if self.fault != codes.CAUSE_SWITCHES:
            self.fault = cause

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
        lost = is_lost(self.fault)
        if lost:
            self.position = codes.POSITION_UNKNOWN
        elif arrived and not (self.forbids_opening or self.forbids_closing):
            self.fault = codes.CAUSE_NONE
        late = self._late.update(now_ms, not arrived)
        if late and self.fault != codes.CAUSE_SWITCHES and not lost:
            self.fault = codes.CAUSE_JAM_OPENING if opens else codes.CAUSE_JAM_CLOSING
            if self._energised:  # a powered move that does not arrive is given up
                if powered == OPENING:
                    self.forbids_opening = True
                else:
                    self.forbids_closing = True

    def _switch(self, inputs, terminal):
        """1 made, 0 not made, -1 no such switch."""
        return inputs[terminal] if terminal >= 0 else -1
