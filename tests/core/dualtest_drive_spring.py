"""A spring_return drive: one output against a spring."""

from core_drive_bench import CLOSED, HOLD, OPEN, SCAN_MS
from core_plant import Leaf

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.core.drive import STOPPED
from station.core.spring import SpringReturnDrive


class SpringBench:
    """A spring_return drive at a leaf; the names of its wired switches."""

    def __init__(self, spring=OPEN, wired=("at_open",), opening=1000):
        fields = {"drive": layout.DRIVE_SPRING_RETURN, "spring": spring}
        fields.update({"travel_ms": 400, "travel_timeout_ms": 600})
        self.leaf = Leaf(fields, opening)
        self.wired = wired
        at = [wired.index(name) if name in wired else -1 for name in ("at_open", "at_closed")]
        self.drive = SpringReturnDrive(fields, 0, at[0], at[1])
        self.inputs = bytearray(2)
        self.outputs = bytearray(1)
        self.target = HOLD
        self.enabled = True
        self.now_ms = 0

    def output(self, name):
        return self.outputs[0]

    def run(self, for_ms):
        for _ in range(for_ms // SCAN_MS):
            self.now_ms += SCAN_MS
            self.leaf.move(self, "", SCAN_MS)
            for index in range(len(self.wired)):
                self.inputs[index] = self.leaf.switch(self.wired[index])
            self.drive.step(self.now_ms, self.target, self.enabled, self.inputs, self.outputs)
        return self


def test_a_spring_goes_to_its_position_without_its_output():
    for spring, other in ((OPEN, CLOSED), (CLOSED, OPEN)):
        for wired in (("at_open",), ("at_closed",), ("at_open", "at_closed"), ()):
            bench = SpringBench(spring, wired, opening=1000 if spring == OPEN else 0)
            assert not any(bench.run(1000).outputs)  # HOLD after a start: off
            bench.target = other
            assert any(bench.run(100).outputs)
            assert bench.drive.direction != STOPPED
            bench.run(500)
            assert bench.leaf.at_ms == (0 if spring == OPEN else 400)
            assert bench.drive.direction == STOPPED, (spring, wired)
            assert bench.drive.position == (
                codes.POSITION_CLOSED if spring == OPEN else codes.POSITION_OPEN
            )
            bench.target = HOLD
            assert any(bench.run(1000).outputs)  # HOLD moves nothing
            bench.enabled = False
            assert not any(bench.run(100).outputs)  # an emergency stop does
            bench.run(1000)
            bench.enabled = True
            assert not any(bench.run(1000).outputs)  # and its end does not
            assert bench.drive.fault == codes.CAUSE_NONE, (spring, wired)


def test_a_powered_move_that_does_not_arrive_is_given_up():
    for spring, powered in ((OPEN, CLOSED), (CLOSED, OPEN)):
        bench = SpringBench(spring, ("at_open", "at_closed"), 1000 if spring == OPEN else 0)
        bench.run(1000)
        bench.leaf.stuck = True
        bench.target = powered
        bench.run(600)
        assert any(bench.outputs)
        bench.run(300)
        assert not any(bench.outputs)
        assert bench.drive.fault != codes.CAUSE_NONE
        bench.leaf.stuck = False
        bench.run(5000)
        assert not any(bench.outputs)
        bench.drive.reset(bench.inputs)
        assert any(bench.run(100).outputs)
        bench.run(1000)
        assert bench.drive.fault == codes.CAUSE_NONE


def test_both_switches_leave_a_spring_without_output_until_a_reset():
    for spring in (OPEN, CLOSED):
        both_made(SpringBench(spring, ("at_open", "at_closed"), 1000 if spring == OPEN else 0))


def both_made(bench):
    bench.target = CLOSED if bench.drive.spring == OPEN else OPEN
    bench.run(1000)
    assert any(bench.outputs)
    bench.leaf.shown = {"at_open": 1, "at_closed": 1}
    bench.run(100)
    assert not any(bench.outputs)
    assert bench.drive.position == codes.POSITION_UNKNOWN
    assert bench.drive.position_lost(bench.inputs)
    bench.drive.reset(bench.inputs)
    assert bench.drive.fault == codes.CAUSE_SWITCHES
    bench.leaf.shown = {}
    bench.run(2000)
    assert not any(bench.outputs)
    assert bench.drive.fault == codes.CAUSE_SWITCHES
    bench.drive.reset(bench.inputs)
    assert any(bench.run(100).outputs)


def test_a_leaf_that_stays_between_its_switches_has_not_arrived():
    bench = SpringBench(OPEN, ("at_open", "at_closed"))
    bench.target = CLOSED
    bench.run(200)
    bench.leaf.stuck = True
    bench.run(300)  # longer than its travel takes
    assert bench.drive.position == codes.POSITION_MOVING
    assert bench.drive.direction != STOPPED
    bench.run(300)
    assert bench.drive.fault == codes.CAUSE_JAM_CLOSING


def test_a_position_that_is_lost_stays_so_until_a_reset():
    bench = SpringBench(OPEN, ("at_open", "at_closed"))
    bench.run(1000)
    bench.drive.lose(codes.CAUSE_NOT_LEFT)
    bench.run(1000)
    assert bench.drive.fault == codes.CAUSE_NOT_LEFT
    assert bench.drive.position == codes.POSITION_UNKNOWN
    assert bench.drive.position_lost(bench.inputs)
    bench.drive.reset(bench.inputs)
    bench.run(100)
    assert bench.drive.position == codes.POSITION_OPEN
