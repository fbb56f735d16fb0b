"""The inlet in floods and with faults of its drive, told as stories; and the first-out."""

from core_story import (
    AIRLESS,
    FLOOD,
    HIGH,
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
    river_high,
    rules,
    tripped_story,
)

from reedgate_contract import codes
from reedgate_contract import config as layout

OPEN, CLOSED, HOLD = codes.TARGET_OPEN, codes.TARGET_CLOSED, codes.TARGET_HOLD
RESET_ONLY = {"clears": layout.CLEARS_RESET_ONLY}


def test_a_closed_switch_that_drops_at_rest_is_driven_back_while_nothing_demands():
    story = tripped_story(gate={"reopen_hold_ms": 60000})
    story.run(9000)
    assert story.inlet.rule == codes.RULE_AUTOMATIC
    story.leaf.at_ms = 200  # it has sagged
    story.scan()
    assert is_closing(story)
    story.until(is_shut, 1000)


def test_a_flood_opens_against_a_trip_without_asking_the_water():
    for start in ("contact", "stage"):
        story = opened_story(trip=RESET_ONLY)
        story.water[0] = TURBID
        story.until(is_shut, 20000)
        if start == "contact":
            story.levels["flood"] = 0
            took_ms = story.until(is_opening, 5000)
            assert took_ms <= 2000 + 2 * SCAN_MS
        else:
            story.water[2] = HIGH
            assert story.until(is_opening, 5000) <= POLL_MS + SCAN_MS
        assert story.inlet.rule == codes.RULE_FLOOD
        assert story.inlet.cause == codes.CAUSE_FLOOD
        assert story.inlet.first_out == codes.CAUSE_QUALITY
        story.until(is_open, 5000)
        story.levels["flood"] = 1
        story.water[2] = 1000
        took_ms = story.until(is_closing, 20000)  # when it is clear the trip rules again
        assert took_ms >= 5000
        assert story.inlet.rule == codes.RULE_QUALITY


def test_the_first_listed_flood_wins():
    at_once = {"active_open": 1, "debounce_ms": 0}
    crest = (merged(FLOOD, {"position": CLOSED}), [], [(at_once, b"crest")])
    river = (FLOOD, [], [(at_once, b"flood")])
    for order, target in (([crest, river], CLOSED), ([river, crest], OPEN)):
        story = Story(floods=order, opening=500)
        story.levels["crest"] = 1
        story.run(10000)
        story.levels["flood"] = 0
        story.levels["crest"] = 0
        story.scan()
        assert story.inlet.target == target
        assert story.inlet.cause_of == 0
        story.levels["crest" if target == CLOSED else "flood"] = 1
        story.run(5000)
        assert story.inlet.target == target  # until it has been clear for its hold
        story.run(SCAN_MS)
        assert story.inlet.target == (OPEN if target == CLOSED else CLOSED)
        assert story.inlet.cause_of == 1


def test_a_flood_may_hold():
    story = opened_story(floods=[river_high(position=HOLD)])
    story.water[0] = TURBID
    story.until(is_closing, 9000)
    story.run(1000)
    story.levels["flood"] = 0
    story.until(rules(codes.RULE_FLOOD), 5000)
    at_ms = story.leaf.at_ms
    story.run(20000)
    assert story.leaf.at_ms == at_ms
    assert not any((is_closing(story), is_opening(story)))


def test_a_flood_that_closes_needs_no_trip():
    story = opened_story(floods=[river_high(position=CLOSED)])
    story.water[2] = HIGH
    assert story.until(is_closing, 3000) <= POLL_MS + SCAN_MS
    assert story.bypass.target == OPEN
    story.until(is_shut, 9000)


def test_a_jam_of_closing_latches_and_is_not_opened_before_the_reset():
    story = opened_story()
    story.leaf.stops_at_ms = 3500
    story.water[0] = TURBID
    story.until(lambda one: not one.inlet.drive.may(2), 60000)
    assert story.bypass_leaf.at_ms == story.bypass_leaf.travel_ms
    assert story.inlet.first_out == codes.CAUSE_QUALITY
    story.water[0] = 5000
    story.leaf.stops_at_ms = -1
    story.never(is_opening, 60000)  # what cannot close again is not opened
    assert story.inlet.wait == codes.WAIT_RESET
    story.press_reset()
    story.until(lambda one: is_opening(one) or is_shut(one), 20000)


def test_a_flood_that_the_gate_cannot_obey_opens_the_bypass_at_the_first_jam():
    story = tripped_story(trip=RESET_ONLY)
    story.run(12000)
    story.press_reset()
    story.until(is_open, 20000)
    story.until(lambda one: one.bypass_leaf.at_ms == 0, 20000)
    story.water[0] = TURBID
    story.until(is_closing, 9000)
    story.run(2000)
    story.leaf.stuck = True
    story.bypass_leaf.at_ms = 0
    story.levels["flood"] = 0
    story.until(lambda one: one.inlet.drive.fault == codes.CAUSE_JAM_OPENING, 20000)
    assert story.inlet.drive.may(1)  # not latched yet
    assert story.bypass.target == OPEN


def test_both_switches_make_the_position_unknown_until_a_reset():
    story = opened_story()
    story.leaf.shown.update({"at_open": 1, "at_closed": 1})
    story.scan()
    inlet = story.inlet
    assert (inlet.rule, inlet.target, inlet.cause) == (
        codes.RULE_UNKNOWN,
        CLOSED,
        codes.CAUSE_SWITCHES,
    )
    assert story.bypass.target == OPEN
    story.leaf.shown.clear()
    story.run(20000)
    assert inlet.rule == codes.RULE_UNKNOWN
    assert inlet.wait == codes.WAIT_RESET
    assert is_open(story)
    story.press_reset()
    assert inlet.rule == codes.RULE_AUTOMATIC


SPRING = {"drive": layout.DRIVE_SPRING_RETURN, "spring": CLOSED}


def test_an_inlet_with_a_spring_keeps_the_same_rules():
    story = opened_story(gate=merged(SPRING, {"openings_per_hour": 2}), opening=0)
    story.until(is_open, 5000)
    for _ in range(2):  # the second closing is not reopened: two openings an hour
        story.water[0] = TURBID
        assert story.until(lambda one: not one.output("out"), 5000) <= 3100
        assert story.bypass.target == OPEN
        story.until(is_shut, 5000)
        story.water[0] = 5000
        story.never(lambda one: one.output("out"), 5000)
        if story.inlet.openings == 1:
            story.until(is_open, 9000)
    story.never(lambda one: one.output("out"), 60000)
    assert story.inlet.wait == codes.WAIT_OPENINGS


def test_an_inlet_with_a_spring_closes_at_an_emergency_stop_and_at_a_start():
    story = opened_story(gate=SPRING, opening=0)
    story.until(is_open, 5000)
    story.water[0] = 9000  # nothing permits; what is open stays open
    story.run(10000)
    assert is_open(story)
    story.levels["estop"] = 0
    story.until(is_shut, 5000)
    story.levels["estop"] = 1
    story.run(500)
    story.press_reset()
    story.never(lambda one: one.output("out"), 20000)
    story.water[0] = 5000
    story.until(is_open, 20000)
    story.power_up()
    story.until(is_shut, 5000)
    story.until(is_open, 20000)


def test_the_first_out_is_kept_until_nothing_is_latched():
    story = opened_story(trip=RESET_ONLY)
    story.levels["estop"] = 0
    story.scan()
    assert story.inlet.first_out == codes.CAUSE_ESTOP
    story.water[0] = TURBID
    story.run(10000)
    story.levels["estop"] = 1
    story.run(500)
    story.press_reset()
    story.until(rules(codes.RULE_QUALITY), 1000)
    assert story.inlet.first_out == codes.CAUSE_ESTOP
    story.water[0] = 5000
    story.run(10000)
    story.press_reset()
    assert story.inlet.first_out == codes.CAUSE_NONE


def test_the_first_of_two_trips_is_kept_though_the_other_is_listed_first():
    airless = merged(TRIP, OXYGEN_TRIP, RESET_ONLY)
    story = opened_story(trips=[merged(TRIP, RESET_ONLY), airless])
    story.water[1] = AIRLESS
    story.until(rules(codes.RULE_QUALITY), 9000)
    story.water[0] = TURBID
    story.run(9000)
    assert (story.inlet.cause_of, story.inlet.first_out_of) == (0, 1)


def test_a_first_out_that_is_of_no_measurement_names_none():
    causes = {
        "estop": codes.CAUSE_ESTOP,
        "emergency_close": codes.CAUSE_EMERGENCY_CLOSE,
        "switches": codes.CAUSE_SWITCHES,
    }
    for name in causes:
        story = opened_story(wired=("emergency_close",))
        if name == "switches":
            story.leaf.shown.update({"at_open": 1, "at_closed": 1})
        else:
            story.levels[name] = 0
        story.scan()
        assert (story.inlet.first_out, story.inlet.first_out_of) == (causes[name], 0)
