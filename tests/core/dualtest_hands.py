"""Rule 3: the selector, its hold-to-run buttons, and service; told at the inlet as stories."""

from core_site import merged
from core_story import (
    HIGH,
    TURBID,
    Story,
    is_closing,
    is_open,
    is_opening,
    is_shut,
    opened_story,
    rules,
)

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.core import led
from station.core.drive import OPENING

OPEN, CLOSED, HOLD = codes.TARGET_OPEN, codes.TARGET_CLOSED, codes.TARGET_HOLD
HANDS = ("local", "local_open", "local_close")
WIRED = HANDS + ("healthy", "service")  # noqa: RUF005 - MicroPython has no (*…)
MINUTE_MS = 60000


def local_story(**changes):
    story = opened_story(wired=WIRED, **changes)
    story.levels["local"] = 1
    return story.run(200)


def alarmed(story, alarm):
    return bool(story.inlet.alarms & alarm)


def test_the_buttons_run_the_gate_only_while_they_are_held():
    story = local_story()
    assert (story.inlet.rule, story.inlet.cause) == (codes.RULE_LOCAL, codes.CAUSE_LOCAL)
    story.never(lambda one: is_opening(one) or is_closing(one), 5000)
    story.levels["local_close"] = 1
    story.run(1000)
    assert is_closing(story)
    story.levels["local_close"] = 0
    story.scan()
    assert not any((is_closing(story), is_opening(story)))
    at_ms = story.leaf.at_ms
    story.run(5000)
    assert story.leaf.at_ms == at_ms
    story.levels["local_open"] = 1
    story.until(is_open, 5000)
    story.run(2000)  # into a made switch it does not drive


def test_both_buttons_together_are_stop():
    story = local_story()
    story.levels["local_close"] = 1
    story.run(1000)
    story.levels["local_open"] = 1
    story.scan()
    assert story.inlet.target == HOLD
    story.never(lambda one: is_opening(one) or is_closing(one), 3000)


def test_the_buttons_mean_nothing_without_the_selector():
    story = opened_story(wired=WIRED)
    story.levels["local_close"] = 1
    story.never(is_closing, 5000)
    assert story.inlet.rule == codes.RULE_AUTOMATIC


def test_the_firmware_never_overrules_the_selector():
    for cause in ("flood", "quality"):
        story = local_story(floods=None if cause == "quality" else _floods_that_close())
        if cause == "flood":
            story.water[2] = HIGH
        else:
            story.water[0] = TURBID
        story.until(lambda one: one.inlet.urgent, 9000)
        assert story.inlet.rule == codes.RULE_LOCAL
        story.never(is_closing, 20000)
        assert alarmed(story, codes.ALARM_LOCAL_DEMAND)
        assert alarmed(story, codes.ALARM_UNMET)
        assert not story.output("healthy")
        assert story.bypass.target == OPEN
        story.levels["local"] = 0
        story.until(is_closing, 500)
        story.until(is_shut, 9000)
        assert story.inlet.alarms == 0
        assert story.output("healthy")


def _floods_that_close():
    fields = {"position": CLOSED, "stage_lost": layout.STAGE_LOST_CONTACT, "clear_ms": 5000}
    stage = {"point": 2, "side": layout.SIDE_ABOVE, "limit": 2350, "deadband": 50}
    return [(fields, [stage], [({"active_open": 1, "debounce_ms": 2000}, b"flood")])]


def test_local_with_a_demand_is_told_though_the_gate_stands_where_it_should():
    story = local_story()
    story.levels["local_close"] = 1
    story.until(is_shut, 9000)
    story.levels["local_close"] = 0
    story.water[0] = TURBID
    story.until(lambda one: one.inlet.urgent, 9000)
    assert alarmed(story, codes.ALARM_LOCAL_DEMAND)
    assert not alarmed(story, codes.ALARM_UNMET)
    assert not story.output("healthy")


def test_drive_protection_binds_in_local_too():
    story = local_story()
    story.leaf.stuck = True
    story.levels["local_close"] = 1
    story.until(lambda one: not one.inlet.drive.may(2), 60000)
    story.never(is_closing, 5000)
    story.leaf.stuck = False
    story.levels.update({"local_close": 0, "local_open": 1})
    story.run(1000)
    story.leaf.shown = {"at_open": 1, "at_closed": 1}
    story.run(200)
    story.never(is_opening, 5000)


def test_local_without_a_button_for_a_quarter_of_an_hour_is_told():
    story = local_story()
    story.scan_ms = story.poll_ms
    story.never(lambda one: alarmed(one, codes.ALARM_LOCAL_IDLE), 14 * MINUTE_MS)
    story.press("local_open")
    story.never(lambda one: alarmed(one, codes.ALARM_LOCAL_IDLE), 14 * MINUTE_MS)
    story.until(lambda one: alarmed(one, codes.ALARM_LOCAL_IDLE), 2 * MINUTE_MS)
    assert story.output("healthy")  # nobody has to run


def test_a_gate_moved_by_its_own_wires_is_not_driven_back():
    story = local_story()
    story.levels["local_close"] = 1
    story.until(is_shut, 9000)
    story.levels["local_close"] = 0
    story.run(500)
    story.water[0] = 9000  # within the deadband: nothing permits, nothing demands
    story.run(9000)
    story.leaf.at_ms = 2000  # the buttons are wired beside the relays
    story.run(500)
    story.levels["local"] = 0
    story.never(is_closing, 9000)


def test_a_dropped_switch_counts_only_while_nobody_has_the_gate_in_hand():
    story = opened_story(wired=WIRED)
    story.leaf.shown["at_open"] = 0
    story.run(300)
    assert story.inlet.drive.drops[OPENING] == 1
    story = local_story()
    story.leaf.shown["at_open"] = 0
    story.levels["local_open"] = 1
    story.run(300)
    assert story.inlet.drive.drops[OPENING] == 0


def serviced_story(**changes):
    """In service, past the trip position."""
    story = opened_story(wired=WIRED, **changes)
    story.press("service")
    story.until(is_shut, 9000)
    return story.run(15000)


def test_service_drives_to_the_trip_position_first_and_then_obeys_its_buttons():
    story = opened_story(wired=WIRED)
    story.levels["local_open"] = 1
    story.press("service")
    assert (story.inlet.rule, story.inlet.cause) == (codes.RULE_LOCAL, codes.CAUSE_SERVICE)
    assert (story.inlet.target, story.bypass.target) == (CLOSED, OPEN)
    story.until(is_shut, 9000)
    story.never(is_opening, 8000)  # not before 15 s have passed
    story.until(is_opening, 5000)
    story.levels["local_open"] = 0
    story.scan()
    assert not is_opening(story)
    assert alarmed(story, codes.ALARM_SERVICE)


def test_service_of_a_gate_that_does_not_get_there_comes_after_its_travel_time():
    story = opened_story(wired=WIRED, gate={"travel_timeout_ms": 20000, "backoff_ms": 0})
    story.leaf.stuck = True
    story.levels["local_open"] = 1
    story.press("service")
    story.never(lambda one: one.inlet.target == OPEN, 19000)
    story.until(lambda one: one.inlet.target == OPEN, 2000)


def test_service_in_local_drives_nothing():
    story = local_story()
    story.press("service")
    story.never(is_closing, 20000)
    assert story.inlet.cause == codes.CAUSE_LOCAL
    assert alarmed(story, codes.ALARM_SERVICE)


def test_service_ranks_before_a_flood():
    story = serviced_story()
    story.levels["flood"] = 0
    story.never(is_opening, 20000)
    assert story.inlet.unmet
    assert not story.output("healthy")


def test_service_ends_with_thirty_seconds_of_the_horn_and_needs_a_reset_to_open():
    story = serviced_story()
    assert story.output("healthy")
    story.levels["local_open"] = 1
    story.press("service")
    assert not story.output("healthy")
    assert led.code_of(story.station, led.RUNNING) == led.SERVICE
    assert story.inlet.wait == codes.WAIT_SERVICE
    assert 28000 <= story.inlet.wait_ms <= 30000
    story.never(lambda one: is_opening(one) or not one.station.service.standing, 29000)
    story.until(rules(codes.RULE_AUTOMATIC), 2000)
    assert story.output("healthy")
    story.never(is_opening, MINUTE_MS)
    assert story.inlet.wait == codes.WAIT_RESET
    story.levels["local_open"] = 0
    story.press_reset()
    story.until(is_open, 9000)
    assert story.bypass.rule == codes.RULE_AUTOMATIC


def test_a_reset_while_service_stands_is_none_and_the_bypass_waits_for_one_too():
    story = local_story()  # the inlet stands open, and the bypass may close
    story.press("service")
    story.levels["local"] = 0
    story.until(is_shut, 30000)
    story.press_reset()
    story.press("service")
    story.run(31000)
    assert story.station.service.needs_reset
    assert story.bypass_leaf.at_ms == story.bypass_leaf.travel_ms
    story.never(is_opening, 20000)


def test_service_ends_into_what_the_selector_says():
    story = serviced_story()
    story.press("service")
    story.levels["local"] = 1
    story.run(31000)
    assert (story.inlet.rule, story.inlet.cause) == (codes.RULE_LOCAL, codes.CAUSE_LOCAL)
    assert not story.station.service.standing


def test_a_button_held_through_a_start_begins_no_service():
    story = Story(wired=WIRED)
    story.levels["service"] = 1
    story.run(5000)
    assert not story.station.service.standing


def test_an_emergency_stop_stops_the_buttons_too():
    story = local_story()
    story.levels["local_close"] = 1
    story.run(1000)
    story.levels["estop"] = 0
    story.never(is_closing, 5000)
    assert story.inlet.rule == codes.RULE_ESTOP


def test_the_bypass_has_hands_of_its_own():
    wired = tuple("bypass_" + each for each in HANDS)
    motor = {"drive": layout.DRIVE_TWO_RELAY, "spring": 0}
    story = opened_story(wired=wired, bypass=merged(motor))
    story.levels["bypass_local"] = 1
    story.water[0] = TURBID
    story.until(is_shut, 20000)
    assert story.bypass.rule == codes.RULE_LOCAL
    assert story.bypass.unmet  # it is the water's one way
    assert not story.station.healthy
    story.levels["bypass_local_open"] = 1
    story.until(lambda one: one.bypass_leaf.at_ms == one.bypass_leaf.travel_ms, 5000)
    story.scan()
    assert not story.bypass.unmet
    assert story.bypass.alarms == codes.ALARM_LOCAL_DEMAND
