"""What has to survive a restart, as bytes: latches, first-out, counts. Pure packing.

Six bytes for the station: what the rest belongs to (4), emergency stop (1) and service that
nobody has reset (2), restarts that came soon. Then twelve bytes a gate:
    trips that are latched (bit a trip, 16), first_out, first_out_of,
    forbidden directions (1 opening, 2 closing) and whether a remote order to the trip position
    stands until released (4), drive's fault, jams (opening << 4 | closing),
    dropped switches (the same), openings of the last hour, contacts that are latched (bit a
    contact), hours since the last full stroke (16)
Then a byte for each trip of each gate: how often it tripped lately (recurrence.py).
"""

from reedgate_contract import codes
from reedgate_contract.compat import const
from station.core.drive import CLOSING, OPENING

_HEAD = const(6)
_PER_GATE = const(12)
_STOPPED = const(1)
_SERVICED = const(2)
_SOON_AGAIN = const(2)  # restarts: the second within an hour has no grace
_ORDERED = const(4)
_MOST = const(255)
MOST_TRIPS = const(16)


class Latches:
    """Keeps `content` equal to the station's latches; says when it has changed."""

    def __init__(self, station, belongs_to):
        """belongs_to: 4 bytes that differ where trips, points, gates or floods do."""
        self._station = station
        self._restarts = 0  # in a row, none of which has lasted an hour
        self._trips = []
        for gate in station.gates:
            self._trips += gate.trips
        self._trips_at = _HEAD + _PER_GATE * len(station.gates)
        self.content = bytearray(self._trips_at + len(self._trips))
        self.content[:4] = belongs_to
        self._now = bytearray(self.content)
        self.look()

    def look(self):
        """Once a scan, after the decision: whether something changed. Allocates nothing."""
        station = self._station
        if self._restarts and station.steady:
            self._restarts = 0
        now = self._now
        stopped = _STOPPED if station.stopped else 0
        now[4] = stopped | (_SERVICED if station.service.needs_reset else 0)
        now[5] = self._restarts
        at = _HEAD
        for gate in station.gates:
            _put_gate(now, at, gate)
            at += _PER_GATE
        for trip in self._trips:
            now[at] = trip.recurrence.kept
            at += 1
        if now == self.content:
            return False
        for index in range(len(now)):
            self.content[index] = now[index]
        return True

    def restore(self, content, now_ms):
        """Before the first decision. False, and all latched, if content does not fit."""
        if not self._fits(content):
            self.set_all()
            return False
        self._restarts = min(content[5] + 1, _MOST)
        station = self._station
        if self._restarts >= _SOON_AGAIN:
            station.skip_grace()
        station.stopped = content[4] & _STOPPED != 0
        station.service.needs_reset = content[4] & _SERVICED != 0
        at = _HEAD
        for gate in station.gates:
            latched = content[at] | content[at + 1] << 8
            for index in range(len(gate.trips)):
                gate.trips[index].latched = bool(latched & 1 << index)
            gate.first_out = content[at + 2]
            gate.first_out_of = content[at + 3]
            drive = gate.drive
            drive.forbids_opening = bool(content[at + 4] & 1)
            drive.forbids_closing = bool(content[at + 4] & 2)
            if content[at + 4] & _ORDERED:
                gate.remote.restore()
            drive.fault = content[at + 5]
            drive.jams[OPENING] = content[at + 6] >> 4
            drive.jams[CLOSING] = content[at + 6] & 0x0F
            drive.drops[OPENING] = content[at + 7] >> 4
            drive.drops[CLOSING] = content[at + 7] & 0x0F
            gate.restore_openings(content[at + 8], now_ms)
            for index in range(len(gate.contacts)):
                gate.contacts[index].latched = bool(content[at + 9] & 1 << index)
            if gate.stroke is not None:
                gate.stroke.hours = content[at + 10] | content[at + 11] << 8
            at += _PER_GATE
        for trip in self._trips:
            trip.recurrence.restore(content[at], now_ms)
            at += 1
        self.look()
        return True

    def _fits(self, content):
        """Latches of another configuration would latch other trips than those that tripped."""
        if content is None or len(content) != len(self.content):
            return False
        return bytes(content[:4]) == bytes(self.content[:4])

    def set_trips(self):
        """Every trip and trip contact: the gates go to their trip position."""
        for gate in self._station.gates:
            for trip in gate.trips:
                trip.latched = True
            for contact in gate.contacts:
                contact.latched = True
            if gate.trips or gate.contacts:
                gate.first_out = codes.CAUSE_UNREADABLE
                gate.first_out_of = 0
        self.look()

    def set_all(self):
        """What counts as set when nobody can tell: the stop, service and drives' latches too.

        Somebody may have been at the machine, or may have stopped it because a drive had failed:
        nothing moves by a motor before the reset at the panel. A spring moves as its spring does.
        """
        station = self._station
        station.stopped = station.estop_wired
        station.service.needs_reset = True
        for gate in station.gates:
            drive = gate.drive
            drive.forbids_opening = drive.forbids_closing = True
            drive.fault = gate.first_out = codes.CAUSE_UNREADABLE
            gate.first_out_of = 0
        self.set_trips()


def _put_gate(content, at, gate):
    latched = 0
    bit = 1
    for trip in gate.trips:
        if trip.latched:
            latched |= bit
        bit <<= 1
    drive = gate.drive
    jams = drive.jams
    drops = drive.drops
    content[at] = latched & 0xFF
    content[at + 1] = latched >> 8
    content[at + 2] = gate.first_out
    content[at + 3] = gate.first_out_of
    content[at + 4] = (
        (1 if drive.forbids_opening else 0)
        | (2 if drive.forbids_closing else 0)
        | (_ORDERED if gate.remote.until_released else 0)
    )
    content[at + 5] = drive.fault
    content[at + 6] = jams[OPENING] << 4 | jams[CLOSING]
    content[at + 7] = drops[OPENING] << 4 | drops[CLOSING]
    content[at + 8] = gate.openings
    latched = 0
    bit = 1
    for contact in gate.contacts:
        if contact.latched:
            latched |= bit
        bit <<= 1
    content[at + 9] = latched
    hours = gate.stroke.hours if gate.stroke is not None else 0
    content[at + 10] = hours & 0xFF
    content[at + 11] = hours >> 8
