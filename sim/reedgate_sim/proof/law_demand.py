"""L4: who cannot obey rules 4 to 6 says so in the same scan, and opens its bypass; and the contact
of rule 5, whose latch the law keeps for itself.
"""

from reedgate_contract import codes
from reedgate_sim.proof.law import Broken, Law
from reedgate_sim.proof.site import ACTUATOR, CLOSED, HOLD, OPEN


class ContactLaw(Law):
    """The emergency-close contact: at once, and until a reset while it is closed."""

    STATE = ("latched",)

    def __init__(self, world):
        super().__init__(world)
        self.latched = 0

    def before(self):
        if not self.world.levels["emergency_close"]:
            self.latched = 1
        elif self.world.resets_trips:
            self.latched = 0


class DemandLaw(Law):
    """Of the inlet, masked or not."""

    def after(self):
        world = self.world
        demand = self._demand()
        if demand == HOLD or world.edge or not self._cannot(demand):
            return
        world.judged.add("L4")
        inlet = world.gates[0]
        if not inlet.alarms & codes.ALARM_UNMET or world.station.healthy:
            raise Broken("L4", "a demand is not met, and nobody is told")
        if not world.site.bypass:
            return
        bypass = world.gates[1]
        quiet = bypass.rule not in (codes.RULE_ESTOP, codes.RULE_LOCAL, codes.RULE_FLOOD)
        if quiet and bypass.target != OPEN:
            raise Broken("L4", "the inlet cannot obey, and the bypass stays")

    def _demand(self):
        world = self.world
        for flood in world.laws.floods[0]:
            if flood.standing:
                return flood.flood.position
        if world.closes or any(trip.real.latched for trip in world.laws.trips):
            return CLOSED
        if world.station.starting:
            return HOLD
        unknown = any(trip.never_good or trip.lost for trip in world.laws.trips)
        return CLOSED if unknown or world.site.safe_mode or world.position_unknown(0) else HOLD

    def _cannot(self, demand):
        """Not there, and stopped, in hand, forbidden, jammed, or nobody knows where."""
        if demand not in (OPEN, CLOSED):
            return False
        world = self.world
        if world.position_unknown(0):
            return True
        leaf, drive = world.leaves[0], world.gates[0].drive
        opens = demand == OPEN
        ends = leaf.at_closed, leaf.at_open
        if leaf.gate.drive == ACTUATOR:
            told = world.laws.drives[0].told
            ends = told == 0, told == leaf.gate.travel
        if ends[opens]:
            return False
        jam = codes.CAUSE_JAM_OPENING if opens else codes.CAUSE_JAM_CLOSING
        forbidden = drive.forbids_opening if opens else drive.forbids_closing
        idle = world.in_hand and leaf.way() != (1 if opens else -1)
        return world.laws.stop.stopped or idle or forbidden or drive.fault == jam
