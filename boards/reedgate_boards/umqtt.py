"""umqtt.simple for the firmware: a dependency, never part of the tree.

`python -m reedgate_boards.umqtt` fetches it ahead of time and prints the folder.
"""

import sys
from pathlib import Path

from reedgate_boards.fetched import Release, fetched_dir
from reedgate_boards.site.user_error import UserError

RELEASE = Release(
    "micropython-umqtt.simple==1.3.4",
    "b6a2520239e3992c63a7de9370ee9b3d9d27819a90359c521f1c0f7ccab8d12f",
    {"umqtt/simple.py": "8555d2f654deb8eb0d724f79b0811a78cc94029d070f3d96bbd74288653d63a5"},
    "-m reedgate_boards.umqtt",
)


def umqtt_dir() -> Path:
    """The folder that holds `umqtt/simple.py`: one for MICROPYPATH. Fetched when it is missing."""
    return fetched_dir(RELEASE)


if __name__ == "__main__":
    try:
        print(umqtt_dir())
    except UserError as error:
        from reedgate_boards.site.language import chosen_language

        sys.exit("\n".join(error.lines(chosen_language())))
