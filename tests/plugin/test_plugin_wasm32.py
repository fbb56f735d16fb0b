"""The 32-bit MicroPython under node: what it shows, and what is said where it is missing."""

import io
import os
import tarfile
from pathlib import Path

import pytest
from stranger import INI, processes, run

from reedgate_boards.site.user_error import UserError
from reedgate_sim.plugin import wasm32_finder

pytest_plugins = ["pytester"]

CACHE = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")  # pytester moves home
BOTH = INI + "micropython_wasm32 = .\n"


@pytest.fixture
def project(pytester, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", CACHE)
    try:
        wasm32_finder.find_node()
        wasm32_finder.find_package()
    except UserError as problem:
        pytest.skip(str(problem))
    pytester.makeini(BOTH)
    return pytester


def test_an_int_that_is_small_on_a_pc_only_takes_heap_there(project):
    project.makepyfile(
        vmtest_small="""
        half = 1 << 29
        def heapless_sum():
            half + half
        def test_it_is_another_build():
            import sys
            assert sys.maxsize == 2147483647
        """
    )
    result = run(project, "-v")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "vmtest_small.py::vm::heapless_sum PASSED*",
            "vmtest_small.py::vm::test_it_is_another_build FAILED*",
            "vmtest_small.py::wasm32::heapless_sum FAILED*",
            "vmtest_small.py::wasm32::test_it_is_another_build PASSED*",
            "E   MemoryError",
            "E   it takes 32 bytes of heap",
        ]
    )


def test_it_fails_as_on_the_vm_and_each_test_is_fresh(project):
    device = project.mkdir("device")
    device.joinpath("gate.py").write_text("moves = []\ndef move():\n    raise ValueError(7)\n")
    project.makepyfile(
        vmtest_gate="""
        import gate
        def test_move():
            print("it moves")
            gate.moves.append(1)
            gate.move()
        def test_fresh():
            assert gate.moves == []
        def test_ends():
            import sys
            sys.exit(0)
        """
    )
    result = run(project, "-k", "wasm32")
    result.assert_outcomes(passed=1, failed=2, deselected=3)
    result.stdout.fnmatch_lines(
        [
            "vmtest_gate.py:5: in test_move",
            "device/gate.py:3: in move",
            "E   ValueError: 7",
            "it moves",
            "E   SystemExit: 0",
        ]
    )
    result.stdout.no_fnmatch_line("*run_test.py*")


def test_a_hanging_test_is_ended_and_the_next_one_runs(project, monkeypatch):
    started = processes(monkeypatch)
    project.makeini(BOTH + "micropython_timeout_s = 5\n")
    project.makepyfile(
        vmtest_hang="def test_a():\n    while True: pass\ndef test_b():\n    pass\n"
    )
    result = run(project, "-k", "wasm32")
    result.assert_outcomes(passed=1, failed=1, deselected=2)
    result.stdout.fnmatch_lines(["E   the test did not end within 5 s"])
    assert started
    assert [each for each in started if each.returncode is None] == []  # no process is left


def test_without_node_the_tests_are_skipped_with_one_loud_line(pytester, monkeypatch, tmp_path):
    pytester.makeini(BOTH)
    monkeypatch.setattr(wasm32_finder.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(wasm32_finder.shutil, "which", lambda name: None)
    pytester.makepyfile(vmtest_a="def test_a():\n    pass\ndef test_b():\n    pass\n")
    result = run(pytester, "-k", "wasm32")
    result.assert_outcomes(skipped=2, deselected=2)
    result.stdout.fnmatch_lines(["!!! 2 tests for the 32-bit MicroPython skipped: No node was *"])


@pytest.fixture
def registry(monkeypatch, tmp_path):
    """A stand-in for npm that packs what `content` says, into an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def make(content, known=True):
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w:gz") as writer:
            for name in ("micropython.mjs", "micropython.wasm", "other.wasm"):
                member = tarfile.TarInfo(f"package/{name}")
                member.size = len(content)
                writer.addfile(member, io.BytesIO(content))
        packed = tmp_path / "packed"
        packed.write_bytes(archive.getvalue())
        npm = tmp_path / "npm"
        npm.write_text(f"#!/bin/sh\necho >>{tmp_path}/calls\ncp {packed} it.tgz\n")
        npm.chmod(0o755)
        monkeypatch.setattr(wasm32_finder, "_npm", lambda: [npm])
        if known:
            digest = wasm32_finder.hashlib.sha512(archive.getvalue()).digest()
            known_hash = wasm32_finder.base64.b64encode(digest).decode()
            monkeypatch.setattr(wasm32_finder, "_SHA512", known_hash)
        return tmp_path / "calls"

    return make


def test_the_build_is_fetched_once_and_only_what_is_needed(registry):
    calls = registry(b"code")
    found = wasm32_finder.find_package()
    assert found == wasm32_finder.find_package()
    assert sorted(each.name for each in found.parent.iterdir()) == list(wasm32_finder._FILES)
    assert found.read_bytes() == b"code"
    assert calls.read_text() == "\n"


def test_something_else_of_that_name_is_not_taken(registry, tmp_path):
    registry(b"evil", known=False)
    with pytest.raises(UserError, match=r"could not be fetched .*WrongHash"):
        wasm32_finder.find_package()
    assert not list((tmp_path / "cache").rglob("*.mjs"))


def test_without_a_network_it_says_what_to_do(registry, monkeypatch):
    registry(b"code")
    monkeypatch.setattr(wasm32_finder, "_npm", lambda: ["false"])
    with pytest.raises(UserError, match=r"could not be fetched .*CalledProcessError.*npm config"):
        wasm32_finder.find_package()
