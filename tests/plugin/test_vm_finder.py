"""Which MicroPython is taken, and what is said about one that will not do."""

import pytest

from reedgate_boards.site.user_error import UserError
from reedgate_sim import vm_finder


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine without any MicroPython, and a maker of ones that state a version."""
    monkeypatch.delenv("MICROPYTHON", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr(vm_finder.sysconfig, "get_path", lambda name: str(tmp_path / "scripts"))

    def make(folder, says):
        command = tmp_path / folder / "micropython"
        command.parent.mkdir()
        command.write_text(f"#!/bin/sh\necho {says}\n")
        command.chmod(0o755)
        return command

    return make


def test_the_environment_comes_first_then_the_wheel_then_the_path(machine, monkeypatch):
    on_path = machine("path", "micropython 1 25")
    assert vm_finder.find_micropython() == on_path
    of_the_wheel = machine("scripts", "micropython 1 29")
    assert vm_finder.find_micropython() == of_the_wheel
    named = machine("named", "micropython 2 0")
    monkeypatch.setenv("MICROPYTHON", str(named))
    assert vm_finder.find_micropython() == named


def test_none_is_said_with_what_to_do(machine):
    with pytest.raises(UserError, match=r"No MicroPython VM .* MICROPYTHON=.* 1\.25"):
        vm_finder.find_micropython()


def test_an_old_one_is_refused_by_its_version(machine):
    machine("path", "micropython 1 19")
    with pytest.raises(UserError, match=r"is MicroPython 1\.19, older than 1\.25"):
        vm_finder.find_micropython()


@pytest.mark.parametrize("says", ["cpython 3 11", "nonsense", "micropython one two", ""])
def test_what_is_no_micropython_is_refused(machine, says):
    machine("path", says)
    with pytest.raises(UserError, match="does not run as MicroPython"):
        vm_finder.find_micropython()


def test_a_name_without_a_file_is_refused(machine, monkeypatch, tmp_path):
    monkeypatch.setenv("MICROPYTHON", str(tmp_path / "nowhere"))
    with pytest.raises(UserError, match="does not run as MicroPython"):
        vm_finder.find_micropython()
