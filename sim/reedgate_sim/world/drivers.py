"""A scenario as functions of time: the value of each quantity, and when contacts act."""

import math
from bisect import bisect_right
from collections.abc import Callable

from reedgate_sim.world.faults import FOREVER_US
from reedgate_sim.world.scenario import Scenario
from reedgate_sim.world.scenario_file import QUANTITIES, STAGE, Step, Washout

NEVER_US = FOREVER_US
Driver = Callable[[int], float]
_Excess = Callable[[float], float]


def drivers(scenario: Scenario) -> dict[str, Driver]:
    """Quantity -> its value in the arriving water at a time of the run."""
    file = scenario.file
    bases = {key: getattr(file.water, key) for key in QUANTITIES}
    if file.water.stage_mm is not None:
        bases[STAGE] = file.water.stage_mm
    return {key: _driver(key, base, scenario) for key, base in bases.items()}


class Acting:
    """When one input of the station acts."""

    def __init__(self, scenario: Scenario, name: str):
        self._edges: list[tuple[int, int]] = []
        for row in scenario.file.contact:
            if row.input == name:
                until = FOREVER_US if row.until_s is None else scenario.us(row.until_s)
                self._edges += [(scenario.us(row.from_s), 1), (until, -1)]
        self._edges.sort()
        self._times = [time_us for time_us, _ in self._edges]

    def at(self, now_us: int) -> bool:
        passed = bisect_right(self._times, now_us)
        return sum(change for _, change in self._edges[:passed]) > 0

    def next_change_us(self, now_us: int) -> int:
        passed = bisect_right(self._times, now_us)
        return self._times[passed] if passed < len(self._times) else NEVER_US


def _driver(what: str, base: float, scenario: Scenario) -> Driver:
    file = scenario.file
    washouts = [_washout(row, base) for row in file.washout if row.what == what]
    steps = [_step(row, base) for row in file.step if row.what == what]
    excesses = washouts + steps
    if not excesses:
        return lambda now_us: base
    scale = file.time_lapse / 1_000_000

    def value(now_us: int) -> float:
        seconds = now_us * scale
        return base + sum(excess(seconds) for excess in excesses)

    return value


def _washout(row: Washout, base: float) -> _Excess:
    peak = base * (row.times - 1)

    def excess(seconds: float) -> float:
        since = seconds - row.from_s
        if since <= 0:
            return 0.0
        if since < row.rise_s:
            return peak * since / row.rise_s
        return peak * math.exp((row.rise_s - since) / row.decay_s)

    return excess


def _step(row: Step, base: float) -> _Excess:
    height = row.to - base

    def risen(since: float) -> float:
        if since < 0:
            return 0.0
        return 1.0 if since >= row.rise_s else since / row.rise_s

    def excess(seconds: float) -> float:
        back = 0.0 if row.until_s is None else risen(seconds - row.until_s)
        return height * max(0.0, risen(seconds - row.from_s) - back)

    return excess
