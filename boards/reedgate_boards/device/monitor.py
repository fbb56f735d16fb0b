"""A board's console as it comes, until Ctrl-C; a board that restarts is waited for."""

import codecs
import contextlib
import time
from collections.abc import Callable

from reedgate_boards.device.ports import cannot_open

_LOOK_S = 0.2


def watch(
    port: str,
    show: Callable[[str], None],
    on_open: Callable[[], None],
    on_gone: Callable[[], None],
) -> None:
    """Never ends by itself. Raises UserError when the port cannot be opened at first."""
    line = opened(port)
    if line is None:
        raise cannot_open(port)
    on_open()
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    while True:
        with contextlib.suppress(OSError), line:
            while True:
                show(plain(decode(line.read(max(line.in_waiting, 1)))))
        line = None  # before anything is said: a Ctrl-C is lost in an object's last moment
        on_gone()
        while line is None:
            time.sleep(_LOOK_S)
            line = opened(port)


def opened(port: str):
    """The port, or None when it is not to be had."""
    import serial  # here: it brings what only this system has

    try:
        return serial.serial_for_url(port, baudrate=115200, timeout=_LOOK_S, exclusive=True)
    except OSError:
        return None


def plain(text: str) -> str:
    """Without what would move a terminal's cursor or colour it: a board says lines, no more."""
    text = text.replace("\r\n", "\n")
    return "".join(each for each in text if each == "\n" or each == "\t" or each.isprintable())
