"""A bypass under the rules of authority: its own first, then what its inlets need of it."""

from reedgate_contract import codes
from station.core.drive import STOPPED
from station.core.gate_base import Gate


class BypassGate(Gate):
    """A gate whose trip position is open: it takes the water that its inlets refuse."""

    def __init__(self, number, name, drive, floods):
        super().__init__(number, name, drive, floods, codes.TARGET_OPEN)
        self.inlets = []

    def decide(self, now_ms, inputs, station):
        """After its inlets have decided and moved in the same scan."""
        self.remote.scan(now_ms)
        self._scan_floods(now_ms, inputs, station.starting)
        self._scan_hands(now_ms, inputs, station.service)
        self.position_lost = self.drive.position_lost(inputs)
        needed = self._needed_by()
        self._scan_demand(needed, station)
        if station.stopped:
            self._rule(codes.RULE_ESTOP, codes.TARGET_HOLD, codes.CAUSE_ESTOP, 0)
        elif self.in_hand:
            self._hand_rules()
        elif self._flood >= 0:
            self._flood_rules()
        elif needed >= 0:
            inlet = self.inlets[needed]
            self._rule(inlet.rule, codes.TARGET_OPEN, codes.CAUSE_BYPASS_FOR, inlet.number)
        elif station.starting:
            self._rule(codes.RULE_START, codes.TARGET_HOLD, codes.CAUSE_STARTING, 0)
        elif station.safe_mode:
            self._rule(codes.RULE_UNKNOWN, codes.TARGET_OPEN, codes.CAUSE_NONE, 0)
        elif self.position_lost:
            self._rule(codes.RULE_UNKNOWN, codes.TARGET_OPEN, self._lost_cause(), 0)
        else:
            self._ordered_or_automatic(station.service.needs_reset)
        self._tell_hands(now_ms, station)
        # its own flood: under an inlet's it waits for nothing
        if self.rule == codes.RULE_FLOOD and self._flood >= 0:
            hold = self.floods[self._flood].clear_hold
            self.wait_for(codes.WAIT_FLOOD_CLEAR, hold.left_ms(now_ms))
        elif self.rule == codes.RULE_REMOTE:
            self.tell_remote(now_ms)

    def _ordered_or_automatic(self, needs_reset):
        """Rules 8 and 9."""
        if self.remote.order == codes.TARGET_OPEN:
            self._rule(codes.RULE_REMOTE, codes.TARGET_OPEN, self._order_cause(), 0)
        elif self.remote.order == codes.TARGET_CLOSED:
            self._towards_closed(codes.RULE_REMOTE, self._order_cause(), needs_reset)
        else:
            self._towards_closed(codes.RULE_AUTOMATIC, codes.CAUSE_NONE, needs_reset)

    def _scan_demand(self, needed, station):
        """Of its own rules, and of the inlet that needs it: then it is the water's one way."""
        self.urgent = self._flood >= 0 or (needed >= 0 and self.inlets[needed].urgent)
        self.demand = codes.TARGET_HOLD
        if self._flood >= 0:
            self.demand = self.floods[self._flood].position
        elif needed >= 0 or ((self.position_lost or station.safe_mode) and not station.starting):
            self.demand = codes.TARGET_OPEN

    def _needed_by(self):
        for index in range(len(self.inlets)):
            if self.inlets[index].needs_bypass:
                return index
        return -1

    def _towards_closed(self, rule, cause, needs_reset):
        """May close only when each inlet's travel has ended where the water can pass it: open.

        An inlet that has stopped on its way may stand a finger's breadth above its sill.
        """
        target = codes.TARGET_HOLD if needs_reset else codes.TARGET_CLOSED
        for inlet in self.inlets:
            drive = inlet.drive
            if drive.direction != STOPPED or drive.position != codes.POSITION_OPEN:
                target = codes.TARGET_HOLD
        self._rule(rule, target, cause, 0)

    def drive_step(self, now_ms, inputs, outputs, enabled):
        self.drive.step(now_ms, self.target, enabled, inputs, outputs)
        self._after_drive(now_ms)
        fault = self.drive.fault
        stopped = self.rule == codes.RULE_ESTOP
        cause = codes.CAUSE_ESTOP if stopped else fault
        self._latch_first_out(cause != codes.CAUSE_NONE, cause, 0)
