"""What is on an RS-485 line and when the master hears it. Two who drive at once spoil each other.

A reply in its time stays one piece, handed over at its last byte, as long as nothing touches it;
everything else goes byte by byte. While the master holds its driver its receiver is off, unless
the adapter echoes. No slaves and no faults here.
"""

from dataclasses import dataclass
from random import Random

from reedgate_sim.world.faults import FOREVER_US
from reedgate_sim.world.line import Line, heard, levels_of


@dataclass(eq=False)
class _Piece:
    """Bytes under way to the master, handed over together when the last is there."""

    start_us: int
    arrival_us: int
    data: bytes
    line: Line

    def meets(self, start_us: int, end_us: int) -> bool:
        return self.start_us < end_us and self.arrival_us > start_us


class Wire:
    def __init__(self, chance: Random, *, echo: bool = False):
        """echo: the adapter's receiver is never off: the master hears itself."""
        self.echo = echo
        self._chance = chance
        self._under_way: list[_Piece] = []
        self._driven_us = (0, 0)  # from when until when the master holds the line
        self._master = Line()

    def next_event_us(self) -> int:
        if not self._under_way:
            return FOREVER_US
        return min(piece.arrival_us for piece in self._under_way)

    def take(self, now_us: int) -> bytes:
        """Everything that has arrived by now and was not handed over yet."""
        if not self._under_way:
            return b""
        there = [piece for piece in self._under_way if piece.arrival_us <= now_us]
        if not there:
            return b""
        self._under_way = [piece for piece in self._under_way if piece.arrival_us > now_us]
        there.sort(key=lambda piece: piece.arrival_us)
        return b"".join(piece.data for piece in there)

    def drive(self, start_us: int, data: bytes, line: Line, released_us: int) -> bytes:
        """The master sends; gives its bytes as they are on the line."""
        if line != self._master:
            self._hear_otherwise(start_us, line)
        self._master, self._driven_us = line, (start_us, released_us)
        if not self._under_way and not self.echo:
            return data
        sent = _split(_Piece(start_us, start_us + line.time_us(len(data)), data, line))
        self._break_up(start_us, released_us)
        others = [piece for piece in self._under_way if piece.meets(start_us, released_us)]
        for mine in sent:
            if any(mine.meets(each.start_us, each.arrival_us) for each in others):
                self._damage(mine)
        if self.echo:
            for piece in others:
                self._damage(piece)
            self._under_way += [piece for piece in sent if piece.arrival_us <= released_us]
        else:
            self._under_way = [piece for piece in self._under_way if piece not in others]
        return b"".join(piece.data for piece in sent)

    def send(self, start_us: int, data: bytes, line: Line, *, whole: bool = False) -> int:
        """Somebody else sends; gives when it ends. whole: it may be handed over in one piece."""
        end_us = start_us + line.time_us(len(data))
        piece = _Piece(start_us, end_us, data, line)
        if whole and line == self._master and not self._is_busy(start_us, end_us):
            self._under_way.append(piece)
        elif data:
            self._send_in_bytes(piece)
        return end_us

    def _hear_otherwise(self, now_us: int, line: Line) -> None:
        """The master's receiver changes over: of what is under way it has the bytes so far."""
        later = [each for each in self._under_way if each.start_us >= now_us]
        self._under_way = [each for each in self._under_way if each not in later]
        self._break_up(now_us, FOREVER_US)
        later += [each for each in self._under_way if each.arrival_us > now_us]
        self._under_way = [each for each in self._under_way if each.arrival_us <= now_us]
        for piece in later:
            self._under_way += _misheard(piece, line)

    def _is_busy(self, start_us: int, end_us: int) -> bool:
        from_us, until_us = self._driven_us
        if start_us < until_us and end_us > from_us:
            return True
        return any(piece.meets(start_us, end_us) for piece in self._under_way)

    def _send_in_bytes(self, piece: _Piece) -> None:
        self._break_up(piece.start_us, piece.arrival_us)
        mine = _split(piece) if piece.line == self._master else _misheard(piece, self._master)
        others = [o for o in self._under_way if o.meets(piece.start_us, piece.arrival_us)]
        hit = [e for e in mine if any(e.meets(o.start_us, o.arrival_us) for o in others)]
        for each in [*others, *hit]:
            self._damage(each)
        driven = [each for each in mine if each.meets(*self._driven_us)]
        if self.echo:
            for each in driven:
                self._damage(each)
        else:
            mine = [each for each in mine if each not in driven]
        self._under_way += mine

    def _break_up(self, start_us: int, end_us: int) -> None:
        """Pieces on the line during [start, end) become single bytes."""
        pieces = []
        for piece in self._under_way:
            whole = len(piece.data) == 1 or not piece.meets(start_us, end_us)
            pieces += (piece,) if whole else _split(piece)
        self._under_way = pieces

    def _damage(self, piece: _Piece) -> None:
        piece.data = bytes(value ^ self._chance.randrange(1, 256) for value in piece.data)


def _split(piece: _Piece) -> list[_Piece]:
    """Each byte arrives at its own time."""
    ends = [piece.start_us + piece.line.time_us(n) for n in range(len(piece.data) + 1)]
    return [
        _Piece(ends[n], ends[n + 1], piece.data[n : n + 1], piece.line)
        for n in range(len(piece.data))
    ]


def _misheard(piece: _Piece, receiver: Line) -> list[_Piece]:
    """The bytes that a receiver with other settings takes from it; no UART throws one away."""
    character_us = receiver.time_us(1)
    ends = [
        (piece.start_us + each.end_us, each.value)
        for each in heard(levels_of(piece.data, piece.line), piece.line, receiver)
    ]
    return [
        _Piece(end_us - character_us, end_us, bytes((value,)), receiver) for end_us, value in ends
    ]
