"""How readings are shown at a fixed instant: with unit, age and status, or not at all."""

import feed
import pytest
from gateway_rig import card, take, view

from reedgate_boards.site.language import translator
from reedgate_gateway.view.labels import duration, figure, left
from reedgate_gateway.view.readings import shown_points


def test_a_value_comes_with_unit_age_status_limit_and_margin(state, clock):
    take(state, clock, feed.Station().live())
    clock.advance(800)
    shown = card(state, clock, "turbidity_ntu")
    assert (shown.value, shown.unit, shown.state) == ("3.2", "NTU", "good")
    assert shown.age == "1.1 s old"
    assert [(limit.text, limit.margin) for limit in shown.limits] == [
        ("at most 10 NTU", "margin 6.8 NTU")
    ]
    oxygen = card(state, clock, "do_mg_l", "zh")
    assert oxygen.label == "溶解氧"
    assert [(limit.text, limit.margin) for limit in oxygen.limits] == [
        ("不低于 2 mg/L", "余量 5.85 mg/L")
    ]
    assert card(state, clock, "water_temperature_c").limits == ()


def test_a_value_beyond_its_limit_says_by_how_much(state, clock):
    take(state, clock, feed.Station().live(feed.readings(turbidity_ntu=61.2, do_mg_l=1.5)))
    assert card(state, clock, "turbidity_ntu").limits[0].margin == "beyond by 51.2 NTU"
    assert card(state, clock, "do_mg_l").limits[0].margin == "beyond by 0.50 mg/L"
    assert card(state, clock, "do_mg_l").beyond


@pytest.mark.parametrize(
    ("reading", "state_name", "value", "status", "reason", "age"),
    [
        (feed.reading(3.2, flag=3), "suspect", "3.2", "Suspect", "", "0.3 s old"),
        (
            feed.reading(3.2, status="maintenance_required"),
            *("good", "3.2", "Maintenance required", "", "0.3 s old"),
        ),
        (
            feed.lost_reading(),
            *("unusable", "", "Not usable", "no answer", "last read 12 s ago"),
        ),
        (
            feed.reading(4000.0, status="failure", flag=4, detail="out_of_range"),
            *("unusable", "", "Not usable", "outside the possible range", "last read 0 s ago"),
        ),
        (
            feed.reading(None, status="failure", flag=9, detail="never_read", age_ms=None),
            *("none", "", "No value", "never read", "never read"),
        ),
        (
            feed.reading(3.2, status="function_check", flag=2, detail="warming_up"),
            *("unusable", "", "Not usable", "warming up", "last read 0 s ago"),
        ),
        (
            feed.reading(3.2, age_ms=5001),
            *("stale", "", "Out of date", "", "last read 5 s ago"),
        ),
    ],
)
def test_only_a_current_usable_value_is_shown(
    state, clock, reading, state_name, value, status, reason, age
):
    take(state, clock, feed.Station().live(feed.readings(turbidity_ntu=reading)))
    shown = card(state, clock, "turbidity_ntu")
    assert (shown.state, shown.value, shown.status) == (state_name, value, status)
    assert (shown.reason, shown.age) == (reason, age)


def test_before_the_first_live_nothing_is_known(state, clock):
    station = view(state, clock)
    assert {shown.value for shown in station.cards} == {""}
    assert {gate.headline for gate in station.gates} == {"Not known"}
    assert station.silence.startswith("Nothing heard from the station yet.")


@pytest.mark.parametrize("end", ["silence", "last will"])
def test_a_station_that_is_gone_leaves_no_value_behind(state, clock, end):
    station = feed.Station()
    take(state, clock, station.live(gates_now=feed.TRIPPED))
    if end == "silence":
        clock.advance(3001)
    else:
        take(state, clock, station.online(False))
    shown = view(state, clock)
    assert not shown.fresh
    assert {(each.value, each.state) for each in shown.cards} == {("", "stale")}
    assert {(each.state, each.why, each.next) for each in shown.gates} == {("stale", "", "")}
    assert shown.silence.startswith("No word from the station since 22:13:20")
    (mimic,) = shown.mimics
    assert mimic.picture.inlet.permille is None
    assert mimic.picture.water == "url(#unknown-water)"
    assert not mimic.picture.level_known


def test_nothing_is_ever_zero_for_want_of_a_value(state, clock):
    lost = {name: feed.lost_reading() for name in feed.GOOD_WATER}
    take(state, clock, feed.Station().live(lost))
    for shown in shown_points(state.stations["inlet"], clock()).values():
        assert shown.value is None
    assert {each.value for each in view(state, clock).cards} == {""}


@pytest.mark.parametrize(
    ("quantity", "value", "text"),
    [
        ("turbidity_ntu", 61_249, "61.2"),
        ("turbidity_ntu", 61_250, "61.2"),
        ("do_mg_l", 7_855, "7.86"),
        ("water_temperature_c", -4, "0.0"),
        ("water_temperature_c", -16, "-0.2"),
        ("conductivity_us_cm", 9_125, "912"),
        ("stage_mm", 1240, "1240"),
    ],
)
def test_a_figure_is_rounded_for_people(catalogue, quantity, value, text):
    assert figure(catalogue.stations["inlet"].points[quantity], value) == text


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0 s"),
        (350, "0.3 s"),
        (9_950, "9.9 s"),
        (10_400, "10 s"),
        (119_000, "119 s"),
        (120_000, "2 min"),
        (150_000, "2 min 30 s"),
        (7_200_000, "2 h 0 min"),
    ],
)
def test_a_duration_is_as_fine_as_it_helps(ms, text):
    assert duration(translator("reedgate_gateway", "en"), ms // 100 * 100) == text


def test_a_time_that_runs_ends_with_one(catalogue):
    assert left(translator("reedgate_gateway", "en"), 1) == "1 s"
