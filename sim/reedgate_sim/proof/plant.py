"""The small plant of the proof: a leaf that leaves and reaches its switches in its travel time, or
does what a named fault says.
"""

from reedgate_sim.proof.site import ACTUATOR, CLOSED, MOTOR, OPEN, Gate

# Letters of a gate's `faults`: what may happen in one scan instead of a move that goes well.
STUCK = "s"  # it does not move
OPEN_MADE, OPEN_BROKEN = "O", "o"  # the open switch reads 1, reads 0
CLOSED_MADE, CLOSED_BROKEN = "C", "c"
BOTH_MADE, NONE_MADE = "X", "x"
SILENT = "q"  # an actuator does not answer
SAGS = "g"  # a leaf at rest leaves its switch by one unit, toward the middle
WELL = ""


class Leaf:
    """One gate leaf; `at` counts units of travel from closed. Outputs as indices."""

    STATE = ("at",)

    def __init__(self, gate: Gate, drive, outputs: bytearray, numbers: list[int]):
        self.gate = gate
        self._drive = drive
        self.at = 0
        self._outputs = outputs
        self._numbers = numbers
        self.at_open = self.at_closed = 0  # what its switches read in this scan

    def on(self) -> list[int]:
        """Its outputs; of an actuator, whether it is told to open and to close."""
        if self.gate.drive == ACTUATOR:
            order = self._drive.order
            return [int(order == OPEN), int(order == CLOSED)]
        return [self._outputs[number] for number in self._numbers]

    def way(self) -> int:
        """1 opening, -1 closing, 0 at rest, by the outputs as they stand."""
        on = self.on()
        if self.gate.drive in (MOTOR, ACTUATOR):
            return on[0] - on[1]
        to_spring = -1 if self.gate.spring == CLOSED else 1
        return -to_spring if on[0] else to_spring

    def step(self, fault: str) -> None:
        """One unit of time passes."""
        travel = self.gate.travel
        way = self.way()
        if fault == SAGS and way == 0 and self.at in (0, travel):
            self.at += 1 if self.at == 0 else -1
        elif fault != STUCK:
            self.at = min(travel, max(0, self.at + way))
        self.at_open = int(self.at == travel)
        self.at_closed = int(self.at == 0)
        if fault in (OPEN_MADE, BOTH_MADE):
            self.at_open = 1
        if fault in (OPEN_BROKEN, NONE_MADE):
            self.at_open = 0
        if fault in (CLOSED_MADE, BOTH_MADE):
            self.at_closed = 1
        if fault in (CLOSED_BROKEN, NONE_MADE):
            self.at_closed = 0
