"""Compiles the emulated chip's emulator for this very Python, beside what its wheel brought.

rp2040py's wheel serves every Python from 3.11 on by the stable ABI, which makes its C source three
times as slow. That source is in the wheel. The import system prefers a module made for its own
Python, so nothing is replaced. bootstrap.py calls this where gcc and Python.h are.
"""

import importlib.util
import os
import subprocess
import sys
import sysconfig
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FLAGS = ("-O2", "-fPIC", "-shared", "-fno-strict-aliasing")
# not in the threads: the first call of sysconfig fills a table that a second one finds half full
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
INCLUDE = "-I" + sysconfig.get_paths()["include"]


def compiled(source: Path, folder: Path) -> Path:
    made = folder / (source.stem + SUFFIX)
    subprocess.run(["gcc", *FLAGS, INCLUDE, str(source), "-o", str(made)], check=True)
    return made


def main() -> None:
    """All of its modules or none: they share the layout of their objects."""
    found = importlib.util.find_spec("rp2040py")
    if found is None:
        return
    native = Path(found.submodule_search_locations[0]) / "native"
    sources = sorted(native.glob("*.c"))
    with tempfile.TemporaryDirectory(dir=native) as folder:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            try:
                made = list(pool.map(compiled, sources, [Path(folder)] * len(sources)))
            except subprocess.CalledProcessError:  # the compiler has said why
                sys.exit(1)
        for file in made:
            file.replace(native / file.name)


if __name__ == "__main__":
    main()
