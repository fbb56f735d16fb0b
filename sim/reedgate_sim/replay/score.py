"""How well the closes fit the corrected data. Pure: rows in, figures out.

Sustained event: at least two consecutive rows with the corrected value beyond the limit. Caught:
the close command stands in its first or second row. Nuisance: a close by a quality trip whose row,
and those beside it, touch no sustained event. Availability: the share of rows with the gate open,
leaving out those within four rows after a corrected exceedance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

_ROWS_AFTER = 4


@dataclass(frozen=True)
class Bound:
    """One limit, with its side."""

    point: str
    side: str  # above | below
    limit: float

    def is_beyond(self, value: float) -> bool:
        """NaN is never beyond."""
        return value > self.limit if self.side == "above" else value < self.limit


@dataclass(frozen=True)
class Score:
    events: int
    caught: int
    nuisance: int
    closes: int  # by quality
    availability: float


def exceedances(corrected: dict[str, Sequence[float]], bounds: Sequence[Bound]) -> list[bool]:
    """By row: whether the corrected value of any bound's point is beyond it."""
    scored = [bound for bound in bounds if bound.point in corrected]
    rows = len(next(iter(corrected.values()))) if corrected else 0
    return [
        any(bound.is_beyond(corrected[bound.point][row]) for bound in scored)
        for row in range(rows)
    ]


def sustained_events(beyond: Sequence[bool]) -> list[tuple[int, int]]:
    """(first row, last row) of each run of two or more."""
    events = []
    start = None
    for row, is_beyond in enumerate([*beyond, False]):
        if is_beyond and start is None:
            start = row
        elif not is_beyond and start is not None:
            if row - start >= 2:
                events.append((start, row - 1))
            start = None
    return events


def touching(beyond: Sequence[bool], closes: Sequence[int]) -> int:
    """How many of these rows, or of those beside them, are in a sustained event."""
    in_event = [False] * len(beyond)
    for first, last in sustained_events(beyond):
        in_event[first : last + 1] = [True] * (last + 1 - first)
    return sum(any(in_event[max(row - 1, 0) : row + 2]) for row in closes)


def scored(
    beyond: Sequence[bool],
    closing: Sequence[bool],
    opened: Sequence[bool],
    quality_closes: Sequence[int],
) -> Score:
    """closing: the close command stands (or the gate is closed) at the end of the row; opened: the
    gate is open there; quality_closes: rows in which a quality trip closed it."""
    events = sustained_events(beyond)
    caught = sum(closing[first] or closing[first + 1] for first, _ in events)
    closes = len(quality_closes)
    nuisance = closes - touching(beyond, quality_closes)
    counted = [
        is_open
        for row, is_open in enumerate(opened)
        if not any(beyond[max(row - _ROWS_AFTER, 0) : row + 1])
    ]
    availability = sum(counted) / len(counted) if counted else 0.0
    return Score(len(events), caught, nuisance, closes, availability)
