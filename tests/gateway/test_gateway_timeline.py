"""When records were made: by anchors, and between neighbours where there is none."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from reedgate_gateway.timeline import Run, placed

NOON_MS = 1_790_000_000_000
HOUR_MS = 3_600_000


def run(number, *, journal=1, last_ms=HOUR_MS, received_ms=None, anchors=()):
    received_ms = NOON_MS + HOUR_MS * number if received_ms is None else received_ms
    return Run(100 * journal + number, journal, number, last_ms, received_ms, tuple(anchors))


def test_an_anchor_says_it():
    place = placed([run(1, anchors=[(5000, NOON_MS)])])[101]
    assert not place.uncertain
    assert place.time_ms(65_000) == NOON_MS + 60_000
    assert place.time_ms(0) == NOON_MS - 5000


def test_a_later_anchor_rewrites_nothing_that_lies_behind():
    """A clock was set, or it drifted."""
    place = placed([run(1, anchors=[(0, NOON_MS), (100_000, NOON_MS + 400_000)])])[101]
    assert place.time_ms(99_999) == NOON_MS + 99_999
    assert place.time_ms(100_000) == NOON_MS + 400_000


def test_a_start_without_an_anchor_lies_between_its_neighbours():
    runs = [
        run(1, last_ms=60_000, anchors=[(0, NOON_MS)]),
        run(2, last_ms=30_000),
        run(3, last_ms=30_000),
        run(4, anchors=[(0, NOON_MS + HOUR_MS)]),
    ]
    places = placed(runs)
    assert [places[100 + number].uncertain for number in (1, 2, 3, 4)] == [
        *(False, True, True, False)
    ]
    starts = [places[100 + number].time_ms(0) - NOON_MS for number in (1, 2, 3, 4)]
    assert starts == [0, 60_000, 90_000, HOUR_MS]


def test_starts_before_the_first_anchor_end_where_it_begins():
    places = placed([run(1, last_ms=10_000), run(2, anchors=[(0, NOON_MS)])])
    assert places[101].time_ms(10_000) == NOON_MS
    assert places[101].uncertain


def test_the_latest_start_is_as_late_as_its_receipt_allows():
    runs = [
        run(1, anchors=[(0, NOON_MS - 9 * HOUR_MS)]),
        run(2, last_ms=60_000, received_ms=NOON_MS),
    ]
    place = placed(runs)[102]
    assert place.uncertain
    assert place.time_ms(60_000) == NOON_MS


def test_nothing_was_made_after_it_was_received():
    """Even behind a start whose anchor came from a clock that was ahead."""
    ahead = run(1, last_ms=1000, anchors=[(0, NOON_MS + 9 * HOUR_MS)])
    late = run(2, last_ms=30_000, received_ms=NOON_MS)
    runs = [ahead, late, run(3, last_ms=1000, anchors=[(0, NOON_MS)])]
    assert placed(runs)[102].time_ms(30_000) == NOON_MS


def test_a_new_journal_comes_after_the_old_one():
    runs = [
        run(1, journal=2, last_ms=1000),
        run(9, journal=1, last_ms=1000, anchors=[(0, NOON_MS - HOUR_MS)]),
    ]
    places = placed(runs)
    assert places[201].time_ms(0) >= places[109].time_ms(1000)


@given(
    st.lists(
        st.tuples(st.integers(0, 10**7), st.integers(0, 10**7), st.booleans()),
        min_size=1,
        max_size=8,
    )
)
def test_no_start_comes_before_the_one_before_it(steps):
    """True times: each start lasts and is followed by a pause; some have an anchor."""
    at, runs = NOON_MS, []
    for number, (lasts_ms, pause_ms, anchored) in enumerate(steps, start=1):
        anchors = [(0, at)] if anchored else []
        received_ms = at + lasts_ms
        runs.append(run(number, last_ms=lasts_ms, received_ms=received_ms, anchors=anchors))
        at += lasts_ms + pause_ms
    places = placed(runs)
    for before, after in pairwise(runs):
        end_ms = places[before.id].time_ms(before.last_uptime_ms)
        assert end_ms <= places[after.id].time_ms(0)


def test_the_pieces_of_a_span_are_those_that_can_lie_in_it():
    place = placed([run(1, anchors=[(1000, NOON_MS), (600_000, NOON_MS + 700_000)])])[101]
    first, second = place.pieces_within(NOON_MS, NOON_MS + 10 * HOUR_MS)
    assert first == (1000, 600_000, NOON_MS - 1000)
    assert second == (600_000, HOUR_MS + 1000, NOON_MS + 100_000)
    assert place.pieces_within(NOON_MS - HOUR_MS, NOON_MS - HOUR_MS // 2) == []
