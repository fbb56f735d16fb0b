"""Orders of somebody who stands at the station, by lines on its console.

bypass POINT SECONDS  the measurement trips nothing while its probe is calibrated
bypass end            at once

It ends by itself, and with a restart. What a line may ask for is the control law's to say
(core/bypassed.py); any other line is nothing to this station.
"""

from reedgate_contract.compat import const
from station.console import say
from station.core import bypassed

_WORD = b"bypass"
_MOST_DIGITS = const(4)
# In the order of the codes in core/bypassed.py.
ANSWERS = (
    "set",
    "no_such_measurement",
    "one_is_set",
    "of_a_flood",
    "the_last",
    "too_long",
)


class AtStation:
    def __init__(self, clock, lines, setup):
        """lines: look() gives a line that is complete now, or None, and never waits."""
        self._clock = clock
        self._lines = lines
        self._points = [point.name for point in setup.readings.points]
        gates = [getattr(gate, "measurement", None) for gate in setup.station.gates]
        self._bypasses = [each for each in gates if each is not None]

    def look(self):
        """Once a scan, after it."""
        line = self._lines.look()
        if line is None:
            return
        words = line.split()
        if len(words) < 2 or words[0] != _WORD:
            return
        if words[1:] == [b"end"]:
            self._end()
            say("bypass", "ended")
        elif len(words) == 3:
            say("bypass", ANSWERS[self._set(words[1], words[2])])

    def _end(self):
        for each in self._bypasses:
            each.cancel()

    def _set(self, name, seconds):
        """At every gate that looks at the measurement, or at none."""
        if not (len(seconds) <= _MOST_DIGITS and seconds.isdigit()):
            return bypassed.TOO_LONG
        point = self._index_of(name)
        now_ms = self._clock.now_ms()
        begun = []
        for each in self._bypasses:
            answer = each.order(now_ms, point, int(seconds) * 1000)
            if answer == bypassed.SET:
                begun.append(each)
            elif answer != bypassed.NO_SUCH_MEASUREMENT:
                for other in begun:
                    other.cancel()
                return answer
        return bypassed.SET if begun else bypassed.NO_SUCH_MEASUREMENT

    def _index_of(self, name):
        for index in range(len(self._points)):
            if self._points[index].encode() == name:
                return index
        return len(self._points)
