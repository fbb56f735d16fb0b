"""Runs on the VM, started by `reedgate sim replay --core`: the firmware's own core over a series.

No bus, no flash, no uplink: readings are taken at the row's own time, scans come as in the whole
firmware, and a gate is where it was sent by the next scan. Arguments: files of the compiled
configuration and of JSON {"scan_ms": …, "inlet": gate's number, "ones": [inputs that are 1],
"reset": its input, "leaves": [{"open": …, "close": …, "out": …, "at_open": …, "at_closed": …,
"spring_open": …, "is_open": …}]}; terminals, null where there is none.

A line in: 1 for a row and 0 for a time without one, its start and end in ms, then for each point
the two words of a big-endian float. A line out, for a row only: what stands at its end (position,
target, rule, cause, cause_of, first_out, first_out_of), then opened, resets, closes as
rule:cause:of joined by commas or a dash, then value:status of each point.
"""

import json
import sys

from reedgate_contract import codes
from station.app.config import Setup
from station.core import fixed
from station.core.drive import CLOSING, OPENING

_TICKS_MASK = 0x3FFFFFFF
_RESET_SCANS = 2


class _Leaf:
    """A gate that moves at once."""

    def __init__(self, row, setup):
        inputs, outputs = setup.input_terminals, setup.output_terminals
        self._open, self._close, self._out = [
            outputs.index(row[name]) if row[name] in outputs else -1
            for name in ("open", "close", "out")
        ]
        self._switches = [
            (inputs.index(row[name]), value)
            for name, value in (("at_open", 1), ("at_closed", 0))
            if row[name] in inputs
        ]
        self._spring_open = row["spring_open"]
        self.is_open = row["is_open"]

    def move(self, outputs, inputs):
        if self._out >= 0:
            self.is_open = int(outputs[self._out] != self._spring_open)
        elif outputs[self._open]:
            self.is_open = 1
        elif outputs[self._close]:
            self.is_open = 0
        self.show(inputs)

    def show(self, inputs):
        for index, value in self._switches:
            inputs[index] = int(self.is_open == value)


class _Run:
    def __init__(self, setup, world):
        names = setup.input_terminals
        self._station = setup.station
        self._readings = setup.readings
        self._gate = setup.station.gates[world["inlet"]]
        self._inputs = bytearray(int(name in world["ones"]) for name in names)
        self._reset = names.index(world["reset"]) if world["reset"] in names else -1
        self._leaves = [_Leaf(row, setup) for row in world["leaves"]]
        for leaf in self._leaves:
            leaf.show(self._inputs)
        self._scan_ms = world["scan_ms"]
        self._now_ms = 0
        self._pressed = 0  # for so many scans still
        self._direction = 0
        self.closes = []
        self.opened = self.resets = 0

    def row(self, start_ms, end_ms, words):
        """All scans until its end; the poll comes behind the first."""
        middle_ms = (start_ms + end_ms) // 2
        waits = self._gate.wait == codes.WAIT_RESET
        polled = False
        while self._now_ms < end_ms:
            if waits and self._reset >= 0 and self._now_ms >= middle_ms:
                waits = False
                self._pressed = _RESET_SCANS
                self.resets += 1
            self._scan()
            if not polled:
                polled = True
                self._poll(words)
            self._now_ms += self._scan_ms

    def _scan(self):
        inputs = self._inputs
        if self._reset >= 0:
            inputs[self._reset] = int(self._pressed > 0)
            self._pressed -= self._pressed > 0
        outputs = self._station.decide(self._now_ms & _TICKS_MASK, inputs)
        gate, was = self._gate, self._direction
        self._direction = gate.drive.direction
        if self._direction == CLOSING and was != CLOSING:
            self.closes.append("%d:%d:%d" % (gate.rule, gate.cause, gate.cause_of))
        elif self._direction == OPENING and was != OPENING:
            self.opened += 1
        for leaf in self._leaves:
            leaf.move(outputs, inputs)

    def _poll(self, words):
        readings, now_ms = self._readings, self._now_ms & _TICKS_MASK
        for point in range(len(readings.points)):
            if readings.points[point].derived:
                continue
            if words:
                high, low = int(words[2 * point]), int(words[2 * point + 1])
                raw = fixed.scaled_from_ieee754(high, low, readings.points[point].decimals)
                readings.take(now_ms, point, raw)
            else:
                readings.miss(now_ms, point, codes.DETAIL_NO_ANSWER)

    def tell(self):
        gate, readings = self._gate, self._readings
        position, target = gate.drive.position, gate.target
        stands = (position, target, gate.rule, gate.cause, gate.cause_of)
        first_out = (gate.first_out, gate.first_out_of, self.opened, self.resets)
        points = [
            "%d:%d" % (readings.value[point], readings.status[point])
            if readings.usable(point)
            else "-:%d" % readings.status[point]
            for point in range(len(readings.points))
        ]
        print(*stands, *first_out, ",".join(self.closes) or "-", *points)
        self.closes = []
        self.opened = self.resets = 0


def main(config, world):
    with open(config, "rb") as file, open(world) as json_file:
        run = _Run(Setup(file.read()), json.load(json_file))
    for line in sys.stdin:
        is_row, start_ms, end_ms, *words = line.split()
        run.row(int(start_ms), int(end_ms), words)
        if is_row == "1":
            run.tell()


if __name__ == "__main__":
    main(*sys.argv[1:])
