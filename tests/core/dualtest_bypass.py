"""The bypass: whatever the inlet does not let in has its way, and never stands before both."""

from core_story import (
    NO_ANSWER,
    SCAN_MS,
    TURBID,
    Story,
    is_closing,
    is_open,
    is_opening,
    is_shut,
    merged,
    opened_story,
    river_high,
    rules,
)

from reedgate_contract import codes
from reedgate_contract import config as layout

OPEN, CLOSED, HOLD = codes.TARGET_OPEN, codes.TARGET_CLOSED, codes.TARGET_HOLD
MOTOR = {"drive": layout.DRIVE_TWO_RELAY, "spring": 0}


def bypass_shut(story):
    return story.bypass_leaf.at_ms == 0


def bypass_open(story):
    return story.bypass_leaf.at_ms == story.bypass_leaf.travel_ms


def test_it_opens_in_the_scan_in_which_the_inlet_is_to_close():
    for kind in ({}, MOTOR):
        for cause in ("quality", "lost", "flood"):
            story = opened_story(bypass=kind, floods=[river_high(position=CLOSED)])
            assert bypass_shut(story)
            if cause == "flood":
                story.levels["flood"] = 0
            else:
                story.water[0] = TURBID if cause == "quality" else NO_ANSWER
            story.until(lambda one: one.inlet.target == CLOSED, 20000)
            assert story.bypass.target == OPEN
            assert story.bypass.cause == codes.CAUSE_BYPASS_FOR
            assert story.bypass.cause_of == story.inlet.number
            story.until(bypass_open, 5000)


def test_it_closes_only_when_the_inlet_stands_open():
    for kind in ({}, MOTOR):
        story = opened_story(bypass=kind)
        story.water[0] = TURBID
        story.until(is_shut, 20000)
        story.water[0] = 5000
        story.until(is_opening, 30000)
        story.never(lambda one: one.bypass_leaf.at_ms < one.bypass_leaf.travel_ms, 3900)
        story.until(is_open, 1000)
        story.until(bypass_shut, 5000)


def test_it_stays_open_for_an_inlet_that_stops_on_its_way():
    for kind in ({}, MOTOR):
        story = opened_story(bypass=kind)
        story.water[0] = TURBID
        story.until(is_shut, 20000)
        story.water[0] = 5000
        story.until(is_opening, 30000)
        story.run(500)
        story.water[0] = 9000  # nothing permits any longer
        story.run(30000)
        assert 0 < story.leaf.at_ms < 2000
        assert bypass_open(story)


def test_it_does_not_believe_a_broken_closed_switch_that_the_inlet_is_open():
    story = opened_story(gate={"retries": 0})
    story.water[0] = TURBID
    story.until(is_shut, 20000)
    story.water[0] = 9000
    story.run(9000)
    story.leaf.shown["at_closed"] = 0
    story.run(60000)
    assert bypass_open(story)


def test_two_gates_that_are_both_closed_at_a_start_do_not_stay_so():
    for kind in ({}, MOTOR):
        story = Story(bypass=kind, opening=0)
        story.bypass_leaf.at_ms = 0
        story.until(lambda one: not one.station.starting, 5000)
        story.until(bypass_open, 5000)
        assert is_shut(story)
        assert story.inlet.rule == codes.RULE_AUTOMATIC


def test_its_own_flood_comes_first_and_then_the_water_has_its_way_again():
    for kind in ({}, MOTOR):
        river_low = river_high(position=CLOSED)
        story = opened_story(bypass=kind, floods=[], bypass_floods=[river_low])
        story.water[0] = TURBID
        story.until(bypass_open, 20000)
        story.until(is_shut, 20000)
        story.levels["flood"] = 0
        story.until(bypass_shut, 9000)
        assert story.bypass.rule == codes.RULE_FLOOD
        story.water[0] = 9000
        story.run(30000)
        assert bypass_shut(story)
        story.levels["flood"] = 1  # the inlet waits, closed; nothing demands it closed
        story.until(bypass_open, 5000 + 5000)
        assert is_shut(story)


def test_an_emergency_stop_holds_a_motor_and_lets_a_spring_go():
    story = opened_story(bypass=MOTOR)
    story.water[0] = TURBID
    story.until(is_closing, 9000)
    story.run(1000)
    story.levels["estop"] = 0
    story.scan()
    at_ms = (story.leaf.at_ms, story.bypass_leaf.at_ms)
    story.run(20000)
    assert (story.leaf.at_ms, story.bypass_leaf.at_ms) == at_ms
    story = opened_story()
    story.levels["estop"] = 0
    story.run(4000)
    assert bypass_open(story)
    assert is_open(story)


def test_a_bypass_with_both_switches_made_takes_its_trip_position():
    story = opened_story()
    story.bypass_leaf.shown.update({"at_open": 1, "at_closed": 1})
    story.scan()
    assert story.bypass.rule == codes.RULE_UNKNOWN
    assert story.bypass.target == OPEN
    story.bypass_leaf.shown.clear()
    story.until(bypass_open, 5000)
    story.press_reset()
    story.until(bypass_shut, 5000)


def test_while_starting_it_does_not_move():
    for opening in (0, 500, 1000):
        story = Story(bypass=MOTOR, opening=opening)
        story.water[0] = NO_ANSWER
        story.never(lambda one: any(one.outputs), 2500)
        assert story.bypass.target == HOLD
        story.until(rules(codes.RULE_UNKNOWN), 2 * SCAN_MS)
        assert story.bypass.target == OPEN


def test_the_spring_of_a_bypass_that_cannot_close_keeps_it_open():
    story = opened_story(opening=0)
    story.water[0] = TURBID
    story.until(is_shut, 20000)
    story.bypass_leaf.stuck = True
    story.water[0] = 5000
    story.until(is_open, 30000)
    story.until(lambda one: not one.output("bypass_out"), 9000)
    assert story.bypass.drive.fault == codes.CAUSE_JAM_CLOSING
    story.never(lambda one: one.output("bypass_out"), 20000)
    assert is_open(story)


def test_merged_takes_the_last():
    assert merged({"a": 1}, {"a": 2}) == {"a": 2}


def test_its_own_flood_is_a_demand_that_a_stopped_motor_does_not_meet():
    river_low = river_high(position=CLOSED)
    story = opened_story(bypass=MOTOR, floods=[], bypass_floods=[river_low])
    story.water[0] = TURBID
    story.until(bypass_open, 20000)
    story.levels["estop"] = 0
    story.run(1000)
    assert story.bypass.demand == OPEN  # of the inlet
    assert not story.bypass.unmet
    story.levels["flood"] = 0
    story.run(4000)
    assert story.bypass.urgent
    assert story.bypass.demand == CLOSED
    assert story.bypass.unmet


def test_its_own_flood_alone_is_urgent():
    story = opened_story(bypass=MOTOR, floods=[], bypass_floods=[river_high(position=OPEN)])
    assert not story.bypass.urgent
    story.levels["flood"] = 0
    story.until(lambda one: one.bypass.rule == codes.RULE_FLOOD, 4000)
    assert story.bypass.urgent
    assert not story.inlet.urgent


def test_an_order_tells_how_long_it_stands_and_nothing_else_does():
    story = opened_story()
    assert story.bypass.wait != codes.WAIT_REMOTE_HOLD
    story.bypass.remote.take(OPEN, 60000)
    story.scan()
    assert story.bypass.rule == codes.RULE_REMOTE
    assert (story.bypass.wait, story.bypass.wait_ms) == (codes.WAIT_REMOTE_HOLD, 60000)
    story.run(1000)
    assert story.bypass.wait_ms == 59000
    story.bypass.remote.release()
    story.run(1000)
    assert story.bypass.wait != codes.WAIT_REMOTE_HOLD


def test_one_whose_position_is_lost_is_to_be_open_whatever_the_inlet_does():
    story = opened_story(bypass=MOTOR)
    assert story.bypass.demand == HOLD
    story.bypass.drive.lose(codes.CAUSE_SWITCHES)
    story.scan()
    assert story.inlet.target != CLOSED
    assert story.bypass.demand == OPEN
