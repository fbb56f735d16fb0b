"""What has been so and will be until something changes: the water's steps as functions of time.

A step is planned ahead and carried out when its end has passed, or cut short when a gate changes
its course. Whoever asks about a time gets the plan that held then, so that what a probe shows
never depends on who asked before, or how often.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

_KEPT = 4096  # steps; a probe remembers a few minutes


@dataclass(frozen=True)
class Standing:
    """Since when, and in which depth, the water at the probes has not been renewed."""

    since_us: int
    depth_m: float


@dataclass(frozen=True)
class Plan:
    """One step, in the water's own microseconds."""

    start_us: int
    end_us: int
    stage_m: tuple[float, float]  # of the channel, at the start and at the end
    gates_m3_s: Mapping[str, float]
    passed_m3: Mapping[str, float]  # by each gate at the start
    over_m3_s: float
    standing: Standing | None  # None: the water flows past the probes
    shown: tuple[Mapping[str, float], Mapping[str, float]]  # below the channel: at start and end

    def share(self, water_us: int) -> float:
        return (water_us - self.start_us) / (self.end_us - self.start_us)

    def stage_at(self, water_us: int) -> float:
        before, after = self.stage_m
        return before + (after - before) * self.share(water_us)

    def shown_at(self, key: str, water_us: int) -> float:
        before, after = self.shown
        return before[key] + (after[key] - before[key]) * self.share(water_us)

    def passed_at(self, gate: str, water_us: int) -> float:
        return self.passed_m3[gate] + self.gates_m3_s[gate] * (water_us - self.start_us) / 1e6


@dataclass
class Course:
    """Plans in the order of their starts. One that was cut short holds until the next starts."""

    plans: list[Plan] = field(default_factory=list)
    _starts_us: list[int] = field(default_factory=list)

    def add(self, plan: Plan) -> None:
        self.plans.append(plan)
        self._starts_us.append(plan.start_us)
        if len(self.plans) > 2 * _KEPT:
            del self.plans[:_KEPT], self._starts_us[:_KEPT]

    def at(self, water_us: int) -> Plan:
        if water_us >= self._starts_us[-1]:  # nearly always
            return self.plans[-1]
        return self.plans[max(0, bisect_right(self._starts_us, water_us) - 1)]
