"""A person's order, from the body of a `cmd` envelope to the gate it is for.

Its seal, its start and its time are judged before (downlink.py). Whether and how far the gate
follows is the control law's to say (core/remote.py, core/gate.py). Each order leaves a record.
"""

import struct

from reedgate_contract import codes, envelope, records
from reedgate_contract.compat import const

_TAKEN = const(0)
_SECOND_MS = const(1000)


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
