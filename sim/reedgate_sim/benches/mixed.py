"""The firmware's RTU master on a line with every fault at once, in virtual time: what it took.

Part of the bench `rtu`; a share of it runs in the tests.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from random import Random

from reedgate_boards.site.bus_time import GUARD_MS
from reedgate_sim.benches.rtu_line import (
    BY_CHANCE,
    IMPOSTOR,
    REGISTERS,
    REPEATED,
    REPLY_SIZE,
    RIGHT,
    WRONG,
    JudgedLine,
)
from reedgate_sim.rigs.vm import VmRig
from reedgate_sim.world.faults import Fault
from reedgate_sim.world.line import Line

TIMEOUT_MS = 200
TURNAROUND_US = 20_000  # as most probes of the desk
UNITS = 4
_PORT = "RS485_1"
_HEALTHY = 0.3  # share of the requests without a fault
_TWO = 0.3  # of the others: that have a second one
_SLICE_US = 60_000_000
UNTELLABLE = (BY_CHANCE, IMPOSTOR, REPEATED)
_OUTCOMES = ("answered", "no_answer", "bad_frame", "exception")  # by the driver's number
_LATE = ("late", "stale")
_PAUSE_MS = 60  # at most, within a reply or before it comes again
_KINDS = (  # of two, the earlier acts first: what alters a whole frame, then what spoils it
    *("dead", "bad_crc", "wrong_unit", "wrong_function", "exception", *_LATE),
    *("truncated", "noise_before", "noise_after", "noise_inside", "leading_zero"),
    *("split", "duplicated"),
)


def run(
    requests: int, baud: int, seed: int, tell: Callable[[int], None] = lambda _: None
) -> Counter:
    """Counts: each outcome; `right`, `wrong` and each of UNTELLABLE of what was taken;
    `healthy`: the requests without a fault, and `healthy_answered`.
    """
    chance = Random(f"mixed/{seed}/{baud}")
    # its last byte, with noise and a pause, comes before the guard is over
    tail_ms = (TURNAROUND_US + 2 * Line(baud).time_us(REPLY_SIZE)) / 1000 + _PAUSE_MS
    most_late_ms = TIMEOUT_MS + GUARD_MS - tail_ms
    chosen: list[list[Fault]] = []

    def pick(_number: int, unit: int) -> list[Fault]:
        chosen.append(_faults(chance, unit, most_late_ms))
        return chosen[-1]

    line = JudgedLine(range(1, UNITS + 1), TURNAROUND_US, Line(baud), pick, seed)
    said = _asked(line, requests, baud, seed, tell)
    return _counted(line, chosen, said)


def healthy_us(requests: int, baud: int, turnaround_us: int) -> float:
    """How long a request takes on the average when every slave answers and all goes on at once.

    Bytes come one by one, and the master looks for them each millisecond, as on a board; what its
    code takes is not in it.
    """
    units, settings = range(1, UNITS + 1), Line(baud)
    line = JudgedLine(units, turnaround_us, settings, lambda *_: [], 1, in_bytes=True)
    _asked(line, requests, baud, 1, lambda _: None)
    return (line.asked_us[-1] - line.asked_us[0]) / (requests - 1)


def _asked(
    line: JudgedLine, requests: int, baud: int, seed: int, tell: Callable[[int], None]
) -> list[str]:
    """What the VM said of each request."""
    with tempfile.TemporaryDirectory(prefix="reedgate-rtu-") as folder:
        values = (baud, requests, UNITS, REGISTERS, TIMEOUT_MS, GUARD_MS)
        shutil.copy(files("reedgate_sim") / "benches" / "rtu_vm" / "mixed_rtu.py", folder)
        Path(folder, "main.py").write_text(f"import mixed_rtu\nmixed_rtu.run(*{values})\n")
        with VmRig(_World(line), b"", "HOST", seed=seed, changes=Path(folder)) as rig:
            while len(line.asked) < requests:
                before = len(line.asked)
                rig.run(rig.now_us + _SLICE_US)
                if len(line.asked) == before:
                    raise RuntimeError(f"the master asks no more: {rig.console[-2000:]}")
                tell(len(line.asked) - before)
            rig.run(rig.now_us + _SLICE_US)
            said = rig.console.splitlines()
    if len(said) != requests:
        raise RuntimeError(f"{len(said)} of {requests} requests ended: {said[-5:]}")
    return said


def _faults(chance: Random, unit: int, most_late_ms: float) -> list[Fault]:
    if chance.random() < _HEALTHY:
        return []
    kinds = sorted(chance.sample(_KINDS, 2 if chance.random() < _TWO else 1), key=_KINDS.index)
    if kinds == [*_LATE]:  # their delays would add up
        kinds.pop()
    return [_fault(chance, kind, unit, most_late_ms) for kind in kinds]


def _fault(chance: Random, kind: str, unit: int, most_late_ms: float) -> Fault:
    # a slave that is only a little late with old values tells them in time
    delays_ms = (TIMEOUT_MS + 10, most_late_ms) if kind in _LATE else (0, _PAUSE_MS)
    return Fault(
        kind,
        unit,
        code=chance.choice((1, 2, 3, 4, 6)),
        delay_ms=chance.uniform(*delays_ms),
        count=chance.randint(1, REPLY_SIZE - 1),
        place=chance.randrange(1, REPLY_SIZE),
    )


def _counted(line: JudgedLine, chosen: list[list[Fault]], said: list[str]) -> Counter:
    counts: Counter = Counter(dict.fromkeys((*_OUTCOMES, RIGHT, WRONG, *UNTELLABLE), 0))
    for number, text in enumerate(said):
        outcome, _, taken = text.partition(" ")
        name = _OUTCOMES[int(outcome)]
        counts[name] += 1
        if name == "answered":
            counts[line.judge(number, bytes.fromhex(taken))] += 1
        elif name == "exception":
            counts[line.judge_exception(number, int(taken, 16))] += 1
        if not chosen[number]:
            counts["healthy"] += 1
            counts["healthy_answered"] += name == "answered"
    return counts


class _World:
    """What the rig is wired to: one line, no terminals."""

    def __init__(self, line: JudgedLine):
        self.line = line
        self.buses = {_PORT: line}

    def set_output(self, terminal: str, level: int, now_us: int) -> None:
        pass

    def transmit(self, port: str, data: bytes, line: Line, now_us: int) -> None:
        self.line.transmit(now_us, data, line)

    def receive(self, port: str, now_us: int) -> bytes:
        return self.line.receive(now_us)

    def advance(self, now_us: int) -> None:
        pass

    def next_event_us(self) -> int:
        return self.line.next_event_us()

    def inputs(self) -> dict[str, int]:
        return {}
