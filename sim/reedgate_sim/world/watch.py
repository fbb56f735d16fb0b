"""Since when a point's register has been beyond a limit: the t0 of the reaction budgets."""

from dataclasses import dataclass, field

from reedgate_sim.world.instrument import Instrument


@dataclass
class Watch:
    """`since_us`: when the register first was beyond the limit and stayed there; else None."""

    instrument: Instrument
    quantity: str
    offset: float
    side: str  # above | below
    limit: float
    since_us: int | None = None
    spans_us: list[tuple[int, int]] = field(default_factory=list)  # past times beyond
    _next_us: int = 0

    def value(self, now_us: int) -> float:
        return self.instrument.quantity(self.quantity, now_us) + self.offset

    def advance(self, now_us: int) -> None:
        """Look at the register at each of its refreshes until now."""
        while self._next_us <= now_us:
            at_us = self._next_us
            self._next_us = self.instrument.next_change_us(at_us)
            self._look(at_us)

    def _look(self, at_us: int) -> None:
        value = self.value(at_us)
        beyond = value > self.limit if self.side == "above" else value < self.limit
        if beyond and self.since_us is None:
            self.since_us = at_us
        elif not beyond and self.since_us is not None:
            self.spans_us.append((self.since_us, at_us))
            self.since_us = None
