"""The pond: its curve, its users, what concentrates in it, and its oxygen by day and night."""

import pytest
from water_helpers import CLEAN, DAY, HOUR, STILL, pond, water

from reedgate_sim.world.oxygen import Oxygen, Rates
from reedgate_sim.world.parameters import parameters
from reedgate_sim.world.substances import do_saturation_mg_l
from reedgate_sim.world.sun import light
from reedgate_sim.world.wetland import Sky

WARM_DRY = Sky(rain_m_s=0.0, evaporation_m_s=0.006 / 86400, air_c=25.0, light=0.3)
TIGHT = {"seep_mm_d": 0.0}


def run(kept, days, came_m3=0.0, sky=STILL, demand_m3_s=0.0, river_m=0.3, dt_s=600.0):
    for _ in range(round(days * 86400 / dt_s)):
        kept.step(dt_s, came_m3 * dt_s / 86400, CLEAN, sky.air_c, sky, demand_m3_s, river_m)


@pytest.mark.parametrize(
    ("temperature_c", "expected"),
    [(0, 14.6), (10, 11.3), (15, 10.1), (20, 9.1), (25, 8.2), (30, 7.5)],
)
def test_water_holds_as_much_oxygen_as_the_tables_say(temperature_c, expected):
    assert do_saturation_mg_l(temperature_c) == pytest.approx(expected, abs=0.07)


def test_stage_volume_and_area_are_one_curve():
    kept = pond(start_m=1.6)
    assert kept.volume_m3 == pytest.approx(15000 + 0.6 * 20000)
    assert (kept.stage_m, kept.area_m2) == pytest.approx((1.6, 20000))
    assert pond(start_m=2.5).area_m2 == 25000
    assert pond(start_m=3.2).volume_m3 == pytest.approx(65000)  # on beyond the last row


def test_rain_and_evaporation_act_on_the_surface_that_there_is():
    kept = pond(table=TIGHT)
    before_m = kept.stage_m
    run(kept, 1, sky=WARM_DRY)
    assert before_m - kept.stage_m == pytest.approx(0.006)
    rainy = Sky(rain_m_s=0.05 / 86400, evaporation_m_s=0.0, air_c=18.0, light=0.0)
    run(kept, 1, sky=rainy)
    assert kept.stage_m == pytest.approx(before_m + 0.044)


def test_evaporation_concentrates_salt_as_the_volume_falls():
    """Worked: the factor of concentration is V0/V."""
    kept = pond(table=TIGHT)
    start_m3, salt = kept.volume_m3, kept.concentrations["salt"]
    run(kept, 60, sky=WARM_DRY)
    factor = kept.concentrations["salt"] / salt
    assert factor > 1.15
    assert factor == pytest.approx(start_m3 / kept.volume_m3)


def test_rain_dilutes():
    kept = pond(table=TIGHT)
    rainy = Sky(rain_m_s=0.1 / 86400, evaporation_m_s=0.0, air_c=18.0, light=0.0)
    run(kept, 3, sky=rainy)
    assert kept.concentrations["salt"] < 1000 * 0.9


def test_a_full_pond_spills_what_comes():
    kept = pond(start_m=2.5)
    run(kept, 2, came_m3=86400.0)
    assert kept.spill_m3_s == pytest.approx(1.0, rel=0.01)


def test_a_high_river_stops_the_spill_and_the_pond_rises():
    kept = pond(start_m=2.6)
    river_m = parameters("water")["pond"]["bottom_m"] + 2.9
    run(kept, 0.2, came_m3=8640.0, river_m=river_m)
    assert kept.spill_m3_s == 0
    assert kept.stage_m > 2.6
    run(kept, 3, came_m3=8640.0, river_m=river_m)
    assert kept.spill_m3_s > 0
    assert kept.stage_m > 2.9


def test_a_half_drowned_spillway_passes_less():
    bottom_m = parameters("water")["pond"]["bottom_m"]
    spilled = []
    for river_m in (0.0, bottom_m + 2.55, bottom_m + 2.59):
        kept = pond(start_m=2.6)
        run(kept, 10 / 86400, river_m=river_m, dt_s=10.0)
        spilled.append(kept.spill_m3_s)
    assert spilled[0] > 1.1 * spilled[1] > 1.1 * 1.2 * spilled[2] > 0


def test_users_draw_down_to_the_reserve_and_then_get_what_comes():
    kept = pond(start_m=0.5, table=TIGHT)
    run(kept, 0.1, demand_m3_s=0.1)
    assert kept.demand_m3_s == pytest.approx(0.1)
    run(kept, 3, came_m3=864.0, demand_m3_s=0.1)
    assert kept.demand_m3_s == pytest.approx(0.01, rel=0.01)
    assert kept.stage_m == pytest.approx(parameters("water")["pond"]["reserve_m"], abs=0.01)
    run(kept, 1, sky=WARM_DRY, demand_m3_s=0.1)
    assert kept.demand_m3_s == 0


def test_water_of_the_pond_settles_to_what_does_not():
    kept = pond(tss=60.0)
    run(kept, 40)
    floor = parameters("water")["pond"]["settled_mg_l"]
    assert floor < kept.concentrations["tss"] < 5


def test_the_air_warms_and_cools_a_pond_within_days():
    kept = pond(temperature_c=10.0)
    hot = Sky(rain_m_s=0.0, evaporation_m_s=0.0, air_c=30.0, light=0.0)
    run(kept, 1, sky=hot)
    assert 13 < kept.temperature_c < 17
    run(kept, 30, sky=hot)
    assert kept.temperature_c == pytest.approx(30, abs=0.1)


# Oxygen.


def still_water(**changed):
    none = dict.fromkeys(Rates.__dataclass_fields__, 0.0) | {"theta": 1.0, "half_mg_l": 0.5}
    return Rates(**{**none, **changed})


def test_reaeration_fills_the_gap_by_the_exponential_law():
    """Worked: after one over k2, 63 % of the gap is gone."""
    oxygen = Oxygen(still_water(reaeration_m_d=2.0), 0.0, 1000.0)
    for _ in range(5000):  # k2 is 1 a day in water 2 m deep
        oxygen.step(86400 / 5000, 1000.0, 0.0, 1000.0, 2.0, 20.0)
    assert oxygen.do_mg_l == pytest.approx(9.09 * 0.632, rel=0.002)


def test_light_and_algae_make_oxygen_and_mud_takes_it():
    bright = Oxygen(still_water(made_mg_per_ug_d=0.5), 5.0, 1000.0)
    bright.step(8640, 1000.0, 0.0, 1000.0, 2.0, 20.0, light=0.4, algae_ug_l=50.0)
    assert bright.do_mg_l == pytest.approx(5 + 0.5 * 50 * 0.4 / 10)
    muddy = Oxygen(still_water(sediment_g_m2_d=2.0, half_mg_l=1e-9), 5.0, 1000.0)
    muddy.step(8640, 1000.0, 0.0, 1000.0, 2.0, 20.0)
    assert muddy.do_mg_l == pytest.approx(5 - 2.0 / 2 / 10, rel=0.001)


def test_however_long_the_night_oxygen_is_never_less_than_none():
    oxygen = Oxygen(still_water(respiration_mg_l_d=50.0), 8.0, 1000.0)
    for _ in range(50):
        oxygen.step(86400, 1000.0, 0.0, 1000.0, 2.0, 25.0)
        assert oxygen.do_mg_l > 0
    assert oxygen.do_mg_l < 0.01
    assert abs(oxygen.book.error(oxygen.do_mg_l * 1000)) < 1e-12


def day_of_oxygen(tp_mg_l, temperature_c, chlorophyll_ug_l, days=10):
    """(dawn minimum, its hour, highest, its hour) of the last of some summer days."""
    kept = water(
        tp_mg_l=tp_mg_l,
        temperature_c=temperature_c,
        air_c=temperature_c,
        light=lambda now_us: light(39, 200, now_us / HOUR % 24),
    )
    kept.pond.algae.chlorophyll_ug_l = chlorophyll_ug_l
    kept.advance((days - 1) * DAY)
    seen = []
    for hour in range(24):
        kept.advance((days - 1) * DAY + hour * HOUR)
        seen.append(kept.pond.oxygen.do_mg_l)
    return min(seen), seen.index(min(seen)), max(seen), seen.index(max(seen))


def test_a_clear_pond_swings_like_a_river():
    low, _, high, _ = day_of_oxygen(0.03, 22.0, 15.0)
    assert 0.7 < high - low < 2.7
    assert low > 7


def test_a_eutrophic_pond_is_over_saturated_by_day_and_short_of_oxygen_at_dawn():
    low, low_hour, high, high_hour = day_of_oxygen(0.5, 28.0, 160.0, days=13)
    assert 6 < high - low < 15
    assert low < 2
    assert 4 <= low_hour <= 7
    assert high > do_saturation_mg_l(28)
    assert 14 <= high_hour <= 19


def test_algae_grow_in_summer_light_up_to_what_phosphorus_carries_and_fade_in_winter():
    summer, winter = pond(temperature_c=25.0), pond(temperature_c=6.0)
    bright = Sky(rain_m_s=0.0, evaporation_m_s=0.0, air_c=25.0, light=0.35)
    dull = Sky(rain_m_s=0.0, evaporation_m_s=0.0, air_c=6.0, light=0.1)
    for kept, sky in ((summer, bright), (winter, dull)):
        run(kept, 20, came_m3=3000.0, sky=sky)
    most = CLEAN["tp"] * parameters("oxygen")["algae"]["ug_per_mg_tp"]
    assert 50 < summer.algae.chlorophyll_ug_l < most
    assert winter.algae.chlorophyll_ug_l < summer.algae.chlorophyll_ug_l / 3
    assert abs(summer.algae.book.error(summer.algae.chlorophyll_ug_l * summer.volume_m3)) < 1e-12


# Light.


def test_light_is_a_half_sine_from_sunrise_to_sunset():
    midsummer = [light(39, 172, hour / 4) for hour in range(96)]
    assert max(midsummer) == midsummer[48] == pytest.approx(0.963, abs=0.002)  # 74.4 degrees
    assert midsummer[:16] == [0.0] * 16
    day_h = sum(each > 0 for each in midsummer) / 4
    assert day_h == pytest.approx(14.9, abs=0.3)
    sunrise = 12 - 14.84 / 2
    assert light(39, 172, sunrise + 14.84 / 6) == pytest.approx(0.963 / 2, abs=0.01)  # sin 30
    midwinter = [light(39, 355, hour / 4) for hour in range(96)]
    assert max(midwinter) == pytest.approx(0.46, abs=0.01)
    assert sum(each > 0 for each in midwinter) / 4 == pytest.approx(9.2, abs=0.3)


def test_beyond_the_polar_circle_a_day_may_have_no_night_or_no_light():
    assert light(75, 172, 0.5) > 0
    assert light(75, 355, 12) == 0


def test_probes_in_the_pond_follow_it_within_a_step():
    kept = water(inflow_lps=200.0)
    kept.advance(DAY)
    assert kept.below("pond", "stage_mm", DAY) == pytest.approx(kept.pond.stage_m * 1000, abs=10)
    assert kept.below("pond", "do_mg_l", DAY) == pytest.approx(kept.pond.oxygen.do_mg_l, abs=0.1)
    assert kept.below("wetland", "ammonia_mg_l", DAY) == pytest.approx(
        kept.wetland.leaving("nh4_n"), rel=0.01
    )
