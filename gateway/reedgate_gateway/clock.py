"""The gateway's two clocks in one instant: monotonic for ages, wall for the time of receipt."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Instant:
    monotonic_ms: int
    unix_ms: int


Clock = Callable[[], Instant]


def system_clock() -> Instant:
    return Instant(time.monotonic_ns() // 1_000_000, time.time_ns() // 1_000_000)
