"""The shortest schedule that still fails: first fewer entries, then plainer parameters.

Delta debugging on the list, then one parameter at a time. Every attempt is a whole run, so there
is a bound to them.
"""

import math
from collections.abc import Callable
from dataclasses import replace

from reedgate_boards.site.user_error import UserError
from reedgate_sim.campaign.schedule import Entry, Schedule

MOST_RUNS = 120
_OPTIONAL = ("value", "delay_ms", "count", "code", "permille", "late_us")
_KEPT_S = 3.0  # of a run behind what it shows

Breaks = Callable[[Schedule], int | None]  # when the property broke, in us; None: it did not


class _Out(Exception):
    """No attempts are left."""


def shrink(schedule: Schedule, breaks: Breaks, most_runs: int | None = None) -> Schedule:
    """breaks(schedule) must hold for the schedule given. most_runs: else MOST_RUNS."""
    shrinker = _Shrinker(schedule, breaks, MOST_RUNS if most_runs is None else most_runs)
    try:
        shrinker.earlier_end()  # first: every later attempt is shorter by it
        shrinker.fewer()
        shrinker.plainer()
        shrinker.fewer()
    except _Out:
        pass
    return shrinker.best


class _Shrinker:
    def __init__(self, schedule: Schedule, breaks: Breaks, left: int):
        self.best = schedule
        self._breaks = breaks
        self._left = left

    def _try(self, entries: list[Entry]) -> bool:
        if not self._left:
            raise _Out
        self._left -= 1
        candidate = Schedule(self.best.seed, tuple(sorted(entries, key=lambda each: each.at_s)))
        try:
            broken_us = self._breaks(candidate)
        except UserError:  # such a site cannot be
            return False
        if broken_us is None:
            return False
        self.best = candidate
        return True

    def fewer(self) -> None:
        """Leave out as large pieces as will go."""
        size = max(len(self._rest()) // 2, 1)
        while True:
            at = 0
            while at < len(self._rest()):
                rest = self._rest()
                if not self._try([*rest[:at], *rest[at + size :], self._end()]):
                    at += size
            if size == 1:
                return
            size = max(size // 2, 1)

    def plainer(self) -> None:
        self.earlier_end()
        for index in range(len(self._rest())):
            for key in ["", *self._rest()[index].details]:
                rest = self._rest()
                plain = _plainer(rest[index], key)
                if plain is not None:
                    self._try([*rest[:index], plain, *rest[index + 1 :], self._end()])

    def earlier_end(self) -> None:
        """Right behind what it shows; what would come after that goes."""
        broken_us = self._breaks(self.best)
        if broken_us is None:
            return
        end_s = float(math.ceil(broken_us / 1e6 + _KEPT_S))
        if end_s < self._end().at_s:
            before = [each for each in self._rest() if each.at_s < end_s]
            self._try([*before, Entry(end_s, "end", {})])

    def _rest(self) -> list[Entry]:
        return [each for each in self.best.entries if each.kind != "end"]

    def _end(self) -> Entry:
        return self.best.of("end")[0]


def _plainer(entry: Entry, key: str) -> Entry | None:
    """The same without a key, or with a rounder number there ("": its time), if there is one."""
    if entry.kind in ("site", "start"):
        less = {name: value for name, value in entry.details.items() if name != key}
        return replace(entry, details=less) if key in entry.details else None
    if entry.kind in ("bus", "gate") and key in _OPTIONAL:
        return replace(entry, details={n: v for n, v in entry.details.items() if n != key})
    value = entry.details.get(key) if key else entry.at_s
    if not isinstance(value, float) or not math.isfinite(value):
        return None
    rounder = float(round(value)) or value
    if rounder == value:
        return None
    return (
        replace(entry, details={**entry.details, key: rounder})
        if key
        else replace(entry, at_s=rounder)
    )
