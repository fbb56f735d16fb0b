"""docs/wiring is what its generator makes of the boards' data today."""

import re
from pathlib import Path

import pytest

from reedgate_boards.site.board_facts import read_board
from reedgate_boards.site.language import translator
from reedgate_boards.site.pins import pin_uses
from reedgate_boards.site.wanted import WANTED
from reedgate_boards.wiring import pages, wired_boards

DOCS = Path(__file__).parents[2] / "docs" / "wiring"
BOARDS = ["ESP32_GENERIC", "ESP32_GENERIC_S3", "RPI_PICO", "RPI_PICO_W"]


def test_every_board_with_a_chip_has_its_pages_and_no_other_has():
    assert wired_boards() == BOARDS
    written = {path.name for path in DOCS.iterdir()}
    assert written == {f"{board}{end}" for board in BOARDS for end in (".md", ".zh-CN.md")}


@pytest.mark.parametrize("board", BOARDS)
def test_the_pages_are_as_the_data_makes_them(board):
    for name, content in pages(board).items():
        assert (DOCS / name).read_text(encoding="utf-8") == content, (
            "write them anew: python -m reedgate_boards.wiring docs/wiring"
        )


@pytest.mark.parametrize("board", BOARDS)
def test_every_output_is_told_its_state_before_python_and_its_pull_down(board):
    facts, data = read_board(board)
    for name, content in pages(board).items():
        rows = [line.split(" | ") for line in content.splitlines() if line.startswith("| ")]
        told = {row[0].strip("| "): row for row in rows if len(row) == 4}
        for use in pin_uses(data):
            if use.output and not use.name.endswith(".tx"):
                assert told[use.name][1] == str(use.pin), name
                assert str(facts.pins.pull_down_ohm) in told[use.name][3]


def test_what_a_pin_is_for_or_why_not_is_said_in_chinese_too():
    tr = translator("reedgate_boards", "zh")
    words = set(WANTED.values())
    for board in BOARDS:
        words |= set(read_board(board)[0].pins.taken.values())
    missing = [
        word for word in words if word != "USB" and not re.search("[\u4e00-\u9fff]", tr(word))
    ]
    assert missing == []
