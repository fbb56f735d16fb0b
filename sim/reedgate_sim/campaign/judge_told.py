"""L4 and C6: a gate that is held from what rules 4 to 6 demand says so in that scan, by its alarm
and by the output `healthy`; and neither says so without a cause.

Judged where the demand and what holds the gate are beyond doubt: a demand of a contact, or of a
limit when its budget has passed; an emergency stop, a selector on local, or a travel that ended by
its time-out.
"""

from collections.abc import Iterator
from typing import Any

from reedgate_contract import records
from reedgate_sim.campaign.account import (
    CLOCK_US,
    KEPT_US,
    MS,
    STARTS_US,
    Account,
    Life,
    Violation,
)
from reedgate_sim.campaign.floods import flood_spans
from reedgate_sim.campaign.hands import in_hand
from reedgate_sim.campaign.judge_outputs import timed_out
from reedgate_sim.campaign.stops import contacts_of, known, stops
from reedgate_sim.campaign.timeline import END_US, Span, common, merged, touches, without
from reedgate_sim.campaign.trips import sure_trips
from reedgate_sim.confirmer import gate_event

_UNMET, _LOCAL = "demand_not_met", "local_with_demand"

Held = tuple[int, str]  # from when on a gate is held, and the alarm of it


def judge_told(account: Account) -> Iterator[Violation]:
    told = _told(account)
    for gate_id, gate in account.gates():
        if gate.trips:
            for at_us, alarm in _held(account, gate_id, gate):
                yield from _must_tell(account, gate_id, alarm, at_us, told.get(gate_id, []))
        for at_us, alarms in told.get(gate_id, []):
            yield from _false_alarm(account, gate_id, at_us, alarms)
    yield from _unhealthy_without_cause(account)


def _told(account: Account) -> dict[str, list[tuple[int, list[str]]]]:
    """{gate: [(uptime in us, its alarms)]} of every event."""
    found: dict[str, list[tuple[int, list[str]]]] = {}
    for event in account.events if account.names is not None else ():
        if event.kind == records.KIND_GATE:
            said = gate_event(event, account.names)
            found.setdefault(said["gate"], []).append((said["uptime_ms"] * MS, said["alarms"]))
    return found


def _held(account: Account, gate_id: str, gate: Any) -> Iterator[Held]:
    """What must be told, at the first instant of each: two scans behind all that it follows from,
    or the end of a travel."""
    late_us = account.seen_us
    made = account.made(gate.terminals.at_closed)
    demands = _closing(account, gate_id, gate)
    stopped = [span for stop in stops(account) if (span := known(account, stop))]
    for first, last in without(common(demands, stopped), made):
        if last - first > 2 * late_us and not touches(made, first - late_us, first):
            yield first, _UNMET
    local = [(first + late_us, last - late_us) for first, last in in_hand(account, gate)]
    for first, last in common(demands, local):
        if last - first > 2 * late_us:
            yield first, _LOCAL
    if gate.drive == "two_relay":
        for drive in account.drives(gate.terminals.close):
            end_us = drive.until_us
            late = touches(made, end_us, end_us + late_us)  # it has arrived after all
            stands = touches(demands, end_us, end_us) and not late
            if stands and timed_out(account, gate, "close", drive):
                yield end_us, _UNMET


def _closing(account: Account, gate_id: str, gate: Any) -> list[Span]:
    """When a demand for closed surely stands, and no flood may ask for another position."""
    spans = []
    for _, _, latched in contacts_of(account, gate_id, gate):
        spans += [span for stop in latched if (span := known(account, stop))]
    for budget in account.budgets.trips:
        if budget.gate == gate_id:
            spans += sure_trips(account, gate_id, budget)
    floods = [
        span
        for position in ("open", "hold")
        for span in flood_spans(account, gate_id, gate, position)
    ]
    return without(merged(span for span in spans if span[0] < span[1]), merged(floods))


def _must_tell(
    account: Account, gate_id: str, alarm: str, at_us: int, told: list[tuple[int, list[str]]]
) -> Iterator[Violation]:
    life = account.life_at(at_us)
    due_us = at_us + account.seen_us
    if life is None or at_us < life.from_us + STARTS_US or due_us > life.ran_until_us:
        return
    terminal = account.station.terminals.healthy
    on = account.driven(terminal)
    if terminal and touches(on, due_us, due_us):
        yield Violation("C6", due_us, f"{gate_id}: healthy stays on with {alarm}")
    writes = life.ran_until_us > due_us + KEPT_US and account.all_told and account.names
    if writes and not _stands(told, alarm, due_us - life.from_us + CLOCK_US):
        yield Violation("C6", due_us, f"{gate_id}: {alarm} is not told")


def _stands(told: list[tuple[int, list[str]]], alarm: str, uptime_us: int) -> bool:
    return any(alarm in alarms for at_us, alarms in told if at_us <= uptime_us)


def _false_alarm(
    account: Account, gate_id: str, at_us: int, alarms: list[str]
) -> Iterator[Violation]:
    """Over the whole run: an uptime does not say of which start it is."""
    terminals = account.station.terminals
    local = [span for _, gate in account.gates() for span in in_hand(account, gate)]
    held = bool(local or account.made(terminals.estop, 0) or _faulty(account))
    causes = {
        _UNMET: held,
        _LOCAL: bool(local),
        "mains_lost": bool(account.made(terminals.mains_ok, 0)),
    }
    for alarm in alarms:
        if not causes.get(alarm, True):
            yield Violation("C6", at_us, f"{gate_id}: {alarm} is told without a cause")


def _faulty(account: Account) -> bool:
    return any(account.gate_faults.values())


def _unhealthy_without_cause(account: Account) -> Iterator[Violation]:
    terminal = account.station.terminals.healthy
    if not terminal:
        return
    faults = [first for spans in account.gate_faults.values() for first, _ in spans]
    may = [(min(faults), END_US)] if faults else []  # what it leaves behind may last
    may += [(stop.pressed_us, stop.surely_ended_us) for stop in stops(account)]
    for _, gate in account.gates():
        may += in_hand(account, gate)
    may = merged((first, last + 2 * account.seen_us) for first, last in may)
    on = account.driven(terminal)
    for life in account.lives:
        runs = [(life.from_us + STARTS_US, _ends(account, life))]
        for first, last in without(without(runs, may), on):
            if last > first:
                yield Violation("C6", first, "healthy is off, and nothing is wrong")


def _ends(account: Account, life: Life) -> int:
    return min(life.ran_until_us, life.until_us, account.end_us)
