"""Whether a run of the desk did what the control law promises, from what the plant really did.

Judged on truth and contacts, never on what the firmware says of itself.
"""

from dataclasses import dataclass

from reedgate_boards.site.budgets import TripBudget, total_ms
from reedgate_sim.world.truth import Truth


@dataclass
class Verdict:
    """One upset at one inlet. Times in us of the run; None: has not happened."""

    budget: TripBudget
    travel_timeout_ms: int
    open_on_good: bool = False
    beyond_us: int | None = None
    relay_us: int | None = None
    closed_us: int | None = None
    bypass_us: int | None = None
    reopened_us: int | None = None

    @property
    def relay_ms(self) -> int | None:
        """From the register beyond the limit to the close relay's contact."""
        if self.relay_us is None or self.beyond_us is None:
            return None
        return (self.relay_us - self.beyond_us) // 1000

    @property
    def travel_ms(self) -> int | None:
        if self.closed_us is None or self.relay_us is None:
            return None
        return (self.closed_us - self.relay_us) // 1000

    @property
    def budget_ms(self) -> int:
        return total_ms(self.budget.to_relay_clean)

    def take(self, truth: Truth, inlet: str, bypass: str | None, beyond_us: int | None) -> None:
        """The plant at one instant; beyond_us: since when the register has been beyond."""
        gate = truth.gates[inlet]
        if self.beyond_us is None:
            self.open_on_good = self.open_on_good or bool(gate.at_open)
            if beyond_us is None:
                return
        if self.relay_us is None:
            self.beyond_us = beyond_us  # a run that did not last starts anew
            if gate.contacts["close"]:
                self.relay_us = truth.now_us
        elif self.closed_us is None:
            self.closed_us = truth.now_us if gate.at_closed else None
        elif self.reopened_us is None and gate.at_open:
            self.reopened_us = truth.now_us
        if self.relay_us is not None and self.bypass_us is None and bypass:
            self.bypass_us = truth.now_us if truth.gates[bypass].at_open else None

    def checks(self) -> dict[str, bool]:
        """What must hold, in the order of the story."""
        relay, travel = self.relay_ms, self.travel_ms
        return {
            "open_on_good": self.open_on_good,
            "close_in_budget": relay is not None and relay <= self.budget_ms,
            "closed_in_time": travel is not None and travel <= self.travel_timeout_ms,
            "bypass_opened": self.bypass_us is not None,
            "opened_again": self.reopened_us is not None,
        }

    def holds(self) -> bool:
        return all(self.checks().values())
