"""Every sentence of the site room is there in Chinese, with its placeholders; no other is."""

import string
from pathlib import Path

from babel.messages.pofile import read_po
from site_messages import sentences

from reedgate_boards.site import validate

_CATALOGUE = Path(validate.__file__).parent / "locale" / "zh.po"


def _chinese() -> dict[str, str]:
    with _CATALOGUE.open("rb") as stream:
        return {entry.id: entry.string for entry in read_po(stream) if entry.id}


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_sentence_is_translated():
    chinese = _chinese()
    assert sorted(text for text in sentences() if not chinese.get(text)) == []


def test_no_translation_is_left_over():
    assert sorted(set(_chinese()) - sentences()) == []


def test_translations_keep_their_placeholders():
    different = [
        english
        for english, chinese in _chinese().items()
        if _placeholders(english) != _placeholders(chinese)
    ]
    assert different == []


def test_the_search_finds_sentences_of_every_kind():
    found = sentences()
    assert "is missing. Add it." in found  # of pydantic's errors
    assert "must be a number." in found  # refuse
    assert "unknown key. Did you mean {near}?" in found  # findings.error
    assert "then somebody has to look" in found  # the reason of a default
    assert "The site file." in found  # help
    assert "Save the file as UTF-8." in found  # a hint
