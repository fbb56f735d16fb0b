"""Tests that may not touch the heap, and tests that leave something on it."""

import pytest
from stranger import INI, run

pytest_plugins = ["pytester"]


@pytest.fixture
def project(pytester):
    pytester.makeini(INI)
    return pytester


def test_a_heapless_test_says_how_much_and_where(project):
    device = project.mkdir("device")
    device.joinpath("gate.py").write_text("def move(width):\n    return [width, 2]\n")
    project.makepyfile(
        vmtest_gate="""
        import gate
        def heapless_moving():
            gate.move(5)
        def heapless_counting():
            assert 5 + 6 == 11
        """
    )
    result = run(project)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "vmtest_gate.py:3: in heapless_moving",
            "device/gate.py:2: in move",
            "E   MemoryError: memory allocation failed, heap is locked",
            "E   it takes * bytes of heap",
        ]
    )
    result.stdout.no_fnmatch_line("E   it takes 0 bytes of heap")


def test_an_exception_that_is_caught_takes_heap_too(project):
    project.makepyfile(
        vmtest_raise="""
        def heapless_raising():
            try:
                raise ValueError
            except ValueError:
                pass
        """
    )
    result = run(project)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E   AssertionError: the heap was * bytes fuller afterwards"])


def test_every_second_stretch_between_yields_is_locked(project):
    project.makepyfile(
        vmtest_steps="""
        def heapless_free_where_it_may():
            mine = [0] * 10
            yield
            mine[0] = 1
            yield
            mine = mine + [2]
            yield
            mine[0] = 3
            yield
            assert mine[0] == 3 and len(mine) == 11
        def heapless_not_the_second_time():
            yield
            yield
            yield
            [0] * 10
        def heapless_judged_at_the_end():
            yield
            yield
            assert False
        """
    )
    result = run(project)
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        ["E   MemoryError*", "vmtest_steps.py:19: in heapless_judged_at_the_end"]
    )


def test_under_cpython_a_heapless_test_just_runs(project):
    project.makepyfile(
        dualtest_both="""
        def heapless_whole():
            assert 1 + 1 == 2
        def heapless_steps():
            mine = [0]
            yield
            mine[0] = 1
            yield
            assert mine == [2]
        """
    )
    result = run(project, "-v")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "dualtest_both.py::heapless_whole PASSED*",
            "dualtest_both.py::heapless_steps FAILED*",
            "dualtest_both.py::vm::heapless_whole PASSED*",
            "dualtest_both.py::vm::heapless_steps FAILED*",
        ]
    )


def test_a_leak_is_found_only_when_it_is_asked_for(project):
    project.makepyfile(
        vmtest_leak="""
        kept = []
        cache = {}
        def test_leaks():
            kept.append(bytearray(100))
        def test_warms_something_once():
            cache["big"] = bytearray(10000)
        def test_cannot_run_twice():
            cache["one"] = cache.get("one", 0) + 1
            assert cache["one"] == 1
        """
    )
    run(project).assert_outcomes(passed=3)
    result = run(project, "--micropython-leak=64")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "E   AssertionError: run again, it leaves * bytes on the heap",
            "vmtest_leak.py:9: in test_cannot_run_twice",
        ]
    )
    run(project, "--micropython-leak=5000", "-k", "leaks").assert_outcomes(passed=1, deselected=2)
