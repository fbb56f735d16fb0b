"""What a run did at its edges, as one hash: two sealed runs of one seed have the same.

Every output, every byte on a bus and on the uplink in both directions (so every batch of records,
and every confirmation), each start and end of the VM, all with their stamps. What the firmware
thinks and what the plant does stands in it only by these.
"""

import hashlib
import struct

OUTPUT = b"o"
BUS_OUT = b"t"
BUS_IN = b"r"
UPLINK_OUT = b"u"
UPLINK_IN = b"d"
START = b"s"  # number: the cause
END = b"e"  # of power, or by a reset

_ENTRY = struct.Struct("<cBQHI")


class RunLog:
    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def note(self, what: bytes, kind: int, now_us: int, number: int, data: bytes = b"") -> None:
        """kind and number: as of the wire, or 0."""
        self._hash.update(_ENTRY.pack(what, kind, now_us, number, len(data)) + data)

    @property
    def sha256(self) -> str:
        """Of all so far; more may follow."""
        return self._hash.hexdigest()
