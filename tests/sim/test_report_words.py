"""What a page about a run calls the codes."""

import pytest

from reedgate_boards.site.language import translator
from reedgate_contract import codes
from reedgate_sim.scenario.words import WORDS, said

NAMES = {*codes.RULE_NAMES, *codes.CAUSE_NAMES, *codes.POSITION_NAMES, *codes.DRIVE_NAMES}


def test_every_code_has_a_word_and_every_word_a_code():
    assert {name for name in NAMES if not name.startswith("reserved")} == set(WORDS)


@pytest.mark.parametrize(
    ("text", "zh"),
    [
        ("quality: turbidity_ntu", "水质: turbidity_ntu"),
        ("jam_closing", "关闭卡阻"),
        ("new", "new"),
    ],
)
def test_a_code_is_said_in_the_reader_s_language(text, zh):
    assert said(translator("reedgate_sim", "zh"), text) == zh
    assert said(translator("reedgate_sim", "en"), text) == text
