"""The trend's geometry, and the mimic's colours."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from reedgate_gateway.catalogue import Limit
from reedgate_gateway.store import Bucket
from reedgate_gateway.view.backfill import TrendGap
from reedgate_gateway.view.mimic import water_colour
from reedgate_gateway.view.trend import BOTTOM, LEAST_GAP, LEFT, RIGHT, SPANS, TOP, trend

SHANGHAI = ZoneInfo("Asia/Shanghai")
UNTIL_S = 1_790_000_000 // 3 * 3  # a step of the ten minutes ends there
FROM_S = UNTIL_S - 600
AT_MOST_10 = Limit("turbidity_ntu", True, 10_000, 2_000)


def bucket(step, value, *, low=None, high=None, suspect=False, unusable=False):
    low = value if low is None else low
    high = value if high is None else high
    return Bucket(FROM_S + 3 * step, low, value, high, suspect, unusable)


@pytest.fixture
def drawn(catalogue):
    def draw(buckets, *, limits=(AT_MOST_10,), closed=(), gaps=(), span="10m", until_s=UNTIL_S):
        return trend(
            catalogue.stations["inlet"].points["turbidity_ntu"],
            limits,
            buckets,
            closed,
            gaps,
            span=SPANS[span],
            until_s=until_s,
            period_s=1,
            zone=SHANGHAI,
        )

    return draw


def test_a_steady_series_is_one_line(drawn):
    shown = drawn([bucket(step, 3000) for step in range(200)])
    assert len(shown.lines) == 1
    assert len(shown.lines[0].split()) == 200
    assert shown.bands == ()
    assert [(block.x, block.kind) for block in shown.lane] == [(LEFT, "good")]
    assert shown.lane[0].width == RIGHT - LEFT


def test_a_gap_stays_a_gap(drawn):
    kept = [step for step in range(200) if not 80 <= step < 90]
    shown = drawn([bucket(step, 3000) for step in kept])
    assert len(shown.lines) == 2
    assert len(shown.lane) == 2


def test_one_reading_late_is_no_gap(drawn):
    shown = drawn([bucket(step, 3000) for step in range(200) if step != 80])
    assert len(shown.lines) == 1


def test_what_is_not_usable_breaks_the_line_and_marks_the_lane(drawn):
    buckets = [bucket(step, 3000) for step in range(100)]
    buckets[50] = bucket(50, None, unusable=True)
    buckets[51] = bucket(51, 3000, suspect=True)
    shown = drawn(buckets)
    assert len(shown.lines) == 2
    assert [block.kind for block in shown.lane] == ["good", "unusable", "suspect", "good"]


def test_a_spike_within_a_step_is_seen_in_the_band(drawn):
    buckets = [bucket(step, 3000) for step in range(10)]
    buckets[5] = bucket(5, 4000, high=60_000)
    (band,) = drawn(buckets).bands
    assert min(float(pair.split(",")[1]) for pair in band.split()) < 50


def test_a_value_alone_is_a_dot(drawn):
    shown = drawn([bucket(100, 3000)])
    assert (shown.lines, len(shown.dots)) == ((), 1)


def test_the_limit_is_always_in_the_picture(drawn):
    for values in ([], [100], [3000, 61_000], [12_000, 13_000]):
        shown = drawn([bucket(step, value) for step, value in enumerate(values)])
        (limit,) = shown.limits
        assert TOP <= limit.y <= BOTTOM
        assert limit.text == "10 NTU"
        assert shown.empty == (not values)


def test_closures_are_shaded_where_the_gate_was_seen_closed(drawn):
    closed = [FROM_S + 3 * step for step in (10, 11, 12, 50)]
    first, second = drawn([], closed=closed).closures
    assert first.x == pytest.approx(LEFT + 25, abs=0.1)
    assert first.width == pytest.approx(7.5, abs=0.1)
    assert second.width == pytest.approx(2.5, abs=0.1)


def test_what_is_missing_for_good_is_seen_with_its_reason(drawn):
    gaps = [TrendGap(FROM_S + 60, FROM_S + 120, "no_space"), TrendGap(UNTIL_S - 1, UNTIL_S, "x")]
    wide, narrow = drawn([], gaps=gaps).gaps
    assert (wide.x, wide.width, wide.kind) == (LEFT + 50, 50, "no_space")
    assert narrow.width == LEAST_GAP
    assert narrow.x + narrow.width == RIGHT


def test_an_uncertain_time_is_seen_in_the_lane(drawn):
    buckets = [bucket(0, 3000), replace(bucket(1, 3000), uncertain=True)]
    assert [block.kind for block in drawn(buckets).lane] == ["good", "uncertain"]


def test_the_time_axis_is_the_sites_own(drawn):
    marks = [mark.text for mark in drawn([]).x_marks]
    assert marks == ["22:04", "22:06", "22:08", "22:10", "22:12"]
    day = [mark.text for mark in drawn([], span="24h").x_marks]
    assert day == ["00:00", "04:00", "08:00", "12:00", "16:00", "20:00"]


def test_the_value_axis_has_round_steps(drawn):
    texts = [mark.text for mark in drawn([bucket(0, 61_000)]).y_marks]
    assert texts == ["0", "20", "40", "60", "80"]


def test_noise_is_not_blown_up(drawn):
    fine = drawn([bucket(0, 18_010), bucket(1, 17_990)], limits=())
    assert [mark.text for mark in fine.y_marks] == ["17.5", "18.0", "18.5", "19.0"]


def test_water_goes_from_blue_to_brown():
    assert water_colour(-1) == water_colour(0) == "#4a9fd4"
    assert water_colour(5000) == "#7e5626"
    reds = [int(water_colour(ntu)[1:3], 16) for ntu in (0, 3, 8, 20)]
    assert reds == sorted(reds)
    blues = [int(water_colour(ntu)[5:7], 16) for ntu in (0, 3, 8, 20, 60)]
    assert blues == sorted(blues, reverse=True)
