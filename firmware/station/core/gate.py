"""One gate under the rules of authority: the first rule that applies sets the target.

Every rule is evaluated every scan, masked or not. The order of the code is the order of the law:
1 emergency stop, 2 drive protection (in drive.py: it sets no target and binds every rule below),
3 local, 4 flood, 5 quality trip, 6 unknown, 7 pond and load, 8 remote command, 9 automatic.
"""

from array import array

from reedgate_contract import codes
from reedgate_contract.compat import const
from station.core.drive import CLOSING, OPENING, STOPPED
from station.core.gate_base import Gate
from station.core.gate_tell import tell
from station.core.restraint import NOT_BOUND
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
        self.away_target = codes.TARGET_CLOSED if spills else codes.TARGET_OPEN
        self._away = CLOSING if spills else OPENING
        self.toward = OPENING if spills else CLOSING
        self.away_position = codes.POSITION_CLOSED if spills else codes.POSITION_OPEN
        self._closes_on_battery = fields["closes_on_battery"] == 1
        self._on_battery = False
        self._is_unknown = False
        self.contact = -1
        self.trips = trips
        self.cap = None  # rule 7, where the site has any of it
        self.measurement = None  # the bypass of one
        self.bypass = None  # the gate that takes what this one refuses
        self.needs_bypass = False
        self._bound = NOT_BOUND
        self.measurement_bypassed = False
        self.wiping = False
        self.tripped = -1
        self._unknown = -1
        self._unknown_cause = codes.CAUSE_NONE
        self.permitted = False
        self._rests_closed = False  # closed since, whatever its switch says, until it opens
        self._closing_due = False  # a close by rules 4 to 6 that has not reached its switch
        self.reopen_hold = Hold(fields["reopen_hold_ms"])
        self.min_closed = Hold(fields["min_closed_ms"])
        # the first `openings` of them are younger than an hour, the oldest first
        self.openings_ms = array("i", (0 for _ in range(fields["openings_per_hour"])))
        self._was_driving = STOPPED

    def restore_openings(self, count, now_ms):
        self.openings = min(count, len(self.openings_ms))
        for index in range(self.openings):
            self.openings_ms[index] = now_ms

    def inputs_read(self):
        """Whether every measurement that a trip depends on has been read often enough to judge."""
        for trip in self.trips:
            if not trip.limit.is_read:
                return False
        return True

    def decide(self, now_ms, inputs, station):
        """One scan of the rules. station: what they share (stopped, starting, reset_edge)."""
        remote = self.remote
        if remote.scan(now_ms):
            self.reopen_hold.stop()  # after an order it starts anew
        reset_edge = station.reset_edge or remote.reset_edge
        self._scan_floods(now_ms, inputs, station.starting)
        self._scan_hands(now_ms, inputs, station.service)
        if self.measurement is not None:
            self.measurement_bypassed = self.measurement.scan(now_ms)
        self._scan_contacts(inputs, reset_edge)
        self._scan_trips(now_ms, reset_edge)
        self._scan_unknown(inputs, station.starting)
        self._on_battery = self._closes_on_battery and station.mains_lost
        self._scan_permissives(now_ms, inputs)
        if self.cap is not None:
            self.cap.scan(now_ms, self.drive)
            self._bound = self.cap.target(self.drive)
        self._scan_demand(station)
        self._choose(station, reset_edge or station.service.needs_reset)
        if self.rule >= codes.RULE_FLOOD and self.target == self.trip_target:
            if self.rule != codes.RULE_POND or not self.cap.permille:
                self._closing_due = True  # else only as far as to the cap
        elif self.target == self.away_target:
            self._closing_due = False
        self._tell_hands(now_ms, station)
        tell(self, now_ms, station.service.needs_reset)

    def _choose(self, station, needs_reset):
        if station.stopped:
            self._rule(codes.RULE_ESTOP, codes.TARGET_HOLD, codes.CAUSE_ESTOP, 0)
        elif self.in_hand:
            self._hand_rules()
        elif self._flood >= 0:
            self._flood_rules()
        elif self.contact >= 0:
            cause = self.contacts[self.contact].cause
            self._rule(codes.RULE_QUALITY, self.trip_target, cause, 0)
        elif self.tripped >= 0:
            point = self.trips[self.tripped].point
            self._rule(codes.RULE_QUALITY, self.trip_target, codes.CAUSE_QUALITY, point)
        elif station.starting:
            self._rule(codes.RULE_START, codes.TARGET_HOLD, codes.CAUSE_STARTING, 0)
        elif self._is_unknown:
            self._unknown_rules(station.safe_mode)
        elif self._bound != NOT_BOUND:
            self._rule(codes.RULE_POND, self._bound, self.cap.cause, self.cap.cause_of)
        else:
            self._ordered_or_automatic(needs_reset)

    def _ordered_or_automatic(self, needs_reset):
        """Rules 8 and 9."""
        if self.remote.order == self.trip_target:
            self._rule(codes.RULE_REMOTE, self.trip_target, self._order_cause(), 0)
        elif self.remote.order == self.away_target:
            self._towards_open(codes.RULE_REMOTE, self._order_cause(), needs_reset)
        else:
            self._towards_open(codes.RULE_AUTOMATIC, codes.CAUSE_NONE, needs_reset)

    def _scan_demand(self, station):
        """What rules 4 to 6 ask, as _choose has them, but whoever rules over them."""
        acute = self.contact >= 0 or self.tripped >= 0
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
            point = self.trips[self._unknown].limit.lost_point
        elif self.position_lost:
            cause = self._lost_cause()
        self._rule(codes.RULE_UNKNOWN, self.trip_target, cause, point)

    def _scan_contacts(self, inputs, reset_edge):
        self.contact = -1
        for index in range(len(self.contacts)):
            contact = self.contacts[index]
            contact.scan(inputs, reset_edge)
            if contact.latched and self.contact < 0:
                self.contact = index

    def _scan_trips(self, now_ms, reset_edge):
        self.tripped = -1
        self.wiping = False
        passed = self.drive.position == codes.POSITION_OPEN
        if not passed and self.bypass is not None:
            passed = self.bypass.drive.position == codes.POSITION_OPEN
        for index in range(len(self.trips)):
            trip = self.trips[index]
            trip.scan(now_ms, reset_edge, passed)
            if trip.limit.frozen:
                self.wiping = True
            if trip.latched and self.tripped < 0:
                self.tripped = index

    def _scan_unknown(self, inputs, starting):
        self.position_lost = self.drive.position_lost(inputs)
        self._unknown = -1
        self._unknown_cause = codes.CAUSE_NONE
        for index in range(len(self.trips)):
            trip = self.trips[index]
            limit = trip.limit
            # what permits was good once, and is not asked
            never = not (starting or limit.permissive) and limit.never_good
            if never or limit.lost:
                self._unknown = index
                self._unknown_cause = codes.CAUSE_NEVER_GOOD if never else codes.CAUSE_LOST
                return

    def _scan_permissives(self, now_ms, inputs):
        permissive = True
        for trip in self.trips:
            permissive = permissive and trip.limit.permissive
        self.permitted = self.reopen_hold.update(now_ms, permissive)
        if self.drive.at(self.trip_target, inputs):
            self._rests_closed = True
            self._closing_due = False
        elif self.in_hand:
            self._rests_closed = False  # whoever has it may move it, by wire too
        elif self._rests_closed:
            self._closing_due = True  # the switch dropped at rest: it is driven back
        self.min_closed.update(now_ms, self._rests_closed)
        while self.openings and elapsed_ms(now_ms, self.openings_ms[0]) >= _HOUR_MS:
            self.openings -= 1
            for index in range(self.openings):
                self.openings_ms[index] = self.openings_ms[index + 1]

    def _towards_open(self, rule, cause, needs_reset):
        """Rule 9, and 8 for an open. Only on permission; else a close under way is finished."""
        target = codes.TARGET_HOLD
        if self.permitted and not needs_reset and self._may_open():
            target = self.away_target
        elif self._closing_due:
            target = self.trip_target
        if self.measurement_bypassed:  # shown throughout
            self._rule(rule, target, codes.CAUSE_BYPASSED, self.measurement.point)
        else:
            self._rule(rule, target, cause, 0)

    def _may_open(self):
        """The counts and dwells of rule 9; an opening that is under way has passed them.

        What cannot close again is not opened.
        """
        if not self.drive.may(self.toward):
            return False
        if self._was_driving != STOPPED and self.target == self.away_target:
            return True
        if self.wiping:
            return False
        if self.min_closed.running and not self.min_closed.done:
            return False
        return self.openings < len(self.openings_ms)

    def drive_step(self, now_ms, inputs, outputs, enabled):
        drive = self.drive
        drive.step(now_ms, self.target, enabled, inputs, outputs)
        started = drive.direction == self._away and self._was_driving != self._away
        opens = started and self.target == self.away_target and self.rule >= codes.RULE_REMOTE
        if opens and self.openings < len(self.openings_ms):
            self.openings_ms[self.openings] = now_ms
            self.openings += 1
        if drive.direction == self._away:
            self._rests_closed = False
        self._was_driving = drive.direction
        self._after_drive(now_ms)
        refuses = self.target == codes.TARGET_CLOSED or self.rule == codes.RULE_POND
        self.needs_bypass = refuses or self._shut() or self.unmet
        self._first_out_of_scan()

    def _shut(self):
        """Closed and at rest, whoever closed it: the water must not stand before two gates."""
        return self._rests_closed and self.rule != codes.RULE_START

    def _first_out_of_scan(self):
        fault = self.drive.fault
        urgent = self.contact >= 0 or self.tripped >= 0
        latched = self.rule == codes.RULE_ESTOP or urgent or fault != codes.CAUSE_NONE
        if self.rule == codes.RULE_ESTOP:
            self._latch_first_out(latched, codes.CAUSE_ESTOP, 0)
        elif self.contact >= 0:
            self._latch_first_out(latched, self.contacts[self.contact].cause, 0)
        elif self.tripped >= 0:
            point = self.trips[self.tripped].point
            self._latch_first_out(latched, codes.CAUSE_QUALITY, point)
        else:
            self._latch_first_out(latched, fault, 0)
