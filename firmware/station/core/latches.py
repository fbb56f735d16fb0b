"""What has to survive a restart, as bytes: latches, first-out, retry counts. Pure packing.

Eight bytes a gate behind one for the station:
    trips that are latched (bit a trip, 16), first_out, first_out_of,
    forbidden directions (1 opening, 2 closing), drive's fault, jams (opening << 4 | closing), 0
"""

from reedgate_contract import codes
from reedgate_contract.compat import const
from station.core.drive import CLOSING, OPENING

_PER_GATE = const(8)
_STOPPED = const(1)
MOST_TRIPS = const(16)


class Latches:
    """Keeps `content` equal to the station's latches; says when it has changed."""

    def __init__(self, station):
        self._station = station
        self.content = bytearray(1 + _PER_GATE * len(station.gates))
        self.look()

    def look(self):
        """Once a scan, after the decision: whether something changed. Allocates nothing."""
        changed = self._put(0, _STOPPED if self._station.stopped else 0)
        at = 1
        for gate in self._station.gates:
            latched = 0
            for index in range(len(gate.trips)):
                if gate.trips[index].latched:
                    latched |= 1 << index
            drive = gate.drive
            forbidden = (1 if drive.forbids_opening else 0) | (2 if drive.forbids_closing else 0)
            changed = self._put(at, latched & 0xFF) or changed
            changed = self._put(at + 1, latched >> 8) or changed
            changed = self._put(at + 2, gate.first_out) or changed
            changed = self._put(at + 3, gate.first_out_of) or changed
            changed = self._put(at + 4, forbidden) or changed
            changed = self._put(at + 5, drive.fault) or changed
            jams = drive.jams(OPENING) << 4 | drive.jams(CLOSING)
            changed = self._put(at + 6, jams) or changed
            at += _PER_GATE
        return changed

    def _put(self, at, value):
        if self.content[at] == value:
            return False
        self.content[at] = value
        return True

    def restore(self, content):
        """Before the first decision. False, and every trip latched, if content does not fit."""
        if content is None or len(content) != len(self.content):
            self.set_trips()
            return False
        station = self._station
        station.stopped = content[0] == _STOPPED
        at = 1
        for gate in station.gates:
            latched = content[at] | content[at + 1] << 8
            for index in range(len(gate.trips)):
                gate.trips[index].latched = bool(latched & 1 << index)
            gate.first_out = content[at + 2]
            gate.first_out_of = content[at + 3]
            drive = gate.drive
            drive.forbids_opening = bool(content[at + 4] & 1)
            drive.forbids_closing = bool(content[at + 4] & 2)
            drive.fault = content[at + 5]
            drive.set_jams(OPENING, content[at + 6] >> 4)
            drive.set_jams(CLOSING, content[at + 6] & 0x0F)
            at += _PER_GATE
        self.look()
        return True

    def set_trips(self):
        """What counts as set when nobody can tell: every trip; the gates go to trip position."""
        for gate in self._station.gates:
            for trip in gate.trips:
                trip.latched = True
            if gate.trips:
                gate.first_out = codes.CAUSE_QUALITY
                gate.first_out_of = gate.trips[0].point
        self.look()
