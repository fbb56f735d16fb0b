"""Statement coverage on the VM: what is counted, what is left out, what is said."""

import json

import pytest
from stranger import INI, run

from reedgate_sim.plugin.coverage import instrumented, ranges

pytest_plugins = ["pytester"]

GATE = '''"""A gate."""

import sys

LIMIT = 5


class Gate:
    """It has a docstring."""

    opening = 0

    def move(self, to):
        if to > LIMIT:
            raise ValueError(to)
        elif to == 0:
            self.opening = 0
        else:
            self.opening = to
        for _ in range(2):
            to += 1
        try:
            return self.opening
        finally:
            to = 0


if sys.implementation.name == "cpython":  # pragma: no cover
    LIMIT = 6
    LIMIT = 7


def never():
    global LIMIT
    LIMIT = 8
'''
MISSING = [15, 17, 35]  # the raise, one branch, and the function that nobody calls


@pytest.fixture
def project(pytester):
    pytester.makeini(INI)
    package = pytester.mkdir("device").joinpath("works")
    package.mkdir()
    package.joinpath("__init__.py").write_text("")
    package.joinpath("gate.py").write_text(GATE)
    package.joinpath("other.py").write_text("a = 1\n")
    pytester.makepyfile(
        vmtest_gate="""
        from works.gate import Gate
        def test_moves():
            assert Gate().move(3) == 3
        """
    )
    return pytester


def test_the_statements_that_ran_are_counted_over_all_tests(project):
    result = run(project, "--micropython-cov=works", "--micropython-cov-json=cov.json")
    result.assert_outcomes(passed=1)
    figures = json.loads(project.path.joinpath("cov.json").read_text())
    gate = figures["files"]["works/gate.py"]
    assert gate == {"statements": 17, "missing": MISSING}
    assert figures["files"]["works/other.py"] == {"statements": 1, "missing": [1]}
    assert (figures["statements"], figures["percent"]) == (18, 77.8)
    result.stdout.fnmatch_lines(
        ["works/gate.py *17 * 82.4 %  15 17 35", "works/other.py *1 *0.0 %  1", "all *18 *77.8 %"]
    )


@pytest.mark.parametrize("asked", ["device/works/gate.py", "works.gate"])
def test_a_file_and_a_module_can_be_named(project, asked):
    project.makepyfile(
        vmtest_more="""
        from works.gate import Gate, never
        def test_refuses():
            never()
            try:
                Gate().move(9)
            except ValueError:
                pass
        """
    )
    result = run(project, f"--micropython-cov={asked}")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["works/gate.py *17 *94.1 %  17"])
    result.stdout.no_fnmatch_line("*other.py*")


def test_what_is_not_there_is_an_error(project):
    result = run(project, "--micropython-cov=nothing")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--micropython-cov=nothing: nothing of that name*"])


def test_a_heapless_test_runs_the_sources_themselves(project):
    project.makepyfile(
        vmtest_gate="""
        from works.gate import Gate
        gate = Gate()
        gate.opening = 0
        def heapless_moving():
            gate.move(3)
        """
    )
    result = run(project, "--micropython-cov=works")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["all *18 *0.0 %"])


def test_firmware_on_the_rig_is_counted_up_to_the_end_of_its_power(project):
    from reedgate_boards.site.locator import firmware_dir

    project.makeini(f"[pytest]\nmicropython_path = {firmware_dir()}\n")
    project.makepyfile(
        test_rig="""
        def test_runs(station):
            inlet = station()
            inlet.run(3)
            assert inlet.rig.console == ""
        """
    )
    result = run(project, "--micropython-cov=station", "test_rig.py")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["station/core/gate.py * [4-9]?.? %*"])


def test_nothing_stays_behind(project):
    from reedgate_sim.rigs import vm

    stock = vm.vm_command
    run(project, "--micropython-cov=works")
    assert vm.vm_command is stock


def test_a_copy_does_what_its_source_does():
    copy, lines = instrumented(GATE, "gate.py")
    told = []
    names = {}
    exec(copy.partition("\n")[2].partition("\n")[2], names | _left(told))
    assert set(told) <= lines
    assert 5 in told
    assert 35 not in told


def _left(told):
    return {"_left_": bytearray(b"\1" * 100), "_tell_": told.append, "__name__": "gate"}


def test_lines_are_shown_as_ranges():
    assert ranges([]) == ""
    assert ranges([1, 2, 3, 7, 9, 10]) == "1-3 7 9-10"
