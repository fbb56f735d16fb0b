"""The bypass of one measurement while its probe is calibrated, asked of a station that runs on."""

import time

from reedgate_boards.device.monitor import opened, plain
from reedgate_boards.device.ports import ROOM, cannot_open
from reedgate_boards.site.user_error import UserError

MOST_MINUTES = 60
_ANSWER_S = 15.0
_SAID = "bypass "


def bypass(port: str, point: str, minutes: int) -> None:
    """Raises UserError: refused, with the reason; no answer; no port."""
    answer = _ask(port, f"bypass {point} {minutes * 60}\n")
    if answer == "set":
        return
    raise _refusals(point).get(answer) or _no_answer(port)


def end(port: str) -> None:
    """Of whatever is bypassed. Raises UserError: no answer, no port."""
    if _ask(port, "bypass end\n") != "ended":
        raise _no_answer(port)


def _refusals(point: str) -> dict[str, UserError]:
    """By what the station answers (station/app/commands.py)."""
    return {
        "no_such_measurement": UserError(
            ROOM,
            "No gate of this station is closed by {point}.",
            hint="The names are those of the site file; reedgate board check shows them.",
            point=point,
        ),
        "one_is_set": UserError(
            ROOM,
            "A measurement is bypassed already; only one may be at a time.",
            hint="End it first: reedgate board calibrate --end",
        ),
        "of_a_flood": UserError(
            ROOM,
            "{point} tells of a flood, and is never bypassed.",
            hint="Bring the gate to its trip position by the selector while you work on it.",
            point=point,
        ),
        "the_last": UserError(
            ROOM,
            "Without {point} nothing would judge the water: its gate knows no other measurement "
            "now.",
            hint="Bring the gate to its trip position by the selector while you work on it.",
            point=point,
        ),
        "too_long": UserError(
            ROOM,
            "The station does not bypass a measurement for so long.",
            hint="60 minutes are the most.",
        ),
    }


def _no_answer(port: str) -> UserError:
    return UserError(
        ROOM,
        "The station on {port} does not answer.",
        hint="It may be in safe mode or of an older firmware; reedgate board monitor shows what "
        "it says.",
        port=port,
    )


def _ask(port: str, order: str) -> str:
    """The station's answer to a line, or ""."""
    line = opened(port)
    if line is None:
        raise cannot_open(port)
    try:
        with line:
            # The empty line ends what may have been typed before.
            line.write(b"\n" + order.encode())
            return _answer(line)
    except OSError:
        raise _no_answer(port) from None


def _answer(line) -> str:
    text = ""
    until = time.monotonic() + _ANSWER_S
    while time.monotonic() < until:
        text += plain(line.read(max(line.in_waiting, 1)).decode("utf-8", "replace"))
        *whole, text = text.split("\n")
        for each in whole:
            if each.startswith(_SAID):
                return each.removeprefix(_SAID).strip()
    return ""
