"""What is seen of a run while it goes on: the plant's truth now and then, outputs, starts.

Looks often while a gate may move, else a fixed number of times, so a day costs as little as an
hour. What it sees changes nothing.
"""

from dataclasses import dataclass
from typing import Any

from reedgate_boards.site.board_facts import load_board
from reedgate_sim.rigs.vm import START_US, VmRig
from reedgate_sim.world.plant import Plant
from reedgate_sim.world.truth import Truth
from reedgate_sim.world.watch import Watch

_LOOKS = 600
_CLOSE_LOOK_US = 100_000
_COILS = ("open", "close", "out")


@dataclass(frozen=True)
class Reaction:
    """A close command because of a limit: t1 - t0 of the control law."""

    gate: str
    trip: str
    at_us: int
    took_us: int


@dataclass(frozen=True)
class _Guarded:
    gate: str
    trip: str
    sets: list[list[Watch]]  # of each condition: its probes

    @property
    def since_us(self) -> int | None:
        """Since when every condition is beyond: of three probes two, of fewer any."""
        since = [_beyond_since(probes) for probes in self.sets]
        return None if None in since else max(since)


class Observer:
    """outputs: (now_us, terminal, level); starts: instants from which the board ran."""

    def __init__(self, rig: VmRig, plant: Plant, station: Any, duration_us: int):
        self.looks: list[Truth] = []
        self.outputs: list[tuple[int, str, int]] = []
        self.starts = [0]
        self.reactions: list[Reaction] = []
        self._rig, self._plant = rig, plant
        self._relay_us = load_board(station.board).relay_ms * 1000
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
        self._closes = {
            name: ("out", 0)
            if gate.drive == "spring_return" and gate.spring == "closed"
            else ("close", 1)
            for name, gate in station.gates.items()
        }
        self._guarded = [
            _Guarded(name, trip_id, [_watches(plant, limit) for limit in trip.all])
            for name, gate in station.gates.items()
            for trip_id, trip in gate.trips.items()
        ]
        self._disturbed_us = dict.fromkeys(station.gates, 0)
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

    def disturbed(self) -> None:
        """Something else than a limit may move the gates: no reaction is measured across it."""
        self._disturbed_us = dict.fromkeys(self._disturbed_us, self._rig.now_us)

    def all_starts(self) -> list[int]:
        resets = [at_us + START_US for at_us, _ in self._rig.resets]
        return sorted(self.starts + resets)

    def _take_output(self, now_us: int, terminal: str, level: int) -> None:
        self.outputs.append((now_us, terminal, level))
        if terminal not in self._coils:
            return
        gate, coil = self._coils[terminal]
        if (coil, level) == self._closes[gate]:
            self._measure(now_us, gate)
        if level or coil == "out":
            self._disturbed_us[gate] = now_us
        self._closely_until_us = now_us + self._moving_us
        self._chain += 1
        chain = self._chain
        self._rig.at(now_us, lambda: self._look_again(chain))

    def _measure(self, now_us: int, gate: str) -> None:
        """Of the limit that has been passed for longest, when nothing else has happened since."""
        quiet_us = max(self._disturbed_us[gate], self.all_starts()[-1])
        beyond = [
            (each.since_us, each.trip)
            for each in self._guarded
            if each.gate == gate and each.since_us is not None
        ]
        if beyond and min(beyond)[0] > quiet_us:
            since_us, trip = min(beyond)
            took_us = now_us + self._relay_us - since_us
            self.reactions.append(Reaction(gate, trip, now_us, took_us))

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
    return [plant.watch(point, *_bound(limit)) for point in (limit.point, *limit.also)]


def _beyond_since(probes: list[Watch]) -> int | None:
    times = sorted(each.since_us for each in probes if each.since_us is not None)
    needed = 2 if len(probes) > 2 else 1
    return times[needed - 1] if len(times) >= needed else None


def _bound(limit: Any) -> tuple[str, float]:
    return ("below" if limit.above is None else "above"), float(limit.limit)
