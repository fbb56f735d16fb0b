"""The inlet and its water, told as stories. Each scan is judged by core_law too."""

import binascii

from core_story import (
    AIRLESS,
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
    tripped_story,
)

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.core import fixed

OPEN, CLOSED, HOLD = codes.TARGET_OPEN, codes.TARGET_CLOSED, codes.TARGET_HOLD
RESET_ONLY = {"clears": layout.CLEARS_RESET_ONLY}


def test_bad_water_closes_within_the_budget():
    for delay_ms in (0, 500, 2000, 7000):
        for phase_ms in (0, 300, 900):
            story = opened_story(trip={"delay_ms": delay_ms})
            story.run(phase_ms)
            story.water[0] = TURBID
            took_ms = story.until(is_closing, 20000)
            assert took_ms <= max(delay_ms, POLL_MS) + POLL_MS + SCAN_MS, (delay_ms, phase_ms)
            assert story.inlet.rule == codes.RULE_QUALITY
            assert story.inlet.cause == codes.CAUSE_QUALITY
            assert story.inlet.cause_of == 0
            assert story.inlet.first_out == codes.CAUSE_QUALITY
            assert story.until(is_shut, 9000) <= story.leaf.travel_ms + SCAN_MS


def test_a_spike_does_not_close():
    story = opened_story()
    for _ in range(5):
        story.water[0] = TURBID
        story.never(is_closing, POLL_MS)
        story.water[0] = 5000
        story.never(is_closing, 3 * POLL_MS)


def test_after_an_upset_it_opens_by_its_holds():
    story = tripped_story()
    story.never(is_opening, 4000)  # the clear hold
    story.until(is_opening, 3000)
    assert story.inlet.rule == codes.RULE_AUTOMATIC
    assert story.inlet.first_out == codes.CAUSE_NONE
    story.until(is_open, 5000)


def test_the_reopen_hold_counts_while_a_latch_stands_and_a_reset_opens_only_afterwards():
    story = tripped_story(trip=RESET_ONLY)
    story.never(is_opening, 60000)
    story.levels["reset"] = 1
    story.scan()  # S7: nothing opens in this scan
    assert story.inlet.rule == codes.RULE_AUTOMATIC
    assert not is_opening(story)
    story.scan()
    assert is_opening(story)
    assert story.opened[-1][1] == codes.RULE_AUTOMATIC


def test_a_reset_while_the_cause_stands_is_lost():
    story = opened_story(trip=RESET_ONLY)
    story.water[0] = TURBID
    story.until(is_shut, 20000)
    story.press_reset()
    story.water[0] = 5000
    story.never(is_opening, 30000)
    assert story.inlet.rule == codes.RULE_QUALITY


def test_a_held_reset_is_one_edge_only():
    story = opened_story(trip=RESET_ONLY)
    story.water[0] = TURBID
    story.until(rules(codes.RULE_QUALITY), 20000)
    story.levels["reset"] = 1
    story.water[0] = 5000
    story.never(is_opening, 30000)
    assert story.inlet.rule == codes.RULE_QUALITY
    story.levels["reset"] = 0
    story.scan()
    story.press_reset()
    story.until(is_opening, 1000)


def test_every_permissive_must_hold():
    bad = (TURBID, 9000, NO_ANSWER, fixed.NOT_A_NUMBER, fixed.INFINITE_ABOVE, -1, 999999)
    airless = merged(TRIP, OXYGEN_TRIP)
    for value in bad:
        story = Story(trips=[TRIP, airless], opening=0)
        story.until(lambda one: not one.station.starting, 5000)
        story.run(3000)
        story.water[0] = value  # a break of the hold, whatever it is
        story.run(POLL_MS)
        story.water[0] = 5000
        story.never(is_opening, 5000)
        story.until(is_opening, 2 * POLL_MS)
    for value in (AIRLESS, 2400, NO_ANSWER):
        story = Story(trips=[TRIP, airless], opening=0)
        story.water[1] = value
        story.never(is_opening, 30000)
        story.water[1] = 8000
        story.until(is_opening, 12000)


def test_permission_that_ends_in_mid_travel_stops_it_where_it_is():
    story = tripped_story()
    story.until(is_opening, 20000)
    story.run(1000)
    story.water[0] = 9000  # not beyond, not inside
    story.until(lambda one: not is_opening(one), 2 * POLL_MS)
    assert story.inlet.target == HOLD
    at_ms = story.leaf.at_ms
    story.never(lambda one: any((is_opening(one), is_closing(one))), 20000)
    assert story.leaf.at_ms == at_ms
    story.water[0] = 5000
    story.never(is_opening, 5000)
    story.until(is_open, 9000)


def test_within_the_deadband_an_open_gate_stays_open():
    story = opened_story()
    story.water[0] = 9000
    story.never(is_closing, 60000)
    assert is_open(story)


def test_each_opening_counts_for_its_own_hour():
    minute_ms = 60000
    story = Story(gate={"openings_per_hour": 4})
    inlet = story.inlet
    for index in range(3):
        inlet.openings_ms[index] = 10 * index * minute_ms
    inlet.openings = 3
    story.polling = False
    for minutes, left in ((59, 3), (60, 2), (69, 2), (70, 1), (79, 1), (80, 0)):
        story.passed_ms = minutes * minute_ms - story.scan_ms
        story.scan()
        assert inlet.openings == left, minutes


def test_openings_are_counted_and_closings_are_not_delayed_by_it():
    story = opened_story(gate={"openings_per_hour": 2})
    for _ in range(2):
        story.water[0] = TURBID
        assert story.until(is_closing, 5000) <= 3100
        story.until(is_shut, 9000)
        story.water[0] = 5000
        story.until(is_open, 30000)
    story.inlet.trips[0].recurrence.kept = 0  # else the third of one cause insists on a reset
    first_ms = story.opened[-2][0]
    story.water[0] = TURBID
    assert story.until(is_closing, 5000) <= 3100
    story.water[0] = 5000
    story.never(is_opening, 60000)
    assert story.inlet.wait == codes.WAIT_OPENINGS
    left_ms = first_ms + 3600000 - story.passed_ms
    assert story.inlet.wait_ms == left_ms
    story.scan_ms = 1000  # the hour passes faster
    assert abs(story.until(is_opening, 3600000) - left_ms) <= 1000


def test_the_back_off_of_a_jam_is_no_opening_of_the_count():
    story = tripped_story(gate={"openings_per_hour": 2})
    story.until(is_opening, 20000)
    story.run(500)
    story.leaf.stuck = True
    story.until(is_closing, 9000)  # the back-off of an opening goes toward closed
    story.leaf.stuck = False
    story.until(is_opening, 9000)
    story.until(is_open, 9000)  # the jammed one and the one after it: two
    assert story.inlet.drive.fault == codes.CAUSE_NONE


def test_min_closed_is_kept_even_if_the_switch_drops_meanwhile():
    story = tripped_story(trip=RESET_ONLY, gate={"min_closed_ms": 30000, "retries": 5})
    story.run(12000)
    story.press_reset()
    story.never(is_opening, 5000)
    assert story.inlet.wait == codes.WAIT_MIN_CLOSED
    story.leaf.shown["at_closed"] = 0  # it is driven back; no opening comes of it
    story.scan()
    assert is_closing(story)
    story.leaf.shown.clear()
    story.never(is_opening, 11000)
    story.until(is_opening, 4000)


def test_lost_water_closes_and_sets_no_latch():
    for value in (NO_ANSWER, fixed.NOT_A_NUMBER, fixed.INFINITE_BELOW, 2000000, 999999):
        story = opened_story()
        story.water[0] = value
        # two polls to be fewer than k, the hold, the phase
        took_ms = story.until(is_closing, 20000)
        assert 4000 <= took_ms <= 3 * POLL_MS + 3000 + SCAN_MS, (value, took_ms)
        inlet = story.inlet
        assert (inlet.rule, inlet.cause, inlet.cause_of) == (
            codes.RULE_UNKNOWN,
            codes.CAUSE_LOST,
            0,
        )
        assert inlet.first_out == codes.CAUSE_NONE
        story.until(is_shut, 9000)
        story.water[0] = 5000
        story.until(rules(codes.RULE_AUTOMATIC), 2 * POLL_MS)
        story.never(is_opening, 3900)
        story.until(is_open, 9000)


def test_a_starved_bus_is_lost_water_too():
    story = opened_story()
    story.polling = False
    took_ms = story.until(is_closing, 20000)
    assert took_ms <= 3000 + 3000 + POLL_MS
    assert story.inlet.cause == codes.CAUSE_LOST


def test_lost_after_the_last_was_beyond_closes_at_once():
    story = opened_story(trip={"lost_hold_ms": 60000})
    story.water[0] = TURBID
    story.until(lambda one: one.readings.value[0] == TURBID, 2000)
    story.water[0] = NO_ANSWER
    story.never(is_closing, POLL_MS)  # one poll without an answer is no loss
    story.until(is_closing, POLL_MS)
    assert story.inlet.cause == codes.CAUSE_LOST


def test_a_close_that_was_begun_is_finished():
    story = opened_story()
    story.water[0] = NO_ANSWER
    story.until(is_closing, 20000)
    story.water[0] = 9000  # usable again, but nothing permits
    story.until(rules(codes.RULE_AUTOMATIC), 3000)
    assert not is_shut(story)
    story.until(is_shut, 5000)
    story.never(is_opening, 20000)


def test_what_it_waits_for():
    story = opened_story(gate={"reopen_hold_ms": 9000})
    story.water[0] = TURBID
    story.until(lambda one: one.inlet.wait == codes.WAIT_CONFIRM, 2000)
    assert 0 < story.inlet.wait_ms <= 2000
    story.until(is_shut, 20000)
    assert story.inlet.wait == codes.WAIT_WATER
    story.water[0] = 5000
    story.until(lambda one: one.inlet.wait == codes.WAIT_CLEAR_HOLD, 4000)
    assert story.inlet.wait_ms == 4000
    story.until(lambda one: one.inlet.wait == codes.WAIT_REOPEN_HOLD, 9000)
    story.until(is_opening, 9000)
    assert story.inlet.wait == codes.WAIT_NONE
    story.levels["flood"] = 0
    story.until(lambda one: one.inlet.wait == codes.WAIT_FLOOD_CLEAR, 5000)
    story.levels["estop"] = 0
    story.scan()
    assert story.inlet.wait == codes.WAIT_RESET


def _trace(start_ticks):
    story = opened_story(start_ticks=start_ticks)
    seen = []  # a checksum for each second: the whole would fill a board's heap
    for value in (TURBID, 5000, NO_ANSWER, 5000):
        story.water[0] = value
        for _ in range(25):
            crc = 0
            for _ in range(10):
                story.scan()
                state = bytes(story.outputs) + bytes((story.inlet.rule, story.bypass.rule))
                crc = binascii.crc32(state + str(story.inlet.wait_ms).encode(), crc)
            seen.append(crc)
    return seen


def test_the_same_story_at_any_place_of_the_ticks():
    expected = _trace(0)
    for start_ticks in ((1 << 30) - 20000, (1 << 30) - 61000, (1 << 29) - 30000):
        assert _trace(start_ticks) == expected, start_ticks
