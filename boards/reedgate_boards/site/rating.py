"""From a weir's formula or a table of the site file to the rows that a board interpolates.

Between two rows a board goes along the line. The rows of a formula are so close that the line is
above the curve by at most 0.3 % (rectangular) or 1.5 % (V-notch): never below it.
"""

import math
import struct
from decimal import Decimal

from reedgate_boards.site.schema_rule7 import Load, Weir

_ROWS = 34  # with the one of head 0: an entry of the configuration has no room for more
_LOWEST_MM = 5
_CL_A_L = 100
_RECTANGULAR = 1.7  # of a broad crest; in m^0.5/s
_V_NOTCH = 1.37  # 8/15 * 0.58 * sqrt(2 g)
_PAIR = struct.Struct("<HI")  # as contract config.LOAD has them

Rows = list[tuple[int, int]]  # head in mm, flow in cL/s


def rating_rows(load: Load) -> Rows:
    """Rising, from head 0."""
    if load.weir is not None:
        heads = _heads(load.weir.highest_mm)
        return [(0, 0), *((head, math.ceil(_flow_cl(load.weir, head))) for head in heads)]
    rows = [(int(head), int(Decimal(flow) * _CL_A_L)) for head, flow in load.table or []]
    return rows if rows and rows[0][0] == 0 else [(0, 0), *rows]


def packed_rating(load: Load) -> bytes:
    return b"".join(_PAIR.pack(head, flow) for head, flow in rating_rows(load))


def _heads(highest_mm: int) -> list[int]:
    ratio = (highest_mm / _LOWEST_MM) ** (1 / (_ROWS - 1))
    heads = {round(_LOWEST_MM * ratio**step) for step in range(_ROWS)}
    return sorted(heads | {highest_mm})[:_ROWS]


def _flow_cl(weir: Weir, head_mm: int) -> float:
    head = head_mm / 1000
    if weir.kind == "rectangular":
        coefficient = float(weir.coefficient or _RECTANGULAR)
        flow = coefficient * (weir.width_mm or 0) / 1000 * head**1.5
    else:
        coefficient = float(weir.coefficient or _V_NOTCH)
        flow = coefficient * math.tan(math.radians((weir.angle_deg or 0) / 2)) * head**2.5
    return flow * 100_000
