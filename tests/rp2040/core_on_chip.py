"""The core's own tests, on the emulated chip: typed into the raw REPL of the production image."""

import ast
from pathlib import Path

import pico

from reedgate_boards.image.folded import fold
from reedgate_boards.site.locator import firmware_dir
from reedgate_sim.rp2040.chip import Chip

CORE = Path(__file__).parent.parent / "core"
LONGEST_US = 3_600_000_000
# Thousands of sequences, each of the same few events: every 47th of them runs there.
IN_PART = {
    "dualtest_properties": "range(count**length)",
    "dualtest_drive_properties": "range(count**5)",
}
_PROMPT = b"raw REPL; CTRL-B to exit\r\n>"
# One name a line, so that a failure says which; an exception ends it.
_RUN = """
import gc, sys
sys.path.append("/")
module = __import__({module!r})
for name in {names!r}:
    gc.collect()
    print("run", name)
    getattr(module, name)()
"""


def modules():
    return sorted(path.stem for path in CORE.glob("dualtest_*.py"))


def tests_of(module):
    """The names of its tests, as they stand in the file."""
    tree = ast.parse((CORE / f"{module}.py").read_text(encoding="utf-8"))
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return [name for name in names if name.startswith("test_")]


def _folded(paths):
    """The image's modules have numbers in the places of names: so have the tests that use them."""
    firmware = {
        path.relative_to(firmware_dir()).with_suffix("").as_posix().replace("/", "."): path
        for folder in ("station", "reedgate_contract")
        for path in (firmware_dir() / folder).rglob("*.py")
    }
    texts = {name: path.read_text(encoding="utf-8") for name, path in (firmware | paths).items()}
    for name in IN_PART.keys() & paths.keys():
        whole = IN_PART[name]
        assert texts[name].count(whole) == 1
        texts[name] = texts[name].replace(whole, f"range(0, {whole[6:-1]}, 47)")
    folded = fold(texts)
    return {f"{name}.py": folded[name].encode() for name in paths}


def run_module(name, tests):
    """(the tests that were begun, what the chip printed of an exception)."""
    paths = {path.stem: path for path in [*CORE.glob("core_*.py"), CORE / f"{name}.py"]}
    chip = Chip(pico.flash_with(pico.file_system(_folded(paths))))
    console = chip.console
    assert chip.run_us(2_000_000, until=lambda: b"outputs off" in console.printed)
    console.type(b"\x03")
    assert chip.run_us(2_000_000, until=lambda: b">>> " in console.printed)
    console.type(b"\x01")
    assert chip.run_us(1_000_000, until=lambda: console.printed.endswith(_PROMPT))
    del console.printed[:]
    console.type(_RUN.format(module=name, names=sorted(tests)).encode() + b"\x04")
    assert chip.run_us(LONGEST_US, until=lambda: console.printed.endswith(b"\x04>"))
    said, problem = bytes(console.printed).removeprefix(b"OK").split(b"\x04")[:2]
    ran = [line[4:] for line in said.decode().splitlines() if line.startswith("run ")]
    return ran, problem.decode()
