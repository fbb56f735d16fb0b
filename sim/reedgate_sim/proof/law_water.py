"""The law's own judgement of the water: what trips and stays latched, what restrains, what floods.

Kept beside the station's and compared with it in every scan, as law_limit.py is.
"""

from reedgate_contract import config as layout
from reedgate_sim.proof.law import Broken, Law, counted
from reedgate_sim.proof.law_limit import HIGH, USABLE
from reedgate_sim.proof.site import DAY_MS, INSIDE


class TripLaw(Law):
    """A quality trip: of one limit, or of several at the same time; and its latch (S6)."""

    STATE = ("since", "met", "latest", "third")

    def __init__(self, world, number, limits):
        super().__init__(world)
        self.trip = world.site.trips[number]
        self.limits = limits
        self.point = limits[0].point
        self._most = max(world.site.inlet.reopen_hold, self.trip.clear_hold) + 1
        self._day = -(-DAY_MS // world.site.unit_ms)
        self.real = world.station.inlets[0].trips[number]
        insists = self.trip.clears == layout.CLEARS_RESET_ONLY
        self._counts = not (insists or world.site.restarts)
        self.latest = [self._day] * 3 if self._counts else []  # ages of the last trips
        self.third = 0  # in a day, and not yet cleared
        self.start()

    def start(self):
        self.since = 0  # 1 + how long the water has permitted
        self.met = 0

    def note(self):
        self._was = self.real.latched

    def before(self):
        limits = [limit for limit in self.limits if not limit.masked]
        self.met = int(bool(limits) and all(limit.met for limit in limits))
        self.latest[:] = [counted(age, self._day) for age in self.latest]
        if len(self.limits) == 1:
            self.since = self.limits[0].since_good
            return
        good = all(limit.good_for for limit in self.limits)
        inside = any(limit.since_good for limit in self.limits)
        self.since = counted(self.since, self._most) if good and inside else 0

    @property
    def read(self):
        return all(limit.read for limit in self.limits)

    @property
    def never_good(self):
        return next((limit for limit in self.limits if limit.never_good), None)

    @property
    def lost(self):
        return next((limit for limit in self.limits if limit.lost), None)

    def inside_for(self, units):
        """The water has permitted for so long: every poll GOOD, and inside by the deadband."""
        return self.since > units

    def after(self):
        latched = self.real.latched
        if self.met:
            self.world.judged.add("L1")
        if latched and not self._was:
            if not self.met:
                raise Broken("S6", "a trip latches without its limit")
            if self._counts:
                self.latest[:] = [*self.latest[1:], 0]
                self.third = int(self.latest[0] < self._day)
        if self.met and not latched:
            raise Broken("L1", "beyond k of n polls for its delay, and no trip")
        if self._was and not latched:
            self._judge_clearing()

    def _judge_clearing(self):
        self.world.judged.add("S6")
        if not self.inside_for(0):
            raise Broken("S6", "a trip clears with the water beyond or unknown")
        third, self.third = self.third, 0
        if self.world.resets_trips:
            return
        if self.trip.clears == layout.CLEARS_RESET_ONLY:
            raise Broken("S6", "a reset_only trip clears without a reset edge")
        if third:
            raise Broken("S6", "the third trip in a day clears without a reset edge")
        if not self.inside_for(self.trip.clear_hold):
            raise Broken("S6", "a trip clears before its hold")


class PondLaw(Law):
    """A restraint of rule 7 that closes: it stands from its limit until the water permits."""

    STATE = ("standing",)

    def __init__(self, world, limit):
        super().__init__(world)
        self.limit = limit
        self.standing = 0

    def start(self):
        self.standing = 0

    def before(self):
        limit = self.limit
        if limit.met:
            self.standing = 1
        elif limit.since_good:
            self.standing = 0

    @property
    def closes(self):
        """Full, or for all that anybody knows."""
        return bool(self.standing or self.limit.lost)


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
