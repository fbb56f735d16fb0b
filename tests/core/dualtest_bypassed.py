"""The bypass of one measurement: bounded, one at a time, never of a flood or the last one."""

from core_story import (
    AIRLESS,
    NO_ANSWER,
    OXYGEN_TRIP,
    TRIP,
    TURBID,
    is_closing,
    is_opening,
    is_shut,
    merged,
    opened_story,
)

from reedgate_contract import codes
from station.core import bypassed

HOUR_MS = 3600000
TRIPS = [merged(TRIP), merged(TRIP, OXYGEN_TRIP)]


def a_story():
    story = opened_story(trips=TRIPS)
    assert order(story, 0, 60000) == bypassed.SET
    return story


def order(story, point, for_ms):
    return story.inlet.measurement.order(story.now_ms, point, for_ms)


def test_it_masks_its_measurement_for_its_time_and_no_longer():
    story = a_story()
    story.water[0] = TURBID
    story.never(is_closing, 59000)
    assert story.inlet.cause == codes.CAUSE_BYPASSED
    assert story.inlet.cause_of == 0
    assert story.inlet.wait == codes.WAIT_BYPASS
    assert story.readings.status[0] == codes.STATUS_FUNCTION_CHECK
    assert story.until(is_closing, 5000) <= 2100  # it has judged on: k of n are there


def test_a_lost_measurement_that_is_bypassed_closes_nothing():
    story = a_story()
    story.water[0] = NO_ANSWER
    story.never(is_closing, 50000)


def test_the_others_go_on():
    story = a_story()
    story.water[1] = AIRLESS
    story.until(is_closing, 5000)
    story = a_story()
    story.levels["flood"] = 0
    story.run(3000)
    assert story.inlet.rule == codes.RULE_FLOOD


def test_it_opens_nothing_while_it_stands_and_nothing_by_its_end():
    story = opened_story(trips=TRIPS)
    story.water[0] = NO_ANSWER
    story.until(is_shut, 20000)
    assert order(story, 0, 60000) == bypassed.SET
    story.never(is_opening, 70000)
    story.water[0] = 5000
    assert story.until(is_opening, 20000) >= story.gate_fields["reopen_hold_ms"]


def test_a_latched_trip_stays_latched():
    story = opened_story(trips=TRIPS)
    story.water[0] = TURBID
    story.until(is_shut, 20000)
    assert order(story, 0, 60000) == bypassed.SET
    story.water[0] = 5000
    story.never(is_opening, 60000)
    assert story.inlet.trips[0].latched


def test_it_can_be_ended_before_its_time():
    story = a_story()
    story.water[0] = TURBID
    story.run(5000)
    story.inlet.measurement.cancel()
    story.until(is_closing, 3000)


def test_what_it_refuses():
    story = a_story()
    assert order(story, 1, 1000) == bypassed.ONE_IS_SET
    story.inlet.measurement.cancel()
    assert order(story, 2, 1000) == bypassed.OF_A_FLOOD
    assert order(story, 7, 1000) == bypassed.NO_SUCH_MEASUREMENT
    assert order(story, 0, HOUR_MS + 1) == bypassed.TOO_LONG
    assert order(story, 0, 0) == bypassed.TOO_LONG
    story.water[1] = NO_ANSWER
    story.run(10000)
    assert order(story, 0, 1000) == bypassed.THE_LAST
    story = opened_story()
    assert order(story, 0, 1000) == bypassed.THE_LAST


def test_a_restart_ends_it():
    story = a_story()
    story.power_up()
    assert not story.inlet.measurement.scan(story.now_ms)


def test_it_says_how_long_it_still_stands():
    story = a_story()
    assert story.inlet.measurement.left_ms(story.now_ms) == 60000
    story.run(10000)
    assert 49000 <= story.inlet.measurement.left_ms(story.now_ms) <= 50200
