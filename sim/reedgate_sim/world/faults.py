"""What can go wrong between a slave's reply and the master's ear, in a window of time.

A register that lies (NaN, a sentinel, a frozen value) belongs to the instrument: kind "value".
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from reedgate_sim.world import adu

FOREVER_US = 1 << 60

KINDS = (
    "dead",  # no answer
    "bad_crc",
    "wrong_unit",  # a whole good frame under the next unit id
    "stale",  # the reply to its request before, `delay_ms` late; the first time its own, late
    "value",  # a register holds `value`
    "exception",  # exception `code`
    "split",  # a pause of `delay_ms` in the middle
    "truncated",  # the last `count` bytes are missing
    "noise_before",  # `count` bytes of noise right before the reply
    "noise_after",
)


@dataclass(frozen=True)
class Fault:
    """One fault of one slave, from from_us until before until_us (the end of its request)."""

    kind: str
    unit_id: int
    from_us: int = 0
    until_us: int = FOREVER_US
    value: float = math.nan
    register: str | None = None  # of "value"; None: the instrument's main registers
    code: int = 4
    delay_ms: float = 500.0
    count: int = 3

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"fault of unknown kind {self.kind!r}. Known: {', '.join(KINDS)}.")

    def acts(self, unit_id: int, now_us: int) -> bool:
        return unit_id == self.unit_id and self.from_us <= now_us < self.until_us


def pieces_of(
    reply: bytes, faults: Sequence[Fault], before: bytes | None, chance: Random
) -> tuple[tuple[int, bytes], ...]:
    """A reply as the faults leave it: (pause before the piece in us, bytes) each, () for silence.

    before: what the same slave answered last.
    """
    acting = {fault.kind: fault for fault in faults}
    if "dead" in acting:
        return ()
    if "stale" in acting and before:
        reply = before
    for fault in faults:
        reply = _altered(fault, reply, chance)
    late_us = _pause_us(acting.get("stale"))
    if "split" not in acting:
        return ((late_us, reply),)
    middle = len(reply) // 2
    return ((late_us, reply[:middle]), (_pause_us(acting["split"]), reply[middle:]))


def _pause_us(fault: Fault | None) -> int:
    return round(fault.delay_ms * 1000) if fault else 0


def _altered(fault: Fault, reply: bytes, chance: Random) -> bytes:
    if fault.kind == "bad_crc":
        return reply[:-1] + bytes((reply[-1] ^ 0x55,))
    if fault.kind == "wrong_unit":
        return adu.sealed(reply[0] % 247 + 1, reply[1:-2])
    if fault.kind == "exception":
        return adu.sealed(reply[0], adu.exception(reply[1], fault.code))
    if fault.kind == "truncated":
        return reply[: max(0, len(reply) - fault.count)]
    if fault.kind == "noise_before":
        return chance.randbytes(fault.count) + reply
    if fault.kind == "noise_after":
        return reply + chance.randbytes(fault.count)
    return reply
