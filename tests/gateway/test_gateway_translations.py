"""Every text that is marked for the catalogue is in it, and every code has a name for people."""

from importlib.resources import files

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from reedgate_contract import codes, envelope, records
from reedgate_contract.config import ROLE_NAMES
from reedgate_contract.quantities import QUANTITIES
from reedgate_gateway.view import labels, sentences

ROOM = files("reedgate_gateway")


def marked_texts():
    """{text: file} of msg("..."), which `tr` gets to see only when it is shown."""
    found = {}
    for folder in (ROOM, ROOM / "view", ROOM / "web"):
        for path in folder.iterdir():
            if path.name.endswith(".py"):
                with path.open("rb") as source:
                    for _line, text, _comments, _context in extract(
                        "python", source, keywords={"msg": None}
                    ):
                        found[text] = path.name
    return found


def test_every_marked_text_has_a_translation():
    with (ROOM / "locale" / "zh.po").open("rb") as stream:
        known = {entry.id for entry in read_po(stream) if entry.string}
    texts = marked_texts()
    assert len(texts) > 80
    assert {text: name for text, name in texts.items() if text not in known} == {}


@pytest.mark.parametrize(
    ("names", "table"),
    [
        (codes.STATUS_NAMES, labels.STATUSES),
        (codes.DETAIL_NAMES, labels.DETAILS),
        (codes.RULE_NAMES, labels.RULES),
        (codes.TARGET_NAMES, labels.TARGETS),
        (codes.RESET_NAMES, labels.RESETS),
        (ROLE_NAMES, labels.ROLES),
        (records.GAP_NAMES.values(), labels.GAPS),
        (records.STREAM_NAMES.values(), labels.STREAMS),
        (envelope.REFUSAL_NAMES.values(), labels.REFUSALS),
        (QUANTITIES, labels.QUANTITIES),
        (QUANTITIES, labels.SHORT_QUANTITIES),
    ],
)
def test_every_code_of_the_contract_has_a_name(names, table):
    assert set(table) == set(names)


def test_every_position_has_a_headline():
    shown = {
        sentences.motion(position, way) for position in codes.POSITION_NAMES for way in (-1, 0, 1)
    }
    assert shown == set(sentences.HEADLINES)
