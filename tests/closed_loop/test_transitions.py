"""Every recorded transition of a campaign is decided again, on the real VM, as it was recorded."""

import shutil

import pytest

from reedgate_boards.site.compiler import compile_station
from reedgate_boards.site.locator import firmware_dir
from reedgate_contract import codes
from reedgate_sim.campaign.draw import draw
from reedgate_sim.campaign.play import play, site_of
from reedgate_sim.campaign.site import STATION
from reedgate_sim.replay.transitions import decided_again, transitions_of

SEEDS = (3, 115)  # between them every rule that the campaign reaches


@pytest.fixture(scope="module")
def recorded():
    """[(compiled configuration, transitions)] of some runs."""
    found = []
    for seed in SEEDS:
        schedule = draw(seed)
        transitions, alone = transitions_of(play(schedule).account.events)
        assert alone == 0, "an event without what it was decided from"
        found.append((compile_station(site_of(schedule), STATION), transitions))
    return found


def test_all_of_them_are_identical(recorded):
    count, rules = 0, set()
    for blob, transitions in recorded:
        for again in decided_again(blob, transitions):
            assert again.differences == (), again.transition.uptime_ms
            rules |= {gate[2] for gate in again.transition.gates}
            count += 1
    assert count >= 40
    assert {codes.RULE_START, codes.RULE_QUALITY, codes.RULE_AUTOMATIC} <= rules


def test_a_core_that_decides_otherwise_is_noticed(recorded, tmp_path):
    gate = firmware_dir() / "station" / "core" / "gate.py"
    changed = tmp_path / "firmware"
    shutil.copytree(firmware_dir() / "station", changed / "station")
    text = gate.read_text(encoding="utf-8")
    law = "        elif self.tripped >= 0:\n            point = self.trips[self.tripped].point\n"
    assert text.count(law) == 2
    other = law.replace("self.tripped >= 0", "self.tripped > 8")
    (changed / "station" / "core" / "gate.py").write_text(text.replace(law, other, 1))
    again = [
        each
        for blob, transitions in recorded
        for each in decided_again(blob, transitions, firmware=changed)
    ]
    assert not all(each.identical for each in again)
    assert any(each.identical for each in again)
