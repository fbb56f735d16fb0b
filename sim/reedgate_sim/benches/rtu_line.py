"""A line whose slaves never give the same answer twice, so that each value tells what it answers.

For the RTU bench: its mixed faults in virtual time and its comparison in real time. What a master
took is judged here by the bytes that were on its line, not by what it says of itself.
"""

import itertools
import struct
from collections.abc import Callable, Iterable

from reedgate_sim.world import adu
from reedgate_sim.world.bus import Bus
from reedgate_sim.world.faults import Fault
from reedgate_sim.world.instrument import Character
from reedgate_sim.world.line import Line

REGISTERS = 4
REPLY_SIZE = 5 + 2 * REGISTERS
READ = adu.READ_HOLDING_REGISTERS

Pick = Callable[[int, int], list[Fault]]  # (number of the request, unit id): its faults
_COUNT = struct.Struct(">IHH")

RIGHT = "right"
WRONG = "wrong"
# No master could tell these: right unit, function, length and CRC, in the time of this request and
# of none that it has given up.
BY_CHANCE = "by_chance"  # damaged, and the CRC fits: 1 in 65,536
# Another slave's answer under this one's unit id, which is this one's in every byte; or this one's
# own, late, to a request that such a one had answered: for the master there was nothing to guard.
IMPOSTOR = "impostor"
REPEATED = "repeated"  # the slave answered this very request with an old answer of its own


class _Counting:
    """One slave: four registers that hold a number nobody else gives."""

    def __init__(self, unit_id: int, turnaround_us: int, numbers: itertools.count):
        self.unit_id = unit_id
        self.character = Character(turnaround_us=turnaround_us)
        self.last: bytes | None = None
        self._numbers = numbers

    def answer(self, frame: bytes, now_us: int) -> bytes | None:
        parts = adu.opened(frame)
        if parts is None or parts[1][:1] != bytes((READ,)):
            return None
        number = next(self._numbers)
        self.last = _COUNT.pack(number, ~number & 0xFFFF, number * 40503 & 0xFFFF)
        return adu.sealed(self.unit_id, bytes((READ, 2 * REGISTERS)) + self.last)


class JudgedLine:
    """The master's line, and a record of each request: whom it asked, what is true, what came."""

    def __init__(
        self,
        units: Iterable[int],
        turnaround_us: int,
        line: Line,
        pick: Pick,
        seed: int,
        *,
        in_bytes: bool = False,
    ):
        """in_bytes: replies reach the master byte by byte, as of `Bus`."""
        numbers = itertools.count(1)
        self._slaves = {unit: _Counting(unit, turnaround_us, numbers) for unit in units}
        self._bus = Bus(self._slaves.values(), seed, line)
        self._bus.in_bytes = in_bytes
        self._pick = pick
        self.asked: list[int] = []  # unit ids
        self.asked_us: list[int] = []
        self.truth: list[bytes | None] = []  # what the slave answered; None: it was not asked well
        self.heard: list[bytearray] = []  # what reached the master from then on
        self._sent: list[bytes | None] = []  # what the slave's answer held; a stale one's is old
        self._given: dict[bytes, int] = {}  # payload: by which slave
        self._before: dict[int, bytes] = {}  # unit id: what it would have answered last
        self._owed: set[bytes | None] = set()  # sent to requests that another's frame had answered

    def transmit(self, now_us: int, data: bytes, line: Line) -> None:
        unit = data[0]
        self._bus.faults[:] = self._pick(len(self.asked), unit)
        slave = self._slaves[unit]
        slave.last = None
        self._bus.transmit(now_us, data, line)
        self.asked.append(unit)
        self.asked_us.append(now_us)
        self.truth.append(slave.last)
        self.heard.append(bytearray())
        stale = any(fault.kind == "stale" for fault in self._bus.faults)
        self._sent.append(self._before.get(unit, slave.last) if stale else slave.last)
        if slave.last is not None:
            self._given[slave.last] = unit
            self._before[unit] = slave.last

    def next_event_us(self) -> int:
        return self._bus.next_event_us()

    def receive(self, now_us: int) -> bytes:
        data = self._bus.receive(now_us)
        if self.heard:
            self.heard[-1] += data
        return data

    def judge(self, number: int, payload: bytes) -> str:
        """What it means that the master took this payload for the answer to a request; to be asked
        in the order of the requests. An answer to an earlier one, that comes as late as that, is
        wrong: it is for a guard to see.
        """
        if payload == self.truth[number]:
            return RIGHT
        frame = adu.sealed(self.asked[number], bytes((READ, 2 * REGISTERS)) + payload)
        giver = self._given.get(payload)
        if frame not in self.heard[number]:
            return WRONG
        if giver == self.asked[number]:
            if payload == self._sent[number]:
                return REPEATED
            return IMPOSTOR if payload in self._owed else WRONG
        self._owed.add(self._sent[number])
        return BY_CHANCE if giver is None else IMPOSTOR

    def judge_exception(self, number: int, code: int) -> str:
        """The same of an exception response."""
        frame = adu.sealed(self.asked[number], adu.exception(READ, code))
        return RIGHT if frame in self.heard[number] else WRONG
