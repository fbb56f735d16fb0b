"""What the page says of the record: what waits, what is missing, what is uncertain."""

import feed
import pytest
from gateway_rig import speaker, take

from reedgate_gateway.content import Mean
from reedgate_gateway.journal_read import Gap, Recorded
from reedgate_gateway.store import Bucket
from reedgate_gateway.view.backfill import TrendGap, trend_gaps, with_recorded
from reedgate_gateway.view.record_view import UpstreamNow, alarms, record_rows

FROM_S = 1_790_000_000 // 7200 * 7200


def rows(state, clock, language="en", upstreams=()):
    shown = record_rows(speaker(language), state, upstreams, clock())
    return [(row.label, row.text, row.kind) for row in shown]


@pytest.mark.parametrize(
    ("backlog", "english", "chinese", "kind"),
    [
        ((0, None), "everything it recorded is confirmed", "其记录已全部确认", "good"),
        (
            (12, 190),
            "12 events and 12 readings wait, the oldest for 3 min 10 s",
            "12 条事件和 12 条读数等待确认，最早的已等待 3 分 10 秒",
            "move",
        ),
    ],
)
def test_what_waits_at_the_station(state, clock, backlog, english, chinese, kind):
    take(state, clock, feed.Station().live(backlog=backlog))
    assert rows(state, clock) == [("At station Inlet", english, kind)]
    ((_label, text, _kind),) = rows(state, clock, "zh")
    assert text == chinese


def test_what_waits_at_a_silent_station_is_not_known(state, clock):
    take(state, clock, feed.Station().live(backlog=(3, 5)))
    clock.advance(3001)
    assert rows(state, clock) == [
        ("At station Inlet", "not known while nothing is heard from it", "stale")
    ]


@pytest.mark.parametrize(
    ("connected", "waiting", "age_s", "text", "kind"),
    [
        (True, 0, None, "everything is passed on", "good"),
        (True, 7, 65, "7 messages wait, the oldest for 65 s", "move"),
        (False, 7, 7200, "not connected; 7 messages wait, the oldest for 2 h 0 min", "alarm"),
        (False, 0, None, "not connected; everything is passed on", "alarm"),
    ],
)
def test_what_waits_for_an_upstream(state, clock, connected, waiting, age_s, text, kind):
    oldest_ms = None if age_s is None else clock.unix_ms - age_s * 1000
    upstream = UpstreamNow("authority", connected, waiting, oldest_ms)
    assert rows(state, clock, upstreams=[upstream])[1] == ("To authority", text, kind)


def test_a_new_journal_is_an_alarm_for_a_day(state, clock):
    for language, said in (("en", "has begun a new journal"), ("zh", "已启用新的日志")):
        (text,) = alarms(speaker(language), state, {"inlet": clock.unix_ms}, clock())
        assert said in text
    clock.advance(24 * 3_600_000)
    assert alarms(speaker("en"), state, {"inlet": clock.unix_ms - 24 * 3_600_000}, clock()) == []


def recorded(from_s, until_s, value=5000, flag=1, uncertain=False):
    mean = Mean("do_mg_l", 0, flag, value, value, value, value)
    return Recorded((FROM_S + from_s) * 1000, (FROM_S + until_s) * 1000, mean, uncertain)


def sample(at_s, value=9000):
    return Bucket(FROM_S + at_s, value, value, value, False, False)


def shown(buckets):
    return [(bucket.start_s - FROM_S, bucket.mean) for bucket in buckets]


class TestBackfill:
    def test_where_something_came_live_it_stands(self):
        found = with_recorded([sample(0), sample(30)], [recorded(0, 60)], FROM_S, 15)
        assert shown(found) == [(0, 9000), (15, 5000), (30, 9000), (45, 5000), (60, 5000)]

    def test_an_outage_is_filled_with_what_was_recorded_in_it(self):
        found = with_recorded([], [recorded(0, 60, 1000), recorded(60, 120, 3000)], FROM_S, 30)
        assert shown(found) == [(0, 1000), (30, 1000), (60, 2000), (90, 3000), (120, 3000)]

    def test_after_a_long_silence_a_record_speaks_for_its_end_alone(self):
        found = with_recorded([], [recorded(0, 7200)], FROM_S, 360)
        assert shown(found) == [(7200, 5000)]

    def test_nothing_before_the_span(self):
        found = with_recorded([], [recorded(-600, 30)], FROM_S, 15)
        assert [start for start, _mean in shown(found)] == [0, 15, 30]

    def test_what_was_not_usable_and_what_is_uncertain_is_kept(self):
        lost, late = recorded(0, 10, None, flag=9), recorded(30, 40, uncertain=True)
        first, second = with_recorded([], [lost, late], FROM_S, 15)
        assert (first.mean, first.unusable, first.uncertain) == (None, True, False)
        assert (second.mean, second.unusable, second.uncertain) == (5000, False, True)


@pytest.mark.parametrize(
    ("from_ms", "until_ms", "expected"),
    [
        (60_000, 120_000, (60, 120)),
        (None, 120_000, (0, 120)),
        (60_000, None, (60, 600)),
        (-900_000, -60_000, None),
        (700_000, None, None),
    ],
)
def test_a_gap_lies_between_its_neighbours(from_ms, until_ms, expected):
    def at(ms):
        return None if ms is None else FROM_S * 1000 + ms

    gap = Gap("readings", 1, 9, "no_space", at(from_ms), at(until_ms))
    events = Gap("events", 1, 9, "no_space", None, None)
    found = trend_gaps(
        [("inlet", gap), ("outlet", gap), ("inlet", events)], "inlet", FROM_S, FROM_S + 600
    )
    wanted = [TrendGap(FROM_S + expected[0], FROM_S + expected[1], "no_space")] if expected else []
    assert found == wanted
