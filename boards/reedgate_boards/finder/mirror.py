"""How a frame looks through a receiver whose two wires are swapped: what a station is known to ask
is recognised upside down, which nothing but a swapped pair can make of it.

It takes a UART that waits for a falling edge after each character, as most do; one that goes on
after a wrong stop bit shows other bytes, and then nothing is recognised.
"""

from collections.abc import Mapping

from reedgate_boards.finder.frames import Read
from reedgate_boards.finder.plan import PARITIES, UNITS
from reedgate_boards.site.profiles import Profile

_LEAST = 5  # bytes that must be the same


def is_mirrored(raw: bytes, profiles: Mapping[str, Profile]) -> bool:
    """Whether the request of a station to a known probe stands in it, upside down.

    raw: heard at the sender's speed, without parity.
    """
    if len(raw) < _LEAST:
        return False
    reads = {
        Read(it.read.function_code, it.read.address, it.read.count) for it in profiles.values()
    }
    frames = (read.to(unit_id) for read in reads for unit_id in UNITS)
    images = (mirrored(frame, parity) for frame in frames for parity in PARITIES)
    return any(len(image) >= _LEAST and image in raw for image in images)


def mirrored(frame: bytes, parity: str) -> bytes:
    """The bytes that a receiver without parity takes from it."""
    levels = [1 - level for value in frame for level in _character(value, parity)]
    levels += [0] * len(_character(0, parity))  # idle, upside down
    taken, at, before = bytearray(), 0, 0
    while at < len(levels):
        if before and not levels[at]:  # a falling edge: a start bit
            bits = (levels[at + 1 : at + 9] + [0] * 8)[:8]
            taken.append(sum(bit << place for place, bit in enumerate(bits)))
            at += 9  # to its stop bit
        before = levels[at] if at < len(levels) else 0
        at += 1
    return bytes(taken)


def _character(value: int, parity: str) -> list[int]:
    bits = [value >> place & 1 for place in range(8)]
    check = [] if parity == "none" else [sum(bits) % 2 ^ (parity == "odd")]
    return [0, *bits, *check, 1]
