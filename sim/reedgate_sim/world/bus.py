"""An RS-485 line with its slaves: byte times, turnaround, collisions, faults. No register maps.

For a discrete-event loop, which owns time: `transmit` when the master starts a frame,
`next_event_us` for the instant at which the next bytes will have arrived at the master, `receive`
for all that have arrived by now. What a fault or a second frame does to bytes under way is done
here, so bytes are handed over only when they have arrived. One transmit is one frame.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from reedgate_sim.world.faults import FOREVER_US, Fault, pieces_of
from reedgate_sim.world.instrument import Forced, Instrument

NEVER_US = FOREVER_US


@dataclass(frozen=True)
class Line:
    """Settings of a serial line. Both ends must agree, or each hears noise."""

    baud: int = 9600
    parity: str = "none"  # none | even | odd
    stop_bits: int = 1

    def time_us(self, count: int) -> int:
        """How long count bytes take, rounded up."""
        bits = count * (1 + 8 + (self.parity != "none") + self.stop_bits)
        return -(-bits * 1_000_000 // self.baud)


@dataclass
class _Chunk:
    """Bytes under way to the master; they arrive together when the last is there."""

    start_us: int
    arrival_us: int
    data: bytes


class Bus:
    """The line of one port. `line` is how the slaves are set."""

    def __init__(
        self,
        instruments: Iterable[Instrument],
        seed: int = 0,
        line: Line | None = None,
    ):
        self.instruments = {instrument.unit_id: instrument for instrument in instruments}
        self.line = line or Line()
        self.faults: list[Fault] = []
        self._chance = Random(f"bus/{seed}")
        self._under_way: list[_Chunk] = []
        self._last_reply: dict[int, bytes] = {}

    def add_fault(self, fault: Fault) -> None:
        if fault.unit_id not in self.instruments:
            raise ValueError(f"no slave {fault.unit_id} on this bus to have a {fault.kind} fault")
        if fault.kind == "value":
            forced = Forced(fault.value, fault.from_us, fault.until_us, fault.register)
            self.instruments[fault.unit_id].force(forced)
        else:
            self.faults.append(fault)

    def transmit(self, now_us: int, data: bytes, line: Line) -> None:
        """The master starts to send one frame; the driver is released after its last byte."""
        end_us = now_us + line.time_us(len(data))
        if self._collide(now_us, end_us) or line != self.line:
            return
        # Others hear it too, and keep silent: no slave of ours acts on a broadcast.
        instrument = self.instruments.get(data[0]) if data else None
        reply = instrument.answer(data, end_us) if instrument else None
        if reply is not None:
            self._send(instrument, reply, end_us)

    def next_event_us(self) -> int:
        """When the next bytes will have arrived; NEVER_US when none are under way."""
        if not self._under_way:
            return NEVER_US
        return min(chunk.arrival_us for chunk in self._under_way)

    def receive(self, now_us: int) -> bytes:
        """Everything that has arrived by now and was not handed over yet."""
        if not self._under_way:
            return b""
        there = [chunk for chunk in self._under_way if chunk.arrival_us <= now_us]
        self._under_way = [chunk for chunk in self._under_way if chunk.arrival_us > now_us]
        return b"".join(chunk.data for chunk in sorted(there, key=lambda each: each.arrival_us))

    def _send(self, instrument: Instrument, reply: bytes, end_us: int) -> None:
        unit_id = instrument.unit_id
        before = self._last_reply.get(unit_id)
        self._last_reply[unit_id] = reply
        acting = [fault for fault in self.faults if fault.acts(unit_id, end_us)]
        pieces = pieces_of(reply, acting, before, self._chance) if acting else ((0, reply),)
        self._under_way += self._chunks(pieces, end_us + instrument.character.turnaround_us)

    def _chunks(self, pieces: Sequence[tuple[int, bytes]], at_us: int) -> Iterable[_Chunk]:
        """Pieces as they arrive: each whole at its last byte. A byte-wise bus differs here."""
        for pause_us, data in pieces:
            at_us += pause_us
            end_us = at_us + self.line.time_us(len(data))
            if data:
                yield _Chunk(at_us, end_us, data)
            at_us = end_us

    def _collide(self, start_us: int, end_us: int) -> bool:
        """Whether a reply is on the line during [start, end); damages it and says so.

        The damage is to whole pieces: what is left of a collided frame is worth nothing.
        """
        hit = [
            chunk
            for chunk in self._under_way
            if chunk.start_us < end_us and chunk.arrival_us > start_us
        ]
        for chunk in hit:
            damage = self._chance.randbytes(len(chunk.data))
            chunk.data = bytes(a ^ (b | 1) for a, b in zip(chunk.data, damage, strict=True))
        return bool(hit)
