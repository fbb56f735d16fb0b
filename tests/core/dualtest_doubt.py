"""A limit met by an erratic probe while its witnesses are quiet: lost, and in the very scan in
which it would have tripped; any other evidence and it trips."""

from core_parts import changed
from core_river import DOUBT, QUARTER_MS, River

from station.core.ticks import TICKS_MASK, later

CALM = [7000] * 12
SPIKE = [7000, 30000, 7000, 7000]


def row_of(*turbidities):
    """A list to be added to another: no two Pythons agree on more."""
    return list(turbidities)


def test_an_upset_of_a_probe_that_was_calm_trips():
    river = River()
    assert river.rows(CALM + row_of(20000, 30000))[-2:] == ["", "trip"]


def test_an_erratic_probe_alone_is_unknown_water_in_the_scan_of_the_trip():
    for start_ms in (0, TICKS_MASK - 20 * QUARTER_MS):
        river = River(start_ms)
        assert river.rows(CALM + SPIKE + row_of(20000, 30000))[-2:] == ["", "lost"]
        assert river.rows([30000, 7000]) == ["lost", ""]
        assert not river.trip.latched
        plain = River(start_ms, entries=())
        assert plain.rows(CALM + SPIKE + row_of(20000, 30000))[-2:] == ["", "trip"]


def test_a_witness_that_moves_or_is_lost_makes_it_a_trip():
    for witness in (4051, 3949, None):
        river = River()
        river.rows(CALM + SPIKE + row_of(20000))
        assert river.row(30000, witness) == "trip", witness
    river = River()
    river.rows(CALM + SPIKE + row_of(20000))
    assert river.row(30000, 4050) == "lost"
    assert river.row(30000, 4051) == "trip"  # later than the close, and latched all the same


def test_every_witness_has_to_be_quiet():
    both = (DOUBT, changed(DOUBT, point=2, most=20))
    for third, verdict in ((120, "lost"), (121, "trip")):
        river = River(entries=both)
        river.rows(CALM + SPIKE + row_of(20000))
        assert river.row(30000, 4000, third) == verdict


def test_a_witness_that_has_not_been_seen_for_a_window_confirms():
    river = River()
    river.rows(CALM + SPIKE, None)
    assert river.rows([20000, 30000], 20)[-1] == "trip"
    river = River()
    river.rows(CALM + SPIKE)
    river.rows(row_of(7000) * 12, None)  # longer than its numbers mean anything
    assert river.rows([20000, 30000])[-1] == "trip"


def test_a_run_is_not_held_against_itself():
    river = River()
    assert river.rows(CALM + row_of(20000, 60000, 20000))[-2:] == ["trip", "trip"]
    river = River()
    assert river.rows(CALM + row_of(30000, 7000, 7000, 20000, 30000))[-1] == "lost"  # two runs
    river = River()
    assert river.rows(CALM + row_of(30000, 7000, 20000, 30000))[-1] == "trip"  # one run


def test_what_is_erratic_is_forgotten_after_its_memory():
    for rows, verdict in ((186, "lost"), (194, "trip")):  # two days are 192
        river = River()
        river.rows(CALM + SPIKE + row_of(7000) * rows)
        assert river.rows([20000, 30000])[-1] == verdict, rows


def test_a_step_of_the_water_is_not_erratic():
    for step in ([9000] * 6 + [3000] * 6, [3000] * 6 + [9000] * 6, [9000, 9100, 3000, 2900]):
        river = River()
        river.rows(step)
        assert not river.trip.limit.doubt._erratic.erratic, step


def test_a_bubble_between_fast_polls_is_not_erratic():
    river = River()
    for number in range(4000):
        river.now_ms = later(river.now_ms, 1000)
        river.readings.take(river.now_ms, 0, 90000 if number % 997 == 5 else 7000)
        river.readings.take(river.now_ms, 1, 4000)
        river.trip.scan(river.now_ms, False, True)
    assert not river.trip.limit.doubt._erratic.erratic


def test_a_number_as_late_as_it_has_to_be_counts():
    river = River(entries=(changed(DOUBT, apart_ms=QUARTER_MS),))
    assert river.rows(CALM + SPIKE + row_of(20000, 30000))[-1] == "lost"


def test_a_small_spike_beside_a_large_level_is_not_erratic():
    for peak, verdict in ((14000, "trip"), (14001, "trip"), (14002, "lost")):
        river = River(entries=(changed(DOUBT, spike=4000),))
        river.readings.points[0].gross_max = 200000
        river.trip.limit.limit = 20000
        series = [9334] * 10 + [peak, 9334, 9334, 30000, 30000]
        assert river.rows(series)[-1] == verdict, peak


def test_what_a_witness_did_while_it_was_lost_is_not_held_against_it():
    river = River()
    river.rows(CALM)
    river.rows(row_of(7000) * 9, None)  # more than two windows
    river.rows(CALM + SPIKE, 5000)
    assert river.row(20000, 5000) == ""
    assert river.row(30000, 5000) == "lost"
