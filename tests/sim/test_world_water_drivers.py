"""What a scenario's tables make of time: waves, series, light, and where they turn a corner."""

import pytest
from world_helpers import S, scenario

from reedgate_boards.site.user_error import UserError
from reedgate_sim.world.drivers import drivers, kinks_us


def series(what, at_s, values, more=""):
    return f"[[series]]\nwhat = '{what}'\nat_s = {at_s}\nvalues = {values}\n{more}"


def values(tmp_path, text, key, *seconds):
    driver = drivers(scenario(tmp_path, text))[key]
    return [driver(round(second * S)) for second in seconds]


def test_all_that_comes_and_goes_on_has_a_value_without_any_table(tmp_path):
    found = {key: driver(0) for key, driver in drivers(scenario(tmp_path)).items()}
    assert found["ammonia_mg_l"] == 1
    assert (found["river_mm"], found["rain_mm_d"], found["demand_lps"]) == (300, 0, 100)
    assert found["air_c"] == found["temperature_c"] == 18
    assert 0 < found["light"] < 1  # eight in the morning of the first of May


def test_a_wave_swings_around_the_base(tmp_path):
    text = "[[wave]]\nwhat = 'inflow_lps'\namplitude = 36\npeak_s = 43200\n"
    found = values(tmp_path, text, "inflow_lps", 0, 21600, 43200, 64800, 86400)
    assert found == pytest.approx([84, 120, 156, 120, 84])


def test_waves_and_steps_add_up_and_amounts_never_fall_below_none(tmp_path):
    text = "[[wave]]\nwhat = 'do_mg_l'\namplitude = 2\nperiod_s = 100\n"
    text += "[[step]]\nwhat = 'do_mg_l'\nfrom_s = 1000\nto = 1\n"
    found = values(tmp_path, text, "do_mg_l", 0, 50, 1000, 1050)
    assert found == pytest.approx([8.3, 4.3, 3, 0])
    cold = "[[wave]]\nwhat = 'temperature_c'\namplitude = 20\nperiod_s = 100\n"
    assert values(tmp_path, cold, "temperature_c", 50) == pytest.approx([-2])


def test_a_series_goes_through_its_points_and_stands_outside_them(tmp_path):
    text = series("rain_mm_d", [100, 200, 300], [0, 120, 0])
    found = values(tmp_path, text, "rain_mm_d", 0, 100, 150, 200, 275, 300, 999)
    assert found == pytest.approx([0, 0, 60, 120, 30, 0, 0])


def test_a_series_repeats_day_after_day(tmp_path):
    text = series("demand_lps", [0, 30, 31, 80], [10, 10, 200, 200], "repeat_s = 100\n")
    found = values(tmp_path, text, "demand_lps", 10, 50, 90, 110, 1050)
    assert found == pytest.approx([10, 200, 200, 10, 200])


def test_the_air_may_have_a_temperature_of_its_own(tmp_path):
    text = "[water]\nair_c = -5\n" + series("air_c", [0, 100], [-5, 5])
    assert values(tmp_path, text, "air_c", 50) == [0]
    assert values(tmp_path, text, "temperature_c", 50) == [18]


def test_light_follows_the_hour_and_the_day(tmp_path):
    text = "[start]\nday = 172\nhour = 0\n"
    found = values(tmp_path, text, "light", 0, 6 * 3600, 12 * 3600, 18 * 3600, 36 * 3600)
    assert found[0] == 0
    assert 0 < found[1] < found[2]
    assert found[3] == pytest.approx(found[1], rel=1e-3)
    assert found[4] == pytest.approx(found[2], rel=1e-3)
    winter = values(tmp_path, "[start]\nday = 355\nhour = 12\n", "light", 0)
    assert winter[0] < found[2] / 2


def test_the_corners_of_every_table_are_known_in_the_time_of_the_run(tmp_path):
    text = "time_lapse = 10\n"
    text += "[[step]]\nwhat = 'river_mm'\nfrom_s = 50\nuntil_s = 80\nrise_s = 5\nto = 2500\n"
    text += "[[washout]]\nwhat = 'turbidity_ntu'\nfrom_s = 20\ntimes = 9\nrise_s = 10\n"
    text += "decay_s = 100\n"
    text += series("demand_lps", [0, 30], [10, 20], "repeat_s = 60\n")
    seconds = [0, 20, 30, 50, 55, 60, 80, 85, 90]
    assert kinks_us(scenario(tmp_path, text)) == [second * S // 10 for second in seconds]
    assert kinks_us(scenario(tmp_path)) == []


def test_series_that_make_no_sense_are_told(tmp_path):
    rows = [
        (series("rain_mm_d", [1, 2], [3]), "as many as at_s"),
        (series("rain_mm_d", [2, 2], [3, 4]), "must rise"),
        (series("rain_mm_d", [1, 20], [3, 4], "repeat_s = 20\n"), "later than the last"),
        (series("stage_mm", [1, 20], [3, 4]), "needs stage_mm in"),
        (series("air_c", [1, 20], [3, 4]), "needs air_c in"),
        ("[[wave]]\nwhat = 'air_c'\namplitude = 3\n", "needs air_c in"),
    ]
    for text, told in rows:
        with pytest.raises(UserError, match=told):
            scenario(tmp_path, text)


def test_a_raw_sewage_signature_is_several_steps_at_once(tmp_path):
    """Conductivity and turbidity up, oxygen gone, ammonia up: together."""
    text = "".join(
        f"[[step]]\nwhat = '{what}'\nfrom_s = 10\nrise_s = 4\nto = {to}\n"
        for what, to in (
            ("turbidity_ntu", 120),
            ("do_mg_l", 0.2),
            ("conductivity_us_cm", 1700),
            ("ammonia_mg_l", 35),
        )
    )
    comes = drivers(scenario(tmp_path, text))
    keys = ("turbidity_ntu", "do_mg_l", "conductivity_us_cm", "ammonia_mg_l")
    assert [comes[key](9 * S) for key in keys] == [3, 6.3, 1185, 1]
    assert [comes[key](14 * S) for key in keys] == pytest.approx([120, 0.2, 1700, 35])
