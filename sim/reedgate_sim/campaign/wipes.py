"""Probes that the station makes wipe themselves (S9): when it asked for one, and how long the
freeze that goes with it surely stands, and may stand.
"""

from collections.abc import Iterator

from reedgate_boards.site.profiles import load_profile
from reedgate_sim.campaign.account import BEHIND_US, MS, Account, Violation, us
from reedgate_sim.campaign.timeline import Span, touches


def freezes(account: Account) -> list[Span]:
    """From a request until an answer may end it."""
    return [
        (at_us, at_us + min(_takes_us(account, sensor), _most_us(account, sensor)))
        for sensor, times in account.wipes.items()
        for at_us in times
    ]


def may_freeze(account: Account) -> list[Span]:
    """From a request until nothing of it is left."""
    return [
        (at_us, at_us + _most_us(account, sensor) + account.seen_us)
        for sensor, times in account.wipes.items()
        for at_us in times
    ]


def undisturbed(account: Account, from_us: int, until_us: int) -> bool:
    """No fault of a line or a probe nor a wipe, nor what one leaves behind."""
    disturbed = [*account.bus_faults, *may_freeze(account)]
    return not touches(disturbed, from_us - BEHIND_US, until_us)


def judge_wipes(account: Account) -> Iterator[Violation]:
    """A freeze begins only from readings that are good and inside every limit."""
    for sensor, times in account.wipes.items():
        points = account.station.sensors[sensor].points.values()
        for at_us in times:
            for point in points:
                if not _is_well(account, point, at_us):
                    yield Violation("C2 S9", at_us, f"{sensor} wipes itself, and {point} is bad")


def _is_well(account: Account, point: str, at_us: int) -> bool:
    """By the last poll of it, if that surely came through."""
    polls = [poll for poll in account.polls.get(point, []) if poll.at_us < at_us]
    if not polls or polls[-1].answered is None:
        return True
    last = polls[-1]
    inside = all(
        last.value <= limit.limit if limit.above is not None else last.value >= limit.limit
        for _, gate in account.gates()
        for trip in gate.trips.values()
        for limit in trip.all
        if point in (limit.point, *limit.also)
    )
    return last.answered and last.good and inside


def _takes_us(account: Account, sensor: str) -> int:
    wipe = load_profile(account.station.sensors[sensor].profile).wipe
    return wipe.takes_ms * MS if wipe else 0


def _most_us(account: Account, sensor: str) -> int:
    return us(account.station.sensors[sensor].freeze_max_s)
