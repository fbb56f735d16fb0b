"""Which part of a scenario the emulated chip runs, and when two runs count as the same."""

import pytest

pytest.importorskip("rp2040py", reason="NO CHIP IS EMULATED: rp2040py has no wheel here")

from typer.testing import CliRunner

from reedgate_boards.site.compiler import Overrides, compile_station
from reedgate_sim.changes import write_changes
from reedgate_sim.commands import app
from reedgate_sim.rigs.rp2040 import BOARD
from reedgate_sim.rigs.vm import VmRig
from reedgate_sim.scenario import cut
from reedgate_sim.scenario.cut import Compared, Decision, boarded, cut_us, paired
from reedgate_sim.world.plant import Plant
from reedgate_sim.world.scenario import load_scenario, scenario_names

ON, LATER, OFF = (
    Decision(100, "RELAY_1", 1),
    Decision(150, "RELAY_1", 1),
    Decision(900, "RELAY_1", 0),
)


# Whose gates stand still in their cut, and why; all others must move one.
STILL = {
    "brownout_loop": "its supply fails before",
    "fouling_and_wipe": "nothing may move, and the wipe comes after 300 s",
    "pond_dry": "nothing may move",
    "single_sample_spikes": "nothing may move",
    "stuck_sensor": "digits are flat after 300 s, longer than a cut",
    "winter_low_loading": "nothing may move",
}
BY_ITS_BYPASS = ("closed_switch_stuck", "local_in_bad_water")  # which opens: the gate may not move


def compared(pairs, allowed_us=100, resets=(0, 0)):
    return Compared("name", 0, 1000, pairs, allowed_us, resets, "")


def test_a_cut_begins_before_the_first_thing_that_happens():
    assert cut_us(load_scenario("brine_slug")) == (10_000_000, 40_000_000)


def test_a_file_may_choose_its_cut():
    assert cut_us(load_scenario("ammonia_breakthrough")) == (58_000_000, 88_000_000)


@pytest.mark.parametrize("name", scenario_names())
def test_no_cut_is_longer_than_a_minute_or_leaves_the_scenario(name):
    scenario = load_scenario(name)
    from_us, until_us = cut_us(scenario)
    assert 0 <= from_us < until_us <= min(from_us + 60_000_000, scenario.duration_us)


def test_the_same_decisions_within_the_bound_are_the_same():
    assert compared(paired([ON, OFF], [LATER, OFF], 1000)).same
    assert compared(paired([ON], [LATER], 1000)).worst_us == 50


@pytest.mark.parametrize(
    ("on_vm", "on_chip"),
    [([ON, OFF], [ON]), ([ON], [ON, OFF]), ([ON], [OFF]), ([ON], [Decision(100, "RELAY_2", 1)])],
)
def test_one_missing_too_many_or_other_is_not_the_same(on_vm, on_chip):
    assert not compared(paired(on_vm, on_chip, 1000)).same


def test_more_apart_than_the_bound_is_not_the_same():
    assert not compared(paired([ON], [LATER], 1000), allowed_us=49).same


def test_a_reset_that_only_one_had_is_not_the_same():
    assert compared(paired([ON], [ON], 1000), resets=(1, 1)).same
    assert not compared(paired([ON], [ON], 1000), resets=(1, 0)).same


@pytest.mark.parametrize(
    "name", [each for each in scenario_names() if not load_scenario(each).needs_radio]
)
def test_a_cut_has_a_decision_of_its_gates_in_it(name, tmp_path):
    """The bypass alone counts where it is named: a start, a reset and a power cut move it too."""
    scenario = load_scenario(name)
    site = boarded(scenario)
    station_id = next(iter(site.stations))
    config = compile_station(site, station_id, overrides=Overrides(lapse=scenario.file.time_lapse))
    write_changes(tmp_path, scenario.file.firmware_change, BOARD)
    cut._turn_by_itself(tmp_path)
    with VmRig(Plant(site, station_id, scenario), config, BOARD, changes=tmp_path) as rig:
        found = cut._decisions(rig, scenario, 1)
    moved = any(each.terminal in ("RELAY_1", "RELAY_2") for each in found)
    if name in BY_ITS_BYPASS:
        assert not moved
        moved = any(each.what == "RELAY_3 off" for each in found)
    assert moved == (name not in STILL), found


def test_what_only_one_had_time_for_is_no_difference():
    assert compared(paired([ON, OFF], [ON], 899)).same
    assert not compared(paired([ON, OFF], [ON], 900)).same


@pytest.mark.parametrize("name", ["brine_slug", "pond_dry", "slug_before_closed_gate"])
def test_each_site_is_one_for_the_pico_without_uplink(name):
    (station,) = boarded(load_scenario(name)).stations.values()
    assert (station.board, station.uplink.kind) == ("RPI_PICO", "none")


def test_what_the_chip_cannot_run_is_told():
    told = CliRunner().invoke(app, ["run", "broker_hung", "--rig", "rp2040"])
    assert told.exit_code != 0
    assert "broker_hung" in str(told.exception)
