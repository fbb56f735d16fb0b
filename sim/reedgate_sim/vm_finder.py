"""Which MicroPython runs the firmware on this machine, and whether it is new enough.

Looked for in this order: the environment's MICROPYTHON, the command that the wheel put beside
this Python, `micropython` on PATH. Nothing is installed from here.
"""

import functools
import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

from reedgate_boards.site.user_error import UserError

FLOOR = (1, 25)
_ROOM = "reedgate_sim"
_ASK = "import sys; print(sys.implementation.name, *sys.implementation.version[:2])"
_HINT = (
    "Set MICROPYTHON=/path/to/micropython (version {floor} or newer); "
    "Debian and Ubuntu: sudo apt-get install micropython."
)


def _candidate() -> Path:
    named = os.environ.get("MICROPYTHON")
    if named:
        return Path(named)
    beside = Path(sysconfig.get_path("scripts")) / "micropython"
    if beside.is_file():
        return beside
    on_path = shutil.which("micropython")
    if on_path:
        return Path(on_path)
    raise UserError(_ROOM, "No MicroPython VM was found.", hint=_HINT, floor=_text(FLOOR))


def _text(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)


@functools.cache
def _version(command: Path) -> tuple[int, ...]:
    """(1, 29); UserError when the command is no MicroPython or does not start."""
    try:
        done = subprocess.run(
            [command, "-c", _ASK], capture_output=True, text=True, timeout=20, check=True
        )
        name, *numbers = done.stdout.split()
        version = tuple(int(number) for number in numbers)
    except (OSError, subprocess.SubprocessError, ValueError):
        name, version = "", ()
    if name != "micropython" or len(version) != 2:
        raise UserError(
            _ROOM,
            "{command} does not run as MicroPython.",
            hint=_HINT,
            command=command,
            floor=_text(FLOOR),
        )
    return version


def find_micropython() -> Path:
    """The command to start; a UserError says what was found instead and what to do."""
    command = _candidate()
    version = _version(command)
    if version < FLOOR:
        raise UserError(
            _ROOM,
            "{command} is MicroPython {found}, older than {floor}.",
            hint=_HINT,
            command=command,
            found=_text(version),
            floor=_text(FLOOR),
        )
    return command
