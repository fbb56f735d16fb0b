"""Both READMEs give the same commands, and the commands are there."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = ("README.md", "README.zh-CN.md")
REEDGATE = Path(sys.executable).with_name("reedgate")


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def commands(name):
    blocks = re.findall(r"^```sh\n(.*?)^```$", text_of(name), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_both_languages_give_the_same_commands():
    english, chinese = map(commands, NAMES)
    assert english
    assert english == chinese


def test_both_languages_have_the_same_sections_and_tables():
    english, chinese = (re.findall(r"^(#+|\|)", text_of(name), re.MULTILINE) for name in NAMES)
    assert english == chinese


@pytest.mark.parametrize("command", [line for line in commands(NAMES[0]) if line[:4] == "make"])
def test_a_target_of_make_is_there(command):
    words = shlex.split(command)
    done = subprocess.run(["make", "-n", *words[1:]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", [line for line in commands(NAMES[0]) if line[:4] != "make"])
def test_a_command_of_ours_succeeds(command):
    program, *words = shlex.split(command)
    assert program == ".venv/bin/reedgate"
    done = subprocess.run([REEDGATE, *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", [*NAMES, "CONTRIBUTING.md"])
def test_what_a_text_points_at_is_there(name):
    text = text_of(name)
    places = re.findall(r"\]\(([^):]+)\)", text)
    places += re.findall(r"`((?:firmware|boards|gateway|sim|requirements|tests)/[\w/.]*)`", text)
    assert places
    assert [place for place in places if not (ROOT / place).exists()] == []
    targets = re.findall(r"`make (\w+)", text)
    makefile = text_of("Makefile")
    missing = [each for each in targets if not re.search(rf"^{each}:", makefile, re.MULTILINE)]
    assert missing == []
