"""What every gate is made of. Which rule rules over it stands in gate.py and bypass.py."""

from reedgate_contract import codes
from station.core.demand import is_unmet
from station.core.drive import is_lost
from station.core.remote import Remote


class Gate:
    """What all gates share: emergency stop, hands, flood, drive, and what people are told."""

    def __init__(self, number, name, drive, floods, trip_target):
        self.number = number
        self.name = name
        self.drive = drive
        self.floods = floods
        self.trip_target = trip_target
        self.trips = []
        self.remote = Remote(trip_target)
        self.contacts = []
        self.hands = None  # these three: None where the site has none
        self.leak = None
        self.stroke = None
        self.demand = codes.TARGET_HOLD  # of rules 4 to 6, whoever rules over them
        self.urgent = False  # a demand of rules 4 and 5 stands
        self.unmet = False
        self.alarms = 0
        self.position_lost = False
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
        self.in_hand = False  # rule 3 applies: local, or service
        self._in_service = codes.TARGET_HOLD

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

    def _scan_hands(self, now_ms, inputs, service):
        hands = self.hands
        if hands is None:
            return
        hands.scan(now_ms, inputs)
        at_trip = service.standing and self.drive.at(self.trip_target, inputs)
        self._in_service = hands.in_service(now_ms, service, at_trip)
        self.in_hand = hands.local or service.standing
        if self.in_hand:
            self.drive.moved_by_hand()

    def _hand_rules(self):
        """Rule 3. In service, too, the selector says who has the gate."""
        if self.hands.local:
            self._rule(codes.RULE_LOCAL, self.hands.target, codes.CAUSE_LOCAL, 0)
        else:
            self._rule(codes.RULE_LOCAL, self._in_service, codes.CAUSE_SERVICE, 0)

    def _flood_rules(self):
        flood = self.ruling_flood()
        self._rule(codes.RULE_FLOOD, flood.position, codes.CAUSE_FLOOD, self._flood)

    def ruling_flood(self):
        """While rule 4 rules."""
        return self.floods[self._flood]

    def _latch_first_out(self, latched, cause, cause_of):
        """The first cause is kept until nothing is latched any more."""
        if not latched:
            self.first_out = codes.CAUSE_NONE
            self.first_out_of = 0
        elif self.first_out == codes.CAUSE_NONE:
            self.first_out = cause
            self.first_out_of = cause_of

    def _lost_cause(self):
        """Why nobody knows the position."""
        fault = self.drive.fault
        return fault if is_lost(fault) else codes.CAUSE_SWITCHES

    def _after_drive(self, now_ms):
        """What the drive's step has shown."""
        drive = self.drive
        closed = drive.position == codes.POSITION_CLOSED
        if self.leak is not None and self.leak.scan(now_ms, closed):
            drive.lose(codes.CAUSE_LEAK)
        if self.stroke is not None:
            self.stroke.scan(now_ms, drive.position)
        self.unmet = is_unmet(self)

    def _tell_hands(self, now_ms, station):
        """What a gate in hand, or stopped, waits for."""
        self.wait_for(codes.WAIT_NONE, 0)
        if station.stopped:
            self.wait_for(codes.WAIT_RESET, 0)
        elif self.rule == codes.RULE_LOCAL and station.service.ending:
            self.wait_for(codes.WAIT_SERVICE, station.service.left_ms(now_ms))

    def _order_cause(self):
        opens = self.remote.order == codes.TARGET_OPEN
        return codes.CAUSE_REMOTE_OPEN if opens else codes.CAUSE_REMOTE_CLOSE

    def tell_remote(self, now_ms):
        if self.remote.until_released:
            self.wait_for(codes.WAIT_RELEASE, 0)
        else:
            self.wait_for(codes.WAIT_REMOTE_HOLD, self.remote.hold.left_ms(now_ms))

    def wait_for(self, wait, left_ms):
        self.wait = wait
        self.wait_ms = left_ms
