"""States over time: what each key of a gate or a point was, from which instant on. No judging."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Any


class Timeline:
    """The states of one thing: keys that each change at their own instants."""

    def __init__(self) -> None:
        self._times: dict[str, list[int]] = {}
        self._values: dict[str, list[Any]] = {}

    def put(self, at_us: int, values: Mapping[str, Any]) -> None:
        """In the order of time, key by key. No two at one instant: the later is 1 us later.

        So a state that lasted no time at all is still seen.
        """
        for key, value in values.items():
            times = self._times.setdefault(key, [])
            found = self._values.setdefault(key, [])
            if found and found[-1] == value:
                continue
            times.append(max(at_us, times[-1] + 1) if times else at_us)
            found.append(value)

    def at(self, at_us: int, key: str) -> Any:
        """None before anything is known."""
        passed = bisect_right(self._times.get(key, []), at_us)
        return self._values[key][passed - 1] if passed else None

    def spans(
        self, keys: Mapping[str, Any], from_us: int, until_us: int
    ) -> Iterator[tuple[int, int]]:
        """Every (start, end) within [from, until] in which each key has the value given."""
        start_us = None
        edges = {from_us}
        for key in keys:
            edges.update(
                at_us for at_us in self._times.get(key, []) if from_us < at_us <= until_us
            )
        for at_us in sorted(edges):
            holds = all(self.at(at_us, key) == wanted for key, wanted in keys.items())
            if holds and start_us is None:
                start_us = at_us
            elif not holds and start_us is not None:
                yield start_us, at_us
                start_us = None
        if start_us is not None:
            yield start_us, until_us
