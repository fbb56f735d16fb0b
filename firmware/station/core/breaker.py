"""A dead slave must not hold up the others: once it is known to be dead it is only probed.

A breaker opens when its slave has not answered so many polls in a row and then for a hold: by then
everything that depends on it is lost, so that asking it less often postpones no close. While it is
open, its turns count as polls without an answer, as if it had been asked. A probe is a turn in
which it is asked after all; the first answer closes the breaker. One that a flood is known by is
asked at its own rate for ever: a flood does not wait for a probe.
"""

from reedgate_contract.compat import const
from reedgate_contract.config import PROBE_LONGEST_PAUSE_MS, PROBE_REST_SHARE
from station.core.ticks import Hold, elapsed_ms

_MOST_COUNTED = const(255)  # break_polls is a byte


class Breaker:
    """Of one slave. `open`: it is only probed."""

    def __init__(self, sensor, rest):
        """sensor: with poll_ms, break_polls (0: it never opens) and break_hold_ms. rest: a Hold
        that all breakers of a bus share; it runs while none of them may probe.
        """
        self.open = False
        self.silent_polls = 0  # in a row, as far as they are counted
        self._poll_ms = sensor.poll_ms
        self._rest = rest
        self._needed = sensor.break_polls
        self._hold = Hold(sensor.break_hold_ms)
        self._pause_ms = 0  # before the next probe
        self._since_ms = 0  # the last one

    def asks(self, now_ms):
        """Whether this turn goes on the bus."""
        if not self.open:
            return True
        if self._rest.running and not self._rest.update(now_ms, True):
            return False
        return elapsed_ms(now_ms, self._since_ms) >= self._pause_ms

    def answered(self):
        """It did, whatever it said."""
        self.open = False
        self.silent_polls = 0
        self._hold.stop()

    def silent(self, asked_ms, now_ms):
        """It was asked at asked_ms, and no answer has come until now."""
        if self.silent_polls < _MOST_COUNTED:
            self.silent_polls += 1
        if self.open:
            longer_ms = 2 * self._pause_ms
            self._pause_ms = min(longer_ms, PROBE_LONGEST_PAUSE_MS)
        else:
            long_silent = self._needed and self.silent_polls >= self._needed
            if not self._hold.update(now_ms, long_silent):
                return
            self.open = True
            self._pause_ms = self._poll_ms
        self._since_ms = now_ms
        self._rest.hold_ms = PROBE_REST_SHARE * elapsed_ms(now_ms, asked_ms)
        self._rest.restart(now_ms)
