"""The page on safe mode agrees with the code: the LED's flashes, and how many bad starts."""

import re

import pytest

from reedgate_boards.site.locator import board_names, firmware_dir

DOCS = firmware_dir().parent / "docs"
PAGES = ("safe-mode.md", "safe-mode.zh-CN.md")


def constants(path):
    text = (firmware_dir() / path).read_text(encoding="utf-8")
    return {name: int(value) for name, value in re.findall(r"^(\w+) = const\((\d+)\)", text, re.M)}


@pytest.mark.parametrize("page", PAGES)
def test_each_code_of_the_led_has_its_row(page):
    codes = [code for name, code in constants("station/core/led.py").items() if name[0] != "_"]
    text = (DOCS / page).read_text(encoding="utf-8")
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", text, re.M)] == codes


@pytest.mark.parametrize("page", PAGES)
def test_the_boards_with_an_led_are_named(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:RPI|ESP32)_\w+)`", text))
    boards = firmware_dir().parent / "boards"
    have = {
        name
        for name in board_names()
        if '"LED"' in (boards / name / "board.py").read_text("utf-8")
    }
    assert named == have


def test_the_figures_of_the_page_are_those_of_the_code():
    guard = constants("station/drivers/guard.py")
    assert (guard["MOST_BAD"], guard["GIVE_UP"]) == (4, 8)
    assert constants("station/app/trial.py")["TRIAL_S"] == 120
    text = (DOCS / PAGES[0]).read_text(encoding="utf-8")
    for words in ("four times in a row", "eight bad starts", "for 120 s", "one scan in ten"):
        assert words in text
