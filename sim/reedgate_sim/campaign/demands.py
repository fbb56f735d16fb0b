"""What a gate owes, from when on and until when, by what really was so: L1 to L3 of the law.

Which of them can be judged in a run, and whether it was kept, is for `judge_reaction`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reedgate_boards.site.budgets import TripBudget, total_ms
from reedgate_boards.site.fields import milliseconds
from reedgate_sim.campaign.account import BEHIND_US, MS, Account, Poll
from reedgate_sim.campaign.judge_bus import longest_turn_us
from reedgate_sim.campaign.orders import closed_from_afar
from reedgate_sim.campaign.stops import contacts_of
from reedgate_sim.campaign.timeline import Span, touches

_TO_OUTPUT = ("scan", "stall", "dead_time", "relay")  # of a budget: behind what tells of a cause


@dataclass(frozen=True)
class Demand:
    """A position that a gate owes from t0_us on, for as long as its cause stands."""

    gate_id: str
    gate: Any
    position: str  # closed | open
    cause: str
    t0_us: int
    until_us: int
    relay_ms: int
    closed_ms: int | None  # None: only the output is judged
    clean_ms: int | None = None  # where every poll is answered; None: no such promise
    points: tuple[str, ...] = ()  # by which it is known
    flood: bool = False
    at_once: bool = False  # no grace of a start delays it


def demands_of(account: Account) -> Iterator[Demand]:
    yield from _limits(account)
    yield from _losses(account)
    yield from _floods(account)
    yield from _contacts(account)
    yield from _ponds(account)


def _limits(account: Account) -> Iterator[Demand]:
    """L1: the register is beyond a limit and stays there."""
    for budget in account.budgets.trips:
        gate = account.station.gates[budget.gate]
        relay_ms = total_ms(budget.to_relay_fault)
        closed_ms = total_ms(budget.to_closed)
        for span in account.beyond[budget.gate, budget.trip]:
            cause = f"{budget.point} beyond its limit"
            clean_ms = total_ms(budget.to_relay_clean)
            demand = (budget.gate, gate, "closed", cause, *span, relay_ms, closed_ms, clean_ms)
            yield Demand(*demand, budget.points)


def _losses(account: Account) -> Iterator[Demand]:
    """L2: nothing usable has come from a probe since t0."""
    for budget in account.budgets.trips:
        gate = account.station.gates[budget.gate]
        relay_ms = total_ms(budget.to_relay_fault)
        closed_ms = total_ms(budget.to_closed)
        for point in budget.points:
            for span in _silences(account.polls.get(point, []), account.end_us):
                cause = f"{point} lost"
                yield Demand(budget.gate, gate, "closed", cause, *span, relay_ms, closed_ms)


def _silences(polls: list[Poll], end_us: int) -> Iterator[Span]:
    """From the first of some polls that surely gave nothing usable to the next that may have."""
    since_us: int | None = None
    for poll in polls:
        useless = poll.answered is False or (poll.answered and not poll.good)
        if useless and since_us is None:
            since_us = poll.at_us
        elif not useless and since_us is not None:
            yield (since_us, poll.at_us)
            since_us = None
    if since_us is not None:
        yield (since_us, end_us)


def _floods(account: Account) -> Iterator[Demand]:
    """L3: contact or stage, where the flood wants the gate open or closed."""
    for budget in account.budgets.floods:
        gate = account.station.gates[budget.gate]
        flood = next(each for each in gate.flood if each.name == budget.flood)
        if flood.position == "hold" or flood is not gate.flood[0]:
            continue
        high = account.high.get((budget.gate, budget.flood, budget.cause))
        spans = account.made(budget.cause, 0) if high is None else high
        kind = "flood contact" if high is None else "flood stage"
        for span in spans:
            relay_ms = total_ms(budget.to_relay)
            demand = (budget.gate, gate, flood.position, kind, *span, relay_ms, None)
            yield Demand(*demand, flood=True)


def _contacts(account: Account) -> Iterator[Demand]:
    """Rule 5's contacts at once; lost mains where the battery has to close; orders to close."""
    first = {budget.gate: budget for budget in reversed(account.budgets.trips)}
    for gate_id, gate in account.gates():
        if gate_id not in first:
            continue
        budget = first[gate_id]
        relay_ms = _to_output_ms(budget)
        travel_ms = total_ms(budget.to_closed) - total_ms(budget.to_relay_fault)
        for name, terminal, _ in contacts_of(account, gate_id, gate):
            for span in account.made(terminal, 0):
                demand = (gate_id, gate, "closed", name, *span, relay_ms, relay_ms + travel_ms)
                yield Demand(*demand, at_once=True)
        if gate.on_power_loss == "closes_battery":
            for span in account.made(account.station.terminals.mains_ok, 0):
                demand = (gate_id, gate, "closed", "lost mains", *span)
                yield Demand(*demand, relay_ms, relay_ms + travel_ms)
        for span in closed_from_afar(account, gate_id):
            yield Demand(gate_id, gate, "closed", "an order", *span, relay_ms, None)


def _ponds(account: Account) -> Iterator[Demand]:
    """Rule 7: no room. It has no budget of its own; so many polls are all that it may wait for,
    where every one is answered."""
    for budget in {budget.gate: budget for budget in account.budgets.trips}.values():
        gate = account.station.gates[budget.gate]
        for first, last in account.full.get(budget.gate, []):
            confirm = gate.pond.confirm
            turn_us = longest_turn_us(account, _sensor_of(account, gate.pond.full.point))
            relay_ms = confirm.of * turn_us // MS + milliseconds(confirm.delay_s)
            relay_ms += _to_output_ms(budget)
            until_us = min(first + relay_ms * MS, last)
            if not touches(account.bus_faults, first - BEHIND_US, until_us):
                yield Demand(
                    budget.gate, gate, "closed", "a full pond", first, last, relay_ms, None
                )


def _to_output_ms(budget: TripBudget) -> int:
    return sum(budget.to_relay_clean[term] for term in _TO_OUTPUT)


def _sensor_of(account: Account, point: str) -> str:
    return next(
        name for name, sensor in account.station.sensors.items() if point in sensor.points.values()
    )
