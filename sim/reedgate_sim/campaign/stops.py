"""Until when what a contact has latched may and must last: to the panel's reset after its release.

So an emergency stop latches, and the contacts of rule 5. A station looks once a scan, and keeps
what it saw on flash. So a reset within a scan of the release, one shorter than a scan, one right
before a cut, or one while nobody ran may have counted or not; only a clear one surely did.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reedgate_sim.campaign.account import KEPT_US, STARTS_US, Account
from reedgate_sim.campaign.orders import AHEAD_US, resets_afar
from reedgate_sim.campaign.timeline import END_US, Span, at, rises

CONTACTS = ("emergency_close", "upstream_alarm")  # of rule 5


@dataclass(frozen=True)
class Stop:
    pressed_us: int
    released_us: int
    ended_us: int  # by the first reset that may have counted
    surely_ended_us: int  # by the first that has


def stops(account: Account) -> list[Stop]:
    """The emergency stops of a run."""
    return latched_by(account, account.station.terminals.estop)


def contacts_of(
    account: Account, gate_id: str, gate: Any
) -> Iterator[tuple[str, str, list[Stop]]]:
    """(name, terminal, what it latched) of each of rule 5 that the gate has."""
    for name in CONTACTS:
        if terminal := getattr(gate.terminals, name):
            yield name, terminal, latched_by(account, terminal, resets_afar(account, gate_id))


def latched_by(account: Account, terminal: str | None, afar: Sequence[int] = ()) -> list[Stop]:
    """By a contact that is closed when all is well; terminal None: it is not wired.

    afar: when somebody has sent a reset that may count too.
    """
    if not terminal:
        return []
    pressed = account.made(account.station.terminals.reset)
    edges = rises(account.inputs.get(account.station.terminals.reset, []))
    edges = sorted([*edges, *afar])
    found = []
    for pressed_us, released_us in account.made(terminal, 0):
        may = (
            max(each, released_us - account.seen_us)
            for each in edges
            if each >= released_us - (AHEAD_US if each in afar else account.seen_us)
        )
        counts = (each for each in edges if _is_clear(account, pressed, each, released_us))
        found.append(Stop(pressed_us, released_us, next(may, END_US), next(counts, END_US)))
    return found


def _is_clear(account: Account, pressed: list[Span], edge_us: int, released_us: int) -> bool:
    seen_us = account.seen_us
    life, press = account.life_at(edge_us), at(pressed, edge_us)
    if edge_us < released_us + seen_us or life is None or press is None:
        return False
    runs = life.from_us + STARTS_US < edge_us and edge_us + KEPT_US < life.ran_until_us
    just_before = any(edge_us - seen_us < last <= edge_us for _, last in pressed)
    return runs and press[1] - press[0] > seen_us and not just_before


def known(account: Account, stop: Stop) -> Span | None:
    """From when to when a station must hold to it; None: it may have missed it."""
    seen = _seen_by(account, stop.pressed_us, stop.released_us)
    if seen is None:
        return None  # shorter than a scan, or nobody ran
    # the latch outlives a restart, once there was time to keep it
    lasting = seen[1] - seen[0] > KEPT_US
    return seen[0], stop.ended_us if lasting else min(stop.ended_us, seen[1])


def _seen_by(account: Account, from_us: int, until_us: int) -> tuple[int, int] | None:
    """(from when a station must know of what stood in a span, until when that one ran)."""
    for life in account.lives:
        first_us = max(from_us, life.from_us + 1_000_000 if life.from_us > from_us else from_us)
        if first_us + account.seen_us < min(until_us, life.ran_until_us):
            return first_us + account.seen_us, life.until_us
    return None
