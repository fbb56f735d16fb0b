"""Rule 8: an order from afar, what it may do, what it may not, and how it ends."""

from core_events import RESET_ONLY, Draw, happen, quick_story
from core_story import (
    NO_ANSWER,
    TURBID,
    Story,
    is_closing,
    is_open,
    is_opening,
    is_shut,
    opened_story,
    rules,
    tripped_story,
)

from reedgate_contract import codes
from station.core.latches import Latches
from station.core.remote import Remote

OPEN, CLOSED, HOLD = codes.TARGET_OPEN, codes.TARGET_CLOSED, codes.TARGET_HOLD
HOUR_MS = 3600000


def order(story, target, hold_ms=HOUR_MS):
    story.inlet.remote.take(target, hold_ms)
    story.scan()


def shut_by_order(**changes):
    story = opened_story(**changes)
    order(story, CLOSED)
    story.until(is_shut, 9000)
    return story


def test_a_close_closes_and_its_bypass_opens_in_the_same_scan():
    story = opened_story()
    order(story, CLOSED)
    assert story.inlet.rule == codes.RULE_REMOTE
    assert story.inlet.cause == codes.CAUSE_REMOTE_CLOSE
    assert is_closing(story)
    assert story.bypass.target == OPEN
    story.until(is_shut, 9000)
    story.never(is_opening, 60000)
    assert story.inlet.wait == codes.WAIT_REMOTE_HOLD
    assert HOUR_MS - 75000 < story.inlet.wait_ms < HOUR_MS - 60000


def test_when_its_time_ends_the_gate_is_automatic_with_its_whole_reopen_hold():
    story = opened_story()
    order(story, CLOSED, 60000)
    begun_ms = story.passed_ms
    story.until(rules(codes.RULE_AUTOMATIC), 70000)
    assert story.passed_ms - begun_ms == 60000
    waited_ms = story.until(is_opening, 20000)
    hold_ms = story.gate_fields["reopen_hold_ms"]
    assert hold_ms <= waited_ms <= hold_ms + story.scan_ms


def test_a_release_ends_it_with_the_whole_reopen_hold_too():
    story = shut_by_order()
    story.run(20000)
    story.inlet.remote.release()
    waited_ms = story.until(is_opening, 20000)
    hold_ms = story.gate_fields["reopen_hold_ms"]
    assert hold_ms <= waited_ms - story.scan_ms <= hold_ms + story.scan_ms


def test_an_order_that_replaces_a_close_waits_for_the_reopen_hold_as_well():
    story = shut_by_order()
    story.run(20000)
    order(story, OPEN)
    assert not is_opening(story)
    waited_ms = story.until(is_opening, 20000)
    assert waited_ms >= story.gate_fields["reopen_hold_ms"]
    assert story.inlet.rule == codes.RULE_REMOTE
    assert story.inlet.openings == 1


def test_a_renewed_close_only_renews_its_time():
    story = shut_by_order()
    order(story, CLOSED, 60000)
    story.never(is_opening, 59000)
    assert story.inlet.rule == codes.RULE_REMOTE
    story.until(rules(codes.RULE_AUTOMATIC), 2000)


def test_an_open_opens_only_what_automatic_would():
    story = Story()
    story.water[0] = 9000  # not beyond its limit, and no permissive
    story.run(3000)
    order(story, OPEN)
    story.leaf.at_ms = 0
    story.never(is_opening, 60000)
    story.water[0] = 5000
    waited_ms = story.until(is_opening, 20000)
    assert waited_ms >= story.gate_fields["reopen_hold_ms"]


def test_an_open_waits_for_the_closed_time_and_the_count():
    story = shut_by_order(gate={"min_closed_ms": 30000, "openings_per_hour": 1})
    order(story, OPEN)
    assert story.until(is_opening, 40000) >= 29000
    story.until(is_open, 9000)
    order(story, CLOSED)
    story.until(is_shut, 9000)
    order(story, OPEN)
    story.never(is_opening, 120000)
    assert story.inlet.wait == codes.WAIT_OPENINGS


def test_no_order_changes_what_the_rules_before_it_decide():
    for letters in ("B", "N", "F", "E", "S"):
        for target in (OPEN, CLOSED):
            told = []
            for ordered in (HOLD, target):
                story = quick_story({}, RESET_ONLY, OPEN)
                story.run(6000)
                if ordered != HOLD:
                    order(story, ordered)
                else:
                    story.scan()
                happen(story, letters)
                story.run(6000)
                inlet = story.inlet
                told.append((inlet.rule, inlet.target, inlet.cause, bytes(story.outputs)))
            assert told[0][0] < codes.RULE_REMOTE, letters
            assert told[0] == told[1], (letters, target)


def test_with_random_orders_every_property_holds():
    """S1 to S7 and S11, judged in each scan by core_law.py."""
    seen = set()
    for seed in range(12):
        draw = Draw(seed)
        story = quick_story({}, RESET_ONLY if seed & 1 else {}, OPEN)
        for _ in range(60):
            if draw.below(2):
                gate = draw.of(story.station.gates)
                draw.of(
                    (
                        lambda gate=gate: gate.remote.take(OPEN, 4000),
                        lambda gate=gate: gate.remote.take(CLOSED, 4000),
                        lambda gate=gate: gate.remote.take(gate.remote.trip_target, 0),
                        gate.remote.release,
                        gate.remote.reset,
                    )
                )()
            else:
                happen(story, draw.of("GGBNFERJS"))
            for _ in range(1 + draw.below(8)):
                story.scan()
                seen.add((story.inlet.rule, story.inlet.target))
                seen.add((story.bypass.rule, story.bypass.target + 10))
    for target in (OPEN, CLOSED, OPEN + 10, CLOSED + 10):
        assert (codes.RULE_REMOTE, target) in seen, target


def test_a_close_beats_an_open_within_one_scan_and_else_the_last_wins():
    for first, last in ((OPEN, CLOSED), (CLOSED, OPEN)):
        remote = Remote(CLOSED)
        remote.take(first, 1000)
        remote.take(last, 1000)
        remote.scan(0)
        assert remote.order == CLOSED
        remote.take(OPEN, 1000)
        remote.scan(1)
        assert remote.order == OPEN
        remote.take(CLOSED, 1000)
        remote.release()
        remote.scan(2)
        assert remote.order == HOLD


def test_an_order_that_moves_away_from_the_trip_position_cannot_stand_for_ever():
    remote = Remote(CLOSED)
    remote.take(OPEN, 0)
    remote.scan(0)
    assert remote.order == HOLD
    assert not remote.until_released


def test_its_time_ends_across_the_wrap_of_the_ticks():
    remote = Remote(CLOSED)
    begun_ms = (1 << 30) - 1000
    remote.take(CLOSED, 4 * HOUR_MS)
    assert not remote.scan(begun_ms)
    assert not remote.scan((begun_ms + 4 * HOUR_MS - 1) & ((1 << 30) - 1))
    assert remote.scan((begun_ms + 4 * HOUR_MS) & ((1 << 30) - 1))
    assert remote.order == HOLD


def test_until_released_it_stands_for_days_and_over_a_restart():
    story = opened_story()
    order(story, CLOSED, 0)
    story.until(is_shut, 9000)
    assert story.inlet.wait == codes.WAIT_RELEASE
    latches = Latches(story.station, b"site")
    kept = bytes(latches.content)
    story.power_up()
    latches = Latches(story.station, b"site")
    assert latches.restore(kept, story.now_ms)
    story.never(is_opening, 120000)
    assert story.inlet.rule == codes.RULE_REMOTE
    story.inlet.remote.release()
    story.until(is_open, 30000)
    assert latches.look()
    assert latches.content[10] == 0


def test_any_other_order_does_not_outlive_a_restart():
    story = shut_by_order()
    kept = bytes(Latches(story.station, b"site").content)
    story.power_up()
    assert Latches(story.station, b"site").restore(kept, story.now_ms)
    story.until(is_open, 30000)


def test_a_reset_clears_a_trip_whose_cause_is_gone_and_moves_nothing_by_itself():
    story = tripped_story(trip=RESET_ONLY)
    story.run(20000)
    assert story.inlet.trips[0].latched
    story.inlet.remote.reset()
    story.scan()
    assert not story.inlet.trips[0].latched
    assert not is_opening(story)
    story.until(is_opening, 1000)  # the hold ran also while the latch stood


def test_a_reset_while_the_cause_stands_does_nothing_then_or_later():
    story = tripped_story(trip=RESET_ONLY)
    story.water[0] = TURBID
    story.run(3000)
    story.inlet.remote.reset()
    story.scan()
    story.water[0] = 5000
    story.run(30000)
    assert story.inlet.trips[0].latched


def test_a_reset_is_of_quality_trips_only():
    story = opened_story()
    story.levels["estop"] = 0
    story.run(1000)
    story.levels["estop"] = 1
    story.run(1000)
    story.inlet.remote.reset()
    story.run(10000)
    assert story.station.stopped
    story = opened_story()
    story.leaf.stuck = True
    story.water[0] = TURBID
    story.until(lambda one: not one.inlet.drive.may(2), 60000)
    story.inlet.remote.reset()
    story.run(1000)
    assert not story.inlet.drive.may(2)


def test_an_order_for_the_bypass_keeps_the_waters_way():
    story = opened_story()
    assert story.bypass.drive.position == codes.POSITION_CLOSED
    story.bypass.remote.take(OPEN, 60000)
    story.scan()
    assert (story.bypass.rule, story.bypass.target) == (codes.RULE_REMOTE, OPEN)
    story.bypass.remote.take(CLOSED, 60000)
    story.scan()
    assert story.bypass.target == CLOSED
    story.water[1] = NO_ANSWER
    story.water[0] = TURBID
    story.until(is_closing, 9000)
    assert story.bypass.target == OPEN
    assert story.bypass.rule == codes.RULE_QUALITY
