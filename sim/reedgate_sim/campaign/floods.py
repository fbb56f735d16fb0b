"""When a flood cause may stand for a station, from the first sign to the last doubt: what one poll
or one scan can hide from it counts for it.
"""

import itertools
from typing import Any

from reedgate_sim.campaign.account import MS, Account, us
from reedgate_sim.campaign.timeline import Span, merged, touches

LATE_US = 1_500_000  # from a reply to the decision: its frame, a turn of the bus, a scan
_MOVES_MM = 3.0  # from one poll to the next: more than a still stage does
_RATE_US = 35_000_000  # so long a change makes a reading SUSPECT, and a little more


def flood_spans(account: Account, gate_id: str, gate: Any, position: str) -> list[Span]:
    """When a flood cause with this position may stand, from the first sign to the last doubt."""
    found: list[Span] = []
    for flood in gate.flood:
        if flood.position == position:
            found += _flood_spans(account, gate_id, flood)
    return merged(found)


def _flood_spans(account: Account, gate_id: str, flood: Any) -> list[Span]:
    signs: list[Span] = []
    lost: list[Span] = []
    moving: list[Span] = []
    clear_us = us(flood.flood_clear_s)
    longest_us = 0
    for cause in flood.any:
        if cause.contact:
            signs += account.made(cause.contact, 0)
            longest_us = max(longest_us, cause.debounce_ms * MS)
        else:
            # from the deadband on: what began above the limit ends only below
            signs += account.not_low[gate_id, flood.name, cause.point]
            lost += _doubtful(account, cause.point)
            moving += _moving(account, cause.point)
    slack_us = longest_us + 2 * LATE_US + account.seen_us
    signs = merged(signs, clear_us + slack_us)
    spans = [(first, last + clear_us + slack_us) for first, last in signs]
    # a stage that is lost or SUSPECT ends no flood; and a lost one may be one
    lost = [(first, last + clear_us + slack_us) for first, last in lost]
    moving = [(first, last + clear_us + slack_us) for first, last in moving]
    if flood.stage_lost == "flood":
        spans = merged([*spans, *lost])
    prolongs = merged([*lost, *moving])
    return merged([*spans, *(span for span in prolongs if touches(spans, *span))])


def _moving(account: Account, point: str) -> list[Span]:
    """While a stage may be SUSPECT for the rate of its change."""
    polls = account.polls.get(point, [])
    spans = []
    for before, after in itertools.pairwise(polls):
        if abs(after.value - before.value) > _MOVES_MM:
            spans.append((before.at_us, after.at_us + _RATE_US))
    return merged(spans)


def _doubtful(account: Account, point: str) -> list[Span]:
    """From the last poll that surely came through before a doubtful one to the next that did."""
    spans = []
    since_us: int | None = None
    last_us = 0
    for poll in account.polls.get(point, []):
        if poll.answered and poll.good:
            if since_us is not None:
                spans.append((since_us, poll.at_us))
                since_us = None
            last_us = poll.at_us
        elif since_us is None:
            since_us = last_us
    if since_us is not None:
        spans.append((since_us, account.end_us))
    # no power: no polls either
    ends = [life.ran_until_us for life in account.lives[:-1]]
    starts = [life.from_us + 10 * LATE_US for life in account.lives[1:]]
    return merged([*spans, *zip(ends, starts, strict=True)])
