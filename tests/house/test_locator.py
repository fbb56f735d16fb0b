"""Where data is found, and what is said when it is not there."""

import pytest

from reedgate_boards.site import locator
from reedgate_boards.site.user_error import UserError


def test_in_a_checkout_data_stands_in_its_place():
    assert (locator.firmware_dir() / "reedgate_contract" / "codes.py").is_file()
    assert (locator.board_dir("HOST") / "board.toml").is_file()
    assert "HOST" in locator.board_names()


def test_shipped_data_goes_before_the_checkout(monkeypatch, tmp_path):
    monkeypatch.setattr(locator, "_PACKAGE", tmp_path)
    for folder in ("firmware/instruments", "boards/B", "boards/A", "boards/package"):
        (tmp_path / "_data" / folder).mkdir(parents=True)
    for board in "AB":
        (tmp_path / "_data" / "boards" / board / "board.toml").touch()
    assert locator.firmware_dir() == tmp_path / "_data" / "firmware"
    assert locator.instruments_dir() == tmp_path / "_data" / "firmware" / "instruments"
    assert locator.board_names() == ["A", "B"]


def test_an_unknown_board_is_told_with_the_known_ones():
    with pytest.raises(UserError) as caught:
        locator.board_dir("../firmware")
    assert caught.value.lines("en")[0] == "There is no board ../firmware."
    assert "HOST" in caught.value.lines("zh")[1]


def test_missing_files_are_told(monkeypatch, tmp_path):
    monkeypatch.setattr(locator, "_PACKAGE", tmp_path / "a" / "b")
    with pytest.raises(UserError, match="Files of Reedgate are missing"):
        locator.firmware_dir()
