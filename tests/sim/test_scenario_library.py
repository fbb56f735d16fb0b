"""The scenarios that come with Reedgate: each runs once and holds, and says how it can fail."""

import pytest

from reedgate_boards.site.compiler import Overrides, compile_station
from reedgate_sim.changes import site_of, write_changes
from reedgate_sim.replay.transitions import decided_again, transitions_of
from reedgate_sim.scenario.assurance import proofs, with_proof
from reedgate_sim.scenario.judge import Judge
from reedgate_sim.scenario.play import play
from reedgate_sim.world.scenario import load_scenario, scenario_names

NAMES = scenario_names()


def english(message, **values):
    return message.format(**values)


@pytest.mark.parametrize("name", NAMES)
def test_everything_that_it_expects_holds(name):
    """And whatever transition it has recorded is decided again the same."""
    played = play(load_scenario(name))
    assertions = Judge(played).assertions()
    wrong = [
        f"{each.name(english)}: {each.detail.text(english)}"
        for each in assertions
        if not each.holds
    ]
    assert wrong == []
    found, alone = transitions_of(played.events)
    assert found or not played.transitions
    assert alone == 0
    of = played.site, played.station_id
    lapse = Overrides(lapse=played.scenario.file.time_lapse)
    for again in decided_again(compile_station(*of, overrides=lapse), found):
        assert again.differences == (), again.transition.uptime_ms


@pytest.mark.parametrize("name", NAMES)
def test_it_says_in_both_languages_what_it_is_for(name):
    file = load_scenario(name).file
    for text in (file.name, file.purpose):
        assert text.zh != text.en
    assert file.expect, "it expects nothing"
    assert any(row.when == "finally" or row.record for row in file.expect), "no final state"


@pytest.mark.parametrize("name", NAMES)
def test_its_change_fits_the_firmware_or_the_site(name, tmp_path):
    scenario = load_scenario(name)
    change = scenario.file.fails_under
    assert change, "no change is named under which it fails"
    assert change.what.zh != change.what.en
    site = site_of(scenario, change.site)
    board = next(iter(site.stations.values())).board
    if change.firmware:
        write_changes(tmp_path, [*scenario.file.firmware_change, change.firmware], board)
    else:
        assert site != site_of(scenario)


@pytest.mark.parametrize("name", ["brine_slug", "flood_in_quality_trip", "single_sample_spikes"])
def test_its_change_is_noticed(name):
    """The others are made by `make campaign`."""
    assert name in with_proof()
    (proof,) = proofs([name], lambda _: None)
    assert proof.noticed


def test_there_are_as_many_as_the_field_has_bad_days():
    assert len(NAMES) >= 24
    assert len(NAMES) >= 24
