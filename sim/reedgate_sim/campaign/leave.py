"""When an inlet's open output may be on: a hand or a flood that wants it open, a back-off, or good
water while nothing is latched.

Whether a flood or good water *may* stand for the station is decided to its benefit: what one poll
or one scan can hide from it counts for it. So what is found here is a violation, and some
violations are not found.
"""

from typing import Any

from reedgate_sim.campaign.account import MS, Account, Drive, us
from reedgate_sim.campaign.floods import LATE_US, flood_spans
from reedgate_sim.campaign.hands import asks
from reedgate_sim.campaign.orders import closed_from_afar
from reedgate_sim.campaign.stops import contacts_of, known
from reedgate_sim.campaign.timeline import Span, touches
from reedgate_sim.campaign.trips import need_a_reset
from reedgate_sim.campaign.wipes import freezes
from reedgate_sim.campaign.witness import quantity_of, slack_of

OVERRULES = ("hand", "flood")  # they may open on any water


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
    if any(first <= at_us < last for first, last in need_a_reset(account, gate_id, gate)):
        return "a trip that only a reset clears, and there was none"
    if touches(_surely(account, freezes(account)), at_us, at_us):
        return "a probe wipes itself"
    if gate.pond is not None and _is_full(account, gate.pond.full, at_us):
        return "the pond is full"
    for first, last in closed_from_afar(account, gate_id):
        if first <= at_us < last + hold_us:
            return "an order to close stands, or its end is less than reopen_hold_s ago"
    return ""


def _surely(account: Account, spans: list[Span]) -> list[Span]:
    return [(first + account.seen_us, last - account.seen_us) for first, last in spans]


def _is_full(account: Account, full: Any, at_us: int) -> bool:
    """By the last poll that has come through for sure and long enough ago, and all after it."""
    slack = slack_of(quantity_of(account.station)[full.point])
    bound = float(full.limit)
    for poll in reversed(account.polls.get(full.point, [])):
        beyond = (
            poll.value > bound + slack if full.above is not None else poll.value < bound - slack
        )
        if poll.at_us < at_us and not beyond:
            return False
        if poll.at_us < at_us - LATE_US and poll.answered and poll.good:
            return True
    return False


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
        if poll.at_us < at_us - max(hold_us, max_age_us + LATE_US):
            break
        if poll.at_us > at_us:
            continue
        fresh = poll.at_us >= at_us - max_age_us - account.seen_us
        answered |= fresh and poll.good and poll.answered is not False
        certain = poll.answered and at_us - hold_us < poll.at_us < at_us - LATE_US
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


def back_off_ends(account: Account, gate: Any, drive: Drive, way: str = "close") -> int | None:
    """Until when this may be the back-off of a drive that way which ran its time-out; None: it is
    none."""
    if gate.drive != "two_relay":
        return None
    drives = account.drives(getattr(gate.terminals, way))
    before = [each for each in drives if each.until_us <= drive.from_us]
    if not before:
        return None
    last = before[-1]
    jammed = last.until_us - last.from_us >= us(gate.travel_timeout_s) - MS
    soon_us = gate.reverse_dead_ms * MS + 2 * account.seen_us
    if not jammed or drive.from_us - last.until_us > soon_us:
        return None
    return drive.from_us + gate.backoff_ms * MS + account.seen_us
