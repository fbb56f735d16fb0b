"""Which part of a scenario the emulated chip runs, and when two runs count as the same."""

import pytest

pytest.importorskip("rp2040py", reason="NO CHIP IS EMULATED: rp2040py has no wheel here")

from typer.testing import CliRunner

from reedgate_sim.commands import app
from reedgate_sim.scenario.cut import Compared, Decision, boarded, cut_us, paired
from reedgate_sim.world.scenario import load_scenario, scenario_names

ON, LATER, OFF = (
    Decision(100, "RELAY_1", 1),
    Decision(150, "RELAY_1", 1),
    Decision(900, "RELAY_1", 0),
)


def compared(pairs, allowed_us=100):
    return Compared("name", 0, 1000, pairs, allowed_us, 0, "")


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


def test_what_only_one_had_time_for_is_no_difference():
    assert compared(paired([ON, OFF], [ON], 899)).same
    assert not compared(paired([ON, OFF], [ON], 900)).same


@pytest.mark.parametrize("name", ["brine_slug", "pond_dry", "slug_before_closed_gate"])
def test_each_site_is_one_for_the_pico_without_uplink(name):
    (station,) = boarded(load_scenario(name)).stations.values()
    assert (station.board, station.uplink.kind) == ("RPI_PICO", "none")


@pytest.mark.parametrize("name", ["broker_hung", "hung_task"])
def test_what_the_chip_cannot_run_is_told(name):
    told = CliRunner().invoke(app, ["run", name, "--rig", "rp2040"])
    assert told.exit_code != 0
    assert name in str(told.exception)
