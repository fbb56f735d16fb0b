"""The core's own tests give the same on the emulated chip: single precision, 31-bit small ints.

A share of them in seconds; all in `make chip`, of the longest three every 47th sequence.
"""

import os

import pico
import pytest

pytest.importorskip("rp2040py", reason="NO CHIP IS EMULATED: rp2040py has no wheel here")

import core_on_chip

ALL = os.environ.get("CHIP") == "all"
# The known vectors of the conversion; not those of its tests that go through thousands.
SHARE = {
    "dualtest_fixed": (
        "test_known_vectors",
        "test_codes_are_no_numbers_and_lie_below_every_number",
        "test_a_ratio_rounds_half_to_even",
        "test_a_ratio_never_leaves_a_small_int",
        "test_an_integer_register_is_bounded_too",
    )
}


@pytest.fixture(scope="module", autouse=True)
def _image():
    pico.image()  # or skip


@pytest.mark.parametrize("module", core_on_chip.modules() if ALL else sorted(SHARE))
def test_the_core_passes_its_own_tests(module):
    wanted = core_on_chip.tests_of(module) if ALL else SHARE[module]
    ran, problem = core_on_chip.run_module(module, wanted)
    assert problem == ""
    assert ran == sorted(wanted)


def test_a_test_that_fails_there_is_told(monkeypatch, tmp_path):
    (tmp_path / "dualtest_wrong.py").write_text("def test_wrong():\n    assert 1 == 2\n")
    monkeypatch.setattr(core_on_chip, "CORE", tmp_path)
    ran, problem = core_on_chip.run_module("dualtest_wrong", ["test_wrong"])
    assert ran == ["test_wrong"]
    assert "AssertionError" in problem
