"""The law's own judgement of the water, from the polls: what trips, what is lost, what floods.

Kept beside the station's and compared with it in every scan, so that S5, S6, L1, L2 and L3 need
not believe the station's own flags.
"""

from reedgate_contract import config as layout
from reedgate_sim.proof.law import Broken, Law, counted
from reedgate_sim.proof.site import BETWEEN, BEYOND, DOUBTED, INSIDE

USABLE = {INSIDE, BETWEEN, BEYOND, DOUBTED}
HIGH = {BEYOND, DOUBTED}


class TripLaw(Law):
    """One limit: B of the last n polls, the run, the loss, the permissive; and its latch (S6)."""

    STATE = (
        "high",
        "usable",
        "run",
        "reached",
        "since_good",
        "dry",
        "starved",
        "last",
        "good",
        "met",
    )

    def __init__(self, world, number):
        super().__init__(world)
        self.number = number
        self.trip = world.site.trips[number]
        self._max_age = world.site.max_age
        self._most = max(world.site.inlet.reopen_hold, self.trip.clear_hold) + 1
        self.real = world.station.inlets[0].trips[number]
        self.high, self.usable = [0] * self.trip.of, [0] * self.trip.of
        self.start()

    def start(self):
        of = self.trip.of
        self.high[:] = self.usable[:] = [0] * of
        self.run = 0  # 1 + its age
        self.reached = 0
        self.since_good = 0  # 1 + how long every poll has been GOOD inside the limit
        self.dry = self._max_age  # since the last usable poll
        self.starved = 0  # 1 + how long too few polls were usable
        self.last = 0  # the last usable poll was beyond
        self.good = 0  # there was a GOOD one since the start
        self.met = 0  # the limit trips in this scan

    def note(self):
        self._was = self.real.latched

    def before(self):
        self._was_met, self.met = self.met, 0
        early, late = self.world.polls_of(self.number)
        for letter in early:
            self._poll(letter)
        if self.run:
            self.run = counted(self.run, self.trip.delay + 1)
        if self.since_good:
            self.since_good = counted(self.since_good, self._most)
        self.dry = counted(self.dry, self._max_age)
        for letter in late:
            self._poll(letter)
        self._judge()
        if self.dry >= self._max_age:
            self.since_good = 0
        if sum(self.usable) < self.trip.polls or self.dry >= self._max_age:
            self.starved = counted(self.starved, self.trip.lost_hold + 1)
        else:
            self.starved = 0

    def _poll(self, letter):
        if not self._was_met:
            self._judge()  # what this poll may end: counts in this scan if in none before
        high, usable = letter in HIGH, letter in USABLE
        self.high[:] = [*self.high[1:], int(high)]
        self.usable[:] = [*self.usable[1:], int(usable)]
        if usable:
            self.dry = 0
            self.last = int(high)
        if letter in (INSIDE, BETWEEN, BEYOND):
            self.good = 1
        if letter != INSIDE:
            self.since_good = 0
        elif not self.since_good:
            self.since_good = 1
        if high and not self.run:
            self.run, self.reached = 1, 0
        many = sum(self.high)
        if self.run and many >= self.trip.polls:
            self.reached = 1
        elif many == 0 or self.reached:
            self.run = self.reached = 0
        self._judge()

    def _judge(self):
        if self.run > self.trip.delay and sum(self.high) >= self.trip.polls:
            self.met = 1

    @property
    def lost(self):
        return self.starved > self.trip.lost_hold or bool(self.starved and self.last)

    def inside_for(self, units):
        """Every poll has been GOOD inside the limit by its deadband for so long."""
        return self.since_good > units

    def after(self):
        latched = self.real.latched
        if self.met:
            self.world.judged.add("L1")
        if latched and not self._was and not self.met:
            raise Broken("S6", "a trip latches without its limit")
        if self.met and not latched:
            raise Broken("L1", "beyond k of n polls for its delay, and no trip")
        if not self._was or latched:
            return
        self.world.judged.add("S6")
        edge = self.world.edge
        if not self.inside_for(0):
            raise Broken("S6", "a trip clears with the water beyond or unknown")
        if self.trip.clears == layout.CLEARS_RESET_ONLY:
            if not edge:
                raise Broken("S6", "a reset_only trip clears without a reset edge")
        elif not self.inside_for(self.trip.clear_hold):
            raise Broken("S6", "a trip clears before its hold")


class FloodLaw(Law):
    """One flood cause: it stands from its first call until all is clear for its hold."""

    STATE = ("standing", "clear", "open_for", "dry", "inside")

    def __init__(self, world, gate, number):
        super().__init__(world)
        self.flood = world.site.gates[gate].floods[number]
        self._point = world.stage_of(gate, number) if self.flood.words else -1
        self._max_age = world.site.max_age
        self.start()

    def start(self):
        self.standing = 0
        self.clear = 0  # 1 + how long
        self.open_for = 0  # the contact, 1 + how long
        self.dry = 0  # since the last usable poll, or since the start
        self.inside = 0  # the last poll was GOOD and inside

    def before(self):
        called, clear = self._stage()
        if self.flood.contact:
            if self.world.levels[self.flood.contact]:
                self.open_for = 0
            else:
                self.open_for = counted(self.open_for, self.flood.debounce + 1)
                called = called or self.open_for > self.flood.debounce
                clear = False
        if self._point >= 0 and self.dry >= self._max_age and not self.world.starting_before:
            called = called or self.flood.stage_lost == layout.STAGE_LOST_FLOOD
        if called:
            self.standing = 1
        if not self.standing or not clear:
            self.clear = 0
        else:
            self.clear = counted(self.clear, self.flood.clear + 1)
            if self.clear > self.flood.clear:
                self.standing = 0
                self.clear = 0

    def _stage(self):
        """(calls, is clear)"""
        if self._point < 0 or self.world.site.safe_mode:
            return False, True
        early, late = self.world.polls_of(self._point)
        if USABLE.intersection(early):
            self.dry = 0
        self.dry = counted(self.dry, self._max_age)
        if USABLE.intersection(late):
            self.dry = 0
        word = early + late
        called = bool(HIGH.intersection(word))
        if word:
            self.inside = int(word[-1] == INSIDE)
        if self.dry >= self._max_age:
            self.inside = 0
        return called, bool(self.inside and not called)
