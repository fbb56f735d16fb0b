"""S8 and S5: only an order with a right to it is taken, once; and no gate closes for nothing.

What an order that was taken does is judged elsewhere: that it closes is a demand, that it keeps
closed is a reason against an opening.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from reedgate_contract import envelope
from reedgate_sim.campaign.account import VALID, Account, Violation
from reedgate_sim.campaign.floods import flood_spans
from reedgate_sim.campaign.hands import in_hand
from reedgate_sim.campaign.orders import may_stand, recorded
from reedgate_sim.campaign.stops import contacts_of, stops
from reedgate_sim.campaign.timeline import END_US, Span, common, merged, touches
from reedgate_sim.campaign.wipes import may_freeze

_BEFORE_US = 60_000_000  # whatever moves a gate began to stand within it


def judge_orders(account: Account) -> Iterator[Violation]:
    yield from _taken_without_right(account)
    for gate_id, gate in account.gates():
        if gate.role == "inlet" and gate.drive == "two_relay":
            yield from _for_nothing(account, gate_id, gate)


def _taken_without_right(account: Account) -> Iterator[Violation]:
    sent = {each.number: each for each in account.orders}
    times: Counter[int] = Counter()
    for number, action, uptime_us in recorded(account):
        order = sent.get(number)
        times[number] += 1
        if order is None or order.form != VALID:
            form = "unknown" if order is None else order.form
            yield Violation("C2 S8", uptime_us, f"an order is taken that is {form}")
        elif envelope.ACTION_NAMES[action] != order.action:
            yield Violation("C2 S8", uptime_us, f"an order to {order.action} is taken for another")
        elif times[number] > 1:
            yield Violation("C2 S8", uptime_us, "an order is taken twice")


def _for_nothing(account: Account, gate_id: str, gate: Any) -> Iterator[Violation]:
    reasons = [*_reasons(account, gate_id, gate), *_not_well(account, gate)]
    for drive in account.drives(gate.terminals.close):
        before_us = drive.from_us - _BEFORE_US
        if not touches(reasons, before_us, drive.from_us):
            yield Violation("C2 S5", drive.from_us, f"{gate_id} closes, and nothing asks for it")


def _reasons(account: Account, gate_id: str, gate: Any) -> Iterator[Span]:
    """What may close a gate, or stir it so that it closes, beside the water."""
    yield from account.bus_faults
    yield from ((first, END_US) for first, _ in account.gate_faults.get(gate_id, []))
    yield from ((stop.pressed_us, stop.surely_ended_us) for stop in stops(account))
    yield from in_hand(account, gate)
    for _, _, latched in contacts_of(account, gate_id, gate):
        yield from ((stop.pressed_us, stop.surely_ended_us) for stop in latched)
    yield from account.made(account.station.terminals.mains_ok, 0)
    for position in ("open", "closed", "hold"):
        yield from flood_spans(account, gate_id, gate, position)
    for action in ("open", "close"):
        yield from may_stand(account, gate_id, action)
    yield from may_freeze(account)
    yield from ((life.from_us, life.from_us + account.grace_ms * 1000) for life in account.lives)


def _not_well(account: Account, gate: Any) -> Iterator[Span]:
    """Polls that were not good, or not inside a limit by its deadband; of several conditions at
    once only where each has such a one within a minute."""
    for trip in gate.trips.values():
        together = [(0, END_US)]
        for limit in trip.all:
            spans = []
            for point in (limit.point, *limit.also):
                yield from _useless(account, point)
                spans += _outside(account, limit, point)
            if len(trip.all) == 1:
                yield from spans
            together = common(together, merged(spans, _BEFORE_US))
        if len(trip.all) > 1:
            yield from together
    if gate.pond is not None:
        yield from _useless(account, gate.pond.full.point)
        yield from _outside(account, gate.pond.full, gate.pond.full.point)


def _useless(account: Account, point: str) -> Iterator[Span]:
    for poll in account.polls.get(point, []):
        if not (poll.answered and poll.good):
            yield poll.at_us, poll.at_us + 1


def _outside(account: Account, limit: Any, point: str) -> list[Span]:
    bound = float(limit.clear_at)
    above = limit.above is not None
    return [
        (poll.at_us, poll.at_us + 1)
        for poll in account.polls.get(point, [])
        if not (poll.value < bound if above else poll.value > bound)
    ]
