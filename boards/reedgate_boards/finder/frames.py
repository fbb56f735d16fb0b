"""Modbus RTU frames from the master's side, and what an answer was. Reads only: nothing here can
write to a probe.

Unlike a master in service, which wants the one right answer, this keeps what else was heard.
"""

import struct
from dataclasses import dataclass
from enum import StrEnum

from reedgate_boards.site.sealed import is_sealed, sealed

READS = (3, 4)
_EXCEPTION_BIT = 0x80
_EXCEPTION_SIZE = 5
_OVERHEAD = 5  # of a normal answer: unit id, function code, byte count, CRC


@dataclass(frozen=True, order=True)
class Read:
    """A read of registers, of no unit yet. address: 0-based."""

    function_code: int
    address: int
    count: int

    def to(self, unit_id: int) -> bytes:
        """The request, as it goes over the wire."""
        if self.function_code not in READS:
            raise ValueError(f"function code {self.function_code} does not read")
        pdu = struct.pack(">BHH", self.function_code, self.address, self.count)
        return sealed(bytes((unit_id,)) + pdu)

    @property
    def answer_size(self) -> int:
        return _OVERHEAD + 2 * self.count


class Kind(StrEnum):
    SILENT = "silent"
    GOOD = "good"
    EXCEPTION = "exception"
    DOUBLE = "double"  # more than one sound answer to one request
    OTHER = "other"  # a sound answer, of another unit: late, most likely
    ZERO = "zero"  # nothing but zeros: a line that falls to "0", or a glitch of a driver
    GARBLED = "garbled"


@dataclass(frozen=True)
class Heard:
    """What came after a request. data: the registers; unit_id: whose answer it is."""

    kind: Kind
    raw: bytes = b""
    data: bytes = b""
    unit_id: int = 0
    stray: int = 0  # bytes beside the answer
    echo: bool = False  # the adapter hears itself
    exception: int = 0

    @property
    def answered(self) -> bool:
        return self.kind in (Kind.GOOD, Kind.EXCEPTION)


def heard(request: bytes, raw: bytes) -> Heard:
    """What the bytes that came after a request mean."""
    echo = raw.startswith(request)
    rest = raw[len(request) :] if echo else raw
    if not rest:
        return Heard(Kind.SILENT, raw, echo=echo)
    if not any(rest):
        return Heard(Kind.ZERO, rest, stray=len(rest), echo=echo)
    answers = _answers_in(rest, Read(*struct.unpack(">BHH", request[1:6])))
    mine = [each for each in answers if each[0] == request[0]]
    if not answers:
        return Heard(Kind.GARBLED, rest, stray=len(rest), echo=echo)
    first = (mine or answers)[0]
    stray = len(rest) - sum(map(len, answers))
    is_exception = bool(first[1] & _EXCEPTION_BIT)
    kind = Kind.EXCEPTION if is_exception else Kind.GOOD
    if not mine:
        kind = Kind.OTHER
    elif len(mine) > 1:
        kind = Kind.DOUBLE
    return Heard(
        kind,
        rest,
        b"" if is_exception else first[3:-2],
        first[0],
        stray,
        echo,
        first[2] if is_exception else 0,
    )


def _answers_in(raw: bytes, asked: Read) -> list[bytes]:
    """Sound answers to such a request, of any unit, one behind the other."""
    found, at = [], 0
    while at + _EXCEPTION_SIZE <= len(raw):
        frame = raw[at : at + _size_at(raw, at, asked)]
        if is_sealed(frame):
            found.append(frame)
            at += len(frame)
        else:
            at += 1
    return found


def _size_at(raw: bytes, at: int, asked: Read) -> int:
    if raw[at + 1] == asked.function_code | _EXCEPTION_BIT:
        return _EXCEPTION_SIZE
    fits = raw[at + 1] == asked.function_code and raw[at + 2] == 2 * asked.count
    return asked.answer_size if fits else 0
