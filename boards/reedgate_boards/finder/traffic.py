"""What is said on a line, from its bytes: frames, which answer belongs to which request, counts.

Pure: time is an argument. Frames are found by their length and CRC, not by the silence between
them: an adapter hands over request and answer in one lump.
"""

import itertools
from dataclasses import dataclass
from enum import StrEnum

from reedgate_boards.site.sealed import is_sealed

_EXCEPTION = 0x80
_SHORTEST = 4
_LONGEST = 256
_READS = (1, 2, 3, 4)
_WRITES_ONE = (5, 6)
_WRITES_MANY = (15, 16)
_FILE = 20
# A write of one register is answered by its own bytes. Behind this it is asked again: a station
# waits out its time and a guard of 400 ms before that. A master that is quicker looks answered.
_ANSWERED_WITHIN_MS = 650


class What(StrEnum):
    REQUEST = "request"
    ANSWER = "answer"
    EXCEPTION = "exception"
    UNASKED = "unasked"  # an answer to nothing that was heard
    TIMEOUT = "timeout"  # a request that nobody answered before the next
    NO_FRAME = "no_frame"


@dataclass(frozen=True)
class Event:
    at_ms: float
    what: What
    frame: bytes
    asked: bytes = b""  # the request of an answer
    after_ms: float = 0  # since the request's

    @property
    def unit_id(self) -> int:
        return self.frame[0]


@dataclass
class Counts:
    ok: int = 0
    crc: int = 0  # lumps of bytes that are no frame
    exceptions: int = 0
    timeouts: int = 0
    gaps: int = 0  # frames with a pause inside that is longer than one between frames


class Traffic:
    def __init__(self, gap_ms: float):
        """gap_ms: a pause that ends a frame, as long as the adapter can make one seem."""
        self.counts = Counts()
        self._gap_ms = gap_ms
        self._buffer = bytearray()
        self._times: list[float] = []  # when each byte of it came
        self._spoilt = bytearray()
        self._asked: tuple[float, bytes] | None = None

    def hear(self, now_ms: float, data: bytes) -> list[Event]:
        """What is known now. To be called without data too, or an end is never seen."""
        silent = bool(self._times) and now_ms - self._times[-1] > self._gap_ms
        events = self._taken(final=silent and not data)
        self._buffer += data
        self._times += [now_ms] * len(data)
        return events + self._taken(final=len(self._buffer) > _LONGEST)

    def _taken(self, final: bool) -> list[Event]:
        """Frames at the front of what is there. final: nothing more belongs to it."""
        events: list[Event] = []
        while self._buffer:
            size, may_grow = _frame_at_front(self._buffer)
            if size:
                events += self._end_of_spoilt()
                events += self._frame(self._cut(size))
            elif may_grow and not final:
                return events
            else:
                at_ms = self._times[0]
                self._spoilt += self._cut(1)[1]
                self._spoilt_ms = at_ms
        return events + (self._end_of_spoilt() if final or not self._times else [])

    def _cut(self, size: int) -> tuple[float, bytes]:
        """(when it was over, the first bytes); they are gone then."""
        times, frame = self._times[:size], bytes(self._buffer[:size])
        del self._times[:size], self._buffer[:size]
        pauses = (later - sooner for sooner, later in itertools.pairwise(times))
        self.counts.gaps += any(pause > self._gap_ms for pause in pauses)
        return times[-1], frame

    def _end_of_spoilt(self) -> list[Event]:
        if not self._spoilt:
            return []
        self.counts.crc += 1
        event = Event(self._spoilt_ms, What.NO_FRAME, bytes(self._spoilt))
        self._spoilt.clear()
        return [event]

    def _frame(self, timed: tuple[float, bytes]) -> list[Event]:
        at_ms, frame = timed
        asked_ms, asked = self._asked or (0.0, b"")
        if asked and _answers(frame, asked, at_ms - asked_ms):
            self._asked = None
            is_exception = bool(frame[1] & _EXCEPTION)
            self.counts.exceptions += is_exception
            self.counts.ok += not is_exception
            what = What.EXCEPTION if is_exception else What.ANSWER
            return [Event(at_ms, what, frame, asked, at_ms - asked_ms)]
        if not _may_ask(frame):
            return [Event(at_ms, What.UNASKED, frame)]
        events = []
        if asked:
            self.counts.timeouts += 1
            events.append(Event(at_ms, What.TIMEOUT, asked))
        self._asked = at_ms, frame
        return [*events, Event(at_ms, What.REQUEST, frame)]


def _frame_at_front(buffer: bytearray) -> tuple[int, bool]:
    """(size of the sound frame there or 0, whether one may still come of it)."""
    if len(buffer) < _SHORTEST:
        return 0, True
    sizes = _sizes(buffer)
    for size in sizes:
        if len(buffer) >= size and is_sealed(bytes(buffer[:size])):
            return size, False
    return 0, any(len(buffer) < size for size in sizes)


def _sizes(head: bytearray) -> set[int]:
    """What a frame that begins so may be long, as a request or as an answer."""
    function_code = head[1]
    if function_code & _EXCEPTION:
        return {5}
    if function_code in _READS:
        return {8, 5 + head[2]}
    if function_code in _WRITES_ONE:
        return {8}
    if function_code in _WRITES_MANY:
        return {8, 9 + head[6]} if len(head) > 6 else {9}
    return {5 + head[2]} if function_code == _FILE else set()


def _answers(frame: bytes, asked: bytes, after_ms: float) -> bool:
    if frame[0] != asked[0] or frame[1] & ~_EXCEPTION != asked[1]:
        return False
    if frame == asked:
        return asked[1] in _WRITES_ONE and after_ms <= _ANSWERED_WITHIN_MS
    if frame[1] & _EXCEPTION or asked[1] == _FILE:
        return True
    if asked[1] in _READS:
        bits = asked[1] < 3
        count = int.from_bytes(asked[4:6], "big")
        size = -(-count // 8) if bits else 2 * count
        return frame[2] == size and len(frame) == 5 + size
    return len(frame) == 8 and frame[2:6] == asked[2:6]


def _may_ask(frame: bytes) -> bool:
    if frame[1] & _EXCEPTION:
        return False
    return frame[1] not in _READS or len(frame) == 8
