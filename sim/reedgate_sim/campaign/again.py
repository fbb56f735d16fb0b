"""Each transition that a run has recorded is decided again, on a VM, from the record alone."""

from reedgate_boards.site.compiler import compile_station
from reedgate_sim.campaign.account import MS, Account, Violation
from reedgate_sim.campaign.play import site_of
from reedgate_sim.campaign.schedule import Schedule
from reedgate_sim.campaign.site import STATION
from reedgate_sim.replay.transitions import Again, decided_again, transitions_of

PROPERTY = "decided again"


def judge_again(schedule: Schedule, account: Account) -> tuple[int, tuple[Violation, ...]]:
    """How many there are, and those that come out otherwise or do not say what they are from."""
    transitions, alone = transitions_of(account.events)
    found = []
    if alone:
        found.append(Violation(PROPERTY, account.end_us, f"{alone} events say not what from"))
    blob = compile_station(site_of(schedule), STATION)
    for again in decided_again(blob, transitions) if transitions else ():
        if not again.identical:
            found.append(Violation(PROPERTY, _at_us(account, again), _told(again)))
    return len(transitions), tuple(found)


def _at_us(account: Account, again: Again) -> int:
    of = again.transition
    begun_us = account.lives[min(of.boot_n, len(account.lives)) - 1].from_us
    return begun_us + of.uptime_ms * MS


def _told(again: Again) -> str:
    rows = (f"{what} {old}, now {new}" for _gate, what, old, new in again.differences)
    return f"start {again.transition.boot_n}: {'; '.join(rows)}"
