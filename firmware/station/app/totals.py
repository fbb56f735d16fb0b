"""What has flowed through each gate, and its load of the last 24 h, as bytes for the flash.

Kept every quarter of an hour of flow, each time twice. Only what is on flash is told as the total:
so it never falls, and a power cut takes at most that quarter. Known by the gate's name, so that
another configuration goes on with them; those of gates that it has not are kept for one that has.
"""

import binascii
import struct

from reedgate_contract.compat import const

_PERIOD_S = const(900)
_COPIES = const(2)
_HEAD = "<IIHB"  # CRC-32 of the gate's name, m3, the rest in units of 10 L, hours that follow
_HOUR = "<I"


class Totals:
    """Of all gates with a load. `due`: to be kept now."""

    def __init__(self, station, uptime):
        self._loads = []  # (CRC-32 of its gate's name, load)
        for gate in station.inlets:
            if gate.cap is not None and gate.cap.load is not None:
                self._loads.append((binascii.crc32(gate.name.encode()), gate.cap.load))
        self._others = b""  # as they stood, of gates that are not here
        self._uptime = uptime
        self._due_s = _PERIOD_S
        self._copies = _COPIES
        self._sum = 0  # of what has flowed, when it was kept last

    @property
    def due(self):
        return self._copies < _COPIES

    def look(self):
        """Once a scan."""
        if self._loads and self._uptime.seconds >= self._due_s:
            self._due_s = self._uptime.seconds + _PERIOD_S
            flowed = self._flowed()
            if flowed != self._sum:
                self._sum = flowed
                self._copies = 0

    def _flowed(self):
        """Differs where anything that is kept does."""
        flowed = 0
        for _, load in self._loads:
            flowed ^= load.total_m3 ^ load.rest_dal << 8 ^ load.day_dal
        return flowed

    def content(self):
        """Made when it is to be kept, outside of the scan."""
        parts = [self._others]
        for name, load in self._loads:
            hours = load.hours_dal
            parts.append(struct.pack(_HEAD, name, load.total_m3, load.rest_dal, len(hours)))
            parts += [struct.pack(_HOUR, hour) for hour in hours]
        return b"".join(parts)

    def kept(self, content):
        """A copy of content is on flash: now it may be told."""
        self._copies += 1
        for _, load, (_, total_m3, _, _) in self._found_in(content):
            if load is not None:
                load.kept_m3 = total_m3

    def restore(self, content):
        """content: None where there is none, or none that can be read."""
        others = []
        for part, load, (_, total_m3, rest_dal, _) in self._found_in(content or b""):
            if load is None:
                others.append(part)
                continue
            hours = part[struct.calcsize(_HEAD) :]
            count = len(hours) // 4
            load.restore(total_m3, rest_dal, struct.unpack("<%dI" % count, hours))
        self._others = b"".join(others)
        self._sum = self._flowed()

    def _found_in(self, content):
        """(its bytes, its load or None, its head) of each gate."""
        loads = dict(self._loads)
        found = []
        at = 0
        while at + struct.calcsize(_HEAD) <= len(content):
            head = struct.unpack_from(_HEAD, content, at)
            size = struct.calcsize(_HEAD) + head[3] * struct.calcsize(_HOUR)
            found.append((content[at : at + size], loads.get(head[0]), head))
            at += size
        return found
