"""One gate under the rules of authority: the first rule that applies sets the target.

Every rule is evaluated every scan, masked or not. The order of the code is the order of the law:
1 emergency stop, 2 drive protection (in drive.py: it sets no target and binds every rule below),
3 local, 4 flood, 5 quality trip, 6 unknown, 7 pond and load, 8 remote command, 9 automatic.
"""

from array import array

from reedgate_contract import codes
from reedgate_contract import config as layout
from reedgate_contract.compat import const
from station.core.drive import CLOSING, OPENING, STOPPED, is_lost
from station.core.gate_base import Gate
from station.core.ticks import Hold, elapsed_ms

_HOUR_MS = const(3600000)
_CLOSED = const(2)  # codes.TARGET_CLOSED


class InletGate(Gate):
    """An inlet or a user outlet, whose trip position is closed; or a spill, whose is open.

    Written for the inlet: of a spill "closed" is its trip position, and to open it is to move it
    away from there.
    """

    def __init__(self, number, name, drive, floods, trips, fields, trip_target=_CLOSED):
        super().__init__(number, name, drive, floods, trip_target)
        spills = trip_target == codes.TARGET_OPEN
        self._away_target = codes.TARGET_CLOSED if spills else codes.TARGET_OPEN
        self._away = CLOSING if spills else OPENING
        self._toward = OPENING if spills else CLOSING
        self._away_position = codes.POSITION_CLOSED if spills else codes.POSITION_OPEN
        self._closes_on_battery = fields["closes_on_battery"] == 1
        self._on_battery = False
        self._is_unknown = False
        self._contact = -1
        self.trips = trips
        self.needs_bypass = False
        self._tripped = -1
        self._unknown = -1
        self._unknown_cause = codes.CAUSE_NONE
        self._permitted = False
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
            if trip.limit.usable_count < trip.limit.polls:
                return False
        return True

    def decide(self, now_ms, inputs, station):
        """One scan of the rules. station: what they share (stopped, starting, reset_edge)."""
        self._scan_floods(now_ms, inputs, station.starting)
        self._scan_hands(now_ms, inputs, station.service)
        self._scan_contacts(inputs, station.reset_edge)
        self._scan_trips(now_ms, station.reset_edge)
        self._scan_unknown(inputs, station.starting)
        self._on_battery = self._closes_on_battery and station.mains_lost
        self._scan_permissives(now_ms, inputs)
        self._scan_demand(station)
        self._choose(station)
        if self.rule >= codes.RULE_FLOOD and self.target == self.trip_target:
            self._closing_due = True
        elif self.target == self._away_target:
            self._closing_due = False
        self._tell(now_ms, station)

    def _choose(self, station):
        if station.stopped:
            self._rule(codes.RULE_ESTOP, codes.TARGET_HOLD, codes.CAUSE_ESTOP, 0)
        elif self.in_hand:
            self._hand_rules()
        elif self._flood >= 0:
            self._flood_rules()
        elif self._contact >= 0:
            cause = self.contacts[self._contact].cause
            self._rule(codes.RULE_QUALITY, self.trip_target, cause, 0)
        elif self._tripped >= 0:
            point = self.trips[self._tripped].point
            self._rule(codes.RULE_QUALITY, self.trip_target, codes.CAUSE_QUALITY, point)
        elif station.starting:
            self._rule(codes.RULE_START, codes.TARGET_HOLD, codes.CAUSE_STARTING, 0)
        elif self._is_unknown:
            self._unknown_rules(station.safe_mode)
        # 7 pond, use profile, load and 8 remote command stand here when they are built.
        else:
            self._automatic(station.reset_edge or station.service.needs_reset)

    def _scan_demand(self, station):
        """What rules 4 to 6 ask, as _choose has them, but whoever rules over them."""
        acute = self._contact >= 0 or self._tripped >= 0
        self.urgent = self._flood >= 0 or acute
        unknown = self._unknown >= 0 or self.position_lost or self._on_battery
        self._is_unknown = (unknown or station.safe_mode) and not station.starting
        self.demand = codes.TARGET_HOLD
        if self._flood >= 0:
            self.demand = self.floods[self._flood].position
        elif acute or self._is_unknown:
            self.demand = self.trip_target

    def _unknown_rules(self, safe_mode):
        """Rule 6, its causes in their order."""
        cause = codes.CAUSE_MAINS_LOST
        point = 0
        if safe_mode:
            cause = codes.CAUSE_NONE
        elif self._unknown >= 0:
            cause = self._unknown_cause
            point = self.trips[self._unknown].point
        elif self.position_lost:
            cause = self._lost_cause()
        self._rule(codes.RULE_UNKNOWN, self.trip_target, cause, point)

    def _scan_contacts(self, inputs, reset_edge):
        self._contact = -1
        for index in range(len(self.contacts)):
            contact = self.contacts[index]
            contact.scan(inputs, reset_edge)
            if contact.latched and self._contact < 0:
                self._contact = index

    def _scan_trips(self, now_ms, reset_edge):
        self._tripped = -1
        for index in range(len(self.trips)):
            trip = self.trips[index]
            trip.scan(now_ms, reset_edge)
            if trip.latched and self._tripped < 0:
                self._tripped = index

    def _scan_unknown(self, inputs, starting):
        self.position_lost = self.drive.position_lost(inputs)
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
        if self.drive.at(self.trip_target, inputs):
            self._rests_closed = True
            self._closing_due = False
        elif self.in_hand:
            self._rests_closed = False  # whoever has it may move it, by wire too
        elif self._rests_closed:
            self._closing_due = True  # the switch dropped at rest: it is driven back
        self._min_closed.update(now_ms, self._rests_closed)
        while self.openings and elapsed_ms(now_ms, self._openings_ms[0]) >= _HOUR_MS:
            self.openings -= 1
            for index in range(self.openings):
                self._openings_ms[index] = self._openings_ms[index + 1]

    def _automatic(self, needs_reset):
        """Rule 9. Opens only on permission; without it a close under way is finished."""
        target = codes.TARGET_HOLD
        if self._permitted and not needs_reset and self._may_open():
            target = self._away_target
        elif self._closing_due:
            target = self.trip_target
        self._rule(codes.RULE_AUTOMATIC, target, codes.CAUSE_NONE, 0)

    def _may_open(self):
        """The counts and dwells of rule 9; an opening that is under way has passed them.

        What cannot close again is not opened.
        """
        if not self.drive.may(self._toward):
            return False
        if self._was_driving != STOPPED and self.target == self._away_target:
            return True
        if self._min_closed.running and not self._min_closed.done:
            return False
        return self.openings < len(self._openings_ms)

    def drive_step(self, now_ms, inputs, outputs, enabled):
        drive = self.drive
        drive.step(now_ms, self.target, enabled, inputs, outputs)
        started = drive.direction == self._away and self._was_driving != self._away
        opens = started and self.target == self._away_target and self.rule == codes.RULE_AUTOMATIC
        if opens and self.openings < len(self._openings_ms):
            self._openings_ms[self.openings] = now_ms
            self.openings += 1
        if drive.direction == self._away:
            self._rests_closed = False
        self._was_driving = drive.direction
        self._after_drive(now_ms)
        self.needs_bypass = self.target == codes.TARGET_CLOSED or self._shut() or self.unmet
        self._first_out_of_scan()

    def _shut(self):
        """Closed and at rest, whoever closed it: the water must not stand before two gates."""
        return self._rests_closed and self.rule != codes.RULE_START

    def _first_out_of_scan(self):
        fault = self.drive.fault
        urgent = self._contact >= 0 or self._tripped >= 0
        latched = self.rule == codes.RULE_ESTOP or urgent or fault != codes.CAUSE_NONE
        if self.rule == codes.RULE_ESTOP:
            self._latch_first_out(latched, codes.CAUSE_ESTOP, 0)
        elif self._contact >= 0:
            self._latch_first_out(latched, self.contacts[self._contact].cause, 0)
        elif self._tripped >= 0:
            point = self.trips[self._tripped].point
            self._latch_first_out(latched, codes.CAUSE_QUALITY, point)
        else:
            self._latch_first_out(latched, fault, 0)

    def _tell(self, now_ms, station):
        """What the gate waits for. For people only: no decision reads it."""
        self._tell_hands(now_ms, station)
        if self.rule == codes.RULE_FLOOD:
            hold = self.floods[self._flood].clear_hold
            self._wait_for(codes.WAIT_FLOOD_CLEAR, hold.left_ms(now_ms))
        elif self.rule == codes.RULE_QUALITY:
            self._tell_trip(now_ms)
        elif self.rule == codes.RULE_UNKNOWN:
            wait = codes.WAIT_WATER
            if self.cause == codes.CAUSE_SWITCHES or is_lost(self.cause):
                wait = codes.WAIT_RESET
            elif self.cause == codes.CAUSE_MAINS_LOST:
                wait = codes.WAIT_MAINS
            self._wait_for(wait, 0)
        elif self.rule == codes.RULE_AUTOMATIC:
            self._tell_automatic(now_ms, station.service.needs_reset)

    def _tell_trip(self, now_ms):
        if self._contact >= 0:
            opened = self.contacts[self._contact].open
            self._wait_for(codes.WAIT_CONTACT if opened else codes.WAIT_RESET, 0)
            return
        trip = self.trips[self._tripped]
        if trip.limit.tripped or not trip.limit.permissive:
            self._wait_for(codes.WAIT_WATER, 0)
        elif trip.clears == layout.CLEARS_HOLD_THEN_CLEAR:
            self._wait_for(codes.WAIT_CLEAR_HOLD, trip.clear_hold.left_ms(now_ms))
        else:
            self._wait_for(codes.WAIT_RESET, 0)

    def _tell_automatic(self, now_ms, needs_reset):
        for trip in self.trips:
            if trip.limit.run:
                self._wait_for(codes.WAIT_CONFIRM, trip.limit.left_ms(now_ms))
                return
        if self.drive.position == self._away_position or self.target == self._away_target:
            return
        if needs_reset or not self.drive.may(self._toward):
            self._wait_for(codes.WAIT_RESET, 0)
        elif not self._reopen_hold.running:
            self._wait_for(codes.WAIT_WATER, 0)
        elif not self._permitted:
            self._wait_for(codes.WAIT_REOPEN_HOLD, self._reopen_hold.left_ms(now_ms))
        elif self._min_closed.running and not self._min_closed.done:
            self._wait_for(codes.WAIT_MIN_CLOSED, self._min_closed.left_ms(now_ms))
        elif self.openings >= len(self._openings_ms) and self.openings:
            left = _HOUR_MS - elapsed_ms(now_ms, self._openings_ms[0])
            self._wait_for(codes.WAIT_OPENINGS, left)
