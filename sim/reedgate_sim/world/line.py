"""A serial line's settings, and what a receiver with other settings makes of the bits. No frames.

Levels are those of the line in the sender's bit times: 1 is idle.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """Settings of a serial line. Both ends must agree, or each hears noise."""

    baud: int = 9600
    parity: str = "none"  # none | even | odd
    stop_bits: int = 1

    @property
    def bits(self) -> int:
        """Of one character, from its start bit to its last stop bit."""
        return 1 + 8 + (self.parity != "none") + self.stop_bits

    def time_us(self, count: int) -> int:
        """How long count bytes take, rounded up."""
        return -(-count * self.bits * 1_000_000 // self.baud)


@dataclass(frozen=True)
class Heard:
    """One character as a receiver took it. good: its parity and its stop bit were right."""

    value: int
    good: bool
    end_us: int  # since the first level; rounded up


def levels_of(data: bytes, line: Line) -> list[int]:
    """Bytes back to back as the sender puts them on the line."""
    levels = []
    for value in data:
        levels.append(0)
        levels += [value >> place & 1 for place in range(8)]
        if line.parity != "none":
            levels.append(_parity(value, line.parity))
        levels += [1] * line.stop_bits
    return levels


def upside_down(levels: list[int]) -> list[int]:
    """What a receiver whose two wires are swapped takes them for."""
    return [1 - level for level in levels]


def cut_off(levels: list[int], line: Line, after_us: int) -> list[int]:
    """Levels of a driver that lets go after_us into them: a biased line falls back to idle."""
    kept = after_us * line.baud // 1_000_000
    return levels[:kept] + [1] * (len(levels) - kept)


def heard(levels: list[int], sender: Line, receiver: Line) -> list[Heard]:
    """The characters that a receiver takes from the levels, sampling each bit in its middle."""
    # Time in units in which half a bit of either side is a whole number.
    sent, half = 2 * receiver.baud, sender.baud
    end, bit = len(levels) * sent, 2 * half

    def level(at: int) -> int:
        return levels[at // sent] if at < end else 1

    characters = []
    at = 0
    while (start := _falling_edge(levels, at, sent)) is not None:
        at = start + half
        if level(at):  # too short for a start bit
            continue
        value = sum(level(at + (place + 1) * bit) << place for place in range(8))
        at += 9 * bit
        good = True
        if receiver.parity != "none":
            good = level(at) == _parity(value, receiver.parity)
            at += bit
        good = good and level(at) == 1  # one stop bit is looked at, whatever is set
        over = start + receiver.bits * bit
        characters.append(Heard(value, good, -(-over * 1_000_000 // (2 * half * receiver.baud))))
    return characters


def _falling_edge(levels: list[int], at: int, sent: int) -> int | None:
    """When the line next falls, not before at; idle before the first level."""
    first = -(-at // sent)
    for place in range(first, len(levels)):
        if not levels[place] and (place == 0 or levels[place - 1]):
            return place * sent
    return None


def _parity(value: int, parity: str) -> int:
    return value.bit_count() % 2 ^ (parity == "odd")
