"""A recorded series: rows as times and numbers by point, and which column of a file is which.

Reading the file is in series_csv.py.
"""

import math
import statistics
from dataclasses import dataclass, field

from reedgate_boards.site.user_error import UserError

_ROOM = "reedgate_sim"


@dataclass(frozen=True)
class Column:
    """`turb=turbidity_ntu` or `stage=stage_mm*10`: a column of the file, a point, a factor."""

    name: str
    point: str
    factor: float = 1.0


@dataclass
class Series:
    """times as the file writes them; seconds since the first; values and corrected by point."""

    times: list[str]
    seconds: list[float]
    values: dict[str, list[float]]
    corrected: dict[str, list[float]] = field(default_factory=dict)

    @property
    def step_s(self) -> float:
        """The median distance of two rows."""
        return statistics.median(
            after - before for before, after in zip(self.seconds, self.seconds[1:], strict=False)
        )


def parse_columns(text: str) -> list[Column]:
    """The --columns of a command line. Raises UserError that names the part that is wrong."""
    columns = []
    for part in text.split(","):
        name, equals, target = part.strip().partition("=")
        point, times, factor = target.partition("*")
        try:
            number = float(factor) if times else 1.0
        except ValueError:
            number = math.nan
        if not (name and equals and point) or not math.isfinite(number):
            raise UserError(
                _ROOM,
                "--columns: `{part}` is not COLUMN=POINT or COLUMN=POINT*FACTOR.",
                hint="Example: --columns turb=turbidity_ntu,stage=stage_mm*10",
                part=part,
            )
        columns.append(Column(name, point, number))
    return columns
