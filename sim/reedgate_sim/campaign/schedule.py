"""A schedule: a list of (time in s, kind, parameters) that can be printed, cut down, repeated.

What a kind does is said in `play`; how schedules are drawn, in `draw`.
"""

import json
from dataclasses import dataclass
from typing import Any

from reedgate_boards.site.user_error import UserError

KINDS = (
    "end",  # of what is judged; then all is mended, and the record may catch up
    "site",  # the site file differs: {dotted key: value}
    "start",  # how the world or the chip stands at the start: inlet, first_tick_ms, blocks
    "water",  # what, to, rise_s, for_s: the arriving water goes there and back
    "bus",  # sensor, fault, for_s and what `faults.Fault` takes
    "gate",  # gate, fault, for_s
    "contact",  # input, for_s
    "broker",  # mode, for_s
    "drop",  # the broker is started anew: every connection breaks
    "gateway",  # for_s: batches reach the broker, nobody takes or confirms them
    "power",  # off_s
    "cut",  # operation, torn, off_s: the power goes at this operation of the flash from now
    "hang",  # the program stops where it is
    "order",  # gate, action, hold_s, form: for a gate, by a person with the right or without
    "command",  # form: an envelope that must have no effect
)


@dataclass(frozen=True)
class Entry:
    at_s: float
    kind: str
    details: dict[str, Any]

    def as_list(self) -> list:
        return [self.at_s, self.kind, self.details]

    def __str__(self) -> str:
        details = " ".join(f"{key}={value}" for key, value in self.details.items())
        return f"{self.at_s:9.3f} s  {self.kind:8} {details}".rstrip()


@dataclass(frozen=True)
class Schedule:
    """seed: of everything that is drawn while it plays: noise, latencies, the phase of polling."""

    seed: int
    entries: tuple[Entry, ...]

    def of(self, kind: str) -> list[Entry]:
        return [each for each in self.entries if each.kind == kind]

    @property
    def end_s(self) -> float:
        return next(each.at_s for each in self.entries if each.kind == "end")

    def text(self) -> str:
        """As one word of JSON, for a command line."""
        return json.dumps([each.as_list() for each in self.entries], separators=(",", ":"))

    def lines(self) -> list[str]:
        return [str(each) for each in self.entries]


def parse_schedule(seed: int, text: str) -> Schedule:
    """What `text` wrote. Raises UserError."""
    try:
        rows = json.loads(text)
        entries = tuple(Entry(float(at_s), str(kind), dict(more)) for at_s, kind, more in rows)
    except (ValueError, TypeError) as problem:
        raise _unreadable(str(problem)) from problem
    unknown = sorted({each.kind for each in entries} - set(KINDS))
    if unknown:
        raise _unreadable(f"kind {unknown[0]!r}")
    if sum(each.kind == "end" for each in entries) != 1:
        raise _unreadable("end")
    return Schedule(seed, entries)


def _unreadable(problem: str) -> UserError:
    return UserError(
        "reedgate_sim",
        "--schedule is no list of [seconds, kind, parameters] with one end: {problem}.",
        hint="Take it from the command that a failed campaign prints.",
        problem=problem,
    )
