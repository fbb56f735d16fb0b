"""`python -m reedgate_boards`: the command line where its script is not on PATH."""

import sys

from reedgate_boards.cli import main

if __name__ == "__main__":
    sys.exit(main())
