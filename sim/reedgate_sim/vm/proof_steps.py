"""Runs on the VM: steps that the proof has made on CPython, once more, from a start on.

Argument: a file. Its first line is the compiled configuration in hex and "1" for safe mode; each
further line is one step, as reedgate_sim/proof/on_vm.py writes it. Prints a line for each: the
outputs, and what is told of each gate.
"""

import binascii
import sys

from station.app.config import Setup
from station.core.latches import Latches


class Steps:
    """A station that takes one line after the other."""

    def __init__(self, blob, safe_mode):
        self._blob = blob
        self._safe_mode = safe_mode
        self._start()

    def _start(self):
        self._setup = Setup(self._blob)
        if self._safe_mode:
            self._setup.station.enter_safe_mode()
        self._latches = Latches(self._setup.station, bytes(4))

    def step(self, restarts, now_ms, inputs, polls):
        if restarts:
            self._latches.look()
            kept = bytes(self._latches.content)
            self._start()
            self._latches.restore(kept, now_ms)
        readings = self._setup.readings
        for poll in polls.split(",") if polls else ():
            point, at_ms, raw, missed = [int(word) for word in poll.split(":")]
            if missed:
                readings.miss(at_ms, point, missed)
            else:
                readings.take(at_ms, point, raw)
        outputs = self._setup.station.decide(now_ms, inputs)
        told = [binascii.hexlify(outputs).decode()]
        for gate in self._setup.station.gates:
            drive = gate.drive
            ruling = (gate.rule, gate.target, gate.cause, gate.cause_of)
            told.append("%d,%d,%d,%d" % ruling)
            told.append("%d,%d" % (gate.first_out, gate.wait))
            told.append("%d,%d,%d" % (drive.direction, drive.position, drive.fault))
        return " ".join(told)


def main(path):
    with open(path) as lines:
        blob, safe_mode = next(lines).split()
        steps = Steps(binascii.unhexlify(blob), safe_mode == "1")
        for line in lines:
            restarts, now_ms, inputs, polls = line.strip("\n").split(" ")
            print(steps.step(restarts == "1", int(now_ms), binascii.unhexlify(inputs), polls))


if __name__ == "__main__":
    main(sys.argv[1])
