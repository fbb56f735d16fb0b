"""An RS-485 line with its slaves: who answers whom and when, and the faults of replies and line.

For a discrete-event loop, which owns time: `transmit` when the master starts a frame,
`next_event_us` for the instant at which the next bytes will have arrived at the master, `receive`
for all that have arrived by now. One transmit is one frame. What two senders do to each other is
`wire`'s, what other settings do to bits is `line`'s; no register maps.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from random import Random

from reedgate_sim.world import adu
from reedgate_sim.world.faults import (
    FOREVER_US,
    INSTRUMENT_KINDS,
    LATE_KINDS,
    Fault,
    busy_code,
    pieces_of,
    twin_of,
)
from reedgate_sim.world.instrument import Instrument
from reedgate_sim.world.line import Line, cut_off, heard, levels_of, upside_down
from reedgate_sim.world.spontaneous import Spontaneous
from reedgate_sim.world.wire import Wire

NEVER_US = FOREVER_US
_TWIN_APART_US = 2000  # two of a make, each with its own idea of a turnaround


class Bus:
    """The line of one port. `line` is how the slaves are set, but for those of `lines`, by unit
    id; their order is that of the cable.

    echo: the master's adapter hears what it sends. in_bytes: every byte comes at its own instant,
    for a master whose UART has a FIFO; else a reply may come in one piece, at its last byte.
    """

    def __init__(
        self,
        instruments: Iterable[Instrument],
        seed: int = 0,
        line: Line | None = None,
        lines: Mapping[int, Line] | None = None,
        *,
        echo: bool = False,
    ):
        self.instruments = list(instruments)
        self.line = line or Line()
        self._lines = dict(lines or {})
        self._spoken = list(dict.fromkeys((self.line, *self._lines.values())))
        self.echo = echo
        self.in_bytes = False
        self.faults: list[Fault] = []
        self._slaves: dict[int, list[Instrument]] = defaultdict(list)
        for instrument in self.instruments:
            self._slaves[instrument.unit_id].append(instrument)
        self._chance = Random(f"bus/{seed}")
        self._wire = Wire(self._chance, echo=echo)
        self._unasked: list[Spontaneous] = []
        self._last_reply: dict[int, bytes] = {}
        self._refused: dict[Fault, int] = defaultdict(int)
        self._now_us = 0

    def add_fault(self, fault: Fault) -> None:
        if fault.unit_id not in self._slaves:
            raise ValueError(f"no slave {fault.unit_id} on this bus to have a {fault.kind} fault")
        if fault.kind in INSTRUMENT_KINDS:
            for instrument in self._slaves[fault.unit_id]:
                instrument.afflict(fault)
        elif fault.kind in ("babble", "noise"):
            chance = Random(self._chance.random())
            self._unasked.append(Spontaneous(fault, chance, self._now_us))
        else:
            self.faults.append(fault)

    def transmit(
        self, now_us: int, data: bytes, line: Line, released_us: int | None = None
    ) -> None:
        """The master starts to send one frame.

        released_us: when its driver lets go of the line; None: right after the last byte, as an
        adapter that turns by itself does. Too early cuts the frame; too late covers the reply.
        """
        self._now_us = now_us
        end_us = now_us + line.time_us(len(data))
        released_us = end_us if released_us is None else released_us
        self._speak_unasked(max(end_us, released_us))
        self._wire.echo = self.echo or self._stands("echo", now_us)
        on_the_line = self._wire.drive(now_us, data, line, released_us)
        floating_us = max(end_us, released_us)
        swapped = self._stands("swapped", now_us)
        cut = released_us < end_us
        heard = self._heard(on_the_line, line, released_us - now_us, cut=cut, swapped=swapped)
        # Others hear it too, and keep silent: no slave of ours acts on a broadcast.
        for place, (slave, frame) in enumerate(heard):
            reply = slave.answer(frame, end_us)
            if reply is not None and not self._is_cut_off(slave, end_us):
                self._reply(slave, reply, end_us, floating_us, place)
                floating_us = NEVER_US
        if floating_us != NEVER_US:
            self._float(floating_us, NEVER_US)
        if swapped:  # idle is a break to the master, of which its UART makes one zero
            self._wire.send(max(end_us, released_us), b"\0", line)

    def next_event_us(self) -> int:
        """When the next bytes will have arrived; NEVER_US when none are under way."""
        next_us = self._wire.next_event_us()
        if self._unasked:
            ends_us = [each.due_us + self._line_of(each).time_us(1) for each in self._unasked]
            next_us = min(next_us, *ends_us)
        return next_us

    def receive(self, now_us: int) -> bytes:
        """Everything that has arrived by now and was not handed over yet."""
        if self._unasked:
            self._speak_unasked(now_us)
        self._now_us = now_us
        return self._wire.take(now_us)

    def _line_of(self, one: Instrument | Spontaneous) -> Line:
        """In which one slave, or who sends in its place, speaks and hears."""
        return self._lines.get(one.unit_id, self.line)

    def _heard(
        self, data: bytes, line: Line, released_us: int, *, cut: bool, swapped: bool
    ) -> list[tuple[Instrument, bytes]]:
        """The slaves that take the master's bytes for a frame to them, and what they took."""
        found = []
        for own in self._spoken:
            as_sent = not (cut or swapped or line != own)
            frame = data if as_sent else self._misheard(data, line, own, released_us, swapped)
            slaves = self._slaves.get(frame[0], ()) if frame else ()
            found += [(each, frame) for each in slaves if self._line_of(each) == own]
        return found

    def _misheard(
        self, data: bytes, line: Line, own: Line, released_us: int, swapped: bool
    ) -> bytes:
        """The frame as slaves of another setting take it; b"" when a character of it was none."""
        levels = cut_off(levels_of(data, line), line, released_us)
        if swapped:
            levels = upside_down(levels)
        characters = heard(levels, line, own)
        whole = all(character.good for character in characters)
        return bytes(character.value for character in characters) if whole else b""

    def _reply(
        self, slave: Instrument, reply: bytes, asked_us: int, floating_us: int, place: int
    ) -> None:
        """place: among several slaves of one unit id; each is a little slower than the last."""
        unit_id, line = slave.unit_id, self._line_of(slave)
        before, self._last_reply[unit_id] = self._last_reply.get(unit_id), reply
        at_us = asked_us + slave.character.turnaround_us + place * _TWIN_APART_US // 2
        if not self.faults:
            self._wire.send(at_us, reply, line, whole=self._is_quiet(at_us, reply, line))
            return
        acting = [fault for fault in self.faults if fault.acts(unit_id, asked_us)]
        for fault in acting:
            if fault.kind == "busy" and self._is_busy(fault):
                reply = adu.sealed(unit_id, adu.exception(reply[1], busy_code(fault)))
        twin = any(fault.kind == "twin" for fault in acting)
        apart_us = self._chance.randrange(-_TWIN_APART_US, _TWIN_APART_US) if twin else 0
        self._float(floating_us, at_us)
        in_time = not any(fault.kind in LATE_KINDS for fault in acting)
        end_us = at_us
        for pause_us, data in pieces_of(reply, acting, before, self._chance):
            whole = in_time and self._is_quiet(end_us, data, line)
            end_us = self._wire.send(end_us + pause_us, data, line, whole=whole)
        self._float(end_us, NEVER_US)
        if twin:
            self._wire.send(at_us + apart_us, twin_of(reply, self._chance), line)

    def _is_quiet(self, start_us: int, data: bytes, line: Line) -> bool:
        """Whether it may come in one piece: nobody sends unasked while it is on the line."""
        if self.in_bytes:
            return False
        end_us = start_us + line.time_us(len(data))
        return all(each.due_us >= end_us for each in self._unasked)

    def _is_busy(self, fault: Fault) -> bool:
        self._refused[fault] = (self._refused[fault] + 1) % (fault.count + 1)
        return self._refused[fault] != 0

    def _is_cut_off(self, slave: Instrument, now_us: int) -> bool:
        """Whether the cable is broken somewhere before this slave."""
        if not self.faults:
            return False
        broken = {
            fault.unit_id
            for fault in self.faults
            if fault.kind == "broken_wire" and fault.stands(now_us)
        }
        reached = self.instruments[: self.instruments.index(slave) + 1]
        return any(each.unit_id in broken for each in reached)

    def _stands(self, kind: str, now_us: int) -> bool:
        return bool(self.faults) and any(
            fault.kind == kind and fault.stands(now_us) for fault in self.faults
        )

    def _float(self, from_us: int, until_us: int) -> None:
        """Nobody drives the line: without bias its receivers see bytes, until somebody does."""
        for fault in self.faults:
            if fault.kind == "no_bias" and fault.stands(from_us):
                count = self._chance.randint(0, fault.count)
                room = (until_us - from_us) // self.line.time_us(1)
                self._wire.send(from_us, self._chance.randbytes(min(count, room)), self.line)

    def _speak_unasked(self, until_us: int) -> None:
        for each in self._unasked:
            for at_us, data in each.until(until_us):
                self._wire.send(at_us, data, self._line_of(each))
