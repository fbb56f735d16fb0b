"""A scenario as functions of time: the value of each quantity, light, and when contacts act."""

import math
from bisect import bisect_right
from collections.abc import Callable

from reedgate_sim.world.faults import FOREVER_US
from reedgate_sim.world.parameters import parameters
from reedgate_sim.world.scenario import Scenario
from reedgate_sim.world.scenario_file import (
    AIR,
    FREE,
    QUANTITIES,
    Contact,
    Series,
    Step,
    Washout,
    Wave,
)
from reedgate_sim.world.sun import DAY_S, light

NEVER_US = FOREVER_US
LIGHT = "light"
Driver = Callable[[int], float]
_Excess = Callable[[float], float]
_SIGNED = ("temperature_c", "river_mm", *FREE)


def drivers(scenario: Scenario) -> dict[str, Driver]:
    """Quantity -> its value at a time of the run: in the arriving water, or around it."""
    water = scenario.file.water
    bases = {key: getattr(water, key) for key in (*QUANTITIES, *FREE)}
    found = {key: _driver(key, base, scenario) for key, base in bases.items() if base is not None}
    found.setdefault(AIR, found["temperature_c"])
    return {**found, LIGHT: _light(scenario)}


def kinks_us(scenario: Scenario) -> list[int]:
    """The times of the run at which some quantity turns a corner, in order."""
    file = scenario.file
    seconds: set[float] = set()
    for row in file.washout:
        seconds |= {row.from_s, row.from_s + row.rise_s}
    for row in file.step:
        starts = [row.from_s] if row.until_s is None else [row.from_s, row.until_s]
        seconds |= {at_s for start in starts for at_s in (start, start + row.rise_s)}
    for row in file.series:
        rounds = 1 if row.repeat_s is None else math.ceil(file.duration_s / row.repeat_s)
        seconds |= {
            n * (row.repeat_s or 0.0) + at_s for n in range(rounds) for at_s in (0, *row.at_s)
        }
    return sorted({scenario.us(each) for each in seconds})


class Acting:
    """When one input of the station acts: at one gate, or of one flood cause, if it is theirs."""

    def __init__(self, scenario: Scenario, name: str, gate: str = "", flood: str = ""):
        self._edges: list[tuple[int, int]] = []
        for row in scenario.file.contact:
            if row.input == name and _meant(row, gate, flood):
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


def _meant(row: Contact, gate: str, flood: str) -> bool:
    return row.gate in (None, gate) and row.flood in (None, flood)


def _light(scenario: Scenario) -> Driver:
    start = scenario.file.start
    latitude_deg = parameters("water")["sky"]["latitude_deg"]
    scale = scenario.file.time_lapse / 1_000_000

    def value(now_us: int) -> float:
        days = start.hour / 24 + now_us * scale / DAY_S
        return light(latitude_deg, start.day + days, days % 1 * 24)

    return value


def _driver(what: str, base: float, scenario: Scenario) -> Driver:
    file = scenario.file
    excesses = [
        make(row, base)
        for rows, make in (
            (file.washout, _washout),
            (file.step, _step),
            (file.wave, _wave),
            (file.series, _series),
        )
        for row in rows
        if row.what == what
    ]
    if not excesses:
        return lambda now_us: base
    scale = file.time_lapse / 1_000_000
    least = -math.inf if what in _SIGNED else 0.0

    def value(now_us: int) -> float:
        seconds = now_us * scale
        return max(least, base + sum(excess(seconds) for excess in excesses))

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


def _wave(row: Wave, _base: float) -> _Excess:
    turn = 2 * math.pi / row.period_s
    return lambda seconds: row.amplitude * math.cos(turn * (seconds - row.peak_s))


def _series(row: Series, base: float) -> _Excess:
    times, values, last = row.at_s, row.values, len(row.at_s) - 1

    def excess(seconds: float) -> float:
        at_s = seconds if row.repeat_s is None else seconds % row.repeat_s
        after = bisect_right(times, at_s)
        if after in (0, last + 1):
            return values[min(after, last)] - base
        share = (at_s - times[after - 1]) / (times[after] - times[after - 1])
        return values[after - 1] + share * (values[after] - values[after - 1]) - base

    return excess
