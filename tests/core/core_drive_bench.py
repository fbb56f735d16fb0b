"""A two_relay drive at a leaf, judged in every scan: S1, S2, dead time, bounded back-offs."""

from core_plant import Leaf

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.core.drive import CLOSING, OPENING, TwoRelayDrive
from station.core.ticks import TICKS_MASK

OPEN, CLOSED, HOLD = codes.TARGET_OPEN, codes.TARGET_CLOSED, codes.TARGET_HOLD
SCAN_MS = 100
FIELDS = {
    "drive": layout.DRIVE_TWO_RELAY,
    "spring": 0,
    "travel_ms": 400,
    "travel_timeout_ms": 600,
    "reverse_dead_ms": 200,
    "backoff_ms": 300,
    "retries": 1,
    "leave_ms": 0,
    "travel_min_ms": 0,
}
NAMES = ("open", "close")


class DriveBench:
    """`target` and `enabled` are what a gate would give; `leaf` may be stuck or show nonsense."""

    def __init__(self, opening=0, start=TICKS_MASK - 1250, **changes):
        self.fields = dict(FIELDS)
        self.fields.update(changes)
        self.leaf = Leaf(self.fields, opening)
        self.inputs = bytearray(2)
        self.outputs = bytearray(2)
        self.target = HOLD
        self.enabled = True
        self.start = start
        self.passed_ms = 0
        self.restart()

    def restart(self):
        self.drive = TwoRelayDrive(self.fields, 0, 1, 0, 1)
        self.outputs[0] = self.outputs[1] = 0
        self.first_ms = -1
        self.on_ms = [-1, -1]  # since when each output is on
        self.off_ms = [-1, -1]
        self.jams = [0, 0]  # time-outs of each direction since it arrived or was reset
        self.starts = [0, 0]

    def output(self, name):
        return self.outputs[NAMES.index(name)]

    def scan(self):
        self.passed_ms += SCAN_MS
        self.leaf.move(self, "", SCAN_MS)
        self.inputs[0] = self.leaf.switch("at_open")
        self.inputs[1] = self.leaf.switch("at_closed")
        if self.first_ms < 0:
            self.first_ms = self.passed_ms
        now_ms = (self.start + self.passed_ms) & TICKS_MASK
        self.drive.step(now_ms, self.target, self.enabled, self.inputs, self.outputs)
        self._judge()

    def run(self, for_ms):
        for _ in range(for_ms // SCAN_MS):
            self.scan()
        return self

    def reset(self):
        self.drive.reset(self.inputs)
        if not (self.inputs[0] and self.inputs[1]):
            self.jams = [0, 0]

    def time_until(self, condition, within_ms=10000):
        begun_ms = self.passed_ms
        while not condition(self):
            assert self.passed_ms - begun_ms < within_ms, self.text()
            self.scan()
        return self.passed_ms - begun_ms

    def text(self):
        return f"at {self.passed_ms}: target {self.target}, outputs {bytes(self.outputs)}"

    def _judge(self):
        assert self.outputs[0] + self.outputs[1] < 2, "S1 " + self.text()
        if not self.enabled or self.target == HOLD:
            assert not any(self.outputs), "nothing moves; " + self.text()
        for index in (0, 1):
            if self.outputs[index]:
                self._judge_on(index)
            else:
                self._judge_off(index)

    def _judge_off(self, index):
        if self.on_ms[index] >= 0:
            self.off_ms[index] = self.passed_ms
            driven_ms = self.passed_ms - self.on_ms[index]
            if self.inputs[index]:
                if self.target == (OPEN, CLOSED)[index]:
                    self.jams[index] = 0
            elif driven_ms >= self.fields["travel_timeout_ms"]:
                self.jams[index] += 1
                assert self.jams[index] <= 1 + self.fields["retries"], "retries " + self.text()
        self.on_ms[index] = -1

    def _judge_on(self, index):
        drive = self.drive
        assert not self.inputs[index], "S2: into a made switch " + self.text()
        assert drive.may((OPENING, CLOSING)[index]), "S2: forbidden " + self.text()
        if self.on_ms[index] < 0:
            self.on_ms[index] = self.passed_ms
            self.starts[index] += 1
            other_ms = self.off_ms[1 - index]
            never = self.off_ms == [-1, -1]
            rested_ms = self.passed_ms - (self.first_ms if never else other_ms)
            dead_ms = max(self.fields["reverse_dead_ms"], SCAN_MS)
            assert rested_ms >= dead_ms or (other_ms < 0 and not never), "dead " + self.text()
        driven_ms = self.passed_ms - self.on_ms[index]
        assert driven_ms < self.fields["travel_timeout_ms"], "S2: time-out " + self.text()
        if self.target != (OPEN, CLOSED)[index]:  # away from the target: only a jam's back-off
            jam = (codes.CAUSE_JAM_CLOSING, codes.CAUSE_JAM_OPENING)[index]
            assert drive.fault == jam, "back-off " + self.text()
            assert driven_ms < self.fields["backoff_ms"], "back-off " + self.text()
