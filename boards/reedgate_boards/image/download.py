"""MicroPython's official image of a board, fetched from where its makers put it.

`mpflash` does this too, but brings some thirty packages, a data base and a cache of its own, and
compares no hash. What is needed here is one file of a known address.
"""

import sys
from pathlib import Path

from reedgate_boards.image.official import ROOM, read_base
from reedgate_boards.image.sources import put, read_url
from reedgate_boards.progress import Progress
from reedgate_boards.site.board_facts import read_board
from reedgate_boards.site.user_error import UserError

_KEPT = Path(sys.prefix) / "share" / "reedgate" / "official"
_MOST = 16 << 20  # no image is as large


def official_image(board: str, progress: Progress) -> Path:
    """Its path; fetched once. What has come is judged as a file that the user gives.

    Raises UserError: no network, not the board's, not what is pinned.
    """
    url = read_board(board)[0].official.url
    name = url.rpartition("/")[2]
    place = _KEPT / name
    if place.is_file():
        return place
    try:
        content = read_url(url, _MOST, lambda done: progress(name, min(done, _MOST), _MOST))
        place.parent.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as problem:
        raise UserError(
            ROOM,
            "{url} could not be fetched ({reason}).",
            hint="Check the network, or download it elsewhere and give its path by --base.",
            url=url,
            reason=problem,
        ) from None
    fresh = place.with_name(f"fresh-{name}")
    put(fresh, content)
    try:
        read_base(board, fresh, name)
        fresh.replace(place)
    finally:
        fresh.unlink(missing_ok=True)
    return place
