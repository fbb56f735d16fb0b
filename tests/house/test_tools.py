"""`make tools`: asks before it installs, and says when it needs another user's rights."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "requirements" / "tools.sh"
STAND_INS = {
    "apt-get": 'echo "apt-get $*" >>"$CALLS"',
    "apt-cache": "exit 0",
    "env": 'while [ "${1#*=}" != "$1" ]; do shift; done; exec "$@"',
    "id": 'echo "$ID"',
    "sudo": 'echo sudo >>"$CALLS"; exec "$@"',
}


@pytest.fixture
def tools(tmp_path):
    """A machine without a browser; gives (exit code, what was called, what was said)."""
    folder = tmp_path / "path"
    folder.mkdir()
    calls = tmp_path / "calls"

    def run(absent=(), user=0, **environment):
        for name, body in STAND_INS.items():
            if name not in absent:
                (folder / name).write_text(f"#!/bin/sh\n{body}\n")
                (folder / name).chmod(0o755)
        calls.write_text("")
        done = subprocess.run(
            ["/bin/bash", SCRIPT],
            env={"PATH": str(folder), "CALLS": str(calls), "ID": str(user)} | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        return done.returncode, calls.read_text(), done.stdout

    return run


@pytest.mark.parametrize("consent", [{"CI": "true"}, {"YES": "1"}])
def test_it_installs_what_is_missing_when_told_to(tools, consent):
    code, calls, _ = tools(**consent)
    assert code == 0
    update, install = calls.splitlines()
    assert update == "apt-get update -q"
    assert install.startswith("apt-get install -q -y --no-install-recommends chromium")


def test_it_installs_nothing_when_nobody_can_be_asked(tools):
    assert tools() == (2, "", tools()[2])
    assert "make tools YES=1" in tools()[2]


def test_another_user_than_root_is_told_of_sudo(tools):
    code, calls, said = tools(user=1000, CI="true")
    assert code == 0
    assert calls.splitlines()[::2] == ["sudo", "sudo"]
    assert "sudo is used" in said
    assert "sudo" not in tools(user=0, CI="true")[1]


def test_ubuntu_calls_the_browser_otherwise(tools, monkeypatch):
    monkeypatch.setitem(STAND_INS, "apt-cache", "exit 100")
    assert " chromium-browser" in tools(CI="true")[1]


def test_without_apt_it_names_what_to_install(tools):
    code, calls, said = tools(absent=["apt-get"], CI="true")
    assert (code, calls) == (2, "")
    assert "chromium" in said


def test_it_speaks_chinese(tools):
    assert "将安装" in tools(LANG="zh_CN.UTF-8", CI="true")[2]


def test_the_script_may_be_run():
    assert os.access(SCRIPT, os.X_OK)
    assert os.access(SCRIPT.parents[1] / ".ci" / "run", os.X_OK)
