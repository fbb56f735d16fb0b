"""Whether a result can be written where the user wants it, asked before the work and not after."""

import os
from pathlib import Path

from reedgate_boards.site.user_error import UserError

_ROOM = "reedgate_sim"


def writable(file: Path | None) -> None:
    """Makes the folders on the way to a file. Raises UserError; no file, no question."""
    if file is None:
        return
    writable_folder(file.parent)
    if file.is_dir():
        _refuse(file, "{path} is a folder, not a file.")
    if file.exists() and not os.access(file, os.W_OK):
        _refuse(file, "{path} may not be written.")


def writable_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        _refuse(folder, "The folder {path} cannot be made.")
    if not os.access(folder, os.W_OK):
        _refuse(folder, "Nothing may be written in the folder {path}.")


def _refuse(path: Path, text: str) -> None:
    raise UserError(_ROOM, text, hint="Give another path.", path=path) from None
