"""What a board says on its console is shown as lines, and no more."""

import os

import pytest

from reedgate_boards.device.monitor import plain, watch


def test_the_console_is_shown_without_what_moves_the_cursor():
    assert plain("a\r\nb\x1b[2J\x07\tc") == "a\nb[2J\tc"


def test_what_a_board_says_is_shown_as_it_comes():
    board, port = os.openpty()
    shown = []

    def show(text):
        shown.append(text)
        if "\n" in "".join(shown):
            raise KeyboardInterrupt  # as Ctrl-C would

    try:
        with pytest.raises(KeyboardInterrupt):
            watch(os.ttyname(port), show, lambda: os.write(board, "5 µS\r\n".encode()), None)
    finally:
        os.close(board)
        os.close(port)
    assert "".join(shown) == "5 µS\n"
