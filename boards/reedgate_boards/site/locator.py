"""Where the files are that are data to us: the firmware, the boards, the instrument profiles.

The wheel carries them in `reedgate_boards/_data`; a checkout has them in place. Nobody else looks
for them.
"""

from pathlib import Path

from reedgate_boards.site.user_error import UserError

SIMULATED = "HOST"  # the board of a desk

_PACKAGE = Path(__file__).resolve().parent.parent


def _root() -> Path:
    shipped = _PACKAGE / "_data"
    return shipped if shipped.is_dir() else _PACKAGE.parent.parent


def _existing(directory: Path) -> Path:
    if not directory.is_dir():
        raise UserError(
            "reedgate_boards",
            "Files of Reedgate are missing: {directory}.",
            hint="Install it again, or run `make setup` in a whole checkout.",
            directory=directory,
        )
    return directory


def firmware_dir() -> Path:
    """boot.py, main.py, station/, reedgate_contract/ and instruments/ as they go to a board."""
    return _existing(_root() / "firmware")


def instruments_dir() -> Path:
    return _existing(firmware_dir() / "instruments")


def actuators_dir() -> Path:
    return _existing(firmware_dir() / "actuators")


def board_names() -> list[str]:
    """Every board with a folder of data, sorted."""
    return sorted(facts.parent.name for facts in (_root() / "boards").glob("*/board.toml"))


def board_dir(board: str) -> Path:
    """The folder of one board: board.py, board.toml."""
    if board not in board_names():
        raise UserError(
            "reedgate_boards",
            "There is no board {board}.",
            hint="Known boards: {known}.",
            board=board,
            known=", ".join(board_names()),
        )
    return _existing(_root() / "boards" / board)


def flashed_board(board: str) -> Path:
    """The folder of a board that is a thing one can flash. Raises UserError for others."""
    folder = board_dir(board)
    if board == SIMULATED:
        raise UserError(
            "reedgate_boards",
            "{board} is simulated: there is nothing to flash.",
            hint="See the real ones by: reedgate board list",
            board=board,
        )
    return folder
