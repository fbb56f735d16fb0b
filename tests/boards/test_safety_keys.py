"""What a technician is told of the safety keys of a new configuration."""

import pytest
from site_files import checked, edited

from reedgate_boards.device.commands import _safety
from reedgate_boards.site.compiler import compile_station
from reedgate_boards.site.safety import button_keys, safety_hash

LIMIT = ("above = 10, deadband", "above = {}, deadband")


def compiled(folder, *edits):
    site, _ = checked(folder, edited(*edits))
    return compile_station(site, "inlet")


def with_limit(folder, limit):
    return compiled(folder, (LIMIT[0], LIMIT[1].format(limit)))


def test_a_laxer_limit_is_named_and_a_stricter_one_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("REEDGATE_LANG", "en")
    old = compiled(tmp_path)
    laxer, stricter = with_limit(tmp_path, 11), with_limit(tmp_path, 9)
    assert button_keys(old, laxer) == ["turbid: limit"]
    assert button_keys(old, stricter) == []
    assert len({safety_hash(each) for each in (old, laxer, stricter)}) == 3
    assert "not be done from afar: turbid: limit." in _safety(old, laxer)
    assert "none is less strict" in _safety(old, stricter)
    assert _safety(None, old) == f"Safety keys: hash {safety_hash(old)}."


@pytest.mark.parametrize("old", [b"", b"RGCF nonsense and more of it"])
def test_what_was_there_and_cannot_be_read_is_told_as_other(tmp_path, monkeypatch, old):
    monkeypatch.setenv("REEDGATE_LANG", "en")
    new = compiled(tmp_path)
    assert button_keys(old, new) is None
    assert "other ones" in _safety(old, new)
