"""The water's way: an inlet that is sent closed sends its bypass open in that scan, and a bypass
closes only behind an inlet that is open and at rest (S11).

Judged where neither gate has a fault, nobody has the inlet in his hand, and nothing is stopped.
"""

from collections.abc import Iterator
from typing import Any

from reedgate_sim.campaign.account import MS, STARTS_US, Account, Violation, us
from reedgate_sim.campaign.hands import in_hand
from reedgate_sim.campaign.stops import stops
from reedgate_sim.campaign.timeline import Span, at, common, merged, touches, without


def judge_bypass(account: Account) -> Iterator[Violation]:
    for gate_id, gate in account.gates():
        faulty = account.gate_faults.get(gate_id) or account.gate_faults.get(gate.bypass or "")
        if gate.bypass and not faulty:
            bypass = account.station.gates[gate.bypass]
            yield from _not_opened(account, gate_id, gate, bypass)
            yield from _closed_too_soon(account, gate_id, gate, bypass)
            yield from _both_closed(account, gate_id, gate, bypass)


def _not_opened(account: Account, gate_id: str, gate: Any, bypass: Any) -> Iterator[Violation]:
    ways = _open(account, bypass)
    late_us = account.seen_us
    if bypass.drive == "two_relay":
        late_us += bypass.reverse_dead_ms * MS + account.scan_us
    for first, last in _sent_closed(account, gate):
        due_us = first + late_us
        free = due_us < last and not touches(_masked(account, gate), first, due_us)
        if free and _runs(account, first, due_us) and not at(ways, due_us):
            detail = f"{gate_id} is sent closed, and {gate.bypass} is not sent open with it"
            yield Violation("C2 S11", due_us, detail)


def _closed_too_soon(
    account: Account, gate_id: str, gate: Any, bypass: Any
) -> Iterator[Violation]:
    closed = account.made(gate.terminals.at_closed)
    moves = [*account.driven(gate.terminals.open), *account.driven(gate.terminals.close)]
    coil = bypass.terminals.close if bypass.drive == "two_relay" else bypass.terminals.out
    for drive in account.drives(coil):
        for spans, why in ((closed, "is closed"), (moves, "is on its way")):
            span = at(spans, drive.from_us)
            if span and span[0] < drive.from_us - account.seen_us:
                detail = f"{gate.bypass} is sent closed while {gate_id} {why}"
                yield Violation("C2 S11", drive.from_us, detail)


def _both_closed(account: Account, gate_id: str, gate: Any, bypass: Any) -> Iterator[Violation]:
    most_us = us(bypass.travel_timeout_s) + 2 * account.seen_us
    if bypass.drive == "two_relay":
        shut = account.made(bypass.terminals.at_closed)
    else:
        shut = account.driven(bypass.terminals.out)
    both = common(account.made(gate.terminals.at_closed), shut)
    starts_us = STARTS_US + account.grace_ms * MS  # nothing moves before
    runs = [(life.from_us + starts_us, life.ran_until_us) for life in account.lives]
    for first, last in without(common(both, runs), _masked(account, gate)):
        if last - first > most_us:
            detail = f"{gate_id} and {gate.bypass} are both closed"
            yield Violation("C2 S11", first + most_us, detail)


def _sent_closed(account: Account, gate: Any) -> list[Span]:
    if gate.drive == "two_relay":
        return account.driven(gate.terminals.close)
    return without([(0, account.end_us)], account.driven(gate.terminals.out))


def _open(account: Account, bypass: Any) -> list[Span]:
    """When a bypass is sent open, or is there."""
    if bypass.drive != "two_relay":
        return without([(0, account.end_us + 1)], account.driven(bypass.terminals.out))
    sent = account.driven(bypass.terminals.open)
    return merged([*sent, *account.made(bypass.terminals.at_open)])


def _masked(account: Account, gate: Any) -> list[Span]:
    """When rule 1 or 3 may rule over either gate."""
    late_us = 2 * account.seen_us
    found = [(stop.pressed_us, stop.surely_ended_us + late_us) for stop in stops(account)]
    return merged([*found, *((first, last + late_us) for first, last in in_hand(account, gate))])


def _runs(account: Account, from_us: int, until_us: int) -> bool:
    life = account.life_at(from_us)
    return life is not None and life.from_us + STARTS_US < from_us and until_us < life.ran_until_us
