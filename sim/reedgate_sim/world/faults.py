"""What can go wrong with one slave and on its line, in a window of time.

Three groups. Of the reply: `pieces_of` does it. Of the line: the bus does it. Of the instrument
(a probe that lies): its registers do it, see `ailments`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from reedgate_sim.world import adu

FOREVER_US = 1 << 60

REPLY_KINDS = (
    "dead",  # no answer
    "bad_crc",
    "wrong_unit",  # a whole good frame under the next unit id
    "wrong_function",  # a whole good frame under another function code
    "stale",  # the reply to its request before, `delay_ms` late; the first time its own, late
    "late",  # its reply comes `delay_ms` late
    "exception",  # exception `code`
    "busy",  # exception 6 (5 with `code` 5) to `count` requests in a row, then one answer
    "split",  # a pause of `delay_ms` in the middle, or behind the first `place` bytes
    "truncated",  # the last `count` bytes are missing
    "duplicated",  # the same reply again, `delay_ms` after its end
    "noise_before",  # `count` bytes of noise right before the reply
    "noise_after",
    "noise_inside",  # a bit is wrong in each of `count` bytes
    "leading_zero",  # a byte 0x00 right before the reply: its driver came on with a glitch
)
LINE_KINDS = (
    "twin",  # a second device with this unit id answers too, a little before or after
    "broken_wire",  # the cable is broken before this slave: it and all behind it are gone
    "babble",  # it sends `count` bytes that are no frame each `delay_ms`, unasked
    "noise",  # up to `count` bytes of noise at random times, `delay_ms` apart on the average
    "no_bias",  # when nobody drives the line it floats: up to `count` bytes after each frame
    "echo",  # the station's adapter hears what it sends
    "swapped",  # its two wires are swapped at the station: each hears the other upside down
)
INSTRUMENT_KINDS = (
    "value",  # a register holds `value`
    "stuck",  # it goes on holding what it held at the start
    "drift",  # it moves by `value` an hour, in its own unit
    "fouling",  # it reads `value` per cent more with each hour since the last wipe
    "bubbles",  # `value` is added to one measurement in `count`, at random
    "wiper",  # `value` is added while the wiper passes: it is worn, or parks over the window
    "in_air",  # the probe hangs in the air, which reads as perfect water
    "no_value",  # it has no measurement and shows what it shows then
    "error",  # its error register holds `code`
    "power_loss",  # it has no power; afterwards it warms up, and waits for its start
)
KINDS = (*REPLY_KINDS, *LINE_KINDS, *INSTRUMENT_KINDS)
# A master may give up, or speak again, in the middle of these: they are handed over byte by byte.
LATE_KINDS = ("stale", "late", "split", "duplicated")
VALUE_KINDS = ("value", "drift", "fouling", "bubbles", "wiper")  # these need a value

_BUSY, _ACKNOWLEDGE = 6, 5


@dataclass(frozen=True)
class Fault:
    """One fault of one slave, from from_us until before until_us (the end of its request)."""

    kind: str
    unit_id: int
    from_us: int = 0
    until_us: int = FOREVER_US
    value: float = math.nan
    register: str | None = None  # of an instrument's fault; None: its main registers
    code: int = 4
    delay_ms: float = 500.0
    count: int = 3
    place: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"fault of unknown kind {self.kind!r}. Known: {', '.join(KINDS)}.")

    def acts(self, unit_id: int, now_us: int) -> bool:
        return unit_id == self.unit_id and self.stands(now_us)

    def stands(self, now_us: int) -> bool:
        return self.from_us <= now_us < self.until_us

    @property
    def delay_us(self) -> int:
        return round(self.delay_ms * 1000)


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
    late_us = sum(acting[kind].delay_us for kind in ("stale", "late") if kind in acting)
    pieces = [(late_us, reply)]
    if "split" in acting:
        place = acting["split"].place
        place = len(reply) // 2 if place is None else place
        pieces = [(late_us, reply[:place]), (acting["split"].delay_us, reply[place:])]
    if "duplicated" in acting:
        pieces.append((acting["duplicated"].delay_us, reply))
    return tuple(pieces)


def busy_code(fault: Fault) -> int:
    return _ACKNOWLEDGE if fault.code == _ACKNOWLEDGE else _BUSY


def twin_of(reply: bytes, chance: Random) -> bytes:
    """What another device of the same make and unit id would answer: other numbers, a good CRC."""
    head = 3 if reply[1] in (adu.READ_HOLDING_REGISTERS, adu.READ_INPUT_REGISTERS) else 2
    return adu.sealed(reply[0], reply[1:head] + chance.randbytes(len(reply) - head - 2))


def _altered(fault: Fault, reply: bytes, chance: Random) -> bytes:
    if fault.kind == "bad_crc":
        return reply[:-1] + bytes((reply[-1] ^ 0x55,))
    if fault.kind == "wrong_unit":
        return adu.sealed(reply[0] % 247 + 1, reply[1:-2])
    if fault.kind == "wrong_function":
        other = adu.READ_INPUT_REGISTERS
        other = adu.READ_HOLDING_REGISTERS if reply[1] == other else other
        return adu.sealed(reply[0], bytes((other,)) + reply[2:-2])
    if fault.kind == "exception":
        return adu.sealed(reply[0], adu.exception(reply[1], fault.code))
    if fault.kind == "truncated":
        return reply[: max(0, len(reply) - fault.count)]
    if fault.kind == "noise_before":
        return chance.randbytes(fault.count) + reply
    if fault.kind == "noise_after":
        return reply + chance.randbytes(fault.count)
    if fault.kind == "noise_inside":
        return _flipped(reply, fault.count, chance)
    if fault.kind == "leading_zero":
        return b"\0" + reply
    return reply


def _flipped(reply: bytes, count: int, chance: Random) -> bytes:
    places = set(chance.sample(range(len(reply)), min(count, len(reply))))
    return bytes(
        value ^ 1 << chance.randrange(8) if place in places else value
        for place, value in enumerate(reply)
    )
