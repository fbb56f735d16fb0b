"""S4, S5, S7 and S11: which rule rules, what it may do, and that the water has a way."""

from reedgate_contract import codes
from reedgate_sim.proof.law import Broken, Law, counted
from reedgate_sim.proof.site import ACTUATOR, CLOSED, HOLD, HOUR_MS, MOTOR, OPEN, SPRING

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
        name = names[rule]
        if gate.rule != rule:
            raise Broken(
                "S5", "{rule} applies first, {other} rules", rule=name, other=names[gate.rule]
            )
        if target is not None and gate.target != target:
            raise Broken("S5", "{rule} does not set its target", rule=name)
        if (gate.cause, gate.cause_of) != (cause, cause_of):
            raise Broken("S5", "{rule} tells another cause than its own", rule=name)

    def _above_quality(self, number):
        """The rule that binds every gate alike, or None."""
        world = self.world
        if world.laws.stop.stopped:
            return codes.RULE_ESTOP, HOLD, codes.CAUSE_ESTOP, 0
        if not number and world.in_hand:
            return codes.RULE_LOCAL, world.wanted_by_hand, codes.CAUSE_LOCAL, 0
        for index, flood in enumerate(world.laws.floods[number]):
            if flood.standing:
                return codes.RULE_FLOOD, flood.flood.position, codes.CAUSE_FLOOD, index
        return None

    def _of_inlet(self):
        world = self.world
        above = self._above_quality(0)
        if above:
            return above
        if world.closes:
            return codes.RULE_QUALITY, CLOSED, codes.CAUSE_EMERGENCY_CLOSE, 0
        for trip in world.laws.trips:
            if trip.real.latched:
                return codes.RULE_QUALITY, CLOSED, codes.CAUSE_QUALITY, trip.point
        if world.station.starting:
            return codes.RULE_START, HOLD, codes.CAUSE_STARTING, 0
        return self._unknown() or self._below()

    def _unknown(self):
        """Rule 6, or None."""
        world = self.world
        if world.site.safe_mode:
            return codes.RULE_UNKNOWN, CLOSED, codes.CAUSE_NONE, 0
        for trip in world.laws.trips:
            if trip.never_good:
                return codes.RULE_UNKNOWN, CLOSED, codes.CAUSE_NEVER_GOOD, trip.never_good.point
            if trip.lost:
                return codes.RULE_UNKNOWN, CLOSED, codes.CAUSE_LOST, trip.lost.point
        if world.position_unknown(0):
            return codes.RULE_UNKNOWN, CLOSED, world.unknown_cause(0), 0
        return None

    def _below(self):
        """Rules 7 to 9. Whether they open is judged by OpeningLaw."""
        world = self.world
        for pond in world.laws.ponds:
            if pond.closes:
                return codes.RULE_POND, CLOSED, codes.CAUSE_POND_FULL, pond.limit.point
        rule, target, cause = codes.RULE_AUTOMATIC, None, codes.CAUSE_NONE
        if world.laws.remote and world.laws.remote.target == CLOSED:
            return codes.RULE_REMOTE, CLOSED, codes.CAUSE_REMOTE_CLOSE, 0
        if world.laws.remote and world.laws.remote.target == OPEN:
            rule, cause = codes.RULE_REMOTE, codes.CAUSE_REMOTE_OPEN
        if world.laws.mask and world.laws.mask.age:
            return rule, target, codes.CAUSE_BYPASSED, world.laws.mask.limit.point
        return rule, target, cause, 0

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
            return codes.RULE_UNKNOWN, OPEN, world.unknown_cause(1), 0
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
            for trip in world.laws.trips:
                if not trip.read:
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
        inlet = world.gates[0]
        opens_by_output = gate.drive != SPRING or gate.spring == CLOSED
        on = world.on(0)[0] if opens_by_output else int(inlet.drive.direction == 1)
        if gate.drive == ACTUATOR and world.leaves[0].at_open:
            on = 0  # its order stands when it is there
        starts = on and not self.was_on
        self.was_on = on
        if on and opens_by_output and inlet.target == CLOSED:
            self._back_off()
            return
        self.away = 0
        if on and opens_by_output:
            self._judge_target(inlet, starts)

    def _judge_target(self, inlet, starts):
        """The output is on, and the inlet is not to close."""
        if inlet.rule == codes.RULE_FLOOD and inlet.target in (OPEN, HOLD):
            return
        if inlet.rule == codes.RULE_LOCAL:
            if inlet.target != self.world.wanted_by_hand:
                raise Broken("S4", "open output on in local, and no button asks for it")
            return
        spring = self.gate.drive == SPRING
        if not spring and inlet.target != OPEN:
            raise Broken("S4", "open output on without a rule that opens")
        if inlet.rule not in BY_WATER:
            if starts or inlet.target != HOLD:
                name = codes.RULE_NAMES[inlet.rule]
                raise Broken("S4", "open output on under {rule}", rule=name)
            return
        if starts or not spring:
            self._judge_opening(self.gate)

    def _judge_opening(self, gate):
        world = self.world
        world.judged.add("S4")
        if world.resets_trips:
            raise Broken("S7", "an opening in the scan of a reset")
        if not all(trip.inside_for(gate.reopen_hold) for trip in world.laws.trips):
            raise Broken("S4", "opens before every permissive has held")
        if world.laws.remote and world.laws.remote.ended <= gate.reopen_hold:
            raise Broken("S4", "opens before its whole hold has passed after an order")

    def _back_off(self):
        """Away from a closed target: only the bounded back-off of a jam."""
        most = min(self.gate.backoff, self.gate.timeout)
        jammed = self.world.gates[0].drive.fault == codes.CAUSE_JAM_CLOSING
        self.away = counted(self.away, most + 1)
        if self.gate.drive != MOTOR or not (jammed or self.world.edge) or self.away > most:
            raise Broken("S4", "open output on against a closed target")


class WaterWayLaw(Law):
    """S11 and the coupling."""

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
        self._both_closed(inlet, bypass)

    def _moves(self, number):
        motor = self.world.site.gates[number].drive == MOTOR
        return self.world.on(number) if motor else [0]

    def _both_closed(self, inlet, bypass):
        world = self.world
        fault = inlet.drive.fault or bypass.drive.fault or world.faulty
        quiet = (codes.RULE_START, codes.RULE_LOCAL)
        ruled = inlet.rule in quiet or bypass.rule == codes.RULE_FLOOD
        if fault or world.laws.stop.stopped or ruled or world.leaves[0].at or world.leaves[1].at:
            self.shut = 0
            return
        world.judged.add("S11")
        self.shut = counted(self.shut, self._most + 1)
        if self.shut > self._most:
            raise Broken("S11", "inlet and bypass stay closed")
