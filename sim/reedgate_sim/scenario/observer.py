"""What is seen of a run while it goes on: the plant's truth now and then, outputs, starts.

Looks often while a gate may move, else a fixed number of times, so a day costs as little as an
hour. What it sees changes nothing.
"""

import itertools
from typing import Any

from reedgate_sim.campaign.timeline import Span
from reedgate_sim.rigs.vm import START_US, VmRig
from reedgate_sim.world.plant import Plant
from reedgate_sim.world.truth import Truth
from reedgate_sim.world.watch import Watch

_LOOKS = 600
_CLOSE_LOOK_US = 100_000
_COILS = ("open", "close", "out")


class Observer:
    """outputs: (now_us, terminal, level); starts: instants from which the board ran; cuts: from
    which it had no supply."""

    def __init__(self, rig: VmRig, plant: Plant, station: Any, duration_us: int):
        self.looks: list[Truth] = []
        self.outputs: list[tuple[int, str, int]] = []
        self.starts = [0]
        self.cuts: list[int] = []
        self._rig, self._plant = rig, plant
        self._duration_us = duration_us
        self._period_us = max(duration_us // _LOOKS, _CLOSE_LOOK_US)
        longest_s = max((gate.travel_timeout_s for gate in station.gates.values()), default=0)
        self._moving_us = int(longest_s * 1_000_000) + 1_000_000
        self._closely_until_us = 0
        self._chain = 0
        self._coils = {
            terminal: (name, coil)
            for name, gate in station.gates.items()
            for coil in _COILS
            if (terminal := getattr(gate.terminals, coil))
        }
        self._limits = {
            (name, trip_id): [_watches(plant, limit) for limit in trip.all]
            for name, gate in station.gates.items()
            for trip_id, trip in gate.trips.items()
        }
        self._stages = {
            (name, flood.name, cause.point): (
                plant.watch(cause.point, *_bound(cause, cause.limit)),
                plant.watch(cause.point, *_bound(cause, cause.clear_at)),
            )
            for name, gate in station.gates.items()
            for flood in gate.flood
            for cause in flood.any
            if cause.point
        }
        rig.on_output.append(self._take_output)
        self._look_again(self._chain)

    def commands(self) -> list[tuple[int, str, str, int]]:
        """(now_us, gate, coil, level) of every output that drives a gate."""
        return [
            (at_us, *self._coils[terminal], level)
            for at_us, terminal, level in self.outputs
            if terminal in self._coils
        ]

    def started(self) -> None:
        """The supply is back."""
        self.starts.append(self._rig.now_us + START_US)

    def cut(self) -> None:
        """The supply goes."""
        self.cuts.append(self._rig.now_us)

    def beyond(self) -> dict[tuple[str, str], list[Span]]:
        """(gate, trip) -> when every condition was: of three probes two, of fewer any."""
        return {key: self._together(sets) for key, sets in self._limits.items()}

    def high(self) -> dict[tuple[str, str, str], tuple[list[Span], list[Span]]]:
        """(gate, flood, point) -> when it was beyond the limit; beyond that less its deadband."""
        return {
            key: (self._spans(limit), self._spans(clear))
            for key, (limit, clear) in self._stages.items()
        }

    def _spans(self, watch: Watch) -> list[Span]:
        last = [] if watch.since_us is None else [(watch.since_us, self._duration_us)]
        return [*watch.spans_us, *last]

    def _together(self, sets: list[list[Watch]]) -> list[Span]:
        spans = [[self._spans(watch) for watch in probes] for probes in sets]
        edges = sorted({edge for probes in spans for of in probes for span in of for edge in span})
        found: list[Span] = []
        for first, last in itertools.pairwise(edges):
            if not all(_enough(probes, first) for probes in spans):
                continue
            if found and found[-1][1] == first:
                first = found.pop()[0]
            found.append((first, last))
        return found

    def all_starts(self) -> list[int]:
        resets = [at_us + START_US for at_us, _ in self._rig.resets]
        return sorted(self.starts + resets)

    def _take_output(self, now_us: int, terminal: str, level: int) -> None:
        self.outputs.append((now_us, terminal, level))
        if terminal not in self._coils:
            return
        self._closely_until_us = now_us + self._moving_us
        self._chain += 1
        chain = self._chain
        self._rig.at(now_us, lambda: self._look_again(chain))

    def _look_again(self, chain: int) -> None:
        if chain != self._chain:
            return  # another chain of looks has begun
        now_us = self._rig.now_us
        self._plant.advance(now_us)
        self.looks.append(self._plant.truth())
        closely = now_us < self._closely_until_us
        next_us = now_us + (_CLOSE_LOOK_US if closely else self._period_us)
        self._rig.at(next_us, lambda: self._look_again(chain))


def _watches(plant: Plant, limit: Any) -> list[Watch]:
    bound = _bound(limit, limit.limit)
    return [plant.watch(point, *bound) for point in (limit.point, *limit.also)]


def _bound(limit: Any, value: Any) -> tuple[str, float]:
    return ("below" if limit.above is None else "above"), float(value)


def _enough(probes: list[list[Span]], at_us: int) -> bool:
    beyond = sum(any(first <= at_us < last for first, last in spans) for spans in probes)
    return beyond >= (2 if len(probes) > 2 else 1)
