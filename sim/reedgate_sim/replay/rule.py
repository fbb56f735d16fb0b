"""What people do by hand, for comparison: two rows beyond a limit close, four that are not open.

It looks at the numbers as they are recorded. No number is beyond no limit: it stays open on those.
"""

from collections.abc import Sequence

from reedgate_sim.replay.score import Bound, exceedances

_CLOSE_ROWS = 2
_OPEN_ROWS = 4


def ruled(
    values: dict[str, Sequence[float]], bounds: Sequence[Bound]
) -> tuple[list[bool], list[int]]:
    """By row whether it is closed, and the rows in which it closes."""
    closed = False
    beyond_rows = inside_rows = 0
    states, closes = [], []
    for row, is_beyond in enumerate(exceedances(values, bounds)):
        beyond_rows = beyond_rows + 1 if is_beyond else 0
        inside_rows = 0 if is_beyond else inside_rows + 1
        if not closed and beyond_rows >= _CLOSE_ROWS:
            closed = True
            closes.append(row)
        elif closed and inside_rows >= _OPEN_ROWS:
            closed = False
        states.append(closed)
    return states, closes
