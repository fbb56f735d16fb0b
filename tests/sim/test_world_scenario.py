"""Scenario files: the shipped one, what the drivers make of tables, and errors that help."""

import pytest
from world_helpers import HEAD, S, scenario

from reedgate_boards.site.user_error import UserError
from reedgate_sim.world.drivers import Acting, drivers
from reedgate_sim.world.scenario import ScenarioErrors, load_scenario, scenario_names

WASHOUT = """
[[washout]]
what = "turbidity_ntu"
from_s = 10
times = 20
rise_s = 10
decay_s = 100
"""


def values(tmp_path, text, key, *seconds):
    driver = drivers(scenario(tmp_path, text))[key]
    return [driver(round(second * S)) for second in seconds]


def errors(tmp_path, text, language="en"):
    with pytest.raises(UserError) as caught:
        scenario(tmp_path, text)
    return [line.replace(f"{tmp_path}/", "") for line in caught.value.lines(language)]


@pytest.mark.parametrize("name", scenario_names())
def test_every_shipped_scenario_loads_and_is_named_in_both_languages(name):
    file = load_scenario(name).file
    assert file.name.zh != file.name.en


def test_the_turbidity_upset_fits_a_demonstration():
    upset = load_scenario("turbidity_upset")
    turbidity = drivers(upset)["turbidity_ntu"]
    second = [turbidity(now * S) for now in range(111)]
    assert upset.duration_us == 110 * S
    assert second[15] == 3.0
    assert max(second[:31]) == max(second) == 60.0
    assert second[16] > 10
    # Below the desk's limit less deadband early enough for its holds (20 s) and a stroke (8 s).
    assert second[72] < 8 - 0.5


def test_a_washout_rises_in_a_line_and_decays(tmp_path):
    found = values(tmp_path, WASHOUT, "turbidity_ntu", 0, 10, 15, 20, 120)
    assert found == pytest.approx([3, 3, 31.5, 60, 3 + 57 / 2.718281828])


def test_washouts_add_up(tmp_path):
    found = values(tmp_path, WASHOUT + WASHOUT, "turbidity_ntu", 20)
    assert found == pytest.approx([117])


def test_a_step_goes_and_comes_back(tmp_path):
    text = '[[step]]\nwhat = "do_mg_l"\nfrom_s = 10\nuntil_s = 20\nto = 1.3\nrise_s = 4\n'
    found = values(tmp_path, text, "do_mg_l", 9, 10, 12, 14, 20, 22, 24, 99)
    assert found == pytest.approx([6.3, 6.3, 3.8, 1.3, 1.3, 3.8, 6.3, 6.3])


def test_a_step_at_once_that_stays(tmp_path):
    text = '[[step]]\nwhat = "conductivity_us_cm"\nfrom_s = 10\nto = 3000\n'
    found = values(tmp_path, text, "conductivity_us_cm", 9.999999, 10, 1e6)
    assert found == [1185, 3000, 3000]


def test_the_stage_is_driven_only_when_the_file_gives_one(tmp_path):
    assert "stage_mm" not in drivers(scenario(tmp_path))
    text = "[water]\nstage_mm = 1200\n[[step]]\nwhat = 'stage_mm'\nfrom_s = 5\nto = 2400\n"
    assert values(tmp_path, text, "stage_mm", 4, 5) == [1200, 2400]


def test_time_lapse_shortens_every_time(tmp_path):
    text = "time_lapse = 10\n" + WASHOUT + "[[contact]]\ninput='estop'\nfrom_s=20\nuntil_s=30\n"
    assert values(tmp_path, text, "turbidity_ntu", 1, 2) == pytest.approx([3, 60])
    lapsed = scenario(tmp_path, text)
    assert lapsed.duration_us == 10 * S
    assert [Acting(lapsed, "estop").at(now) for now in (2 * S - 1, 2 * S, 3 * S)] == [
        False,
        True,
        False,
    ]


def test_contacts_act_in_their_windows(tmp_path):
    rows = [("flood", 1, 4), ("flood", 3, 6), ("reset", 2, 3)]
    text = "".join(
        f"[[contact]]\ninput = '{name}'\nfrom_s = {start}\nuntil_s = {end}\n"
        for name, start, end in rows
    )
    flood = Acting(scenario(tmp_path, text), "flood")
    assert [flood.at(now * S) for now in (0, 1, 3, 4, 5, 6)] == [
        False,
        True,
        True,
        True,
        True,
        False,
    ]
    changes = [flood.next_change_us(now * S) // S for now in (0, 1, 3, 4)]
    assert changes == [1, 3, 4, 6]
    assert flood.next_change_us(6 * S) > 10**15


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(UserError, match="no scenario storm") as caught:
        load_scenario("storm")
    assert "turbidity_upset" in str(caught.value)


def test_a_missing_file_and_bad_toml_are_told(tmp_path):
    with pytest.raises(UserError, match="none"):
        load_scenario(str(tmp_path / "none.toml"))
    (tmp_path / "bad.toml").write_text("format = \n", encoding="utf-8")
    with pytest.raises(UserError, match=r"bad\.toml:1"):
        load_scenario(str(tmp_path / "bad.toml"))


def test_every_error_of_a_file_is_told_in_one_run_with_its_line(tmp_path):
    text = """
time_lapse = 0
[water]
turbidity = 3
do_mg_l = nan
[[washout]]
what = "colour"
from_s = 10
times = 20
rise_s = 0
decay_s = 100
[[step]]
what = "stage_mm"
from_s = 10
until_s = 10
to = 1
[[fault]]
sensor = "turbidity"
kind = "value"
from_s = 1
"""
    told = errors(tmp_path, text)
    places = [line.split(": ")[0].rpartition(":")[2] for line in told]
    first = HEAD.count("\n")
    assert [int(place) - first for place in places] == [2, 4, 5, 7, 10, 13, 15, 19]
    assert told[1].startswith(f"try.toml:{first + 4}: water.turbidity = 3: unknown key.")
    assert "turbidity_ntu" in told[1]
    assert told[5].endswith('step[0].what = "stage_mm": needs stage_mm in [water] to start from.')
    assert told[6].endswith("step[0].until_s = 10: must be later than from_s.")


def test_errors_are_told_in_chinese_too(tmp_path):
    text = '[[step]]\nwhat = "stage_mm"\nfrom_s = 10\nuntil_s = 10\nto = "high"\n'
    text += "[[contact]]\ninput = 'reset'\nfrom_s = 2\nuntil_s = 1\n"
    chinese, english = errors(tmp_path, text, "zh"), errors(tmp_path, text)
    assert len(chinese) == len(english) >= 2
    assert not set(chinese) & set(english)
    assert all(any("一" <= letter <= "鿿" for letter in line) for line in chinese)


def test_a_fault_of_what_is_not_at_the_station_is_told(tmp_path):
    text = '[[fault]]\nsensor = "ph"\nkind = "dead"\nfrom_s = 1\n'
    text += '[[fault]]\nsensor = "level"\nkind = "value"\nvalue = 1\nholder = "ntu"\nfrom_s = 1\n'
    text += '[[gate_fault]]\ngate = "north"\nkind = "jam_closing"\nfrom_s = 1\n'
    with pytest.raises(ScenarioErrors) as caught:
        scenario(tmp_path, text).check_names({"level": ["pressure_bar"]}, ["main"])
    lines = caught.value.lines("en")
    assert len(lines) == 3
    assert 'fault[0].sensor = "ph": is not at this station. Known here are: level.' in lines[0]
    assert "pressure_bar" in lines[1]
    assert 'gate_fault[0].gate = "north"' in lines[2]
