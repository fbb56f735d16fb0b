"""Registers as functions of time: response, refresh and noise do not depend on who asks."""

import statistics

import pytest
from world_helpers import S

from reedgate_sim.world.sensing import Response, Sensed, noise, series_key


def step(now_us):
    return 0.0 if now_us < 10 * S else 1.0


def sensed(response, water=step, refresh_us=S, key=1):
    return Sensed(water, response, refresh_us, key)


def test_a_step_is_followed_to_90_per_cent_in_t90():
    fine = sensed(Response(t90_s=4.0), refresh_us=10_000)
    assert fine.at(10 * S) == pytest.approx(0, abs=0.01)
    assert fine.at(14 * S) == pytest.approx(0.9, abs=0.002)
    assert fine.at(60 * S) == pytest.approx(1.0)


def test_without_lag_the_register_is_the_water_at_its_refresh():
    ramp = sensed(Response(), water=lambda now_us: now_us / S)
    assert [ramp.at(now) for now in (0, S - 1, S, 2 * S + 7)] == [0, 0, 1, 2]


def test_how_often_it_is_asked_changes_nothing():
    response = Response(t90_s=4.0, noise=0.1, noise_permille=10)
    often, seldom = sensed(response), sensed(response)
    values = [often.at(now) for now in range(0, 60 * S, 100_000)]
    assert seldom.at(25 * S) == pytest.approx(values[250], rel=1e-9)
    assert seldom.at(59 * S) == pytest.approx(values[590], rel=1e-9)


def test_after_a_long_pause_the_recent_past_is_enough():
    response = Response(t90_s=4.0)
    often, seldom = sensed(response), sensed(response)
    for now in range(0, 3600 * S, S):
        often.at(now)
    seldom.at(0)
    assert seldom.at(3600 * S) == pytest.approx(often.at(3600 * S), rel=1e-9)


def test_asked_for_the_past_it_does_not_move():
    one = sensed(Response(t90_s=4.0))
    ahead = one.at(12 * S)
    assert one.at(11 * S) == ahead
    assert one.at(12 * S) == ahead


def test_noise_has_its_mean_deviation_and_bounds():
    values = [noise(series_key(1, "x"), index) for index in range(20_000)]
    assert statistics.mean(values) == pytest.approx(0, abs=0.03)
    assert statistics.pstdev(values) == pytest.approx(1, abs=0.02)
    assert max(map(abs, values)) < 3.5


def test_noise_differs_between_series_and_repeats_within_one():
    one, two = series_key(1, 11, "turbidity_ntu"), series_key(2, 11, "turbidity_ntu")
    assert [noise(one, n) for n in range(5)] == [noise(one, n) for n in range(5)]
    assert [noise(one, n) for n in range(5)] != [noise(two, n) for n in range(5)]
