"""A board that runs is asked what it is before it is sent into its boot loader."""

from types import SimpleNamespace

import pytest

from reedgate_boards.device import flash as module
from reedgate_boards.device.flash import Place, flash_rp2040
from reedgate_boards.site.user_error import UserError


class Running:
    """A board on a port; `says` what it is when it is asked."""

    def __init__(self, says):
        self.says = says
        self.left_by = []

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        pass

    def hold(self):
        pass

    def run(self, code):
        return f"{self.says}\n" if "board" in code else ""

    def leave_by(self, call):
        self.left_by.append(call)


@pytest.fixture
def flashed(monkeypatch):
    """Up to the boot loader's drive, which never shows."""
    monkeypatch.setattr(module, "boot_drives", list)
    monkeypatch.setattr(module, "serial_ports", list)
    monkeypatch.setattr(module, "_DRIVE_S", 0)

    def flash(board):
        monkeypatch.setattr(module, "Link", lambda port: board)
        image = SimpleNamespace(board="RPI_PICO", content=b"", firmware={}, files={})
        flash_rp2040(image, Place(port="port"), lambda *done: None)

    return flash


def test_a_station_that_is_another_board_goes_on_as_it_was(flashed):
    """Its files stand elsewhere on the flash: the record would be out of reach."""
    board = Running("RPI_PICO_W")
    with pytest.raises(UserError, match=r"RPI_PICO_W.*image is for RPI_PICO"):
        flashed(board)
    assert board.left_by == ["machine.reset()"]


@pytest.mark.parametrize("says", ["RPI_PICO", ""])
def test_the_right_board_and_one_that_cannot_say_are_flashed(says, flashed):
    board = Running(says)
    with pytest.raises(UserError, match="its drive did not appear"):
        flashed(board)
    assert board.left_by == ["machine.bootloader()"]
