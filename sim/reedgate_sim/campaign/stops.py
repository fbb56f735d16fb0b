"""Until when an emergency stop may and must last: from its button to the panel's reset after it.

A station looks once a scan, and keeps what it saw on flash. So a reset within a scan of the
release, one shorter than a scan, one right before a cut, or one while nobody ran may have counted
or not; only a clear one surely did.
"""

from dataclasses import dataclass

from reedgate_sim.campaign.account import KEPT_US, STARTS_US, Account
from reedgate_sim.campaign.timeline import END_US, Span, at, rises


@dataclass(frozen=True)
class Stop:
    pressed_us: int
    released_us: int
    ended_us: int  # by the first reset that may have counted
    surely_ended_us: int  # by the first that has


def stops(account: Account) -> list[Stop]:
    terminals = account.station.terminals
    if not terminals.estop:
        return []
    pressed = account.made(terminals.reset)
    edges = rises(account.inputs.get(terminals.reset, []))
    found = []
    for pressed_us, released_us in account.made(terminals.estop, 0):
        may = (each for each in edges if each >= released_us - account.seen_us)
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
