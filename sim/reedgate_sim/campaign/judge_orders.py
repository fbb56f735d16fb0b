"""S8 and S5: only an order with a right to it is taken, once; and no gate closes for nothing.

What an order that was taken does is judged elsewhere: that it closes is a demand, that it keeps
closed is a reason against an opening.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from reedgate_contract import envelope
from reedgate_sim.campaign.account import VALID, Account, Violation
from reedgate_sim.campaign.hands import in_hand
from reedgate_sim.campaign.leave import flood_spans
from reedgate_sim.campaign.orders import may_stand, recorded
from reedgate_sim.campaign.stops import contacts_of, stops
from reedgate_sim.campaign.timeline import END_US, Span, touches

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
    if any(sensor.wipe_every_s for sensor in account.station.sensors.values()):
        return  # what a wipe does to a reading is not known here
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
    yield from ((life.from_us, life.from_us + account.grace_ms * 1000) for life in account.lives)


def _not_well(account: Account, gate: Any) -> Iterator[Span]:
    """Every poll of what a trip or the pond is judged by that was not good and inside."""
    limits = [limit for trip in gate.trips.values() for limit in trip.all]
    limits += [gate.pond.full] if gate.pond else []
    for limit in limits:
        bound = float(limit.clear_at)
        for point in (limit.point, *getattr(limit, "also", ())):
            for poll in account.polls.get(point, []):
                inside = poll.value < bound if limit.above is not None else poll.value > bound
                if not (poll.answered and poll.good and inside):
                    yield poll.at_us, poll.at_us + 1
