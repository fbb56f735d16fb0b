"""A two_relay drive: what it does with a target, with a jam, with its switches."""

from core_drive_bench import CLOSED, FIELDS, HOLD, OPEN, SCAN_MS, DriveBench

from reedgate_contract import codes
from station.core.drive import (
    CLOSING,
    OPENING,
    STOPPED,
    direction_to,
    position_of,
)


def is_off(bench):
    return not any(bench.outputs)


def opens(bench):
    return bench.outputs[0] == 1


def closes(bench):
    return bench.outputs[1] == 1


def test_direction_to_a_target():
    for target in (HOLD, OPEN, CLOSED, 3, 255):
        for at_open in (0, 1):
            for at_closed in (0, 1):
                wanted = STOPPED
                if target == OPEN and not at_open:
                    wanted = OPENING
                if target == CLOSED and not at_closed:
                    wanted = CLOSING
                assert direction_to(target, at_open, at_closed) == wanted


def test_position_by_the_switches():
    assert position_of(1, 0) == codes.POSITION_OPEN
    assert position_of(0, 1) == codes.POSITION_CLOSED
    assert position_of(0, 0) == codes.POSITION_MOVING
    assert position_of(1, 1) == codes.POSITION_UNKNOWN


def test_it_travels_and_stops_at_its_switch():
    bench = DriveBench()
    bench.run(1000)
    bench.target = OPEN
    assert bench.time_until(opens) == SCAN_MS
    assert bench.time_until(is_off) == FIELDS["travel_ms"]
    assert bench.drive.position == codes.POSITION_OPEN
    bench.run(1000)
    bench.target = CLOSED
    assert bench.time_until(closes) == SCAN_MS  # rested long ago: no dead time
    bench.time_until(is_off)
    assert bench.drive.position == codes.POSITION_CLOSED
    assert bench.starts == [1, 1]
    assert bench.drive.fault == codes.CAUSE_NONE


def test_after_a_start_it_waits_for_its_dead_time():
    for target, moves in ((OPEN, opens), (CLOSED, closes)):
        bench = DriveBench(opening=500)
        bench.target = target
        assert bench.time_until(moves) == FIELDS["reverse_dead_ms"] + SCAN_MS
        bench.restart()  # in mid-travel
        assert bench.time_until(moves) == FIELDS["reverse_dead_ms"] + SCAN_MS


def test_a_reversal_waits_for_its_dead_time_and_a_stop_in_it_changes_nothing():
    for dead_ms in (0, 100, 150, 200, 1000):
        bench = DriveBench(opening=500, reverse_dead_ms=dead_ms)
        bench.run(2000)
        bench.target = OPEN
        bench.run(100)
        assert opens(bench)
        bench.target = CLOSED
        bench.scan()
        assert is_off(bench), dead_ms
        least_ms = max(SCAN_MS, (dead_ms + SCAN_MS - 1) // SCAN_MS * SCAN_MS)
        assert bench.time_until(closes) == least_ms, dead_ms
        bench.target = OPEN
        bench.scan()
        bench.target = HOLD  # stopped during the dead time
        bench.scan()
        bench.target = OPEN
        assert bench.time_until(opens) == max(SCAN_MS, least_ms - SCAN_MS), dead_ms


def test_the_same_direction_goes_on_without_dead_time():
    bench = DriveBench(opening=0)
    bench.run(1000)
    bench.target = OPEN
    bench.run(200)
    bench.target = HOLD
    bench.scan()
    assert is_off(bench)
    bench.target = OPEN
    bench.scan()
    assert opens(bench)


def test_a_jam_backs_off_and_tries_again_and_then_latches():
    for target, away, toward, retries in (
        (CLOSED, opens, closes, 0),
        (CLOSED, opens, closes, 1),
        (CLOSED, opens, closes, 3),
        (OPEN, closes, opens, 2),
    ):
        bench = DriveBench(opening=500, retries=retries)
        bench.run(1000)
        bench.leaf.stuck = True
        bench.target = target
        bench.time_until(toward)
        for attempt in range(retries):
            assert bench.time_until(is_off) == FIELDS["travel_timeout_ms"], attempt
            assert bench.drive.fault != codes.CAUSE_NONE  # the alarm is at the first
            assert bench.time_until(away) == FIELDS["reverse_dead_ms"]
            assert bench.time_until(is_off) == FIELDS["backoff_ms"]
            assert bench.time_until(toward) == FIELDS["reverse_dead_ms"]
        assert bench.time_until(is_off) == FIELDS["travel_timeout_ms"]
        bench.run(20000)
        assert is_off(bench)
        drive = bench.drive
        assert [drive.may(OPENING), drive.may(CLOSING)] == [target == CLOSED, target == OPEN]
        expected = codes.CAUSE_JAM_CLOSING if target == CLOSED else codes.CAUSE_JAM_OPENING
        assert drive.fault == expected


def test_a_latch_of_one_direction_does_not_forbid_the_other():
    bench = DriveBench(opening=500)
    bench.leaf.stuck = True
    bench.target = CLOSED
    bench.time_until(lambda one: not one.drive.may(CLOSING))
    bench.leaf.stuck = False
    bench.target = OPEN
    bench.time_until(lambda one: one.drive.position == codes.POSITION_OPEN)
    assert not bench.drive.may(CLOSING)  # to have opened is no proof that it closes
    bench.target = CLOSED
    bench.run(5000)
    assert bench.drive.position == codes.POSITION_OPEN
    bench.reset()
    bench.time_until(lambda one: one.drive.position == codes.POSITION_CLOSED)
    assert bench.drive.fault == codes.CAUSE_NONE


def test_a_jam_that_is_overcome_is_forgotten():
    bench = DriveBench(opening=500)
    for _ in range(5):  # more often than the retries allow in a row
        bench.target = CLOSED
        bench.leaf.stuck = True
        bench.time_until(lambda one: one.drive.fault == codes.CAUSE_JAM_CLOSING)
        bench.leaf.stuck = False
        bench.time_until(lambda one: one.drive.position == codes.POSITION_CLOSED)
        assert bench.drive.fault == codes.CAUSE_NONE
        bench.target = OPEN
        bench.time_until(lambda one: one.drive.position == codes.POSITION_OPEN)


def test_a_stone_near_the_open_end_is_not_ground_for_ever():
    """The back-off reaches the open switch each time: that is no success of closing."""
    bench = DriveBench(opening=1000)
    bench.leaf.stops_at_ms = 200
    bench.target = CLOSED
    bench.time_until(lambda one: one.drive.fault == codes.CAUSE_JAM_CLOSING)
    for _ in range(200):
        bench.scan()
        assert bench.drive.fault == codes.CAUSE_JAM_CLOSING  # the alarm stands
    assert not bench.drive.may(CLOSING)
    assert bench.starts == [FIELDS["retries"], 1 + FIELDS["retries"]]


def test_jams_of_both_directions_are_counted_apart():
    bench = DriveBench(opening=500)
    bench.leaf.stuck = True
    for target in (CLOSED, OPEN, CLOSED, OPEN, CLOSED, OPEN):
        bench.target = target
        bench.run(1200)  # a time-out and the beginning of a back-off
    assert not bench.drive.may(OPENING)
    assert not bench.drive.may(CLOSING)


def test_a_target_that_changes_in_the_back_off_comes_first():
    for wanted in (HOLD, OPEN):
        bench = DriveBench(opening=500)
        bench.leaf.stuck = True
        bench.target = CLOSED
        bench.time_until(opens)
        bench.leaf.stuck = False
        bench.target = wanted
        bench.scan()
        assert opens(bench) == (wanted == OPEN)
        bench.run(2000)
        assert bench.leaf.at_ms == (400 if wanted == OPEN else 300)
    # and when it changes back, what is left of the retries is left
    bench = DriveBench(opening=500)
    bench.leaf.stuck = True
    bench.target = CLOSED
    bench.time_until(opens)
    bench.target = HOLD
    bench.run(1000)
    bench.target = CLOSED
    bench.run(5000)
    assert not bench.drive.may(CLOSING)
    assert bench.starts[1] == 2


def test_a_jam_in_the_scan_in_which_all_is_to_stop_moves_nothing():
    for dead_ms in (0, 200):
        for target, enabled in ((HOLD, True), (CLOSED, False), (HOLD, False)):
            bench = DriveBench(opening=500, reverse_dead_ms=dead_ms)
            bench.leaf.stuck = True
            bench.target = CLOSED
            bench.time_until(closes)
            bench.run(FIELDS["travel_timeout_ms"] - SCAN_MS)
            bench.target, bench.enabled = target, enabled
            bench.scan()  # the time-out; the bench sees that nothing is on
            bench.run(1000)


def test_a_back_off_ends_at_the_travel_time_out_at_the_latest():
    bench = DriveBench(opening=500, backoff_ms=60000)
    bench.leaf.stuck = True
    bench.target = CLOSED
    bench.run(20000)  # judged in every scan
    assert not bench.drive.may(CLOSING)


def test_a_stop_in_mid_travel_is_at_once():
    bench = DriveBench()
    bench.run(1000)
    bench.target = OPEN
    bench.run(200)
    bench.enabled = False
    bench.scan()
    assert is_off(bench)
    bench.run(5000)
    bench.enabled = True
    bench.time_until(lambda one: one.drive.position == codes.POSITION_OPEN)


def test_both_switches_forbid_both_directions_until_a_reset():
    for opening in (0, 500, 1000):
        bench = DriveBench(opening=opening)
        bench.run(1000)
        bench.target = CLOSED if opening else OPEN
        bench.run(200)
        bench.leaf.shown = {"at_open": 1, "at_closed": 1}
        bench.scan()
        assert is_off(bench)
        assert bench.drive.fault == codes.CAUSE_SWITCHES
        assert bench.drive.position == codes.POSITION_UNKNOWN
        assert bench.drive.position_lost(bench.inputs)
        bench.reset()  # the cause is not gone
        assert bench.drive.fault == codes.CAUSE_SWITCHES
        bench.leaf.shown = {}
        bench.run(2000)
        assert is_off(bench)
        assert bench.drive.position_lost(bench.inputs)  # nobody has looked at it yet
        bench.reset()
        assert not bench.drive.position_lost(bench.inputs)
        bench.time_until(lambda one: direction_to(one.target, *one.inputs) == STOPPED)


def test_a_switch_that_drops_at_rest_is_driven_to_again_but_not_for_ever():
    for target, name, direction in ((CLOSED, "at_closed", CLOSING), (OPEN, "at_open", OPENING)):
        bench = DriveBench(opening=500)
        bench.target = target
        bench.run(2000)
        begun = bench.starts[direction - 1]
        for _ in range(10):
            bench.leaf.shown = {name: 0}
            bench.scan()
            bench.leaf.shown = {}
            bench.run(500)
        assert bench.starts[direction - 1] - begun == FIELDS["retries"]
        assert not bench.drive.may(direction)
        opens = direction == OPENING
        assert bench.drive.fault == (codes.CAUSE_JAM_OPENING if opens else codes.CAUSE_JAM_CLOSING)
        assert bench.drive.may(OPENING if direction == CLOSING else CLOSING)
        bench.reset()
        bench.leaf.shown = {name: 0}
        bench.scan()
        assert any(bench.outputs)


def test_a_gate_that_was_moved_by_hand_has_dropped_no_switch():
    for target in (OPEN, CLOSED):
        bench = DriveBench(opening=500)
        bench.target = CLOSED
        bench.run(2000)
        bench.target = HOLD
        bench.run(500)
        bench.leaf.at_ms = bench.leaf.travel_ms // 2
        bench.drive.moved_by_hand()
        bench.target = target
        bench.run(300)
        assert bytes(bench.drive.drops) == bytes(3)


def test_a_switch_that_drops_while_the_drive_must_wait_has_dropped_once():
    bench = DriveBench(opening=1000)
    bench.target = OPEN
    bench.scan()
    bench.leaf.shown = {"at_open": 0}
    bench.scan()
    assert not any(bench.outputs)  # its dead time after the start
    bench.scan()
    assert bench.drive.drops[OPENING] == 1
    assert bench.drive.may(OPENING)


def test_a_bouncing_switch_is_not_ground_for_ever():
    bench = DriveBench(opening=500)
    bench.target = CLOSED
    bench.time_until(lambda one: one.leaf.at_ms == 0)
    for _ in range(50):
        bench.leaf.shown = {"at_closed": 0}
        bench.scan()
        bench.leaf.shown = {}
        bench.scan()
    assert bench.starts[1] <= 1 + FIELDS["retries"]


def test_drops_are_forgotten_after_a_whole_stroke():
    bench = DriveBench()
    for _ in range(5):
        bench.target = CLOSED
        bench.run(2000)
        bench.leaf.shown = {"at_closed": 0}
        bench.scan()
        bench.leaf.shown = {}
        bench.run(500)
        bench.target = OPEN
        bench.run(2000)
    assert bench.drive.may(CLOSING)
