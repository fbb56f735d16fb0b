"""Rule 7: pond full, use profile, hydraulic load; a gate is closed or capped, and never opened."""

import struct

from core_story import (
    NO_ANSWER,
    TURBID,
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
from station.core.drive import CLOSING, OPENING
from station.core.load import share_of
from station.core.opening import UNKNOWN, Opening
from station.core.ticks import later

STAGE = 2
POND = {
    "point": STAGE,
    "side": layout.SIDE_ABOVE,
    "limit": 2000,
    "deadband": 50,
    "polls": 2,
    "of": 3,
    "delay_ms": 0,
    "lost_hold_ms": 3000,
    "cause": codes.CAUSE_POND_FULL,
    "permille": 0,
    "lost_permille": 300,
}
# 100 L/s at a head of 1 m, wide open; the gauge datum is the sill
RATING = struct.pack("<HIHI", 0, 0, 2000, 20000)
LOAD = {
    "point": STAGE,
    "by_opening": 1,
    "datum": 0,
    "day_dal": 1000000,
    "peak_cl": 1000000,
    "cold_day_dal": 1000000,
    "cold_peak_cl": 1000000,
    "cold_point": layout.NONE,
    "cold_below": 0,
    "winter_day_dal": 1000000,
    "winter_peak_cl": 1000000,
    "winter_months": 0,
    "deadband_permille": 100,
    "lost_permille": 300,
    "settle_ms": 10000,
}


def pond(**changes):
    return [(layout.RESTRAINT, merged(POND, changes), b"")]


def load(**changes):
    return [(layout.LOAD, merged(LOAD, changes), RATING)]


def permille(story):
    return story.leaf.at_ms * 1000 // story.leaf.travel_ms


def test_a_full_pond_closes_and_sets_no_latch():
    story = opened_story(more=pond(), floods=[])
    story.water[STAGE] = 2100
    story.until(is_shut, 12000)
    assert (story.inlet.rule, story.inlet.cause) == (codes.RULE_POND, codes.CAUSE_POND_FULL)
    assert story.inlet.cause_of == STAGE
    assert story.inlet.first_out == codes.CAUSE_NONE
    assert story.bypass.target == codes.TARGET_OPEN
    story.water[STAGE] = 1960  # within the deadband
    story.never(is_opening, 30000)
    story.water[STAGE] = 1900
    story.until(is_open, 30000)


def test_one_poll_is_not_a_full_pond():
    story = opened_story(more=pond(), floods=[])
    story.water[STAGE] = 2100
    story.run(1000)
    story.water[STAGE] = 1000
    story.never(is_closing, 10000)


def test_a_quality_trip_comes_before_it_and_a_flood_before_both():
    story = opened_story(more=pond())
    story.water[STAGE] = 2100
    story.until(rules(codes.RULE_POND), 5000)
    story.water[0] = TURBID
    story.until(rules(codes.RULE_QUALITY), 5000)
    story.levels["flood"] = 0
    story.until(rules(codes.RULE_FLOOD), 5000)


def test_a_capped_gate_stops_on_its_way_and_the_rest_goes_around():
    for bypass in ({}, {"drive": layout.DRIVE_TWO_RELAY, "spring": 0}):
        story = opened_story(more=pond(permille=400), floods=[], bypass=bypass)
        story.water[STAGE] = 2100
        story.until(is_closing, 5000)
        story.run(10000)
        assert 330 <= permille(story) <= 430
        assert (story.inlet.rule, story.inlet.target) == (codes.RULE_POND, codes.TARGET_HOLD)
        assert story.bypass_leaf.at_ms == story.bypass_leaf.travel_ms
        story.never(lambda one: one.output("open") or one.output("close"), 20000)
        story.water[STAGE] = 1000
        story.until(is_open, 30000)


def test_from_closed_it_opens_by_rule_9_as_far_as_to_the_cap():
    story = opened_story(more=pond(permille=400), floods=[])
    story.water[0] = TURBID
    story.until(is_shut, 20000)
    story.water[STAGE] = 2100
    story.water[0] = 5000
    story.until(is_opening, 30000)
    assert story.inlet.rule == codes.RULE_AUTOMATIC
    story.run(10000)
    assert 380 <= permille(story) <= 450
    assert story.inlet.rule == codes.RULE_POND


def test_a_lost_pond_caps():
    story = opened_story(more=pond(), floods=[])
    story.water[STAGE] = NO_ANSWER
    story.until(rules(codes.RULE_POND), 9000)
    story.run(10000)
    assert 230 <= permille(story) <= 330


def test_a_full_pond_that_is_lost_stays_full():
    story = opened_story(more=pond(), floods=[])
    story.water[STAGE] = 2100
    story.until(is_shut, 12000)
    story.water[STAGE] = NO_ANSWER
    story.never(is_opening, 30000)


def test_after_a_start_on_its_way_a_capped_gate_finds_its_place_by_closing():
    story = opened_story(more=pond(permille=400), floods=[])
    story.water[STAGE] = 2100
    story.until(is_closing, 5000)
    story.run(10000)
    story.power_up()
    story.until(is_shut, 20000)
    story.run(30000)
    assert 380 <= permille(story) <= 450


def flow(story):
    return story.inlet.cap.load.flow_cl


def test_the_flow_goes_by_stage_and_opening():
    story = opened_story(more=load(), floods=[])  # stage 1000: 100 L/s
    assert flow(story) == 10000
    story.water[0] = TURBID
    story.until(is_shut, 20000)
    story.run(2000)
    assert flow(story) == 0


def test_what_flows_is_counted_and_only_grows():
    story = opened_story(more=load(), floods=[])
    total = story.inlet.cap.load
    before = total.total_m3 * 100 + total.rest_dal
    story.run(100000)
    assert abs(total.total_m3 * 100 + total.rest_dal - before - 1000) <= 10  # 10 m3
    assert total.day_dal >= 1000
    story.water[STAGE] = NO_ANSWER
    story.run(5000)
    before = total.total_m3
    story.run(60000)
    assert total.total_m3 - before <= 1


def test_more_than_its_peak_caps_it_in_proportion():
    story = opened_story(more=load(peak_cl=5000), floods=[])
    story.until(rules(codes.RULE_POND), 30000)
    assert story.inlet.cause == codes.CAUSE_LOAD_PEAK
    assert story.inlet.cause_of == 0
    story.run(20000)
    assert 430 <= permille(story) <= 530
    assert flow(story) <= 5300
    story.water[STAGE] = 500  # half the head, half the flow
    story.until(is_open, 60000)


def test_an_unknown_flow_caps_it():
    story = opened_story(more=load(), floods=[])
    story.water[STAGE] = NO_ANSWER
    story.until(rules(codes.RULE_POND), 9000)
    assert story.inlet.cause == codes.CAUSE_FLOW_UNKNOWN
    story.run(10000)
    assert 230 <= permille(story) <= 330


def test_a_share_of_a_large_value_does_not_leave_small_integers():
    shares = {
        (999999, 500): 499999,
        (1000000, 333): 333000,
        (2000999, 500): 1000000,
        ((1 << 30) - 1, 1000): 1073741000,
    }
    for value, permille in shares:
        assert share_of(value, permille) == shares[value, permille]


def test_a_stage_above_the_rating_is_an_unknown_flow():
    story = opened_story(more=load(), floods=[])
    story.water[STAGE] = 2100
    story.until(lambda one: one.inlet.cause == codes.CAUSE_FLOW_UNKNOWN, 3000)


def test_the_load_of_a_day_closes_it_until_an_hour_of_it_is_over():
    story = opened_story(more=load(day_dal=1000), floods=[])  # 10 m3: 100 s
    story.until(is_shut, 120000)
    assert story.inlet.cause == codes.CAUSE_LOAD_DAY
    assert story.inlet.wait == codes.WAIT_LOAD
    for _ in range(23):
        story.inlet.cap.load._next_hour()  # as each hour of running does
    story.never(is_opening, 20000)
    story.inlet.cap.load._next_hour()
    story.until(is_open, 20000)


def test_a_full_day_stays_one_until_it_is_below_by_the_deadband():
    story = opened_story(more=load(day_dal=1000), floods=[])
    governor = story.inlet.cap.load
    for day_dal, full in ((999, False), (1000, True), (900, True), (899, False)):
        governor.day_dal = day_dal
        governor._govern(story.now_ms)
        assert governor._full == full, day_dal


def test_the_hours_and_the_total_survive_a_restart():
    story = opened_story(more=load(), floods=[])
    story.run(200000)
    old = story.inlet.cap.load
    story.power_up()
    new = story.inlet.cap.load
    new.restore(old.total_m3, old.rest_dal, list(old.hours_dal))
    assert (new.total_m3, new.rest_dal, new.day_dal) == (old.total_m3, old.rest_dal, old.day_dal)
    assert new.kept_m3 == old.total_m3
    story.run(30000)
    assert new.total_m3 >= old.total_m3


def limits_of(story):
    story.run(3000)
    return story.inlet.cap.load._limit_dal, story.inlet.cap.load._limit_cl


def test_cold_water_and_winter_allow_less_and_so_does_what_nobody_knows():
    winter = {
        "winter_day_dal": 500000,
        "winter_peak_cl": 500000,
        "winter_months": 1 | 1 << 11,
    }
    story = opened_story(more=load(**winter), floods=[])
    assert limits_of(story) == (500000, 500000)  # nobody has told the month
    story.inlet.cap.load.tell_month(7)
    assert limits_of(story) == (1000000, 1000000)
    story.inlet.cap.load.tell_month(12)
    assert limits_of(story) == (500000, 500000)
    winter["winter_months"] = 1 << 6  # south of the equator
    story = opened_story(more=load(**winter), floods=[])
    assert limits_of(story) == (500000, 500000)
    story.inlet.cap.load.tell_month(1)
    assert limits_of(story) == (1000000, 1000000)
    cold = {"cold_point": 1, "cold_below": 7000, "cold_day_dal": 400000, "cold_peak_cl": 300000}
    story = opened_story(more=load(**cold), floods=[])  # 8000 in the table
    assert limits_of(story) == (1000000, 1000000)
    story.water[1] = 6000
    assert limits_of(story) == (400000, 300000)
    story.water[1] = 7000  # as cold as that it may be
    assert limits_of(story) == (1000000, 1000000)
    story.water[1] = 8000
    assert limits_of(story) == (1000000, 1000000)
    story.water[1] = NO_ANSWER
    story.run(4000)
    assert limits_of(story) == (400000, 300000)
    cold["cold_below"] = 0
    story = opened_story(more=load(**cold), floods=[])
    assert limits_of(story) == (1000000, 1000000)
    story.water[1] = NO_ANSWER
    story.run(4000)
    assert limits_of(story) == (400000, 300000)


def test_a_month_that_was_told_is_believed_for_its_length():
    winter = {"winter_day_dal": 500000, "winter_peak_cl": 500000, "winter_months": 1 << 11}
    story = opened_story(more=load(**winter), floods=[])
    governor = story.inlet.cap.load
    governor.tell_month(7)
    for hours, limit in ((700, 1000000), (44, 1000000), (1, 500000)):
        for _ in range(hours):
            governor._next_hour()
        assert limits_of(story) == (limit, limit), hours
    governor.tell_month(7)
    for _ in range(744):
        governor._next_hour()
    assert limits_of(story) == (1000000, 1000000)


class Told:
    """A point that is reckoned from a load."""

    def __init__(self):
        self.flows = []

    def tell(self, now_ms, load):
        self.flows.append(load.flow_cl)


def test_what_is_reckoned_from_it_is_told_once_a_second():
    story = opened_story(more=load(), floods=[])
    told = Told()
    story.inlet.cap.load.points.append(told)
    story.run(5000)
    assert told.flows == [10000] * 5


def test_a_large_flow_is_capped_in_proportion_too():
    story = opened_story(more=load(peak_cl=1000000), floods=[])
    governor = story.inlet.cap.load
    for now_ms in (story.now_ms, later(story.now_ms, LOAD["settle_ms"])):
        governor.flow_cl = 2000000
        governor._govern(now_ms)
    assert 490 <= governor._cap <= 500


def test_where_nothing_flows_the_cap_stays_as_it_is():
    story = opened_story(more=load(peak_cl=1000000), floods=[])
    governor = story.inlet.cap.load
    now_ms = story.now_ms
    for flow_cl in (2000000, 2000000, 0, 0, 0):
        governor.flow_cl = flow_cl
        governor._govern(now_ms)
        now_ms = later(now_ms, LOAD["settle_ms"])
    assert 490 <= governor._cap <= 500


class Leaving:
    """A drive on its way."""

    position = codes.POSITION_MOVING

    def __init__(self, direction):
        self.direction = direction


def test_between_its_switches_the_opening_goes_by_the_time_driven():
    for direction, permille in ((OPENING, 1000), (CLOSING, 0)):
        opening = Opening(4000)
        drive = Leaving(0)
        drive.position = codes.POSITION_CLOSED if direction == OPENING else codes.POSITION_OPEN
        opening.scan(0, drive)
        for seconds in range(1, 5):
            opening.scan(1000 * seconds, Leaving(direction))
            assert opening.permille == abs(1000 - permille - 250 * seconds)


def test_three_strokes_without_a_switch_and_nobody_knows_the_opening():
    opening = Opening(4000)
    drive = Leaving(0)
    drive.position = codes.POSITION_CLOSED
    opening.scan(0, drive)
    for at_ms in (4000, 8000, 11999):
        opening.scan(at_ms, Leaving(OPENING))
        assert opening.permille == 1000
    opening.scan(12000, Leaving(OPENING))
    assert opening.permille == UNKNOWN
