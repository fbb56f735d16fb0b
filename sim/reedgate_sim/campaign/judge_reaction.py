"""C3: the time from bad or unknown water, or a flood, to the gate, against `site check`'s budgets.

Each demand is judged where L1 (for a flood L3) promises something; where nothing disturbed the
probes or their line, against the tighter budget for that. Where a premise is missing it is counted
with the first reason, never dropped.
"""

from collections import Counter
from dataclasses import dataclass, field

from reedgate_sim.campaign.account import KEPT_US, MS, STARTS_US, Account, Life, Violation
from reedgate_sim.campaign.demands import Demand, demands_of
from reedgate_sim.campaign.floods import flood_spans
from reedgate_sim.campaign.hands import in_hand
from reedgate_sim.campaign.stops import stops
from reedgate_sim.campaign.timeline import END_US, Span, at, merged, touches
from reedgate_sim.campaign.wipes import undisturbed


@dataclass
class Reactions:
    """worst: (measured, budget) in ms of the demand that used the largest share of its budget."""

    judged: int = 0
    worst: tuple[int, int] = (0, 0)
    taken: list[tuple[int, int]] = field(default_factory=list)  # all of them, in the same form
    excused: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)

    def take(self, measured_ms: int, budget_ms: int) -> None:
        self.judged += 1
        self.taken.append((measured_ms, budget_ms))
        if measured_ms * max(self.worst[1], 1) > self.worst[0] * budget_ms:
            self.worst = (measured_ms, budget_ms)


def judge_reactions(account: Account) -> Reactions:
    reactions = Reactions()
    for demand in demands_of(account):
        for life in account.lives:
            if life.from_us < demand.until_us and life.until_us > demand.t0_us:
                _judge(account, demand, life, reactions)
    return reactions


def _judge(account: Account, demand: Demand, life: Life, reactions: Reactions) -> None:
    """One demand in one start. After a start the grace passes first, for quality and unknown."""
    at_once = demand.flood or demand.at_once
    ready_us = life.from_us + STARTS_US + (0 if at_once else _grace_us(account, life))
    from_us = max(demand.t0_us, ready_us)
    t0_us = max(demand.t0_us, life.from_us)
    relay_ms = demand.relay_ms
    if demand.clean_ms is not None:
        until_us = from_us + demand.clean_ms * MS
        clean = undisturbed(account, t0_us, until_us)
        if clean and _good(account, demand.points, t0_us, until_us):
            relay_ms = demand.clean_ms
    due_us = from_us + relay_ms * MS
    commanded_us = _commanded(account, demand, t0_us)
    end_us = due_us if commanded_us is None else min(commanded_us, due_us)
    excuse = _standing(account, demand, t0_us) or _excuse(account, demand, life, t0_us, end_us)
    if excuse:
        reactions.excused[excuse] += 1
        return
    if commanded_us is None or commanded_us > due_us:
        detail = f"{demand.gate_id} is not sent {demand.position} for {demand.cause}"
        detail += f" within {relay_ms} ms"
        detail += _measured(commanded_us, t0_us)
        reactions.violations.append(Violation("C3 t1", due_us, detail))
        return
    if from_us == demand.t0_us:
        reactions.take((commanded_us - demand.t0_us) // MS, demand.relay_ms)
    if demand.closed_ms is not None:
        _judge_travel(account, demand, life, t0_us, from_us + demand.closed_ms * MS, reactions)


def _grace_us(account: Account, life: Life) -> int:
    """None from the second restart within the hour on; starts that got so far are counted."""
    counted = 0
    for each in account.lives:
        lived = min(each.until_us, each.ran_until_us) - each.from_us > STARTS_US + KEPT_US
        counted += each.until_us <= life.from_us and lived
    return 0 if counted >= 2 else account.grace_ms * MS


def _good(account: Account, points: tuple[str, ...], from_us: int, until_us: int) -> bool:
    """No number that no probe can give: beyond its limit, but not to be judged by it."""
    return all(
        poll.good
        for point in points
        for poll in account.polls.get(point, [])
        if from_us <= poll.at_us <= until_us
    )


def _measured(commanded_us: int | None, t0_us: int) -> str:
    return " at all" if commanded_us is None else f" but {(commanded_us - t0_us) // MS} ms"


def _judge_travel(
    account: Account, demand: Demand, life: Life, t0_us: int, due_us: int, reactions: Reactions
) -> None:
    made = account.made(demand.gate.terminals.at_closed)
    closed_us = next((max(first, t0_us) for first, last in made if last > t0_us), END_US)
    if closed_us <= due_us:
        return
    excuse = _excuse(account, demand, life, t0_us, due_us)
    if excuse:
        reactions.excused[excuse] += 1
        return
    detail = f"{demand.gate_id} is not closed for {demand.cause} within {demand.closed_ms} ms"
    reactions.violations.append(Violation("C3 t2", due_us, detail))


def _commanded(account: Account, demand: Demand, t0_us: int) -> int | None:
    """When the command stands at the output, with its relay's contact."""
    spans, relay_us = _command_spans(account, demand), account.board.relay_ms * MS
    return next((max(first, t0_us) + relay_us for first, last in spans if last > t0_us), None)


def _command_spans(account: Account, demand: Demand) -> list[Span]:
    terminals = demand.gate.terminals
    if demand.gate.drive == "two_relay":
        coil = terminals.close if demand.position == "closed" else terminals.open
        return account.driven(coil)
    on = merged(account.driven(terminals.out))
    if demand.gate.spring != demand.position:
        return on
    edges = [0, *(edge for span in on for edge in span), END_US]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [pair for pair in pairs if pair[0] < pair[1]]


def _standing(account: Account, demand: Demand, t0_us: int) -> str:
    """L1 measures a gate that has still to go."""
    terminals = demand.gate.terminals
    switch = terminals.at_closed if demand.position == "closed" else terminals.at_open
    there = at(account.made(switch), t0_us) or at(_command_spans(account, demand), t0_us)
    return f"already_{demand.position}" if there else ""


def _excuse(account: Account, demand: Demand, life: Life, t0_us: int, end_us: int) -> str:
    """The first premise that is missing between t0 and the end of the measurement."""
    if life.ran_until_us < end_us:
        return "power_or_reset"
    if account.end_us < end_us:
        return "end_of_run"
    for stop in stops(account):
        if touches([(stop.pressed_us, stop.ended_us + account.seen_us)], t0_us, end_us):
            return "emergency_stop"
        if touches([(stop.ended_us, stop.surely_ended_us + account.seen_us)], t0_us, end_us):
            return "reset_unclear"
    if touches(in_hand(account, demand.gate), t0_us, end_us):
        return "in_hand"
    faults = account.gate_faults.get(demand.gate_id, [])
    if any(first <= end_us for first, _ in faults):
        return "drive_fault"
    other = "closed" if demand.position == "open" else "open"
    quiet = () if demand.flood else flood_spans(account, demand.gate_id, demand.gate, other)
    if touches(quiet, t0_us, end_us):
        return "flood"
    if demand.flood and "stage" in demand.cause and not undisturbed(account, t0_us, end_us):
        return "bus_fault"
    return "did_not_stay" if demand.until_us < end_us else ""
