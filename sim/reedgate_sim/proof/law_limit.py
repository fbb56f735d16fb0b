"""The law's own judgement of one limit, from the polls: B of n, the run, the loss, what permits.

Kept beside the station's and compared with it in every scan (law_water.py, law_rules.py), so that
S5, S6, L1 and L2 need not believe the station's own flags.
"""

from reedgate_sim.proof.law import Broken, Law, counted
from reedgate_sim.proof.site import BETWEEN, BEYOND, DOUBTED, INSIDE, LOST, NEARLY, WIPED

USABLE = {INSIDE, NEARLY, BETWEEN, BEYOND, DOUBTED}
HIGH = {BEYOND, DOUBTED}
GOOD = {INSIDE, NEARLY, BETWEEN, BEYOND}


class LimitLaw(Law):
    """One limit on one point. S9 of the freeze of its probe is judged here too."""

    STATE = (
        *("high", "usable", "run", "reached", "since_good", "good_for", "dry", "starved"),
        *("last", "good", "met", "frozen", "wiped", "masked"),
    )

    def __init__(self, world, point, trip):
        """trip: a site.Trip, whose polls, delay and hold of the loss it has."""
        super().__init__(world)
        self.point = point
        self.trip = trip
        self._max_age = world.site.max_age
        self._most = max(world.site.inlet.reopen_hold, trip.clear_hold) + 1
        self.masked = 0  # by the bypass of this measurement; law_acts.py says so
        self.high, self.usable = [0] * trip.of, [0] * trip.of
        self._window = world.site.wipe_window
        self.wiped = self._window  # since the end of the last freeze
        self.start()

    def start(self):
        of = self.trip.of
        self.high[:] = self.usable[:] = [0] * of
        self.run = 0  # 1 + its age
        self.reached = 0
        self.since_good = 0  # 1 + how long every poll has been GOOD inside the limit
        self.good_for = 0  # the last poll was GOOD, and still counts
        self.dry = self._max_age  # since the last usable poll
        self.starved = 0  # 1 + how long too few polls were usable
        self.last = 0  # the last usable poll was beyond
        self.good = 0  # there was a GOOD one since the start
        self.met = 0  # the limit is met in this scan
        self.frozen = 0  # its probe wipes: 1; 2 once a unit has begun anew, its longest time

    def before(self):
        self._was_met, self.met = self.met and not self.masked, 0
        early, late = self.world.polls_of(self.point)
        for letter in early:
            self._poll(letter)
        self._pass()
        for letter in late:
            self._poll(letter)
        if self.frozen == 2:
            self._lose()
        if self.frozen:
            return
        self._judge()
        if self.dry >= self._max_age:
            self.since_good = self.good_for = 0
        if sum(self.usable) < self.trip.polls or self.dry >= self._max_age:
            self.starved = counted(self.starved, self.trip.lost_hold + 1)
        else:
            self.starved = 0

    def _pass(self):
        """A unit of time."""
        if self.run:
            self.run = counted(self.run, self.trip.delay + 1)
        if self.since_good:
            self.since_good = counted(self.since_good, self._most)
        self.wiped = counted(self.wiped, self._window)
        self.dry = counted(self.dry, self._max_age)
        self.frozen *= 2

    def _poll(self, letter):
        if letter == WIPED:
            if self.world.begun[self.point]:
                self._begin_freeze()
                return
            letter = INSIDE  # it was asked as ever
        if self.frozen:
            if letter == LOST:
                return
            self._end_freeze()
            self.dry = 0
        self._count(letter)

    def _begin_freeze(self):
        quiet = self.last == 0 and not any(self.high) and self.good_for
        self.world.judged.add("S9")
        if not quiet or self.frozen or self.wiped < self._window:
            raise Broken("S9", "a freeze begins that may not")
        self.frozen = 1

    def _end_freeze(self):
        self.frozen = self.wiped = 0

    def _lose(self):
        """Its longest time has passed without an answer."""
        self._end_freeze()
        self.usable[:] = [0] * self.trip.of
        self.starved = self.trip.lost_hold + 1
        self.since_good = self.good_for = 0

    def _count(self, letter):
        if not self._was_met:
            self._judge()  # what this poll may end: counts in this scan if in none before
        high, usable = letter in HIGH, letter in USABLE
        self.high[:] = [*self.high[1:], int(high)]
        self.usable[:] = [*self.usable[1:], int(usable)]
        if usable:
            self.dry = 0
            self.last = int(high)
        if letter in GOOD:
            self.good = 1
        self.good_for = int(letter in GOOD and not self.masked)
        if letter != INSIDE or self.masked:
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
    def read(self):
        return self.masked or sum(self.usable) >= self.trip.polls

    @property
    def lost(self):
        starved = self.starved > self.trip.lost_hold or bool(self.starved and self.last)
        return starved and not self.masked

    @property
    def never_good(self):
        return not (self.good or self.masked)
