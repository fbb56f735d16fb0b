"""What a probe sees where it hangs: water that flows past, that stands, or that is far below."""

import pytest
from water_helpers import DAY, HOUR, OPEN, SHUT, S, water
from world_helpers import exchange, plant, read

from reedgate_sim.world.parameters import parameters

MINUTE = 60 * S


def slug(now_us):
    return 60.0 if now_us >= 10 * MINUTE else 3.0


def standing(**changed):
    """The gate is shut five minutes after the slug came."""
    gates = dict(OPEN)
    kept = water(lambda now_us: gates, turbidity_ntu=slug, kinks_us=[10 * MINUTE], **changed)
    kept.cut(15 * MINUTE)
    gates.update(SHUT)
    return kept


def test_water_that_flows_past_is_what_comes():
    kept = standing()
    assert kept.probe("turbidity_ntu")(10 * MINUTE - 1) == 3
    assert kept.probe("turbidity_ntu")(10 * MINUTE) == 60
    around = water(lambda now_us: {"main": 0.0, "around": 1000.0}, turbidity_ntu=slug)
    around.advance(2 * HOUR)
    assert around.probe("turbidity_ntu")(2 * HOUR) == 60  # the bypass keeps it fresh


def test_a_slug_before_a_closed_gate_settles_and_would_clear_the_trip_by_itself():
    kept = standing()
    kept.advance(DAY)
    hours = [kept.probe("turbidity_ntu")(15 * MINUTE + hour * HOUR) for hour in (0, 2, 6, 20)]
    assert hours[0] == 60
    assert hours == sorted(hours, reverse=True)
    assert 20 < hours[1] < 40
    assert hours[3] < 10
    assert hours[3] > parameters("water")["standing"]["clear_ntu"]


def test_salt_stays_and_oxygen_goes_in_water_that_stands():
    kept = standing()
    kept.advance(DAY)
    assert kept.probe("conductivity_us_cm")(DAY) == 1185
    used = parameters("water")["standing"]["oxygen_used_mg_l_d"]
    assert kept.probe("do_mg_l")(15 * MINUTE + 12 * HOUR) == pytest.approx(6.3 - used / 2)
    assert kept.probe("do_mg_l")(3 * DAY) == 0


def test_clean_water_does_not_turn_cloudy_by_standing():
    kept = water(lambda now_us: SHUT, turbidity_ntu=0.4)
    assert kept.probe("turbidity_ntu")(HOUR) == 0.4


def test_when_the_gate_opens_again_the_probe_sees_what_comes():
    gates = dict(OPEN)
    kept = water(lambda now_us: gates.copy(), turbidity_ntu=60.0)
    kept.cut(HOUR)
    gates.update(SHUT)
    kept.cut(5 * HOUR)
    assert kept.probe("turbidity_ntu")(5 * HOUR - 1) < 30
    gates.update(OPEN)
    kept.advance(6 * HOUR)
    assert kept.probe("turbidity_ntu")(6 * HOUR) == 60
    errors = kept.balance_errors()
    assert max(map(abs, errors.values())) < 1e-9
    assert kept.channel.mass["tss"].removed > 0  # what settled is booked


def test_a_leak_is_not_a_flow_that_renews_the_water():
    leaky = {"main": 5.0, "around": 5.0}
    kept = water(lambda now_us: leaky, turbidity_ntu=60.0)
    kept.advance(4 * HOUR)
    past_m3_s = sum(kept.gate(name, 4 * HOUR)[0] for name in leaky)
    assert 0.001 < past_m3_s < parameters("water")["channel"]["standing_below_lps"] / 1000
    assert kept.probe("turbidity_ntu")(4 * HOUR) < 30


def test_probes_of_a_plant_see_it_settle_over_the_bus(tmp_path):
    text = "time_lapse = 360\n[start]\ninlet = 'closed'\n[water]\nturbidity_ntu = 60\n"
    world = plant(tmp_path, text)
    world.set_output("RELAY_3", 1, 0)  # the bypass closes too
    world.advance(99 * S)  # ten hours of the water
    truth = world.truth()
    assert truth.water["turbidity_ntu"] == 60
    assert truth.at_probes["turbidity_ntu"] < 20
    assert truth.points["turbidity_ntu"] == pytest.approx(
        truth.at_probes["turbidity_ntu"], rel=0.1
    )


def test_a_probe_may_hang_in_the_pond(tmp_path):
    text = "[plant]\nprobes = { level = 'pond', oxygen = 'wetland' }\n[start]\npond_mm = 1234\n"
    world = plant(tmp_path, text)
    world.advance(60 * S)
    truth = world.truth()
    assert truth.points["stage_mm"] == pytest.approx(1234, abs=5)
    assert truth.pond_stage_mm == pytest.approx(1234, abs=1)
    assert truth.points["do_mg_l"] == pytest.approx(truth.wetland_do_mg_l, abs=0.2)
    assert truth.points["turbidity_ntu"] == pytest.approx(3, abs=0.3)
    _, reply = exchange(world, read(14, 2, 2), 60 * S)
    assert len(reply) == 9
