"""Orders from afar (rule 8): which the station says it has taken, and until when they stand.

That one was taken is known by the station's own record of it, for the wire may lose any; what
follows from it is the law's. Between the record's uptime and our time since the start lies the
boot itself.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from reedgate_contract import envelope, records
from reedgate_sim.campaign.account import CLOCK_US, KEPT_US, MS, VALID, Account, Life, Order
from reedgate_sim.campaign.timeline import END_US, Span

AHEAD_US = 31_000_000  # an order may be taken so long after it was sent


@dataclass(frozen=True)
class Taken:
    order: Order
    life: Life
    soonest_us: int
    latest_us: int


def recorded(account: Account) -> Iterator[tuple[int, int, int]]:
    """(number of the order, its action's code, uptime in us) of each order that was taken."""
    for event in account.events:
        if event.kind == records.KIND_COMMAND:
            _gate, action, _hold_s, number, _counter = struct.unpack(
                records.COMMAND, b"\0\0" + event.payload
            )[1:]
            yield number, action, event.uptime_ms * MS


def taken(account: Account, gate_id: str, action: str) -> Iterator[Taken]:
    sent = {each.number: each for each in account.orders if each.form == VALID}
    for number, _, uptime_us in recorded(account):
        order = sent.get(number)
        if order is None or (order.gate_id, order.action) != (gate_id, action):
            continue
        life = account.life_at(order.at_us)
        if life is not None:
            at_us = life.from_us + uptime_us
            yield Taken(order, life, max(at_us, order.at_us), at_us + CLOCK_US)


def may_stand(account: Account, gate_id: str, action: str) -> list[Span]:
    """From when it was sent to when it must be over, whatever came after it."""
    return [
        (each.at_us, END_US if _endless(each) else each.at_us + AHEAD_US + _hold_us(each))
        for each in account.orders
        if each.form == VALID and (each.gate_id, each.action) == (gate_id, action)
    ]


def resets_afar(account: Account, gate_id: str) -> list[int]:
    """When a reset of a gate's quality trips was sent that may have counted."""
    wanted = (VALID, gate_id, "reset")
    return [
        each.at_us for each in account.orders if (each.form, each.gate_id, each.action) == wanted
    ]


def closed_from_afar(account: Account, gate_id: str) -> Iterator[Span]:
    """From when to when each order to close surely stands."""
    for each in taken(account, gate_id, "close"):
        ends = [other.at_us for other in account.orders if _may_end(other, each)]
        if not _kept(each):
            ends.append(each.life.ran_until_us)
        if not _endless(each.order):
            ends.append(each.soonest_us + _hold_us(each.order))
        from_us = each.latest_us + account.seen_us
        end_us = min(ends, default=END_US)
        if from_us < end_us:
            yield from_us, end_us


def _may_end(other: Order, standing: Taken) -> bool:
    """Another order for the gate: a reset ends none."""
    order = standing.order
    comes = other.gate_id == order.gate_id and other.at_us + AHEAD_US > standing.soonest_us
    return comes and other.form == VALID and other.action != "reset" and other != order


def _endless(order: Order) -> bool:
    return order.hold_s == envelope.UNTIL_RELEASED


def _kept(each: Taken) -> bool:
    """It outlives a restart once it is on flash, and only if it stands until it is released."""
    return _endless(each.order) and each.latest_us + KEPT_US < each.life.ran_until_us


def _hold_us(order: Order) -> int:
    return order.hold_s * 1000 * MS
