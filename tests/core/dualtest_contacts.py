"""Contacts of rules 5 and 6, the healthy output and demand not met; told as stories."""

from core_site import merged
from core_story import (
    NO_ANSWER,
    SCAN_MS,
    TURBID,
    Story,
    is_closing,
    is_open,
    is_opening,
    is_shut,
    opened_story,
    river_high,
    rules,
)

from reedgate_contract import codes
from reedgate_contract import config as layout

OPEN, CLOSED, HOLD = codes.TARGET_OPEN, codes.TARGET_CLOSED, codes.TARGET_HOLD
BUTTONS = (
    ("emergency_close", codes.CAUSE_EMERGENCY_CLOSE),
    ("upstream_alarm", codes.CAUSE_UPSTREAM_ALARM),
)
WIRED = ("emergency_close", "upstream_alarm", "healthy")
BATTERY = {"closes_on_battery": 1}


def test_an_open_contact_closes_at_once_and_only_a_reset_ends_it():
    for name, cause in BUTTONS:
        story = opened_story(wired=WIRED)
        story.levels[name] = 0
        story.scan()
        assert (story.inlet.rule, story.inlet.cause) == (codes.RULE_QUALITY, cause)
        assert is_closing(story)
        assert story.bypass.target == OPEN
        assert story.inlet.first_out == cause
        story.until(is_shut, 9000)
        assert story.inlet.wait == codes.WAIT_CONTACT
        story.press_reset()
        assert story.inlet.rule == codes.RULE_QUALITY  # its cause is not gone
        story.levels[name] = 1
        story.never(is_opening, 60000)
        assert story.inlet.wait == codes.WAIT_RESET
        story.press_reset()
        assert story.inlet.rule == codes.RULE_AUTOMATIC
        assert story.inlet.first_out == codes.CAUSE_NONE
        story.until(is_open, 20000)


def test_a_contact_acts_while_the_station_starts():
    story = Story(wired=WIRED, grace_ms=60000)
    story.levels["emergency_close"] = 0
    story.polling = False
    story.run(1000)
    assert is_closing(story)


def test_a_flood_ranks_before_the_emergency_close():
    story = opened_story(wired=WIRED)
    story.levels["flood"] = 0
    story.until(rules(codes.RULE_FLOOD), 5000)
    story.levels["emergency_close"] = 0
    story.never(is_closing, 9000)
    assert story.inlet.first_out == codes.CAUSE_EMERGENCY_CLOSE  # evaluated, though masked


def test_lost_mains_close_a_gate_that_has_a_battery_and_no_other():
    for fields in (BATTERY, {}):
        story = opened_story(wired=("mains_ok",), gate=fields)
        story.levels["mains_ok"] = 0
        story.scan()
        assert bool(fields) == is_closing(story)
        assert story.inlet.alarms == codes.ALARM_MAINS_LOST
        if not fields:
            continue
        assert (story.inlet.rule, story.inlet.cause) == (
            codes.RULE_UNKNOWN,
            codes.CAUSE_MAINS_LOST,
        )
        assert story.bypass.target == OPEN
        story.until(is_shut, 9000)
        assert story.inlet.wait == codes.WAIT_MAINS
        story.levels["mains_ok"] = 1
        story.until(is_open, 20000)  # it sets no latch
        assert story.inlet.alarms == 0


def test_healthy_is_held_on_while_all_is_well_and_in_a_trip_that_is_obeyed():
    story = Story(wired=WIRED)
    story.scan()
    assert story.output("healthy")
    story.water[0] = TURBID
    story.never(lambda one: not one.output("healthy"), 30000)
    assert is_shut(story)


def test_healthy_is_off_in_safe_mode():
    story = Story(wired=WIRED)
    story.station.enter_safe_mode()
    story.never(lambda one: one.output("healthy"), 5000)


def unmet_at_once(story, cause):
    """In the scan in which the demand cannot be obeyed any more."""
    story.until(lambda one: one.inlet.unmet, 60000)
    assert story.inlet.alarms & codes.ALARM_UNMET
    assert not story.output("healthy")
    assert story.bypass.target == OPEN, cause


def test_a_stopped_gate_that_a_trip_demands_closed_is_not_met():
    story = opened_story(wired=WIRED)
    story.levels["estop"] = 0
    story.scan()
    assert not story.inlet.unmet  # nothing is demanded
    assert story.output("healthy")
    story.water[0] = TURBID
    story.until(lambda one: one.inlet.urgent, 9000)
    assert story.inlet.unmet
    assert not story.output("healthy")


def test_a_stopped_gate_that_a_contact_demands_closed_is_not_met():
    story = opened_story(wired=WIRED)
    story.levels["estop"] = 0
    story.scan()
    story.levels["emergency_close"] = 0
    story.scan()
    assert story.inlet.urgent
    assert story.inlet.demand == codes.TARGET_CLOSED
    assert story.inlet.unmet


def test_a_stopped_gate_that_stands_where_it_is_demanded_is_met():
    story = opened_story(wired=WIRED)
    story.water[0] = TURBID
    story.until(is_shut, 20000)
    story.levels["estop"] = 0
    story.never(lambda one: one.inlet.unmet or not one.output("healthy"), 5000)


def test_a_jam_is_not_met_from_its_time_out_on():
    story = opened_story(wired=WIRED)
    story.leaf.stops_at_ms = 2000
    story.water[0] = TURBID
    story.until(is_closing, 9000)
    took_ms = story.until(lambda one: one.inlet.unmet, 60000)
    timeout_ms = story.gate_fields["travel_timeout_ms"]
    assert timeout_ms - SCAN_MS <= took_ms <= timeout_ms
    unmet_at_once(story, "jam")
    story.run(60000)
    assert story.inlet.unmet  # latched now
    story.leaf.stops_at_ms = -1
    story.press_reset()
    story.until(lambda one: not one.inlet.unmet, 20000)
    assert story.output("healthy")


def test_both_switches_are_not_met():
    story = opened_story(wired=WIRED)
    story.leaf.shown = {"at_open": 1, "at_closed": 1}
    unmet_at_once(story, "switches")


def test_lost_water_before_a_latched_drive_is_not_met():
    story = opened_story(wired=WIRED)
    story.inlet.drive.forbids_closing = True
    story.water[0] = NO_ANSWER
    unmet_at_once(story, "lost")


def test_a_bypass_that_does_not_open_for_its_inlet_is_not_met():
    motor = {"drive": layout.DRIVE_TWO_RELAY, "spring": 0}
    story = opened_story(wired=WIRED, bypass=merged(motor))
    story.bypass_leaf.stuck = True
    story.water[0] = TURBID
    story.until(lambda one: one.bypass.unmet, 30000)
    assert not story.output("healthy")
    assert not story.inlet.unmet


def test_a_lost_stage_is_told():
    story = opened_story(wired=WIRED, floods=[river_high()])
    story.water[2] = NO_ANSWER
    story.until(lambda one: one.inlet.alarms == codes.ALARM_STAGE_LOST, 9000)
    story.water[2] = 1000
    story.until(lambda one: one.inlet.alarms == 0, 2000)
