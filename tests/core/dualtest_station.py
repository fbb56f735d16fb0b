"""What the gates of a station share: start-up, emergency stop, reset."""

from core_story import (
    GOOD,
    HIGH,
    NO_ANSWER,
    OXYGEN_TRIP,
    POLL_MS,
    SCAN_MS,
    TRIP,
    TURBID,
    Story,
    is_closing,
    is_open,
    is_opening,
    is_shut,
    merged,
    opened_story,
    rules,
)

from reedgate_contract import codes
from reedgate_contract import config as layout

CLOSED, HOLD = codes.TARGET_CLOSED, codes.TARGET_HOLD
RESET_ONLY = {"clears": layout.CLEARS_RESET_ONLY}


def moves(story):
    return any(story.outputs)


def test_nothing_moves_until_the_inputs_are_read():
    for opening in (0, 500, 1000):
        story = Story(grace_ms=60000, opening=opening)
        story.never(moves, POLL_MS)
        assert story.inlet.rule == codes.RULE_START
        assert story.bypass.rule == codes.RULE_START
        story.run(POLL_MS)  # the second poll: k of n
        assert story.inlet.rule == codes.RULE_AUTOMATIC
        story.never(is_closing, 3000)


def test_every_measurement_must_have_been_read():
    story = Story(trips=[TRIP, merged(TRIP, OXYGEN_TRIP)], grace_ms=20000)
    story.water[1] = NO_ANSWER
    story.never(moves, 19000)
    assert story.inlet.rule == codes.RULE_START
    story.until(is_closing, 2000)
    assert story.inlet.cause == codes.CAUSE_NEVER_GOOD
    assert story.inlet.cause_of == 1


def test_unknown_water_closes_when_the_grace_is_over():
    for grace_ms in (0, 500, 2500, 10000):
        for polling in (True, False):
            story = Story(grace_ms=grace_ms)
            story.polling = polling
            story.water[0] = NO_ANSWER
            took_ms = story.until(is_closing, 20000)
            least_ms = max(grace_ms, story.gate_fields["reverse_dead_ms"])
            assert least_ms <= took_ms <= least_ms + 2 * SCAN_MS, (grace_ms, took_ms)
            assert story.inlet.rule == codes.RULE_UNKNOWN
            assert story.inlet.cause == codes.CAUSE_NEVER_GOOD


def test_a_flood_and_a_trip_act_while_starting():
    story = Story(grace_ms=60000, opening=0)
    story.water[0] = NO_ANSWER
    story.levels["flood"] = 0
    assert story.until(is_opening, 5000) <= 2000 + 2 * SCAN_MS
    story = Story(grace_ms=60000, opening=0)
    story.water[0] = NO_ANSWER
    story.water[2] = HIGH
    assert story.until(is_opening, 5000) <= POLL_MS + SCAN_MS
    story = Story(trips=[TRIP, merged(TRIP, OXYGEN_TRIP)], grace_ms=60000)
    story.water[:2] = [TURBID, NO_ANSWER]
    story.until(is_closing, 5000)
    assert story.inlet.rule == codes.RULE_QUALITY
    assert story.station.starting


def test_a_restart_at_any_time_comes_up_with_nothing_on():
    story = opened_story()
    story.water[0] = TURBID
    for number in range(120):  # through the closing, its end and what follows
        story.run(SCAN_MS)
        story.water[0] = TURBID if number < 60 else 5000
        if number % 3 == 0:
            story.power_up()
            assert not any(story.outputs)
            story.scan()  # judged: nothing before the dead time, nothing while starting
            assert not story.output("open")
            assert not story.output("close")
    story.run(30000)


def test_an_emergency_stop_is_at_once_from_every_state():
    for wanted in ("closing", "opening", "open", "shut", "starting"):
        story = Story() if wanted == "starting" else opened_story()
        if wanted != "open":
            story.water[0] = TURBID
        if wanted == "closing":
            story.until(is_closing, 9000)
        elif wanted == "shut":
            story.until(is_shut, 20000)
        elif wanted == "opening":
            story.until(is_shut, 20000)
            story.water[0] = 5000
            story.until(is_opening, 30000)
        story.levels["estop"] = 0
        story.scan()
        assert not any(story.outputs), wanted
        assert story.inlet.rule == codes.RULE_ESTOP
        story.never(moves, 9000)


def test_after_its_release_nothing_moves_before_a_reset():
    story = opened_story()
    story.water[0] = TURBID
    story.until(is_closing, 9000)
    story.run(1000)
    story.levels["estop"] = 0
    story.run(2000)
    story.press_reset()  # while it is pressed: no effect
    story.levels["estop"] = 1
    story.never(moves, 30000)
    story.levels["reset"] = 1
    story.scan()
    assert not moves(story)
    story.scan()
    assert is_closing(story)


def test_a_reset_that_is_held_through_the_release_is_no_edge():
    story = opened_story()
    story.water[0] = TURBID
    story.levels["estop"] = 0
    story.run(1000)
    story.levels["reset"] = 1
    story.scan()
    story.levels["estop"] = 1
    story.never(moves, 10000)
    story.levels["reset"] = 0
    story.scan()
    story.press_reset()
    assert moves(story)


def test_an_edge_in_the_scan_of_the_release_does_not_count():
    story = opened_story()
    story.water[0] = TURBID
    story.levels["estop"] = 0
    story.run(1000)
    story.levels.update({"estop": 1, "reset": 1})
    story.never(moves, 5000)


def test_a_stop_again_before_the_reset_took_effect():
    story = opened_story()
    story.water[0] = TURBID
    story.levels["estop"] = 0
    story.run(5000)
    story.levels["estop"] = 1
    story.run(1000)
    story.levels["reset"] = 1
    story.scan()
    story.levels["estop"] = 0
    story.scan()
    story.levels["estop"] = 1
    story.never(moves, 5000)


def test_a_stop_that_was_pressed_at_the_start_needs_its_reset():
    story = Story()
    story.levels["estop"] = 0
    story.water[0] = NO_ANSWER
    story.run(5000)
    story.levels["estop"] = 1
    story.never(moves, 5000)
    story.press_reset()
    story.until(is_closing, 1000)


def test_a_button_that_is_held_through_a_start_is_no_edge():
    story = Story(trip=RESET_ONLY)
    story.levels["reset"] = 1
    story.scan()
    assert not story.station.reset_edge
    story.water[0] = TURBID
    story.until(is_shut, 20000)
    story.water[0] = GOOD[0]
    story.never(is_opening, 20000)
    assert story.inlet.rule == codes.RULE_QUALITY


def test_trips_and_floods_go_on_behind_an_emergency_stop():
    story = opened_story(trip=RESET_ONLY)
    story.levels["estop"] = 0
    story.run(1000)
    story.water[0] = TURBID
    story.run(5000)
    story.water[0] = GOOD[0]
    story.run(20000)
    story.levels["estop"] = 1
    story.run(500)
    story.press_reset()  # releases the stop, and the trip whose cause is gone
    story.press_reset()
    story.until(rules(codes.RULE_AUTOMATIC), 1000)
    assert is_open(story)


def test_a_reset_gives_a_drive_back_only_when_its_cause_is_gone():
    story = opened_story()
    story.leaf.shown.update({"at_open": 1, "at_closed": 1})
    story.run(500)
    story.press_reset()
    assert story.inlet.drive.fault == codes.CAUSE_SWITCHES
    story.leaf.shown.clear()
    story.run(500)
    story.press_reset()
    assert story.inlet.drive.fault == codes.CAUSE_NONE
    assert story.inlet.target != CLOSED or story.inlet.rule != codes.RULE_UNKNOWN


def test_without_an_emergency_stop_or_a_reset_wired_it_runs():
    story = opened_story()
    story.station._estop = story.station._reset = -1
    story.levels["estop"] = 0
    story.water[0] = TURBID
    story.judge.after = list  # the law's third property speaks of a wired stop
    story.until(is_shut, 20000)
    story.water[0] = GOOD[0]
    story.until(is_open, 30000)
    assert story.inlet.target != HOLD
