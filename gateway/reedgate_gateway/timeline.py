"""When a record was made: a station's uptime as time of day, by the anchors of its starts.

Pure. A start without an anchor is placed between its neighbours by its number, and all its times
are uncertain: they keep the order and claim no more.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """One start of a station, as far as its records are here."""

    id: int
    journal: int  # journals count in the order in which they were first heard of
    boot_n: int
    last_uptime_ms: int
    last_received_ms: int
    anchors: tuple[tuple[int, int], ...]  # (uptime_ms, unix_ms), by uptime


@dataclass(frozen=True)
class Placed:
    run: Run
    offsets: tuple[tuple[int, int], ...]  # (from this uptime_ms on, what to add to it)
    uncertain: bool

    def time_ms(self, uptime_ms: int) -> int:
        """By the last anchor before it; a later one rewrites nothing that lies behind."""
        at = bisect_right(self.offsets, uptime_ms, key=lambda piece: piece[0]) - 1
        return uptime_ms + self.offsets[max(at, 0)][1]

    def pieces_within(self, from_ms: int, until_ms: int) -> list[tuple[int, int, int]]:
        """(first uptime, uptime after the last, offset) of what may lie in a span of time."""
        found = []
        for at, (start, offset) in enumerate(self.offsets):
            first = 0 if at == 0 else start
            after = (
                self.offsets[at + 1][0]
                if at + 1 < len(self.offsets)
                else self.run.last_uptime_ms + 1000
            )
            first, after = max(first, from_ms - offset), min(after, until_ms - offset)
            if first < after:
                found.append((first, after, offset))
        return found


def placed(runs: Sequence[Run]) -> dict[int, Placed]:
    """All runs of one station by their id."""
    ordered = sorted(runs, key=lambda run: (run.journal, run.boot_n))
    found: list[Placed] = []
    waiting: list[Run] = []  # before the first that is known
    for run in ordered:
        here = _anchored(run) or _after(found, run, run is ordered[-1])
        if here is None:
            waiting.append(run)
            continue
        found.append(here)
    before = found[0].time_ms(0) if found else 0
    for run in reversed(waiting):
        before -= run.last_uptime_ms
        found.append(Placed(run, ((0, before),), True))
    return {each.run.id: each for each in found}


def _anchored(run: Run) -> Placed | None:
    offsets = tuple((uptime_ms, unix_ms - uptime_ms) for uptime_ms, unix_ms in run.anchors)
    return Placed(run, offsets, False) if offsets else None


def _after(found: Sequence[Placed], run: Run, is_last: bool) -> Placed | None:
    """Behind the run before it; the last one as late as its receipt allows, and none later."""
    latest_ms = run.last_received_ms - run.last_uptime_ms
    if is_last:
        return Placed(run, ((0, latest_ms),), True)
    if not found:
        return None
    end_ms = found[-1].time_ms(found[-1].run.last_uptime_ms)
    return Placed(run, ((0, min(end_ms, latest_ms)),), True)
