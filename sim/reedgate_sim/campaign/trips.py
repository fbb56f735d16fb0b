"""Quality trips that surely latched, and what each needs before the gate may open again (S6).

Surely: every poll was judged, the water stayed beyond the limit for longer than the budget, and
the station ran on long enough to keep it.
"""

from collections.abc import Iterator
from typing import Any

from reedgate_boards.site.budgets import TripBudget, total_ms
from reedgate_sim.campaign.account import KEPT_US, MS, STARTS_US, Account
from reedgate_sim.campaign.floods import flood_spans
from reedgate_sim.campaign.hands import in_hand
from reedgate_sim.campaign.orders import resets_afar
from reedgate_sim.campaign.timeline import END_US, Span, rises, touches
from reedgate_sim.campaign.wipes import undisturbed

_INSISTS = 3  # of one cause in 24 h: more than a run lasts


def sure_trips(account: Account, gate_id: str, budget: TripBudget) -> Iterator[Span]:
    """(when it must have latched, until when the water was beyond its limit)."""
    late_us = total_ms(budget.to_relay_clean) * MS
    for first, last in account.beyond[gate_id, budget.trip]:
        at_us = first + late_us
        if (
            at_us < last
            and _one_life(account, first, last)
            and _clean(account, budget, first, last)
        ):
            yield at_us, last


def need_a_reset(account: Account, gate_id: str, gate: Any) -> Iterator[Span]:
    """From when on a trip keeps the gate closed until the first reset that may have counted."""
    resets = rises(account.inputs.get(account.station.terminals.reset, []))
    resets = sorted([*resets, *resets_afar(account, gate_id)])
    for budget in account.budgets.trips:
        if budget.gate != gate_id:
            continue
        before = _INSISTS - 1
        if gate.trips[budget.trip].clears == "reset_only":
            before = 0
        trips = _each_anew(account, gate_id, gate, list(sure_trips(account, gate_id, budget)))
        for at_us, _ in trips[before:]:
            if _is_kept(account, at_us):
                yield at_us, next((each for each in resets if each > at_us), END_US)


def _each_anew(account: Account, gate_id: str, gate: Any, trips: list[Span]) -> list[Span]:
    """Those before which the gate had opened again by itself: each is a trip of its own."""
    terminals = gate.terminals
    others = [*flood_spans(account, gate_id, gate, "open"), *in_hand(account, gate)]
    drives = account.drives(terminals.open or terminals.out)
    opens = [each.from_us for each in drives if not touches(others, each.from_us, each.from_us)]
    found = trips[:1]
    for trip in trips[1:]:
        if any(found[-1][1] < each < trip[0] for each in opens):
            found.append(trip)
    return found


def _is_kept(account: Account, at_us: int) -> bool:
    """A station that is cut off within the next moments may forget it."""
    life = account.life_at(at_us)
    return life is not None and at_us + KEPT_US < life.ran_until_us


def _one_life(account: Account, first_us: int, last_us: int) -> bool:
    """No restart, nor its grace, falls into a span."""
    life = account.life_at(first_us)
    if life is None or life.ran_until_us < last_us:
        return False
    return first_us > life.from_us + STARTS_US + account.grace_ms * MS


def _clean(account: Account, budget: TripBudget, first_us: int, last_us: int) -> bool:
    """Each poll was judged: a probe that is lost asks for closed too, but by another rule."""
    polls = [poll for point in budget.points for poll in account.polls.get(point, [])]
    good = all(poll.answered and poll.good for poll in polls if first_us <= poll.at_us <= last_us)
    return good and undisturbed(account, first_us, last_us)
