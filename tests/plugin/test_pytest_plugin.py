"""The pytest plugin, seen by a stranger's project that has tests for the MicroPython VM."""

import ast
import subprocess
import sys

import pytest
from stranger import INI, processes, run

from reedgate_sim import vm_finder
from reedgate_sim.plugin import process

pytest_plugins = ["pytester"]


@pytest.fixture
def project(pytester):
    pytester.makeini(INI)
    return pytester


def test_a_file_for_both_runs_under_both(project):
    project.makepyfile(
        dualtest_both="""
        import sys
        def test_arithmetic():
            assert 7 // 2 == 3
        def test_only_good_on_the_vm():
            assert sys.implementation.name == "micropython"
        """
    )
    result = run(project, "-v")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        [
            "dualtest_both.py::test_arithmetic PASSED*",
            "dualtest_both.py::test_only_good_on_the_vm FAILED*",
            "dualtest_both.py::vm::test_arithmetic PASSED*",
            "dualtest_both.py::vm::test_only_good_on_the_vm PASSED*",
        ]
    )


def test_a_file_for_the_vm_is_never_imported_by_cpython(project):
    project.makepyfile(
        vmtest_only="""
        import sys
        assert sys.implementation.name == "micropython"
        import usocket
        def test_here():
            pass
        """
    )
    run(project).assert_outcomes(passed=1)
    run(project, "vmtest_only.py").assert_outcomes(passed=1)
    run(project, "--doctest-modules").assert_outcomes(passed=1)
    run(project, "vmtest_only.py::vm::test_here").assert_outcomes(passed=1)


def test_each_test_has_a_fresh_vm(project):
    project.makepyfile(
        vmtest_fresh="""
        seen = []
        def test_one():
            seen.append(1)
            assert seen == [1]
        def test_two():
            seen.append(2)
            assert seen == [2]
        """
    )
    run(project).assert_outcomes(passed=2)


def test_a_failure_shows_where_with_the_source_and_the_output(project):
    device = project.mkdir("device")
    device.joinpath("gate.py").write_text("def move():\n    raise ValueError(7)\n")
    project.makepyfile(
        vmtest_gate="""
        import gate
        def check(opening):
            print("opening is", opening)
            assert opening == 1000
        def test_opening():
            check(200)
        def test_move():
            gate.move()
        """
    )
    result = run(project, "--junitxml=report.xml")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "*vm::test_opening*",
            "vmtest_gate.py:6: in test_opening",
            "    check(200)",
            "vmtest_gate.py:4: in check",
            "    assert opening == 1000",
            "E   AssertionError",
            "vmtest_gate.py:4: AssertionError",
            "*Captured stdout call*",
            "opening is 200",
            "vmtest_gate.py:8: in test_move",
            "device/gate.py:2: in move",
            "    raise ValueError(7)",
            "E   ValueError: 7",
            "FAILED vmtest_gate.py::vm::test_opening - AssertionError",
            "FAILED vmtest_gate.py::vm::test_move - ValueError: 7",
        ]
    )
    result.stdout.no_fnmatch_line("*run_test.py*")
    assert "vmtest_gate.py:4" in project.path.joinpath("report.xml").read_text()


def test_an_error_at_import_is_a_failure_of_each_test(project):
    project.makepyfile(
        vmtest_import="""
        import no_such_module
        def test_a():
            pass
        """
    )
    result = run(project)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["vmtest_import.py:1: in <module>", "E   ImportError: no module named 'no_such_module'"]
    )


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("x = []\n    while True: x.append(bytes(1000))", "E   MemoryError: memory alloc*"),
        ("import sys; sys.exit(0)", "E   SystemExit: 0"),
        ("yield 1", "E   TypeError: test_it returned <generator*"),
        ("import micropython; micropython.mem_info(1, 2, 3)", "E   TypeError: *"),
        ("raise KeyboardInterrupt", "E   KeyboardInterrupt"),
    ],
)
def test_no_other_end_passes_for_a_good_one(project, body, said):
    project.makepyfile(vmtest_end=f"def test_it():\n    {body}\n")
    result = run(project)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([said])


@pytest.mark.parametrize(("end", "status"), [("kill -SEGV $$", -11), ("exit 0", 0)])
def test_a_vm_that_ends_in_the_test_is_a_failure(project, monkeypatch, tmp_path, end, status):
    vm = tmp_path / "micropython"
    vm.write_text(f'#!/bin/sh\ncase "$1" in -c) echo micropython 1 29;; *) {end};; esac\n')
    vm.chmod(0o755)
    monkeypatch.setenv("MICROPYTHON", str(vm))
    project.makepyfile(vmtest_dies="def test_it():\n    pass\n")
    result = run(project)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"E   the VM ended in the test, status {status}"])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("while True: pass", "vmtest_hang.py:3: in test_it"),
        ("while True:\n        try:\n            while True: pass\n        except: pass", "E   *"),
    ],
)
def test_a_hanging_test_is_ended_and_shows_where(project, monkeypatch, body, said):
    monkeypatch.setattr(process, "_GRACE_S", 0.2)
    started = processes(monkeypatch)
    project.makeini(INI + "micropython_timeout_s = 0.2\n")
    project.makepyfile(vmtest_hang=f"def test_it():\n    print('begun')\n    {body}\n")
    result = run(project)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([said])
    result.stdout.fnmatch_lines(["E   the test did not end within 0.2 s", "begun"])
    assert started
    assert [each for each in started if each.returncode is None] == []  # no process is left


def test_selection_and_stopping_work_as_ever(project):
    project.makepyfile(
        vmtest_many="""
        def test_a():
            assert False
        def test_b():
            pass
        def not_a_test():
            assert False
        """
    )
    run(project, "-k", "test_b").assert_outcomes(passed=1, deselected=1)
    run(project, "-x").assert_outcomes(failed=1)
    run(project, "-k", "vm").assert_outcomes(passed=1, failed=1)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def test_it(tmp_path):\n    pass\n", "*test_it takes arguments*"),
        ("async def test_it():\n    pass\n", "*test_it is async*"),
        ("def test_it(:\n", "*vmtest_bad.py:1: *"),
    ],
)
def test_what_cannot_run_is_an_error_not_silence(project, source, said):
    project.makepyfile(vmtest_bad=source)
    result = run(project)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([said])


def test_without_a_vm_the_tests_are_skipped_with_one_loud_line(project, monkeypatch, tmp_path):
    monkeypatch.delenv("MICROPYTHON", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(vm_finder.sysconfig, "get_path", lambda name: str(tmp_path))
    project.makepyfile(vmtest_a="def test_a():\n    pass\ndef test_b():\n    pass\n")
    result = run(project)
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(["!!! 2 tests for the MicroPython VM skipped: No MicroPython*"])


def test_a_named_vm_that_is_none_is_an_error(project, monkeypatch):
    monkeypatch.setenv("MICROPYTHON", "/bin/false")
    project.makepyfile(vmtest_a="def test_a():\n    pass\n")
    result = run(project)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*/bin/false does not run as MicroPython*"])


def test_a_project_without_such_tests_sees_nothing_of_the_plugin(project):
    project.makepyfile(test_plain="def test_a():\n    pass\n")
    result = run(project)
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*MicroPython*")


def test_the_plugin_is_light_for_those_who_do_not_need_it():
    script = (
        "import sys\nimport pytest\nbefore = set(sys.modules)\n"
        "import reedgate_sim.pytest_plugin\n"
        "added = set(sys.modules) - before\n"
        "ours = [n for n in added if n.partition('.')[0] not in sys.stdlib_module_names]\n"
        "print(sorted(ours))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    parts = ["", ".coverage", ".fixtures", ".items", ".process"]
    added = ["reedgate_sim", *[f"reedgate_sim.plugin{part}" for part in parts]]
    assert ast.literal_eval(done.stdout) == [
        *added,
        "reedgate_sim.pytest_plugin",
        "reedgate_sim.vm_report",
    ]
