"""S4, S5, S7, S11 and L4: which rule rules, what it may do, and that the water has a way."""

from reedgate_contract import codes
from reedgate_sim.proof.law import Broken, Law, counted
from reedgate_sim.proof.site import CLOSED, HOLD, HOUR_MS, MOTOR, OPEN

BY_WATER = (codes.RULE_REMOTE, codes.RULE_AUTOMATIC)


class OrderLaw(Law):
    """S5: the first rule that applies, by the law's own judgement of the water, its target, and
    the cause that people are told. None: it is not the same for all.
    """

    def after(self):
        self.world.judged.add("S5")
        self._judge(self.world.gates[0], *self._of_inlet())
        if self.world.site.bypass:
            self._judge(self.world.gates[1], *self._of_bypass())

    def _judge(self, gate, rule, target, cause, cause_of):
        names = codes.RULE_NAMES
        if gate.rule != rule:
            raise Broken("S5", f"{names[rule]} applies first, {names[gate.rule]} rules")
        if target is not None and gate.target != target:
            raise Broken("S5", f"{names[rule]} does not set its target")
        if (gate.cause, gate.cause_of) != (cause, cause_of):
            raise Broken("S5", f"{names[rule]} tells another cause than its own")

    def _above_quality(self, number):
        """The rule that binds every gate alike, or None."""
        world = self.world
        if world.stop.stopped:
            return codes.RULE_ESTOP, HOLD, codes.CAUSE_ESTOP, 0
        for index, flood in enumerate(world.flood_laws[number]):
            if flood.standing:
                return codes.RULE_FLOOD, flood.flood.position, codes.CAUSE_FLOOD, index
        return None

    def _of_inlet(self):
        world = self.world
        above = self._above_quality(0)
        if above:
            return above
        for number, trip in enumerate(world.gates[0].trips):
            if trip.latched:
                return codes.RULE_QUALITY, CLOSED, codes.CAUSE_QUALITY, number
        if world.station.starting:
            return codes.RULE_START, HOLD, codes.CAUSE_STARTING, 0
        if world.site.safe_mode:
            return codes.RULE_UNKNOWN, CLOSED, codes.CAUSE_NONE, 0
        for number, trip in enumerate(world.trip_laws):
            if not trip.good:
                return codes.RULE_UNKNOWN, CLOSED, codes.CAUSE_NEVER_GOOD, number
            if trip.lost:
                return codes.RULE_UNKNOWN, CLOSED, codes.CAUSE_LOST, number
        if world.position_unknown(0):
            return codes.RULE_UNKNOWN, CLOSED, codes.CAUSE_SWITCHES, 0
        return codes.RULE_AUTOMATIC, None, codes.CAUSE_NONE, 0

    def _of_bypass(self):
        world = self.world
        inlet = world.gates[0]
        above = self._above_quality(1)
        if above:
            return above
        if inlet.needs_bypass:
            return inlet.rule, OPEN, codes.CAUSE_BYPASS_FOR, 0
        if world.station.starting:
            return codes.RULE_START, HOLD, codes.CAUSE_STARTING, 0
        if world.site.safe_mode:
            return codes.RULE_UNKNOWN, OPEN, codes.CAUSE_NONE, 0
        if world.position_unknown(1):
            return codes.RULE_UNKNOWN, OPEN, codes.CAUSE_SWITCHES, 0
        return codes.RULE_AUTOMATIC, None, codes.CAUSE_NONE, 0


class StartLaw(Law):
    """Nothing but 1 to 5 moves a gate before the water is known or the grace is over; a second
    restart within an hour has no grace.
    """

    STATE = ("scans", "up", "restarts")

    def __init__(self, world):
        super().__init__(world)
        self.scans = 0  # in which it was starting
        self.up = (
            0  # 1 + how long it has run, up to an hour; counted only where there are restarts
        )
        self.restarts = 0
        self._hour = -(-HOUR_MS // world.site.unit_ms)

    def start(self):
        self.scans = self.up = 0
        self.restarts = counted(self.restarts, 2)

    def after(self):
        world = self.world
        if world.site.restarts:
            self.up = counted(self.up, self._hour + 1)
            if self.up > self._hour:
                self.restarts = 0
        if not world.starting_before:
            self.scans = 0
            return
        grace = 0 if self.restarts > 1 or world.site.safe_mode else world.site.grace
        self.scans = counted(self.scans, grace + 2)
        if world.station.starting:
            if self.scans > grace:
                raise Broken("L2", "still starting after the grace")
        elif self.scans <= grace:
            for trip in world.trip_laws:
                if sum(trip.usable) < trip.trip.polls:
                    raise Broken("S5", "the start is over before water is known or the grace ends")


class OpeningLaw(Law):
    """S4 and S7: the inlet's open output, each scan in which it is on."""

    STATE = ("was_on", "away")

    def __init__(self, world):
        super().__init__(world)
        self.gate = world.site.inlet
        self.was_on = 0
        self.away = 0

    def start(self):
        self.was_on = self.away = 0

    def after(self):
        world, gate = self.world, self.gate
        inlet = world.station.inlets[0]
        opens_by_output = gate.drive == MOTOR or gate.spring == CLOSED
        on = world.on(0)[0] if opens_by_output else int(inlet.drive.direction == 1)
        starts = on and not self.was_on
        self.was_on = on
        if not on or not opens_by_output:
            self.away = 0
            return
        if inlet.target == CLOSED:
            self._back_off()
            return
        self.away = 0
        if inlet.rule == codes.RULE_FLOOD and inlet.target in (OPEN, HOLD):
            return
        if gate.drive == MOTOR and inlet.target != OPEN:
            raise Broken("S4", "open output on without a rule that opens")
        if inlet.rule not in BY_WATER:
            if starts or inlet.target != HOLD:
                raise Broken("S4", f"open output on under {codes.RULE_NAMES[inlet.rule]}")
            return
        if starts or gate.drive == MOTOR:
            world.judged.add("S4")
            if world.edge:
                raise Broken("S7", "an opening in the scan of a reset")
            if not all(trip.inside_for(gate.reopen_hold) for trip in world.trip_laws):
                raise Broken("S4", "opens before every permissive has held")

    def _back_off(self):
        """Away from a closed target: only the bounded back-off of a jam."""
        most = min(self.gate.backoff, self.gate.timeout)
        jammed = self.world.gates[0].drive.fault == codes.CAUSE_JAM_CLOSING
        self.away = counted(self.away, most + 1)
        if self.gate.drive != MOTOR or not (jammed or self.world.edge) or self.away > most:
            raise Broken("S4", "open output on against a closed target")


class WaterWayLaw(Law):
    """S11 and the coupling; L4: who cannot obey opens the bypass in the same scan."""

    STATE = ("shut",)

    def __init__(self, world):
        super().__init__(world)
        self.shut = 0
        bypass = world.site.bypass
        self._most = bypass.travel + max(bypass.dead, 1) + 1

    def start(self):
        self.shut = 0

    def after(self):
        world = self.world
        inlet, bypass = world.gates[:2]
        needs = bypass.rule not in (codes.RULE_FLOOD, codes.RULE_ESTOP)
        if needs and inlet.target == CLOSED and bypass.target != OPEN:
            raise Broken("S11", "the inlet closes and the bypass is not to open")
        if bypass.rule == codes.RULE_AUTOMATIC and bypass.target == CLOSED:
            leaf = world.leaves[0]
            if leaf.at_closed or any(self._moves(0)):
                raise Broken("S11", "the bypass closes before the inlet has opened")
        if needs and inlet.rule == codes.RULE_FLOOD and inlet.target == OPEN:
            drive = inlet.drive
            if drive.forbids_opening:
                world.judged.add("L4")
            if drive.forbids_opening and bypass.target != OPEN:
                raise Broken("L4", "a flood cannot open the inlet, and the bypass stays")
        self._both_closed(inlet, bypass)

    def _moves(self, number):
        return self.world.on(number) if self.world.site.gates[number].drive == MOTOR else [0]

    def _both_closed(self, inlet, bypass):
        world = self.world
        fault = inlet.drive.fault or bypass.drive.fault or world.faulty
        ruled = inlet.rule == codes.RULE_START or bypass.rule == codes.RULE_FLOOD
        if fault or world.stop.stopped or ruled or world.leaves[0].at or world.leaves[1].at:
            self.shut = 0
            return
        world.judged.add("S11")
        self.shut = counted(self.shut, self._most + 1)
        if self.shut > self._most:
            raise Broken("S11", "inlet and bypass stay closed")
