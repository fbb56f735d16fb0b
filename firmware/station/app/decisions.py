"""What a scan decided from, as an event of the journal: see core/snapshot.py for its bytes.

Written together with the events of the gates that changed in that scan, before them.
"""

import struct

from reedgate_contract import records
from reedgate_contract.compat import const

_PART = const(16)


class Decisions:
    def __init__(self, snapshot, stream, uptime, hashes):
        """hashes: configuration, safety keys, firmware; as records.SCAN has them."""
        self._snapshot = snapshot
        self._stream = stream
        self._uptime = uptime
        self._hashes = hashes
        self.parts = 1 + snapshot.parts if snapshot.parts else 0  # of the event; 0: there is none

    def look(self):
        """At the end of each scan."""
        self._snapshot.look()

    def write(self):
        """There is room for it. Allocates nothing."""
        self._snapshot.take()
        stream = self._stream
        seconds = self._uptime.seconds
        at = stream.append(records.KIND_SCAN, 0x10 | self.parts, 0, 0, seconds)
        config, safety, firmware = self._hashes
        rest_ms = self._uptime.rest_ms
        struct.pack_into(records.SCAN, stream.buffer, at, rest_ms, config, safety, firmware)
        content = self._snapshot.content
        for part in range(1, self.parts):
            at = stream.append(records.KIND_SCAN, (part + 1) << 4 | self.parts, 0, 0, seconds)
            first = (part - 1) * _PART
            for index in range(_PART):
                stream.buffer[at + index] = content[first + index]
