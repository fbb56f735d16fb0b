"""One gate under the rules of authority: the first rule that applies sets the target.

Every rule is evaluated every scan, masked or not. The order of the code is the order of the law:
1 emergency stop, 2 drive protection (in drive.py: it sets no target and binds every rule below),
3 local, 4 flood, 5 quality trip, 6 unknown, 7 pond and load, 8 remote command, 9 automatic.
"""

from array import array

from reedgate_contract import codes
from reedgate_contract import config as layout
from reedgate_contract.compat import const
from station.core.drive import CLOSING, OPENING, STOPPED
from station.core.restraint import NOT_BOUND
from station.core.ticks import Hold, elapsed_ms

_HOUR_MS = const(3600000)


class Gate:
    """What inlet and bypass share: emergency stop, flood, drive, and what people are told."""

    def __init__(self, number, name, drive, floods):
        self.number = number
        self.name = name
        self.drive = drive
        self.floods = floods
        self.trips = []
        self.openings = 0  # by rules 8 and 9 within the last hour
        self.rule = codes.RULE_START
        self.target = codes.TARGET_HOLD
        self.cause = codes.CAUSE_STARTING
        self.cause_of = 0  # the point, flood or gate of the cause
        self.first_out = codes.CAUSE_NONE
        self.first_out_of = 0
        self.wait = codes.WAIT_NONE
        self.wait_ms = 0
        self._flood = -1

    def restore_openings(self, count, now_ms):
        """Those of before a restart count as of now: nobody knows how long it was off."""

    def _rule(self, rule, target, cause, cause_of):
        self.rule = rule
        self.target = target
        self.cause = cause
        self.cause_of = cause_of

    def _scan_floods(self, now_ms, inputs, starting):
        """All of them, so that each keeps its own time; the first listed that stands rules."""
        self._flood = -1
        for index in range(len(self.floods)):
            if self.floods[index].scan(now_ms, inputs, starting) and self._flood < 0:
                self._flood = index

    def _flood_rules(self):
        flood = self.floods[self._flood]
        self._rule(codes.RULE_FLOOD, flood.position, codes.CAUSE_FLOOD, self._flood)

    def _latch_first_out(self, latched, cause, cause_of):
        """The first cause is kept until nothing is latched any more."""
        if not latched:
            self.first_out = codes.CAUSE_NONE
            self.first_out_of = 0
        elif self.first_out == codes.CAUSE_NONE:
            self.first_out = cause
            self.first_out_of = cause_of

    def _wait_for(self, wait, left_ms):
        self.wait = wait
        self.wait_ms = left_ms


class InletGate(Gate):
    """A gate whose trip position is closed."""

    def __init__(self, number, name, drive, floods, trips, fields):
        super().__init__(number, name, drive, floods)
        self.trips = trips
        self.cap = None  # rule 7, where the site has any of it
        self.measurement = None  # the bypass of one
        self.bypass = None  # the gate that takes what this one refuses
        self.needs_bypass = False
        self._bound = NOT_BOUND
        self._measurement_bypassed = False
        self._wiping = False
        self._tripped = -1
        self._unknown = -1
        self._unknown_cause = codes.CAUSE_NONE
        self._permitted = False
        self._position_lost = False
        self._rests_closed = False  # closed since, whatever its switch says, until it opens
        self._closing_due = False  # a close by rules 4 to 6 that has not reached its switch
        self._reopen_hold = Hold(fields["reopen_hold_ms"])
        self._min_closed = Hold(fields["min_closed_ms"])
        # the first `openings` of them are younger than an hour, the oldest first
        self._openings_ms = array("i", (0 for _ in range(fields["openings_per_hour"])))
        self._was_driving = STOPPED

    def restore_openings(self, count, now_ms):
        self.openings = min(count, len(self._openings_ms))
        for index in range(self.openings):
            self._openings_ms[index] = now_ms

    def inputs_read(self):
        """Whether every measurement that a trip depends on has been read often enough to judge."""
        for trip in self.trips:
            if not trip.limit.is_read:
                return False
        return True

    def decide(self, now_ms, inputs, station):
        """One scan of the rules. station: what they share (stopped, starting, reset_edge)."""
        self._scan_floods(now_ms, inputs, station.starting)
        if self.measurement is not None:
            self._measurement_bypassed = self.measurement.scan(now_ms)
        self._scan_trips(now_ms, station.reset_edge)
        self._scan_unknown(inputs, station.starting)
        self._scan_permissives(now_ms, inputs)
        if self.cap is not None:
            self.cap.scan(now_ms, self.drive)
            self._bound = self.cap.target(self.drive)
        self._choose(station)
        if self.rule >= codes.RULE_FLOOD and self.target == codes.TARGET_CLOSED:
            if self.rule != codes.RULE_POND or not self.cap.permille:
                self._closing_due = True  # else only as far as to the cap
        elif self.target == codes.TARGET_OPEN:
            self._closing_due = False
        self._tell(now_ms, station.stopped)

    def _choose(self, station):
        if station.stopped:
            self._rule(codes.RULE_ESTOP, codes.TARGET_HOLD, codes.CAUSE_ESTOP, 0)
        elif self._flood >= 0:
            self._flood_rules()
        elif self._tripped >= 0:
            point = self.trips[self._tripped].point
            self._rule(codes.RULE_QUALITY, codes.TARGET_CLOSED, codes.CAUSE_QUALITY, point)
        elif station.starting:
            self._rule(codes.RULE_START, codes.TARGET_HOLD, codes.CAUSE_STARTING, 0)
        elif station.safe_mode:
            self._rule(codes.RULE_UNKNOWN, codes.TARGET_CLOSED, codes.CAUSE_NONE, 0)
        elif self._unknown >= 0:
            point = self.trips[self._unknown].limit.lost_point
            self._rule(codes.RULE_UNKNOWN, codes.TARGET_CLOSED, self._unknown_cause, point)
        elif self._position_lost:
            self._rule(codes.RULE_UNKNOWN, codes.TARGET_CLOSED, codes.CAUSE_SWITCHES, 0)
        elif self._bound != NOT_BOUND:
            self._rule(codes.RULE_POND, self._bound, self.cap.cause, self.cap.cause_of)
        # 8 remote command stands here when it is built.
        else:
            self._automatic(station.reset_edge)

    def _scan_trips(self, now_ms, reset_edge):
        self._tripped = -1
        self._wiping = False
        passed = self.drive.position == codes.POSITION_OPEN
        if not passed and self.bypass is not None:
            passed = self.bypass.drive.position == codes.POSITION_OPEN
        for index in range(len(self.trips)):
            trip = self.trips[index]
            trip.scan(now_ms, reset_edge, passed)
            if trip.limit.frozen:
                self._wiping = True
            if trip.latched and self._tripped < 0:
                self._tripped = index

    def _scan_unknown(self, inputs, starting):
        self._position_lost = self.drive.position_lost(inputs)
        self._unknown = -1
        self._unknown_cause = codes.CAUSE_NONE
        for index in range(len(self.trips)):
            trip = self.trips[index]
            never = not starting and trip.never_good
            if never or trip.limit.lost:
                self._unknown = index
                self._unknown_cause = codes.CAUSE_NEVER_GOOD if never else codes.CAUSE_LOST
                return

    def _scan_permissives(self, now_ms, inputs):
        permissive = True
        for trip in self.trips:
            permissive = permissive and trip.limit.permissive
        self._permitted = self._reopen_hold.update(now_ms, permissive)
        at_closed = self.drive.at_closed
        if at_closed >= 0 and inputs[at_closed]:
            self._rests_closed = True
            self._closing_due = False
        elif self._rests_closed:
            self._closing_due = True  # the switch dropped at rest: it is driven back
        self._min_closed.update(now_ms, self._rests_closed)
        while self.openings and elapsed_ms(now_ms, self._openings_ms[0]) >= _HOUR_MS:
            self.openings -= 1
            for index in range(self.openings):
                self._openings_ms[index] = self._openings_ms[index + 1]

    def _automatic(self, reset_edge):
        """Rule 9. Opens only on permission; without it a close under way is finished."""
        target = codes.TARGET_HOLD
        if self._permitted and not reset_edge and self._may_open():
            target = codes.TARGET_OPEN
        elif self._closing_due:
            target = codes.TARGET_CLOSED
        if self._measurement_bypassed:  # shown throughout
            point = self.measurement.point
            self._rule(codes.RULE_AUTOMATIC, target, codes.CAUSE_BYPASSED, point)
        else:
            self._rule(codes.RULE_AUTOMATIC, target, codes.CAUSE_NONE, 0)

    def _may_open(self):
        """The counts and dwells of rule 9; an opening that is under way has passed them.

        What cannot close again is not opened.
        """
        if not self.drive.may(CLOSING):
            return False
        if self._was_driving != STOPPED and self.target == codes.TARGET_OPEN:
            return True
        if self._wiping:
            return False
        if self._min_closed.running and not self._min_closed.done:
            return False
        return self.openings < len(self._openings_ms)

    def drive_step(self, now_ms, inputs, outputs, enabled):
        drive = self.drive
        drive.step(now_ms, self.target, enabled, inputs, outputs)
        started = drive.direction == OPENING and self._was_driving != OPENING
        opens = started and self.target == codes.TARGET_OPEN and self.rule == codes.RULE_AUTOMATIC
        if opens and self.openings < len(self._openings_ms):
            self._openings_ms[self.openings] = now_ms
            self.openings += 1
        if drive.direction == OPENING:
            self._rests_closed = False
        self._was_driving = drive.direction
        refuses = self.target == codes.TARGET_CLOSED or self.rule == codes.RULE_POND
        self.needs_bypass = refuses or self._shut() or self._unmet()
        self._first_out_of_scan()

    def _shut(self):
        """Closed and at rest, whoever closed it: the water must not stand before two gates."""
        return self._rests_closed and self.rule != codes.RULE_START

    def _unmet(self):
        """A demand of rules 4 to 6 that the gate cannot obey: water needs its other way."""
        unknown = self._unknown >= 0 or self._position_lost
        demanded = self._tripped >= 0 or unknown or self._flood >= 0
        if self.rule == codes.RULE_ESTOP:
            return demanded
        if self.target == codes.TARGET_OPEN:
            jammed = self.drive.fault == codes.CAUSE_JAM_OPENING  # at the first, before the latch
            return demanded and (jammed or not self.drive.may(OPENING))
        return False

    def _first_out_of_scan(self):
        fault = self.drive.fault
        latched = self.rule == codes.RULE_ESTOP or self._tripped >= 0 or fault != codes.CAUSE_NONE
        if self.rule == codes.RULE_ESTOP:
            self._latch_first_out(latched, codes.CAUSE_ESTOP, 0)
        elif self._tripped >= 0:
            point = self.trips[self._tripped].point
            self._latch_first_out(latched, codes.CAUSE_QUALITY, point)
        else:
            self._latch_first_out(latched, fault, 0)

    def _tell(self, now_ms, stopped):
        """What the gate waits for. For people only: no decision reads it."""
        self._wait_for(codes.WAIT_NONE, 0)
        if stopped:
            self._wait_for(codes.WAIT_RESET, 0)
        elif self.rule == codes.RULE_FLOOD:
            hold = self.floods[self._flood].clear_hold
            self._wait_for(codes.WAIT_FLOOD_CLEAR, hold.left_ms(now_ms))
        elif self.rule == codes.RULE_QUALITY:
            self._tell_trip(now_ms)
        elif self.rule == codes.RULE_UNKNOWN:
            switches = self.cause == codes.CAUSE_SWITCHES
            self._wait_for(codes.WAIT_RESET if switches else codes.WAIT_WATER, 0)
        elif self.rule == codes.RULE_POND:
            pond = self.cause == codes.CAUSE_POND_FULL or self.cause == codes.CAUSE_USE
            self._wait_for(codes.WAIT_POND if pond else codes.WAIT_LOAD, 0)
        elif self.rule == codes.RULE_AUTOMATIC:
            self._tell_automatic(now_ms)

    def _tell_trip(self, now_ms):
        trip = self.trips[self._tripped]
        if trip.limit.tripped or not trip.limit.permissive:
            self._wait_for(codes.WAIT_WATER, 0)
        elif trip.clears_by == layout.CLEARS_HOLD_THEN_CLEAR:
            self._wait_for(codes.WAIT_CLEAR_HOLD, trip.clear_hold.left_ms(now_ms))
        else:
            self._wait_for(codes.WAIT_RESET, 0)

    def _tell_automatic(self, now_ms):
        if self._measurement_bypassed:
            self._wait_for(codes.WAIT_BYPASS, self.measurement.left_ms(now_ms))
            return
        for trip in self.trips:
            if trip.limit.run:
                self._wait_for(codes.WAIT_CONFIRM, trip.limit.left_ms(now_ms))
                return
        self._tell_opening(now_ms)

    def _tell_opening(self, now_ms):
        if self.drive.position == codes.POSITION_OPEN or self.target == codes.TARGET_OPEN:
            return
        if not self.drive.may(CLOSING):
            self._wait_for(codes.WAIT_RESET, 0)
        elif not self._reopen_hold.running:
            self._wait_for(codes.WAIT_WATER, 0)
        elif not self._permitted:
            self._wait_for(codes.WAIT_REOPEN_HOLD, self._reopen_hold.left_ms(now_ms))
        elif self._wiping:
            self._wait_for(codes.WAIT_WIPE, 0)
        elif self._min_closed.running and not self._min_closed.done:
            self._wait_for(codes.WAIT_MIN_CLOSED, self._min_closed.left_ms(now_ms))
        elif self.openings >= len(self._openings_ms) and self.openings:
            left = _HOUR_MS - elapsed_ms(now_ms, self._openings_ms[0])
            self._wait_for(codes.WAIT_OPENINGS, left)


class BypassGate(Gate):
    """A gate whose trip position is open: it takes the water that its inlets refuse."""

    def __init__(self, number, name, drive, floods):
        super().__init__(number, name, drive, floods)
        self.inlets = []

    def decide(self, now_ms, inputs, station):
        """After its inlets have decided and moved in the same scan."""
        self._scan_floods(now_ms, inputs, station.starting)
        needed = self._needed_by()
        if station.stopped:
            self._rule(codes.RULE_ESTOP, codes.TARGET_HOLD, codes.CAUSE_ESTOP, 0)
        elif self._flood >= 0:
            self._flood_rules()
        elif needed >= 0:
            inlet = self.inlets[needed]
            self._rule(inlet.rule, codes.TARGET_OPEN, codes.CAUSE_BYPASS_FOR, inlet.number)
        elif station.starting:
            self._rule(codes.RULE_START, codes.TARGET_HOLD, codes.CAUSE_STARTING, 0)
        elif station.safe_mode:
            self._rule(codes.RULE_UNKNOWN, codes.TARGET_OPEN, codes.CAUSE_NONE, 0)
        elif self.drive.position_lost(inputs):
            self._rule(codes.RULE_UNKNOWN, codes.TARGET_OPEN, codes.CAUSE_SWITCHES, 0)
        else:
            self._automatic()
        self._wait_for(codes.WAIT_NONE, 0)
        if station.stopped:
            self._wait_for(codes.WAIT_RESET, 0)
        elif self._flood >= 0:  # its own: under an inlet's it waits for nothing
            hold = self.floods[self._flood].clear_hold
            self._wait_for(codes.WAIT_FLOOD_CLEAR, hold.left_ms(now_ms))

    def _needed_by(self):
        for index in range(len(self.inlets)):
            if self.inlets[index].needs_bypass:
                return index
        return -1

    def _automatic(self):
        """May close only when each inlet's travel has ended where the water can pass it: open.

        An inlet that has stopped on its way may stand a finger's breadth above its sill.
        """
        target = codes.TARGET_CLOSED
        for inlet in self.inlets:
            drive = inlet.drive
            if drive.direction != STOPPED or drive.position != codes.POSITION_OPEN:
                target = codes.TARGET_HOLD
        self._rule(codes.RULE_AUTOMATIC, target, codes.CAUSE_NONE, 0)

    def drive_step(self, now_ms, inputs, outputs, enabled):
        self.drive.step(now_ms, self.target, enabled, inputs, outputs)
        fault = self.drive.fault
        stopped = self.rule == codes.RULE_ESTOP
        cause = codes.CAUSE_ESTOP if stopped else fault
        self._latch_first_out(cause != codes.CAUSE_NONE, cause, 0)
