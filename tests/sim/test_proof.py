"""`reedgate sim proof`: a share of it, that it can fail, and that the VM decides alike."""

import json
import shutil

import pytest

from reedgate_boards.cli import main
from reedgate_boards.site.language import translator
from reedgate_boards.site.locator import firmware_dir
from reedgate_boards.site.user_error import UserError
from reedgate_contract import config as layout
from reedgate_sim.proof import prove as proving
from reedgate_sim.proof import slots
from reedgate_sim.proof.command import _print
from reedgate_sim.proof.configurations import configurations
from reedgate_sim.proof.explore import explore
from reedgate_sim.proof.killers import finds, killers
from reedgate_sim.proof.on_vm import differing
from reedgate_sim.proof.prove import PROPERTIES, counts, fewer, names_of, not_closed, prove
from reedgate_sim.proof.shipped import load_shipped
from reedgate_sim.proof.sound import Outside, random_scans
from reedgate_sim.proof.world import World

QUICK = ("limit", "unmet", "safe_mode")  # seconds each; all of them: make assurance
VM_STEPS = 400  # of each configuration: more than 10,000 in all
# The VM is given polls and terminals; an actuator's answers are no terminal.
ON_VM = [
    name
    for name, site in configurations().items()
    if all(gate.drive != layout.DRIVE_MODBUS_ACTUATOR for gate in site.gates)
]


@pytest.mark.parametrize("name", QUICK)
def test_every_reachable_state_of_a_small_station_keeps_the_law(name):
    verdict = prove(name, scans=2000, phases=1)
    assert verdict.broken == ""
    assert not fewer(verdict)


def test_the_states_are_the_same_wherever_the_ticks_begin():
    assert prove("polls", scans=2000, phases=3).broken == ""


def test_each_configuration_has_its_committed_figures():
    assert list(counts()) == names_of([])
    assert not_closed() == []


@pytest.mark.parametrize("rule", [rule for rule in PROPERTIES if rule != "L6"])
def test_each_property_finds_a_bug_of_its_own(rule):
    assert finds(rule)


def test_a_latch_without_a_way_out_is_found():
    assert finds("L6")
    assert set(killers()) == set(PROPERTIES)


def test_a_reset_that_acts_too_early_is_told_with_the_way_to_it(tmp_path):
    _seed(tmp_path, "trip.py", "self.latched = not reset_edge", "self.latched = False")
    verdict = prove("two_limits", scans=0, phases=1, folder=tmp_path)
    assert verdict.broken.startswith("S6")
    assert verdict.way[-1].startswith("polls ")


def test_a_time_stamp_taken_for_dead_is_found_by_running_on(monkeypatch):
    monkeypatch.setitem(slots._ALIVE, ("Limit", "_run_start_ms"), lambda limit, _: False)
    with pytest.raises(Outside, match="Limit"):
        _run_on("limit")


def test_a_class_of_numbers_is_one_state_and_its_ends_are_drawn(monkeypatch):
    monkeypatch.setattr(slots, "_CLASSED", ("Readings", "no such"))
    with pytest.raises(Outside, match=r"Readings\.value"):
        _run_on("limit")


def test_a_slot_left_out_is_found_by_running_on(monkeypatch):
    monkeypatch.setattr(slots, "_TOLD", slots._TOLD | {"_beyond_bits"})
    with pytest.raises(Outside):
        _run_on("limit")


def _run_on(name):
    """Without the laws, which notice it first."""
    shipped = load_shipped()
    world = World(configurations()[name], shipped)
    world.only = "none"
    _, graph = explore(world)
    random_scans(graph, shipped, 4000, seed=1)


# file of the core, one comparison of it with the boundary on the other side, where it shows
BOUNDARIES = (
    ("limit.py", "return value > self.limit", "return value >= self.limit", "limit"),
    ("limit.py", "value <= self.limit - self", "value < self.limit - self", "limit"),
    ("limit.py", "value <= self.limit - self", "value - 1 <= self.limit - self", "limit"),
    ("limit.py", "return value < self.limit", "return value <= self.limit", "below"),
    ("limit.py", "value >= self.limit + self", "value > self.limit + self", "below"),
    ("flood.py", "(value > self.limit if", "(value >= self.limit if", "flood"),
    ("flood.py", "value < self.limit - self", "value <= self.limit - self", "flood"),
    ("flood.py", "else value < self.limit)", "else value <= self.limit)", "below"),
    ("flood.py", "value > self.limit + self", "value >= self.limit + self", "below"),
)


@pytest.mark.parametrize(("file", "old", "new", "name"), BOUNDARIES)
def test_a_limit_that_is_one_off_is_found(file, old, new, name, tmp_path):
    _seed(tmp_path, file, old, new)
    assert prove(name, scans=0, phases=1, folder=tmp_path).broken != ""


def test_a_number_within_a_class_that_is_judged_otherwise_is_found(tmp_path):
    """By the random scans alone: the explorer sees no number but those at the boundaries."""
    _seed(tmp_path, "limit.py", "return value > self.limit", "return 99 > value > self.limit")
    assert prove("limit", scans=0, phases=1, folder=tmp_path).broken == ""
    assert prove("limit", scans=4000, phases=1, folder=tmp_path).broken.startswith("sound")


def test_ticks_that_are_no_difference_break_at_another_phase(tmp_path):
    _seed(tmp_path, "ticks.py", "(now_ms - self.since_ms)", "(now_ms % 1000 - self.since_ms)")
    assert prove("limit", scans=0, phases=2, folder=tmp_path).broken != ""


@pytest.mark.parametrize("name", ON_VM)
def test_the_vm_decides_as_the_proof_saw_it(name, tmp_path):
    assert differing(tmp_path, load_shipped(), name, VM_STEPS, seed=1) == []


def test_another_decision_on_the_vm_is_noticed(tmp_path, monkeypatch):
    _seed(tmp_path, "trip.py", "if limit.tripped:", "if False:")
    monkeypatch.setattr("reedgate_sim.proof.on_vm.firmware_dir", lambda: tmp_path)
    assert differing(tmp_path, load_shipped(), "limit", 200, seed=1) != []


def test_fewer_states_than_committed_fail_with_both_figures(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(proving, "counts", lambda: {"polls": {"states": 10**6}})
    out = tmp_path / "proof.json"
    command = ["sim", "proof", "polls", "--scans", "0", "--json", str(out), "--jobs", "1"]
    assert main(command) == 1
    (row,) = json.loads(out.read_text())["configurations"]
    assert row["fewer"]
    assert row["broken"] == ""
    told = capsys.readouterr().out
    for text in ("polls: 180 states (at least 1,000,000 ", "counts.toml", "on purpose"):
        assert text in told


@pytest.mark.parametrize(
    ("language", "told", "letters"),
    [("zh", "S6: 没有复位", "I 在限值以内"), ("en", "S6: a reset_only", "I inside the limit")],
)
def test_what_breaks_is_told_with_the_letters_of_its_way(
    tmp_path, capsys, language, told, letters
):
    _seed(tmp_path, "trip.py", "self.latched = not reset_edge", "self.latched = False")
    broken = prove("two_limits", scans=0, phases=1, folder=tmp_path)
    assert json.loads(json.dumps(broken.as_json()))["broken"].startswith("S6: a reset_only")
    _print([broken], translator("reedgate_sim", language))
    out = capsys.readouterr().out
    for text in (told, letters):
        assert text in out


def test_a_configuration_that_is_none_is_refused():
    with pytest.raises(UserError):
        names_of(["nonsense"])


def _seed(folder, file, old, new):
    """A copy of the firmware with one text changed."""
    shutil.copytree(firmware_dir() / "station", folder / "station")
    shutil.copytree(firmware_dir() / "reedgate_contract", folder / "reedgate_contract")
    path = folder / "station" / "core" / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
