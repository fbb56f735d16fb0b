"""One limit on one point: how many of the last polls were beyond it, and since when.

Polls are counted so that a starved bus cannot postpone a trip; seconds, so that the limit means
the same at every polling rate.
"""

from reedgate_contract import config as layout
from reedgate_contract.compat import const
from station.core.ticks import Hold, elapsed_ms

_MASK = const(0x3FFFFFFF)  # as in ticks
_HALF = const(0x20000000)
MOST_POLLS = const(16)  # `of` is at most this: two histories of it stay small ints


def _ones(bits):
    count = 0
    while bits:
        count += bits & 1
        bits >>= 1
    return count


class Limit:
    """Trips when k of the last n polls were beyond and delay_ms has passed since the run started.

    A run starts at the first poll beyond and ends when their number falls to 0 or, once it has
    reached k, below k. Lost: fewer than k of the last n polls usable, or none of them younger than
    the point's max_age_ms, for lost_hold_ms; without that wait when the last usable reading was
    beyond. What a poll between two scans met or broke counts in the next scan. A limit that is met
    while its doubt stands is lost, not tripped: in the same scan, until the doubt falls.
    """

    def __init__(self, readings, fields):
        self.readings = readings
        self.point = fields["point"]
        self.side = fields["side"]
        self.limit = fields["limit"]
        self.deadband = fields["deadband"]
        self.polls = fields["polls"]
        self.delay_ms = fields["delay_ms"]
        self.beyond_count = 0
        self.usable_count = 0
        self.tripped = False
        self.lost = False
        self.good = False
        self.permissive = False
        self.doubt = None  # a Doubt, where other points are to confirm this one
        self.run = False
        self.frozen = False  # its probe wipes: all stands as it was
        self.bypassed = False  # set at the station: it judges on, and what it says is masked
        self._run_start_ms = 0
        self._delay_passed = False
        self._reached = False
        self._beyond_bits = 0
        self._usable_bits = 0
        self._bits_mask = (1 << fields["of"]) - 1
        self._last_usable_beyond = False
        self.last_word = False  # the last usable poll permitted
        self._met = False  # the limit was met since the last scan
        self._doubted = False  # in the last scan
        self._broken = False  # a poll since the last scan did not permit
        self._bad = False  # one was not GOOD
        self._settled = False  # nothing since the last scan, and no time of its own runs out
        self._dry = Hold(readings.points[self.point].max_age_ms)  # since the last usable poll
        self._lost_hold = Hold(fields["lost_hold_ms"])
        readings.watch(self.point, self)

    def is_beyond(self, value):
        if self.side == layout.SIDE_ABOVE:
            return value > self.limit
        return value < self.limit

    def is_inside(self, value):
        """Back from the limit by the deadband."""
        if self.side == layout.SIDE_ABOVE:
            return value <= self.limit - self.deadband
        return value >= self.limit + self.deadband

    def poll(self, now_ms, usable, value):
        """One poll of the point, answered or not."""
        self._settled = False
        if self.run and not (self.tripped or self._doubted):
            self._judge(now_ms)  # what was met since the last scan, if this poll should end it
        beyond = usable and self.is_beyond(value)
        self._beyond_bits = (self._beyond_bits << 1 | beyond) & self._bits_mask
        self._usable_bits = (self._usable_bits << 1 | usable) & self._bits_mask
        self.beyond_count = _ones(self._beyond_bits)
        self.usable_count = _ones(self._usable_bits)
        if usable:
            self._last_usable_beyond = beyond
            self._dry.restart(now_ms)
        good = self.readings.good(self.point)
        permits = good and self.is_inside(value)
        if usable:
            self.last_word = permits
        self._bad = self._bad or not good
        self._broken = self._broken or not permits
        if beyond and not self.run:
            self.run = True
            self._run_start_ms = now_ms
            self._delay_passed = self.delay_ms == 0
            self._reached = False
            if self.doubt is not None:
                self.doubt.begin()
        if self.beyond_count >= self.polls:
            self._reached = self.run
        elif self.beyond_count == 0 or self._reached:
            self.run = False
        if self.run:
            self._judge(now_ms)

    def _judge(self, now_ms):
        """In a run: whether the limit is met by now."""
        if not self._delay_passed:
            self._delay_passed = elapsed_ms(now_ms, self._run_start_ms) >= self.delay_ms
        if self._delay_passed and self.beyond_count >= self.polls:
            self._met = True

    def scan(self, now_ms):
        """Once a scan, after the readings have aged."""
        if self.frozen:
            return
        if self._settled:
            # elapsed_ms() written out: most of the scans of every limit end here
            hold = self._dry
            if (((now_ms - hold.since_ms) & _MASK) ^ _HALF) - _HALF < hold.hold_ms:
                return  # all is as it was in the scan before
        dry = self._dry.update(now_ms, True)
        if self.run:
            self._judge(now_ms)
        doubted = self._met and self.doubt is not None and self.doubt.stands
        self._doubted = doubted
        self.tripped = self._met and not doubted
        starved = dry or self.usable_count < self.polls
        if starved:
            waited = self._lost_hold.update(now_ms, True)
            self.lost = waited or doubted or self._last_usable_beyond
        else:
            self._lost_hold.stop()
            self.lost = doubted
        readings = self.readings
        self.good = not self._bad and readings.good(self.point)
        inside = self.good and self.is_inside(readings.value[self.point])
        self.permissive = inside and not self._broken
        # Else only a poll, or the age at which the last one is too old, can change anything here.
        self._settled = not (self.run or self._met or self._broken or starved)
        self._met = False
        self._broken = self._bad = False
        if self.bypassed:
            self.tripped = self.lost = self.good = self.permissive = False

    def bypass(self, bypassed):
        """From the next scan on."""
        self.bypassed = bypassed
        self._settled = False

    def quiet(self):
        """A GOOD reading not beyond, nor any poll that still counts: a freeze may start."""
        return not (self.beyond_count or self._met or self.lost) and self.readings.good(self.point)

    def thaw(self, now_ms):
        """The freeze has ended with an answer: its time does not count as one without."""
        self.frozen = False
        self._settled = False
        self._dry.restart(now_ms)

    def lose(self):
        """The freeze has ended without one: lost at once, until enough polls are usable again."""
        self.frozen = False
        self._settled = False
        self._usable_bits = 0
        self.usable_count = 0
        self._lost_hold.running = self._lost_hold.done = True  # it has waited long enough

    @property
    def is_read(self):
        """Polled often enough to be judged."""
        return self.bypassed or self.usable_count >= self.polls

    @property
    def never_good(self):
        """Nothing GOOD since the start."""
        return not (self.readings.ever_good[self.point] or self.bypassed)

    @property
    def lost_point(self):
        return self.point

    def left_ms(self, now_ms):
        """How much of the delay is still to pass in the run that has started; 0 without a run."""
        if not self.run or self._delay_passed:
            return 0
        left = self.delay_ms - elapsed_ms(now_ms, self._run_start_ms)
        return left if left > 0 else 0
