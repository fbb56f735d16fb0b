"""A user outlet trips closed without a bypass; a spill is an inlet's mirror: it trips open."""

from core_scans import UNJUDGED
from core_site import merged
from core_story import (
    NO_ANSWER,
    TURBID,
    Story,
    is_closing,
    is_open,
    is_opening,
    is_shut,
    river_high,
)

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.core.drive import CLOSING, OPENING

OPEN, CLOSED = codes.TARGET_OPEN, codes.TARGET_CLOSED
ALONE = {"bypass": layout.NONE}


def story_of(role, opening, gate=None, **changes):
    story = Story(
        gate=merged(ALONE, {"role": role}, gate or {}), opening=opening, floods=[], **changes
    )
    story.judge = UNJUDGED
    return story


def spill(opening=0, **changes):
    return story_of(layout.ROLE_SPILL, opening, **changes)


def test_an_outlet_trips_closed_and_opens_again_by_the_rules_of_an_inlet():
    # nothing takes the water that it refuses: a pump moves it past the probe
    story = story_of(layout.ROLE_OUTLET, 1000, trip={"flow_past": layout.FLOW_PAST_PUMP})
    story.run(10000)
    assert is_open(story)
    story.water[0] = TURBID
    story.until(is_shut, 15000)
    assert story.inlet.rule == codes.RULE_QUALITY
    story.water[0] = 5000
    story.never(is_opening, 4000)
    story.until(is_open, 30000)


def test_a_spill_trips_open():
    story = spill()
    story.run(10000)
    assert is_shut(story)
    assert story.inlet.rule == codes.RULE_AUTOMATIC
    story.water[0] = TURBID
    story.until(is_opening, 9000)
    assert (story.inlet.rule, story.inlet.target) == (codes.RULE_QUALITY, OPEN)
    story.until(is_open, 9000)


def test_a_spill_of_unknown_water_is_open():
    story = spill()
    story.run(5000)
    story.water[0] = NO_ANSWER
    story.until(is_open, 20000)
    assert story.inlet.rule == codes.RULE_UNKNOWN


def test_a_spill_closes_only_by_permission_its_hold_and_its_count():
    story = spill(opening=1000, gate={"openings_per_hour": 1, "min_closed_ms": 20000})
    story.never(is_closing, 19000)  # as long as it must stand there
    story.until(is_shut, 9000)
    assert story.inlet.openings == 1
    story.water[0] = TURBID
    story.until(is_open, 20000)
    story.water[0] = 5000
    story.never(is_closing, 60000)
    assert story.inlet.wait == codes.WAIT_OPENINGS


def test_a_spill_that_cannot_open_again_is_not_closed():
    story = spill(opening=1000)
    story.inlet.drive.forbids_opening = True
    story.never(is_closing, 30000)


def test_the_open_switch_of_a_spill_that_drops_at_rest_is_driven_to_again():
    story = spill()
    story.run(10000)
    story.water[0] = TURBID
    story.until(is_open, 20000)
    story.water[0] = 9000  # not beyond, and does not permit
    story.run(10000)
    assert story.inlet.rule == codes.RULE_QUALITY
    story.leaf.at_ms -= 200
    story.until(is_open, 2000)


def test_a_spill_that_does_not_open_is_not_met():
    story = spill(wired=("healthy",))
    story.run(8000)
    story.leaf.stuck = True
    story.water[0] = TURBID
    story.until(lambda one: one.inlet.unmet, 30000)
    assert story.inlet.drive.fault == codes.CAUSE_JAM_OPENING
    assert not story.output("healthy")
    assert story.inlet.drive.may(CLOSING)
    story.until(lambda one: not one.inlet.drive.may(OPENING), 60000)


def test_a_flood_of_its_own_ranks_before_its_trips():
    story = Story(
        gate=merged(ALONE, {"role": layout.ROLE_SPILL}),
        opening=0,
        floods=[river_high(position=CLOSED)],
    )
    story.judge = UNJUDGED
    story.run(5000)
    story.levels["flood"] = 0
    story.run(3000)
    story.water[0] = TURBID
    story.never(is_opening, 20000)
    assert story.inlet.rule == codes.RULE_FLOOD
