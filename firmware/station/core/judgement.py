"""What a trip judges by, where that is more than one limit. Each has what a Limit has:

tripped, permissive, lost and lost_point, run and left_ms, frozen, is_read, never_good; scan().
"""

from reedgate_contract.compat import const
from station.core.ticks import Hold

_TWO = const(2)


class Several:
    """What several limits have in common. Every one is evaluated in every scan."""

    def __init__(self, limits):
        self.limits = limits
        self.point = limits[0].point
        self.tripped = False
        self.permissive = False
        self.lost = False
        self.lost_point = self.point
        self.run = False
        self.frozen = False

    @property
    def is_read(self):
        for limit in self.limits:
            if not limit.is_read:
                return False
        return True

    def left_ms(self, now_ms):
        """The longest that one of them still waits."""
        longest = 0
        for limit in self.limits:
            longest = max(longest, limit.left_ms(now_ms))
        return longest


class AllOf(Several):
    """A trip of several conditions: it trips while every one does; one of them back inside, with
    every measurement GOOD, permits. Lost with any of its measurements. A condition whose
    measurement is bypassed is left out; without any other nothing trips.
    """

    def scan(self, now_ms):
        tripped = run = counted = lost = inside = frozen = False
        good = True
        for limit in self.limits:
            limit.scan(now_ms)
            frozen = frozen or limit.frozen
            good = good and limit.good
            inside = inside or limit.permissive
            if limit.lost and not lost:
                lost = True
                self.lost_point = limit.point
            if not limit.bypassed:
                tripped = limit.tripped and (tripped or not counted)
                run = limit.run and (run or not counted)
                counted = True
        self.tripped = tripped
        self.permissive = good and inside
        self.lost = lost
        self.run = run
        self.frozen = frozen

    @property
    def never_good(self):
        for limit in self.limits:
            if limit.never_good:
                self.lost_point = limit.point
                return True
        return False


class Redundant(Several):
    """Two or three probes of one measurement. Of two either trips, and both must permit, or
    nothing opens. Of three two trip and two permit; with one lost they are as two, with two lost
    as one, unless a lost one's last word was against it. The measurement is lost with the last.
    A bypassed probe trips nothing, and nothing opens meanwhile.

    Values further apart than `agree` for agree_ms make all of them SUSPECT.
    """

    def __init__(self, limits, fields):
        super().__init__(limits)
        self.suspect = False
        self._agree = fields["agree"]
        self._apart = Hold(fields["agree_ms"])

    def scan(self, now_ms):
        probes = tripped = permit = run = bypassed = against = 0
        self.frozen = False
        for limit in self.limits:
            limit.scan(now_ms)
            if limit.frozen:
                self.frozen = True
            if limit.bypassed:
                bypassed += 1
            elif not limit.lost:
                probes += 1
                tripped += limit.tripped
                permit += limit.permissive
                run += limit.run
            elif not limit.last_word:
                against += 1
        enough = _TWO if probes > _TWO else 1
        self.tripped = tripped >= enough
        self.run = run >= enough
        self._compare(now_ms)
        wanted = _TWO
        if probes == 1 and len(self.limits) > _TWO and not against:
            wanted = 1
        self.permissive = permit >= wanted and not (bypassed or self.suspect)
        self.lost = probes == 0 and not bypassed

    def _compare(self, now_ms):
        """Only those that are usable now can differ."""
        readings = self.limits[0].readings
        least = most = 0
        count = 0
        for limit in self.limits:
            if readings.usable(limit.point) and not limit.bypassed:
                value = readings.value[limit.point]
                least = value if not count or value < least else least
                most = value if not count or value > most else most
                count += 1
        suspect = self._apart.update(now_ms, count > 1 and most - least > self._agree)
        if suspect != self.suspect:
            self.suspect = suspect
            for limit in self.limits:
                readings.doubt(limit.point, suspect)

    @property
    def is_read(self):
        """One that has been read will do."""
        for limit in self.limits:
            if limit.is_read:
                return True
        return False

    @property
    def never_good(self):
        for limit in self.limits:
            if not limit.never_good:
                return False
        return True
