"""When an inlet's open output may be on: a hand or a flood that wants it open, a back-off, or good
water while nothing is latched.

Whether a flood or good water *may* stand for the station is decided to its benefit: what one poll
or one scan can hide from it counts for it. So what is found here is a violation, and some
violations are not found.
"""

from typing import Any

from reedgate_sim.campaign.account import MS, Account, Drive, us
from reedgate_sim.campaign.hands import asks
from reedgate_sim.campaign.orders import closed_from_afar
from reedgate_sim.campaign.stops import contacts_of, known
from reedgate_sim.campaign.timeline import Span, merged, touches
from reedgate_sim.campaign.witness import quantity_of, slack_of

OVERRULES = ("hand", "flood")  # they may open on any water
_LATE_US = 1_500_000  # from a reply to the decision: its frame, a turn of the bus, a scan


def may_open(account: Account, gate_id: str, gate: Any, at_us: int) -> str:
    """ "" for good water, one of OVERRULES, else why it must not."""
    if touches(asks(account, gate, "open"), at_us, at_us):
        return "hand"
    if touches(flood_spans(account, gate_id, gate, "open"), at_us, at_us):
        return "flood"
    life = account.life_at(at_us)
    hold_us = us(gate.reopen_hold_s)
    if life is None:
        return "nobody runs"
    if at_us - life.from_us < hold_us:
        return "reopen_hold_s has not passed since the start"
    reason = _held_closed(account, gate_id, gate, at_us, hold_us)
    if reason:
        return reason
    for trip in gate.trips.values():
        problems = [_set_not_permitted(account, each, at_us, hold_us) for each in trip.all]
        if all(problems):  # one condition back inside will do
            return problems[0]
    return ""


def _held_closed(account: Account, gate_id: str, gate: Any, at_us: int, hold_us: int) -> str:
    """By what keeps closed until somebody has come, or an order is over; "" if by nothing."""
    for name, _, latched in contacts_of(account, gate_id, gate):
        spans = [known(account, stop) for stop in latched]
        if any(span and span[0] <= at_us < span[1] for span in spans):
            return f"{name} is latched"
    for first, last in closed_from_afar(account, gate_id):
        if first <= at_us < last + hold_us:
            return "an order to close stands, or its end is less than reopen_hold_s ago"
    return ""


def _set_not_permitted(account: Account, limit: Any, at_us: int, hold_us: int) -> str:
    """Of three redundant probes two must permit, and with two lost the last one."""
    points = [limit.point, *limit.also]
    found = [_not_permitted(account, limit, point, at_us, hold_us) for point in points]
    problems = [problem for problem in found if problem]
    spare = len(points) - 1 if len(points) > 2 else 0
    return problems[0] if len(problems) > spare else ""


def _not_permitted(account: Account, limit: Any, point: str, at_us: int, hold_us: int) -> str:
    slack = slack_of(quantity_of(account.station)[point])
    clear_at = float(limit.clear_at) + (slack if limit.above is not None else -slack)
    max_age_us = _max_age_us(account, point)
    answered = False
    for poll in reversed(account.polls.get(point, [])):
        if poll.at_us < at_us - max(hold_us, max_age_us + _LATE_US):
            break
        if poll.at_us > at_us:
            continue
        fresh = poll.at_us >= at_us - max_age_us - account.seen_us
        answered |= fresh and poll.good and poll.answered is not False
        certain = poll.answered and at_us - hold_us < poll.at_us < at_us - _LATE_US
        inside = poll.value < clear_at if limit.above is not None else poll.value > clear_at
        if certain and not (poll.good and inside):
            ago_s = (at_us - poll.at_us) / 1e6
            return f"{point} was {poll.value:.6g} {ago_s:.2f} s ago, within reopen_hold_s"
    return "" if answered else f"{point} gave nothing good within max_age_s"


def _max_age_us(account: Account, point: str) -> int:
    return next(
        us(sensor.max_age_s)
        for sensor in account.station.sensors.values()
        if point in sensor.points.values()
    )


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
    slack_us = longest_us + 2 * _LATE_US + account.seen_us
    signs = merged(signs, clear_us + slack_us)
    spans = [(first, last + clear_us + slack_us) for first, last in signs]
    # a stage that is lost ends no flood; and may be one
    lost = [(first, last + clear_us + slack_us) for first, last in lost]
    if flood.stage_lost == "flood":
        return merged([*spans, *lost])
    return merged([*spans, *(span for span in lost if touches(spans, *span))])


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
    starts = [life.from_us + 10 * _LATE_US for life in account.lives[1:]]
    return merged([*spans, *zip(ends, starts, strict=True)])


def back_off_ends(account: Account, gate: Any, drive: Drive) -> int | None:
    """Until when this may be the back-off of a closing that ran its time-out; None: it is none."""
    if gate.drive != "two_relay":
        return None
    closings = account.drives(gate.terminals.close)
    before = [each for each in closings if each.until_us <= drive.from_us]
    if not before:
        return None
    closing = before[-1]
    jammed = closing.until_us - closing.from_us >= us(gate.travel_timeout_s) - MS
    soon_us = gate.reverse_dead_ms * MS + 2 * account.seen_us
    if not jammed or drive.from_us - closing.until_us > soon_us:
        return None
    return drive.from_us + gate.backoff_ms * MS + account.seen_us
