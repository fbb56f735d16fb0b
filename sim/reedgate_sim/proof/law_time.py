"""L1 to L3, L5 and L7: what has to come, and within which time, counted in scans.

Each counts how long its premises have held without a break. Where a demand of 4 to 6 stands, the
time to relay is the dead time; the rest of the budget is the water's: see law_water.py.
"""

from reedgate_contract import codes
from reedgate_sim.proof.law import Broken, Law, counted
from reedgate_sim.proof.law_rules import BY_WATER
from reedgate_sim.proof.site import CLOSED, HOUR_MS, MOTOR, OPEN

_DEMANDS = (codes.RULE_FLOOD, codes.RULE_QUALITY, codes.RULE_UNKNOWN)


class ReachLaw(Law):
    """L1, L2, L3: a demand of one gate is at the output after the dead time, in place a travel
    later. Premises: an able drive that forbids nothing, no stop, the same demand throughout.
    """

    STATE = ("asked", "target")

    def __init__(self, world, number):
        super().__init__(world)
        self.number = number
        gate = world.site.gates[number]
        self.gate = gate
        self._relay = max(gate.dead, 1) if gate.drive == MOTOR else 0
        self._place = self._relay + gate.travel
        self.start()

    def start(self):
        self.asked = 0  # 1 + how long
        self.target = 0

    def after(self):
        world, real = self.world, self.world.gates[self.number]
        drive = real.drive
        asks = real.rule in _DEMANDS and real.target in (OPEN, CLOSED)
        able = not (drive.fault or drive.forbids_opening or drive.forbids_closing)
        if not asks or not able or world.faulty or world.edge:
            self.start()
            return
        if real.target != self.target:
            self.start()
            self.target = real.target
        self.asked = counted(self.asked, self._place + 2)
        leaf = world.leaves[self.number]
        there = leaf.at_open if real.target == OPEN else leaf.at_closed
        way = 1 if real.target == OPEN else -1
        name = {codes.RULE_FLOOD: "L3", codes.RULE_QUALITY: "L1"}.get(real.rule, "L2")
        if there:
            self.asked = 1
        if self.asked > self._relay:
            world.judged.add(name)
        if self.asked > self._relay and not there and leaf.way() != way:
            raise Broken(name, "demanded, and not at the output after the dead time")
        if self.asked > self._place and not there:
            raise Broken(name, "demanded, and not in place a travel later")


class ReopenLaw(Law):
    """L5: with rules 1 to 8 quiet and every permissive met, the inlet opens in time."""

    STATE = ("quiet",)

    def __init__(self, world):
        super().__init__(world)
        gate = world.site.inlet
        hour = -(-HOUR_MS // world.site.unit_ms)
        dead = max(gate.dead, 1) if gate.drive == MOTOR else 0
        self._most = max(gate.reopen_hold, gate.min_closed, hour) + dead + gate.travel + 2
        self.quiet = 0

    def start(self):
        self.quiet = 0

    def after(self):
        world = self.world
        inlet = world.gates[0]
        drive = inlet.drive
        able = not (drive.fault or drive.forbids_opening or drive.forbids_closing)
        able = able and not any(limit.frozen or limit.masked for limit in world.laws.limits)
        quiet = inlet.rule == codes.RULE_AUTOMATIC and able and not world.faulty
        # 1: its time has begun anew in this scan
        if not quiet or world.resets_trips or any(trip.since < 2 for trip in world.laws.trips):
            self.quiet = 0
            return
        self.quiet = 0 if world.leaves[0].at_open else counted(self.quiet, self._most + 1)
        if self.quiet == 0 and world.leaves[0].at_open:
            world.judged.add("L5")
        if self.quiet > self._most:
            raise Broken("L5", "all permits, and the inlet does not open")


class CountLaw(Law):
    """L7: openings by rules 8 and 9 within an hour, before a restart and after it."""

    STATE = ("ages", "was")

    def __init__(self, world):
        super().__init__(world)
        self._most = world.site.inlet.openings
        self._hour = -(-HOUR_MS // world.site.unit_ms)
        self.ages = [self._hour] * self._most
        self.was = 0

    def start(self):
        self.was = 0

    def before(self):
        self.ages[:] = [counted(age, self._hour) for age in self.ages]

    def after(self):
        inlet = self.world.gates[0]
        opens = int(inlet.drive.direction == 1)
        starts, self.was = opens and not self.was, opens
        if starts and inlet.target == OPEN and inlet.rule in BY_WATER:
            self.world.judged.add("L7")
            if self.ages[0] < self._hour:
                raise Broken("L7", "one opening more than its count within an hour")
            self.ages[:] = [*self.ages[1:], 0]
