"""A person's order: from afar in a `cmd` envelope, or at the station by a line that is typed.

The seal, start and time of an envelope are judged before (downlink.py). Whether and how far the
gate follows is the control law's to say (core/remote.py, core/gate.py). Each order from afar
leaves a record.

At the station, by lines on its console; any other line is nothing to it:

bypass POINT SECONDS  the measurement trips nothing while its probe is calibrated
bypass end            at once

It ends by itself, and with a restart; core/bypassed.py says what may be asked for.
"""

import struct

from reedgate_contract import codes, envelope, records
from reedgate_contract.compat import const
from station.console import say
from station.core import bypassed

_TAKEN = const(0)
_SECOND_MS = const(1000)
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


class Commands:
    def __init__(self, station, journal, uptime):
        self._gates = station.gates
        self._journal = journal
        self._uptime = uptime

    def take(self, body, counter):
        """0, or the reason against it. counter: of its envelope."""
        if len(body) != struct.calcsize(envelope.CMD):
            return envelope.REFUSED_CONTENT
        number, action, hold_s, order = struct.unpack(envelope.CMD, body)
        if number >= len(self._gates) or action not in envelope.ACTION_NAMES:
            return envelope.REFUSED_CONTENT
        remote = self._gates[number].remote
        target = _target_of(action)
        if not _holds(hold_s, target, remote.trip_target):
            return envelope.REFUSED_HOLD
        events = self._journal.events
        if not events.reserve(1):
            return envelope.REFUSED_BUSY
        if action == envelope.ACTION_RESET:
            remote.reset()
        elif action == envelope.ACTION_RELEASE:
            remote.release()
        elif hold_s == envelope.UNTIL_RELEASED:
            remote.take(target, 0)
        else:
            remote.take(target, hold_s * _SECOND_MS)
        at = events.append(records.KIND_COMMAND, 0x11, 0, 0, self._uptime.seconds)
        rest_ms = self._uptime.rest_ms
        record = (rest_ms, number, action, hold_s, order, counter)
        struct.pack_into(records.COMMAND, events.buffer, at, *record)
        return _TAKEN


def _target_of(action):
    if action == envelope.ACTION_OPEN:
        return codes.TARGET_OPEN
    return codes.TARGET_CLOSED if action == envelope.ACTION_CLOSE else codes.TARGET_HOLD


def _holds(hold_s, target, trip_target):
    """Whether an order may stand for so long; one that moves nothing has no time."""
    if target == codes.TARGET_HOLD:
        return hold_s == 0
    if hold_s == envelope.UNTIL_RELEASED:
        return target == trip_target
    return 0 < hold_s <= envelope.MOST_HOLD_S


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
        answer = each.order(now_ms, point, int(seconds) * _SECOND_MS)
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
