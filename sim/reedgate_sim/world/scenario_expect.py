"""The tables of a scenario file that say what has to come of it, and how that could fail.

A row of `[[expect]]` names one subject and one time. Nothing is judged here.
"""

from typing import Annotated, Any

from pydantic import Field

from reedgate_boards.site.fields import Id, PointName, Table, Text, Words, choice, default
from reedgate_contract import codes
from reedgate_sim.world.numbers import Amount, Number
from reedgate_sim.world.scenario_events import FirmwareChange

ABSENT = "this row is of something else"
EVENTS = ("boot", "anchor", "refusal", "lost", "latches_unreadable", "totals_unreadable")
GATE_KEYS = ("position", "command", "rule", "target", "cause", "first_out", "fault", "alarm")
POINT_KEYS = ("reading", "detail")
TOTAL_KEYS = ("of", "within_percent")
SUBJECTS = (
    "gate",
    "point",
    "truth",
    "healthy",
    "event",
    "record",
    "watchdog_resets",
    "within_budget",
    "total",
)


class Expect(Table):
    """One thing that must be so; `SUBJECTS` are what it can be about.

    gate: the keys of GATE_KEYS. position: where the leaf really stands. command: the output at
    the pins. The others: as the station's journal has them at the gateway. healthy: the station's
    output, at the pins. total: a point that only grows, as `of`, a number of the truth, does.
    """

    gate: Id | None = default(None, ABSENT)
    position: choice("open", "closed", "between") | None = default(None, ABSENT)
    command: choice("open", "close", "out", "none") | None = default(None, ABSENT)
    rule: choice(*codes.RULE_NAMES) | None = default(None, ABSENT)
    target: choice(*codes.TARGET_NAMES) | None = default(None, ABSENT)
    cause: Words | None = default(None, ABSENT)
    first_out: Words | None = default(None, ABSENT)
    fault: choice(*codes.CAUSE_NAMES) | None = default(None, ABSENT)
    alarm: choice(*codes.ALARM_NAMES.values()) | None = default(None, ABSENT)
    healthy: bool | None = default(None, ABSENT)
    point: PointName | None = default(None, ABSENT)
    reading: choice("good", "suspect", "none") | None = default(None, ABSENT)
    detail: choice(*codes.DETAIL_NAMES) | None = default(None, ABSENT)
    truth: Words | None = default(None, ABSENT)
    above: Number | None = default(None, ABSENT)
    below: Number | None = default(None, ABSENT)
    event: choice(*EVENTS) | None = default(None, ABSENT)
    record: choice("complete", "oldest_dropped") | None = default(None, ABSENT)
    watchdog_resets: Annotated[int | None, Field(ge=0)] = default(None, ABSENT)
    within_budget: Id | None = default(None, ABSENT)
    total: PointName | None = default(None, ABSENT)
    of: Words | None = default(None, ABSENT)
    within_percent: Annotated[Amount | None, Field(le=50)] = default(None, ABSENT)

    by_s: Amount | None = default(None, "`when` or `times` says how the time counts")
    when: choice("once", "always", "never", "finally") | None = default(None, "by_s or times")
    times: Annotated[int | None, Field(ge=0)] = default(None, "how often is not asked")
    from_s: Amount = default(0.0, "from the start")
    until_s: Amount | None = default(None, "to the end")

    @property
    def subject(self) -> str:
        return next(key for key in SUBJECTS if getattr(self, key) is not None)

    def wanted(self) -> dict[str, Any]:
        """The keys of a gate or a point that the row names, with what it wants of them."""
        keys = (*GATE_KEYS, *POINT_KEYS)
        return {key: getattr(self, key) for key in keys if getattr(self, key) is not None}


class FailsUnder(Table):
    """One change under which the scenario must fail: to the firmware, or to the site file."""

    what: Text
    firmware: FirmwareChange | None = default(None, "the change is to the site file")
    site: dict[str, Any] = default({}, "the change is to the firmware")
