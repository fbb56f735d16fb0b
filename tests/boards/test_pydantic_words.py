"""Every kind of error that pydantic can find in a site file has a sentence of ours.

Kinds are found by putting every sort of TOML value where each value of two good sites stands.
"""

import copy
import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError
from site_files import GOOD

from reedgate_boards.site.fields import OWN_RULE
from reedgate_boards.site.language import translator
from reedgate_boards.site.schema import Site
from reedgate_boards.site.source import ROOM, read_source
from reedgate_boards.site.validate import SENTENCES

EXAMPLE = Path(__file__).parents[2] / "docs" / "site.example.toml"
# What TOML can write, as the reader gives it.
VALUES = (
    *("", "?", "x" * 500, True, -1, 0, 7, 10**9, 2**70),
    *(Decimal("0.5"), Decimal("-1.23456789"), Decimal("nan"), Decimal("inf"), Decimal("1e400")),
    *([], ["x"], [1] * 99, {}, {"x": 1}, {"": {}}),
    *(datetime.date(2026, 1, 1), datetime.time(1), datetime.datetime(2026, 1, 1)),
)


def places(values, path=()):
    yield path
    keys = values if isinstance(values, dict) else range(len(values))
    for key in keys:
        if isinstance(values[key], dict | list):
            yield from places(values[key], (*path, key))
        else:
            yield (*path, key)


def many_of(values, path):
    """What stands there, ninety times as often."""
    for key in path:
        values = values[key]
    if isinstance(values, list):
        return [values * 90]
    if isinstance(values, dict):
        return [{f"{key}{n}": each for key, each in values.items() for n in range(90)}]
    return []


def kinds_in(values):
    """{kind: where} of what pydantic says of the variants, and with each place left out."""
    found = {}
    for path in list(places(values))[1:]:
        for value in (None, *VALUES, *many_of(values, path)):
            tree = copy.deepcopy(values)
            holder = tree
            for key in path[:-1]:
                holder = holder[key]
            if value is None:
                del holder[path[-1]]
            else:
                holder[path[-1]] = value
            try:
                Site.model_validate(tree)
            except ValidationError as error:
                found |= {each["type"]: (path, value) for each in error.errors(include_url=False)}
    return found


@pytest.mark.parametrize("which", ["example", "good"])
def test_no_kind_is_left_without_its_own_sentence(which, tmp_path):
    file = tmp_path / "site.toml"
    file.write_text(GOOD if which == "good" else EXAMPLE.read_text(encoding="utf-8"))
    found = kinds_in(read_source(file).values)
    assert {"missing", "int_type", "dict_type", "list_type", OWN_RULE} <= set(found)
    told = {*SENTENCES, OWN_RULE, "extra_forbidden"} - {"other"}
    assert {kind: where for kind, where in found.items() if kind not in told} == {}


@pytest.mark.parametrize("sentence", SENTENCES.values())
def test_each_sentence_is_in_chinese(sentence):
    assert translator(ROOM, "zh")(sentence) != sentence
