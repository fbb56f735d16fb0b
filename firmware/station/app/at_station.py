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


def obey(line, now_ms, setup):
    """A line that was typed, between two scans; what it came to is said on the console."""
    words = line.split()
    if len(words) < 2 or words[0] != _WORD:
        return
    bypasses = [getattr(gate, "measurement", None) for gate in setup.station.gates]
    bypasses = [each for each in bypasses if each is not None]
    if words[1:] == [b"end"]:
        for each in bypasses:
            each.cancel()
        say("bypass", "ended")
    elif len(words) == 3:
        point = _index_of(words[1], setup.readings.points)
        say("bypass", ANSWERS[_set(bypasses, now_ms, point, words[2])])


def _set(bypasses, now_ms, point, seconds):
    """At every gate that looks at the measurement, or at none."""
    if not (len(seconds) <= _MOST_DIGITS and seconds.isdigit()):
        return bypassed.TOO_LONG
    begun = []
    for each in bypasses:
        answer = each.order(now_ms, point, int(seconds) * 1000)
        if answer == bypassed.SET:
            begun.append(each)
        elif answer != bypassed.NO_SUCH_MEASUREMENT:
            for other in begun:
                other.cancel()
            return answer
    return bypassed.SET if begun else bypassed.NO_SUCH_MEASUREMENT


def _index_of(name, points):
    for index in range(len(points)):
        if points[index].name.encode() == name:
            return index
    return len(points)
