"""A rating: from a head to a flow, by a table. Integers; heads in mm, flows in cL/s."""

import struct
from array import array

from reedgate_contract.compat import const
from station.core import fixed

UNKNOWN = const(-1)
_UNKNOWN = const(-1)
_PAIR = "<HI"
_PAIR_SIZE = const(6)


class Rating:
    """The flow between two rows of the table is on the line between them."""

    def __init__(self, packed):
        """packed: pairs of PAIR, heads and flows rising, the first of head 0."""
        rows = [struct.unpack_from(_PAIR, packed, at) for at in range(0, len(packed), _PAIR_SIZE)]
        self._heads = array("i", (head for head, _ in rows))
        self._flows = array("i", (flow for _, flow in rows))

    def flow_cl(self, head_mm):
        """UNKNOWN above the last row: nobody has rated it."""
        heads = self._heads
        flows = self._flows
        if head_mm <= 0:
            return 0
        for index in range(1, len(heads)):
            if head_mm <= heads[index]:
                low = heads[index - 1]
                step = flows[index] - flows[index - 1]
                rise = fixed.scaled_by(step, head_mm - low, heads[index] - low)
                return flows[index - 1] + rise
        return _UNKNOWN
