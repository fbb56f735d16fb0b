"""Bytes that come without a request: a slave that babbles, interference between the frames."""

from collections.abc import Iterator
from random import Random

from reedgate_sim.world.faults import FOREVER_US, Fault

_LEAST_US = 1000  # between two; the loop that asks must get on


class Spontaneous:
    """One such source. `due_us`: when it sends next."""

    def __init__(self, fault: Fault, chance: Random, now_us: int):
        self.unit_id = fault.unit_id
        self._fault = fault
        self._chance = chance
        self.due_us = max(fault.from_us, now_us)
        if fault.kind == "noise":
            self._wait()

    def until(self, until_us: int) -> Iterator[tuple[int, bytes]]:
        """What it sends up to until_us: (time, bytes)."""
        while self.due_us <= until_us:
            fault, at_us = self._fault, self.due_us
            regular = fault.kind == "babble"
            count = fault.count if regular else self._chance.randint(1, fault.count)
            self._wait()
            yield at_us, self._chance.randbytes(count)

    def _wait(self) -> None:
        fault, pause_us = self._fault, self._fault.delay_us
        if fault.kind == "noise":
            pause_us = round(self._chance.expovariate(1) * pause_us)
        self.due_us += max(pause_us, _LEAST_US)
        if self.due_us >= fault.until_us:
            self.due_us = FOREVER_US
