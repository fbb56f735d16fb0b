"""The plugin under pytest-xdist: tests beside each other, and what a worker says is still seen."""

import pytest
from stranger import INI, run

from reedgate_sim import vm_finder

pytest_plugins = ["pytester"]
NO_VM_IN_A_WORKER = """
from types import SimpleNamespace
from reedgate_sim import vm_finder
vm_finder.sysconfig = SimpleNamespace(get_path=lambda name: "/nowhere")
"""
TWO = {
    "vmtest_a": "def test_a():\n    pass\n",
    "vmtest_b": "def test_b():\n    assert False, 'seen from a worker'\n",
}


@pytest.fixture
def project(pytester):
    pytester.makeini(INI)
    pytester.makepyfile(**TWO)
    return pytester


def test_workers_run_the_tests_of_the_vm(project):
    result = run(project, "-n", "2")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*seen from a worker*"])


def test_what_workers_could_not_run_is_said_once_and_loud(project, monkeypatch):
    monkeypatch.delenv("MICROPYTHON", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    # The file below is read in this process too.
    monkeypatch.setattr(vm_finder, "sysconfig", vm_finder.sysconfig)
    project.makeconftest(NO_VM_IN_A_WORKER)
    result = run(project, "-n", "2")
    result.assert_outcomes(skipped=2)
    loud = [line for line in result.outlines if line.startswith("!!! ")]
    assert len(loud) == 1
    assert "for the MicroPython VM skipped" in loud[0]


def test_coverage_asks_for_one_process(project):
    result = run(project, "-n", "2", "--micropython-cov", ".")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*add -n 0*"])
