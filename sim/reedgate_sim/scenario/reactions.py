"""How long each gate took to be told to close when a limit was passed: t1 - t0 of the control law.

Every time that the registers stayed beyond a limit is judged once in each start that saw it, by
the plant and the pins. Where a premise of the law is missing it is counted by that, not measured.
"""

from collections import Counter
from dataclasses import dataclass, field

from reedgate_boards.site.board_facts import load_board
from reedgate_boards.site.budgets import TripBudget, budgets, total_ms
from reedgate_boards.site.compiler import start_grace_ms
from reedgate_boards.site.profiles import load_profile
from reedgate_sim.campaign.timeline import Span
from reedgate_sim.scenario.play import Played
from reedgate_sim.scenario.premises import Premises, lives_of

_MS = 1000


@dataclass(frozen=True)
class Reaction:
    """t0_us: the first value beyond that stays. took_ms None: no close command came in time.

    allowed_ms: the budget; in the grace of a start what is left of that too.
    """

    gate: str
    trip: str
    t0_us: int
    took_ms: int | None
    budget_ms: int
    allowed_ms: int

    @property
    def in_time(self) -> bool:
        return self.took_ms is not None and self.took_ms <= self.allowed_ms


@dataclass
class Reactions:
    budgets_ms: dict[str, int]  # trip -> the longest that it may take to the close command
    measured: list[Reaction] = field(default_factory=list)
    excused: Counter[str] = field(default_factory=Counter)  # premise -> how often it was missing


def reactions_of(played: Played) -> Reactions:
    return _Reckoner(played).reactions()


class _Reckoner:
    def __init__(self, played: Played):
        station = played.station
        self._played = played
        self._budgets = budgets(played.site, played.station_id)
        self._lives = lives_of(played)
        profiles = {each.profile: load_profile(each.profile) for each in station.sensors.values()}
        self._grace_us = start_grace_ms(station, profiles) * _MS
        self._relay_us = load_board(station.board).relay_ms * _MS
        self._closing = {gate_id: self._closing_spans(gate_id) for gate_id in station.gates}

    def reactions(self) -> Reactions:
        trips = self._budgets.trips
        found = Reactions({each.trip: total_ms(each.to_relay_fault) for each in trips})
        for budget in trips:
            floods = [each for each in self._budgets.floods if each.gate == budget.gate]
            premises = Premises(self._played, budget.gate, floods)
            for span in self._played.beyond[budget.gate, budget.trip]:
                for life in self._lives:
                    if life[0] < span[1] and life[1] > span[0]:
                        self._judge(budget, premises, span, life, found)
        return found

    def _judge(
        self, budget: TripBudget, premises: Premises, span: Span, life: Span, found: Reactions
    ) -> None:
        t0_us, budget_ms = max(span[0], life[0]), total_ms(budget.to_relay_fault)
        due_us = max(t0_us, life[0] + self._grace_us) + budget_ms * _MS
        told_us = self._told(budget.gate, t0_us, min(span[1], life[1]))
        end_us = due_us if told_us is None else told_us
        missing = (
            self._standing(budget.gate, t0_us)
            or premises.missing(t0_us, min(end_us, due_us))
            or self._cut_short(end_us, span, life)
        )
        if missing:
            found.excused[missing] += 1
            return
        took_ms = None if told_us is None else round((told_us - t0_us) / _MS)
        allowed_ms = (due_us - t0_us) // _MS
        found.measured.append(
            Reaction(budget.gate, budget.trip, t0_us, took_ms, budget_ms, allowed_ms)
        )

    def _cut_short(self, end_us: int, span: Span, life: Span) -> str:
        if life[1] < end_us:
            return "power_or_reset"
        if self._played.scenario.duration_us < end_us:
            return "end_of_run"
        return "did_not_stay" if span[1] < end_us else ""

    def _standing(self, gate_id: str, at_us: int) -> str:
        """Only a gate that has still to go is measured."""
        if self._played.station.gates[gate_id].drive == "modbus_actuator":
            return "modbus_actuator"  # its order is at no pin
        looks = [look for look in self._played.looks if look.now_us <= at_us]
        closed = looks and looks[-1].gates[gate_id].opening_permille <= 0
        told = any(first < at_us <= last for first, last in self._closing[gate_id])
        return "already_closed" if closed or told else ""

    def _told(self, gate_id: str, from_us: int, until_us: int) -> int | None:
        """When the close command stands, with its relay's contact."""
        begun = (first for first, _ in self._closing[gate_id] if from_us <= first < until_us)
        first_us = next(begun, None)
        return None if first_us is None else first_us + self._relay_us

    def _closing_spans(self, gate_id: str) -> list[Span]:
        """While the outputs say close; a spring does when nothing holds the gate."""
        gate = self._played.station.gates[gate_id]
        springs = gate.drive == "spring_return" and gate.spring == "closed"
        coil, level = ("out", 0) if springs else ("close", 1)
        spans, since_us = [], -1 if springs else None  # nothing is on at first
        for at_us, name, which, now in self._played.commands:
            if (name, which) != (gate_id, coil):
                continue
            if now == level and since_us is None:
                since_us = at_us
            elif now != level and since_us is not None:
                spans.append((since_us, at_us))
                since_us = None
        return spans if since_us is None else [*spans, (since_us, 1 << 60)]
