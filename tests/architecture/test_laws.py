"""The laws of `laws.py`, held against the whole tree, and each shown to be able to fail."""

import subprocess
from pathlib import Path

import laws
import pytest

ROOT = Path(__file__).parents[2]
FIRMWARE = ROOT / "firmware"
CORE = sorted(FIRMWARE.glob("station/core/*.py"))
CONTRACT = sorted(FIRMWARE.glob("reedgate_contract/*.py"))
BOOTS = [FIRMWARE / name for name in ("boot.py", "slots.py", "twin.py")]  # outside the slots
DRIVERS = sorted(FIRMWARE.glob("station/drivers/*.py"))
ROOMS = {
    "boards/reedgate_boards": ("reedgate_contract", "reedgate_boards"),
    "boards/reedgate_boards/site": ("reedgate_contract", "reedgate_boards.site"),
    "gateway/reedgate_gateway": ("reedgate_contract", "reedgate_boards.site", "reedgate_gateway"),
    # The simulator fills the VM's file system as the tools fill a board's: by the same fetcher and
    # the same compiler; its emulated chip runs the image that the tools build.
    "sim/reedgate_sim": (
        "reedgate_contract",
        "reedgate_boards.site",
        "reedgate_boards.image",
        "reedgate_boards.mpy",
        "reedgate_boards.fetched",
        "reedgate_boards.umqtt",
        "reedgate_sim",
    ),
}
# Files of the simulator that run beside the firmware.
ON_THE_VM = {ROOT / "sim" / "reedgate_sim" / name for name in ("vm", "benches/rtu_vm")}
NOT_COUNTED = {".po", ".txt", ".csv", ".json", ".svg"}  # catalogues, locks, data, drawings
NAMES = ("LICENSE",)


def files_of_the_repository():
    """Tracked files and those about to be; outside a clone, none can be told from rubbish."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("this is no git clone: its files are not known")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def text_of(path):
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""  # a picture


def faults(paths, law, *arguments):
    assert paths, "the law binds no file: has a folder moved?"
    return [
        f"{path.relative_to(ROOT)}:{fault}"
        for path in paths
        for fault in law(text_of(path), *arguments)
    ]


def test_no_float_in_the_core_and_the_contract():
    assert faults(CORE + CONTRACT, laws.floats) == []


def test_the_core_imports_only_itself_the_contract_and_arrays():
    allowed = ("station.core", "reedgate_contract", "array", "struct")
    assert faults(CORE, laws.imports_outside, allowed) == []


def test_the_contract_imports_only_itself_struct_and_const():
    allowed = ("reedgate_contract", "struct")
    others = [path for path in CONTRACT if path.name != "compat.py"]
    assert faults(others, laws.imports_outside, allowed) == []
    compat = [FIRMWARE / "reedgate_contract" / "compat.py"]
    assert faults(compat, laws.imports_outside, ("micropython.const",)) == []


def test_only_the_clock_driver_waits_on_the_real_clock():
    clock = FIRMWARE / "station" / "drivers" / "clock.py"
    others = [path for path in FIRMWARE.rglob("*.py") if path != clock]
    assert faults(others, laws.real_clock) == []


def test_only_drivers_boot_and_the_wiring_speak_to_hardware():
    may = {*DRIVERS, *BOOTS, FIRMWARE / "main.py"}
    others = [path for path in FIRMWARE.rglob("*.py") if path not in may]
    assert faults(others, laws.hardware) == []


def test_a_board_is_data_and_imports_nothing():
    assert faults(sorted(ROOT.glob("boards/*/board.py")), laws.imports_outside, ()) == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_of_ours_only_what_it_may(room):
    paths = sorted((ROOT / room).rglob("*.py"))
    paths = [path for path in paths if not ON_THE_VM & set(path.parents)]
    assert faults(paths, laws.imports_of_ours_outside, ROOMS[room]) == []


def test_importing_a_module_does_nothing():
    scripts = {
        FIRMWARE / "boot.py",
        FIRMWARE / "main.py",
        ROOT / "sim" / "reedgate_sim" / "vm" / "start.py",  # as boot.py, for the desk
    }
    paths = [path for room in ("firmware", *ROOMS) for path in (ROOT / room).rglob("*.py")]
    assert faults([path for path in paths if path not in scripts], laws.acts_when_imported) == []


def test_no_file_is_too_long():
    paths = [
        path
        for path in files_of_the_repository()
        if path.suffix not in NOT_COUNTED and path.name not in NAMES
    ]
    assert faults(paths, laws.too_long) == []


def test_no_file_names_a_registry_or_somebodys_folder():
    assert faults(files_of_the_repository(), laws.foreign_names) == []


def test_no_two_files_of_tests_share_a_name():
    """pytest imports a file by its name alone: of two alike it runs one, where it meets both."""
    names = [path.name for path in (ROOT / "tests").rglob("*test_*.py")]
    assert sorted({name for name in names if names.count(name) > 1}) == []


@pytest.mark.parametrize(
    ("law", "arguments", "bad", "good"),
    [
        (laws.floats, (), "a = 1.5", "a = 15"),
        (laws.floats, (), "a = b / 2", "a = b // 2"),
        (laws.floats, (), "a /= 2", "a //= 2"),
        (laws.floats, (), "a = float(b)", "a = int(b)"),
        (laws.floats, (), "a = 1e3", "a = '1e3'"),
        (laws.imports_outside, (("struct",),), "import os", "import struct"),
        (laws.imports_outside, (("struct",),), "from os import path", "from struct import pack"),
        (laws.imports_outside, (("a.b",),), "from a import c", "from a.b import c"),
        (laws.imports_outside, (("a",),), "def f():\n    import b", "def f():\n    import a"),
        (laws.imports_outside, (("a",),), "from . import a", "from a import b"),
        (laws.imports_of_ours_outside, (("reedgate_sim",),), "import station.core", "import os"),
        (laws.imports_of_ours_outside, (("a",),), "from reedgate_sim import a", "import json"),
        (laws.real_clock, (), "import time", "import timer"),
        (laws.real_clock, (), "from time import ticks_ms", "import timely"),
        (laws.real_clock, (), "await_ = asyncio.sleep_ms(3)", "a = asyncio.Event()"),
        (laws.real_clock, (), "from asyncio import wait_for", "from asyncio import Event"),
        (laws.real_clock, (), "a = asyncio.wait_for_ms(b, 3)", "a = clock.wait(b, 3)"),
        (laws.hardware, (), "from machine import Pin", "from machinery import Pin"),
        (laws.hardware, (), "import usocket as socket", "import sockets"),
        (laws.acts_when_imported, (), "print('here')", "def f():\n    print('here')"),
        (laws.acts_when_imported, (), "for a in b:\n    pass", "a = const(3)"),
        (laws.too_long, (3,), "1\n2\n3\n4\n", "1\n2\n3\n"),
        (laws.foreign_names, (), "see https://py" + "pi.org/simple", "see the index"),
        (laws.foreign_names, (), "in /ro" + "ot/x", "in ./x"),
        (laws.foreign_names, (), "https://mirror" + "s.example/debian", "mirrors"),
    ],
)
def test_each_law_can_fail(law, arguments, bad, good):
    assert law(bad, *arguments) != []
    assert law(good, *arguments) == []
