"""From what was heard to a verdict, and how sure it is. Pure: no line, no time.

What can be told apart, and what cannot, is bounded by what a UART hands over: bytes. A wrong level
or a wrong stop bit is not among them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from reedgate_boards.finder.frames import Heard, Kind


class Verdict(StrEnum):
    ANSWERS = "answers"
    BAD_CRC = "bad_crc"
    TWO_DEVICES = "two_devices"
    NOBODY = "nobody"  # of a whole search


class Fault(StrEnum):
    """Of the line."""

    MASTER = "master"  # somebody asks on it already
    SWAPPED = "swapped"
    NOISE = "noise"
    NO_BIAS = "no_bias"
    ECHO = "echo"  # of the adapter: harmless
    BOARD_ECHO = "board_echo"  # of a station: it takes its own request for a spoilt answer


class Sure(StrEnum):
    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


_GLITCHES = 0.5  # share of requests after which a zero says something of the line
_NOISE = 0.02  # share of requests to empty addresses after which bytes do
_ALL = 0.6


@dataclass
class Empty:
    """What came from addresses at which nobody is, over all settings."""

    settings: int = 0
    asked: int = 0
    zero: int = 0
    garbled: int = 0
    zero_settings: int = 0  # at how many settings zeros came after nearly all


def unit_verdict(
    tries: Sequence[Heard], answer_size: int, line_is_clean: bool
) -> tuple[Verdict, Sure]:
    """tries: the same request again and again, to an address where something answers.

    answer_size: of the whole right answer. line_is_clean: others answer well, or nobody there is
    quiet.
    """
    bad = [each for each in tries if each.kind in (Kind.GARBLED, Kind.DOUBLE, Kind.OTHER)]
    if not bad:
        return Verdict.ANSWERS, Sure.CERTAIN
    if _double(bad):
        return Verdict.TWO_DEVICES, Sure.CERTAIN
    differ = len({each.raw for each in bad}) > 1
    longer = any(len(each.raw) > answer_size for each in bad)
    if line_is_clean and differ and 2 * len(bad) > len(tries):
        return Verdict.TWO_DEVICES, Sure.LIKELY if longer else Sure.POSSIBLE
    return Verdict.BAD_CRC, Sure.CERTAIN


def _double(bad: Sequence[Heard]) -> bool:
    return any(each.kind == Kind.DOUBLE for each in bad)


def line_faults(empty: Empty, anybody: bool, echo: Fault | None) -> list[tuple[Fault, Sure]]:
    """anybody: somebody has answered well. echo: what it is of the end that hears itself."""
    faults = [(echo, Sure.CERTAIN)] if echo else []
    zero, garbled = (count / max(empty.asked, 1) for count in (empty.zero, empty.garbled))
    if zero > _GLITCHES and empty.zero_settings == empty.settings and not anybody:
        return [(Fault.SWAPPED, Sure.LIKELY), *faults]
    if zero + garbled > _ALL or zero > _GLITCHES:
        return [(Fault.NO_BIAS, Sure.LIKELY), *faults]
    if garbled > _NOISE:
        return [(Fault.NOISE, Sure.LIKELY), *faults]
    return faults
