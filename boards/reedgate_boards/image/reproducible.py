"""Builds a board's image twice in two folders and compares: `make reproducible`.

Its exit code is 1 when they differ. No cache takes part.
"""

import hashlib
import sys
import tempfile
from pathlib import Path

from reedgate_boards.image.pico import build
from reedgate_boards.site.language import chosen_language
from reedgate_boards.site.user_error import UserError


def _told(what: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{what} {done}/{total}", end="", file=sys.stderr, flush=True)


def main(board: str = "RPI_PICO") -> int:
    hashes = set()
    for length in (1, 40):  # a longer path must not show either
        with tempfile.TemporaryDirectory(prefix="r" * length) as folder:
            image = build(board, Path(folder), _told)
        hashes.add(hashlib.sha256(image).hexdigest())
        print(f"\n{board}: {len(image)} bytes, SHA-256 {hashlib.sha256(image).hexdigest()}")
    print("identical" if len(hashes) == 1 else "DIFFERENT")
    return 0 if len(hashes) == 1 else 1


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except UserError as error:
        sys.exit("\n".join(error.lines(chosen_language())))
