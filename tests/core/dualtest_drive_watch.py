"""What watches a two_relay drive: torque switch, times of its switches, leak, full strokes."""

from core_drive_bench import SCAN_MS as STEP_MS
from core_drive_bench import DriveBench
from core_site import merged
from core_story import TURBID, Story, is_closing, is_opening, is_shut, opened_story

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.core.drive import OPENING, TwoRelayDrive
from station.core.leak import Leak
from station.core.stroke import Stroke

OPEN, CLOSED, HOLD = codes.TARGET_OPEN, codes.TARGET_CLOSED, codes.TARGET_HOLD
TORQUE = 2  # index of the input


class TorqueBench(DriveBench):
    """With a torque switch at the leaf: open while `overload`, or when the leaf is stopped."""

    overload = False

    def restart(self):
        super().restart()
        self.inputs = bytearray((0, 0, 1))
        self.drive = TwoRelayDrive(self.fields, 0, 1, 0, 1, TORQUE, CLOSED)

    def scan(self):
        held = self.leaf.stuck and any(self.outputs)
        self.inputs[TORQUE] = 0 if self.overload or held else 1
        super().scan()


def test_an_overload_forbids_both_directions_until_a_reset():
    bench = TorqueBench(opening=1000)
    bench.target = CLOSED
    bench.run(400)
    assert bench.output("close")
    bench.overload = True
    bench.run(STEP_MS)
    assert not bench.output("close")
    assert bench.drive.fault == codes.CAUSE_OVERLOAD
    bench.overload = False
    for target in (CLOSED, OPEN):
        bench.target = target
        bench.run(3000)
        assert not any(bench.outputs)
    bench.overload = True
    bench.run(STEP_MS)
    bench.reset()
    bench.run(STEP_MS)
    assert bench.drive.fault == codes.CAUSE_OVERLOAD  # its cause is not gone
    bench.overload = False
    bench.run(STEP_MS)
    bench.reset()
    bench.target = CLOSED
    bench.run(1500)
    assert bench.leaf.at_ms == 0
    assert bench.drive.fault == codes.CAUSE_NONE


def test_a_broken_torque_wire_acts_at_rest_too():
    bench = TorqueBench()
    bench.overload = True
    bench.run(STEP_MS)
    assert bench.drive.fault == codes.CAUSE_OVERLOAD


def test_the_torque_switch_may_open_at_the_end_of_a_travel():
    bench = TorqueBench(opening=1000)
    bench.target = CLOSED
    bench.time_until(lambda one: one.output("close"))
    bench.run(300)
    bench.overload = True  # in the scan in which the closed switch makes
    bench.run(STEP_MS)
    assert bench.leaf.at_ms == 0
    bench.overload = False
    bench.run(500)
    assert bench.drive.fault == codes.CAUSE_NONE
    assert bench.drive.position == codes.POSITION_CLOSED


TIMES = {"travel_ms": 2000, "travel_timeout_ms": 3000, "leave_ms": 500, "travel_min_ms": 1500}


def test_a_switch_that_does_not_let_go_makes_the_position_unknown():
    bench = TorqueBench(opening=1000, **TIMES)
    bench.leaf.shown = {"at_open": 1}
    bench.target = CLOSED
    bench.time_until(lambda one: one.output("close"))
    took_ms = bench.time_until(lambda one: one.drive.fault == codes.CAUSE_NOT_LEFT)
    assert took_ms == TIMES["leave_ms"]
    assert bench.drive.position == codes.POSITION_UNKNOWN
    assert bench.drive.position_lost(bench.inputs)


def test_a_switch_that_lets_go_in_time_is_no_fault():
    bench = TorqueBench(opening=1000, **TIMES)
    for target in (CLOSED, OPEN, CLOSED):
        bench.target = target
        bench.run(4000)
        assert bench.drive.fault == codes.CAUSE_NONE
    assert bench.leaf.at_ms == 0


def test_a_switch_that_makes_too_early_makes_the_position_unknown():
    bench = TorqueBench(opening=1000, **TIMES)
    bench.target = CLOSED
    bench.time_until(lambda one: one.output("close"))
    bench.run(1000)
    bench.leaf.shown = {"at_closed": 1}
    bench.run(STEP_MS)
    assert bench.drive.fault == codes.CAUSE_TOO_EARLY
    assert not any(bench.outputs)


def test_a_move_from_between_the_switches_may_be_short():
    bench = TorqueBench(opening=500, **TIMES)
    bench.target = CLOSED
    bench.run(3000)
    assert bench.leaf.at_ms == 0
    assert bench.drive.fault == codes.CAUSE_NONE


def lost_bench(cause=codes.CAUSE_LEAK):
    """Half open, its position unknown, asked to its trip position; no switch works any more."""
    bench = TorqueBench(opening=1000, **TIMES)
    bench.leaf.shown = {"at_open": 0, "at_closed": 0}
    bench.drive.lose(cause)
    bench.target = CLOSED
    return bench


def test_with_the_position_unknown_it_is_driven_for_one_whole_travel_and_no_more():
    bench = lost_bench()
    bench.time_until(lambda one: one.output("close"))
    took_ms = bench.time_until(lambda one: not one.output("close"))
    assert took_ms == TIMES["travel_ms"]
    for _ in range(100):
        bench.scan()
        assert not any(bench.outputs)
    assert bench.drive.fault == codes.CAUSE_LEAK  # nobody knows yet
    assert bench.leaf.at_ms == 0


def test_where_the_position_is_sought_the_torque_switch_ends_it_without_an_overload():
    bench = lost_bench()
    bench.time_until(lambda one: one.output("close"))
    bench.run(500)
    bench.leaf.stuck = True  # it has reached its seat
    bench.run(2 * STEP_MS)
    assert not any(bench.outputs)
    assert bench.drive.fault == codes.CAUSE_LEAK
    for _ in range(50):
        bench.scan()
        assert not any(bench.outputs)


def test_an_overload_does_not_make_the_position_known():
    bench = lost_bench()
    bench.run(4000)
    bench.overload = True
    bench.run(STEP_MS)
    bench.overload = False
    assert bench.drive.position_lost(bench.inputs)
    for target in (OPEN, CLOSED):
        bench.target = target
        bench.run(3000)
        assert not any(bench.outputs)


def test_a_flood_may_open_it_and_after_that_it_is_sought_anew():
    bench = lost_bench()
    bench.run(4000)
    bench.target = OPEN
    bench.time_until(lambda one: one.output("open"))
    bench.run(1000)
    bench.target = CLOSED
    bench.time_until(lambda one: one.output("close"))
    assert bench.drive.fault == codes.CAUSE_LEAK


def test_a_reset_makes_the_switches_believed_again():
    bench = lost_bench()
    bench.run(4000)
    bench.leaf.shown = {}
    bench.run(STEP_MS)
    bench.reset()
    bench.run(STEP_MS)
    assert bench.drive.fault == codes.CAUSE_NONE
    assert bench.drive.position == codes.POSITION_CLOSED


def test_a_bypass_is_sought_at_its_open_end():
    bench = TorqueBench(opening=0, **TIMES)
    bench.drive = TwoRelayDrive(bench.fields, 0, 1, 0, 1, TORQUE, OPEN)
    bench.leaf.shown = {"at_open": 0, "at_closed": 0}
    bench.drive.lose(codes.CAUSE_NOT_LEFT)
    bench.target = OPEN
    bench.time_until(lambda one: one.output("open"))
    assert bench.drive.direction == OPENING
    assert bench.time_until(lambda one: not one.output("open")) == TIMES["travel_ms"]


LEAKING = {"point": 2, "side": layout.SIDE_ABOVE, "limit": 1500, "hold_ms": 10000}


def leaking_story(**changes):
    story = opened_story(wired=("torque", "healthy"), leak=LEAKING, floods=[], **changes)
    story.water[0] = TURBID
    story.until(is_shut, 20000)
    return story


def test_water_past_the_closed_gate_makes_its_position_unknown():
    story = leaking_story()
    story.water[2] = 1600
    story.never(lambda one: one.inlet.unmet, 9000)
    story.until(lambda one: one.inlet.unmet, 3000)
    assert story.inlet.drive.fault == codes.CAUSE_LEAK
    assert story.bypass.target == OPEN
    assert not story.output("healthy")
    assert not any((is_closing(story), is_opening(story)))  # never into a made switch
    story.water[:] = [5000, 8000, 1000]
    story.run(30000)
    assert story.inlet.rule == codes.RULE_UNKNOWN  # the water may be good: nobody knows
    assert (story.inlet.cause, story.inlet.wait) == (codes.CAUSE_LEAK, codes.WAIT_RESET)
    story.press_reset()
    story.until(is_opening, 20000)


def test_water_that_passes_for_a_short_time_or_at_an_open_gate_is_no_leak():
    story = leaking_story()
    story.water[2] = 1600
    story.run(8000)
    story.water[2] = 1400
    story.run(3000)
    story.water[2] = 1600
    story.run(8000)
    assert story.inlet.drive.fault == codes.CAUSE_NONE
    story.water[:] = [5000, 8000, 1400]
    story.until(is_opening, 30000)
    story.water[2] = 1600
    story.run(60000)
    assert story.inlet.drive.fault == codes.CAUSE_NONE


def test_a_leak_below_a_limit_shows_too():
    story = Story()
    leak = Leak(story.readings, merged(LEAKING, {"side": layout.SIDE_BELOW}))
    for value, beyond in ((1500, False), (1499, True), (1600, False)):
        leak.poll(0, True, value)
        assert leak.beyond is beyond
    leak.poll(0, True, 1000)
    leak.poll(0, False, 0)  # no answer clears nothing
    assert leak.beyond


HOUR_MS = 3600000


def stood(stroke, hours, position, now_ms=0):
    for _ in range(hours * 2):
        now_ms += HOUR_MS // 2
        stroke.scan(now_ms & ((1 << 30) - 1), position)
    return now_ms


def test_a_full_stroke_is_asked_for_after_its_days():
    stroke = Stroke(2)
    stroke.scan(0, codes.POSITION_OPEN)
    now_ms = stood(stroke, 47, codes.POSITION_OPEN)
    assert not stroke.due
    now_ms = stood(stroke, 2, codes.POSITION_OPEN, now_ms)
    assert stroke.due
    for position in (codes.POSITION_MOVING, codes.POSITION_OPEN):  # there and back is none
        stroke.scan(now_ms, position)
    assert stroke.due
    for position in (codes.POSITION_MOVING, codes.POSITION_CLOSED):
        stroke.scan(now_ms, position)
    assert not stroke.due
    assert stroke.hours == 0


def test_the_gate_tells_that_it_is_due():
    story = opened_story(gate={"proof_test_days": 1})
    story.inlet.stroke.hours = 24
    story.scan()
    assert story.inlet.alarms == codes.ALARM_PROOF_DUE
    story.water[0] = TURBID
    story.until(is_shut, 20000)
    story.scan()
    assert story.inlet.alarms == 0
