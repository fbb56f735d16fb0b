"""`reedgate sim mutants --generated`: what the generator makes, and a share of the hunt."""

import ast
import json

import pytest

from reedgate_boards.site.locator import firmware_dir
from reedgate_sim.proof.kill import by_proof, by_tests, equivalents, kill, seeded_copy
from reedgate_sim.proof.mutate import sample, slips
from reedgate_sim.proof.shipped import forget

LEAST = 1000
COMMITTED = firmware_dir().parent / "docs" / "assurance" / "slips.json"
# One of each kind, found within seconds by the proof alone, and by tests/core alone.
QUICK = (
    "drive.direction_to:not:1",
    "limit.Limit.scan:and-or:4",
    "limit.Limit._judge:negate:2",
    "trip.Trip.scan:drop:4",
    "ticks.elapsed_ms:arithmetic:1",
)


@pytest.fixture(scope="module")
def every():
    return slips(firmware_dir())


def test_slips_are_many_of_every_kind_and_each_can_be_compiled(every):
    assert len(every) >= LEAST
    kinds = {"compare", "and-or", "not", "arithmetic", "constant", "swap", "negate", "return"}
    assert {each.kind for each in every} == kinds | {"drop"}
    for each in every:
        text = (firmware_dir() / each.file).read_text(encoding="utf-8")
        seeded = each.seeded(text)
        assert ast.dump(ast.parse(seeded)) != ast.dump(ast.parse(text)), each.name


def test_names_are_unique_and_a_seed_draws_the_same_again(every):
    assert len({each.name for each in every}) == len(every)
    assert sample(every, 50, 7) == sample(every, 50, 7) != sample(every, 50, 8)


@pytest.mark.parametrize("name", QUICK)
def test_a_slip_is_found(name, every, tmp_path):
    (slip,) = [each for each in every if each.name == name]
    folder = seeded_copy(tmp_path, slip)
    try:
        assert by_proof(folder, 4000)
        assert by_tests(folder, long=False, first=name.partition(".")[0])
    finally:
        forget()


def test_what_changes_nothing_is_not_found(every):
    (slip,) = [each for each in every if each.name == "limit.Limit._judge:negate:2"]
    assert kill(slip).by == "tests"
    same = type(slip)(**{**vars(slip), "new": slip.old})
    assert kill(same, most=400).by == ""


def test_equivalents_are_slips_that_exist_each_argued_and_few(every):
    names = {each.name for each in every}
    assert set(equivalents()) <= names
    assert all(len(why) > 20 for why in equivalents().values())
    drawn = json.loads(COMMITTED.read_text(encoding="utf-8"))["run"]
    assert len(equivalents()) <= len(drawn) // 20
