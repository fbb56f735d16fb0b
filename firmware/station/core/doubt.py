"""Whether a limit is exceeded by the water or by the probe that says so.

A probe that has been erratic (single numbers far off and back) says that its limit is exceeded,
and points that move when the water changes have not moved: then the water is not known to be bad,
it is unknown. The gate closes in the same scan either way; see docs/quality.md. Work is done at a
poll; nothing here grows.
"""

from station.core.ticks import Hold, elapsed_ms


class Erratic:
    """`erratic` for memory_ms after a number that stood far off both of its neighbours.

    Of numbers at least apart_ms from each other, so that it means the same at every polling rate.
    Judged when its second neighbour is known, as QARTOD's spike is: the past of a run, not its
    beginning.
    """

    def __init__(self, readings, fields, point):
        self.erratic = False
        self._spike = fields["spike"]
        self._apart_ms = fields["apart_ms"]
        self._memory = Hold(fields["memory_ms"])
        self._known = 0
        self._before = 0
        self._last = 0
        self._last_ms = 0
        readings.watch(point, self)

    def poll(self, now_ms, usable, value):
        if self.erratic and self._memory.update(now_ms, True):
            self.erratic = False
            self._memory.stop()
        if not usable:
            self._known = 0
            return
        if self._known and elapsed_ms(now_ms, self._last_ms) < self._apart_ms:
            return
        if self._known == 2 and self._stood_out(value):
            self.erratic = True
            self._memory.restart(now_ms)
        self._before = self._last
        self._last = value
        self._last_ms = now_ms
        if self._known < 2:
            self._known += 1

    def _stood_out(self, value):
        """The last number, from both of its neighbours to one side: by more than the threshold,
        and by more than half of the smaller neighbour."""
        rise = self._last - self._before
        fall = self._last - value
        if rise < 0:
            rise = -rise
            fall = -fall
        height = min(rise, fall)
        return height > self._spike and height > min(self._before, value) >> 1


class Witness:
    """A point that moves when the water changes: its span over the last one to two windows."""

    def __init__(self, readings, fields):
        self._readings = readings
        self._point = fields["point"]
        self._most = fields["most"]
        self._window_ms = fields["window_ms"]
        self._windows = 0  # how many are known: 0, 1 or 2
        self._start_ms = 0
        self._low = self._high = 0
        self._low_before = self._high_before = 0
        readings.watch(self._point, self)

    def poll(self, now_ms, usable, value):
        if self._windows:
            age_ms = elapsed_ms(now_ms, self._start_ms)
            if age_ms >= 2 * self._window_ms:
                self._windows = 0
            elif usable and age_ms >= self._window_ms:
                self._low_before = self._low
                self._high_before = self._high
                self._begin(now_ms, value)
                self._windows = 2
        if not usable:
            return
        if not self._windows:
            self._begin(now_ms, value)
            self._windows = 1
        if value < self._low:
            self._low = value
        elif value > self._high:
            self._high = value

    def _begin(self, now_ms, value):
        self._start_ms = now_ms
        self._low = self._high = value

    @property
    def quiet(self):
        """It is known to have stood still; never while it is lost."""
        if self._windows < 2 or not self._readings.usable(self._point):
            return False
        span = max(self._high, self._high_before) - min(self._low, self._low_before)
        return span <= self._most


class Doubt:
    """Of one limit: an erratic probe, and every witness quiet."""

    def __init__(self, readings, point, entries):
        """entries: the fields of each witness; what is erratic stands in all of them alike."""
        self._erratic = Erratic(readings, entries[0], point)
        self._witnesses = [Witness(readings, fields) for fields in entries]
        self._was_erratic = False

    def begin(self):
        """A run starts: what comes in it cannot speak against it."""
        self._was_erratic = self._erratic.erratic

    @property
    def stands(self):
        if not self._was_erratic:
            return False
        for witness in self._witnesses:
            if not witness.quiet:
                return False
        return True
