"""The technician's commands need nothing that only Unix has: each is run while importing it fails.

What pip and esptool do is done by other processes and is theirs.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from reedgate_boards.image.uf2 import FLASH_BASE, to_uf2

EXAMPLE = Path(__file__).parents[2] / "docs" / "site.example.toml"
# Importing one of these raises, as on Windows. Packages that talk to a board are loaded before: on
# Windows they take another way (by os.name, by msvcrt) than the one that they take here.
WINDOWS = """
import sys
import mpremote.console, mpremote.transport_serial, serial.tools.list_ports
for name in ('pty', 'termios', 'fcntl', 'pwd', 'tty', 'grp', 'resource'):
    sys.modules[name] = None
"""
IMPORTS = """
import importlib, pkgutil, reedgate_boards
for found in pkgutil.walk_packages(reedgate_boards.__path__, 'reedgate_boards.'):
    importlib.import_module(found.name)
    print(found.name)
"""
HELPS = """
import typer
from reedgate_boards import board_commands, cli
from reedgate_boards.site import commands
for room, app in (('board', board_commands.app), ('site', commands.app)):
    for name in typer.main.get_group(app).commands:
        assert cli.main([room, name, '--help']) == 0
        print('tried', room, name)
"""
PACKS = """
from reedgate_boards.bundle import command, pack
command.missing_tools = lambda: ['a compiler']
pack.own_wheel = lambda into: None
pack.fetch_wheels = lambda *_: None
"""
RUNS = """
import sys
from reedgate_boards.cli import main
sys.exit(main(sys.argv[1:]))
"""


def on_windows(script, *words):
    command = [sys.executable, "-c", WINDOWS + script, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8")


def test_every_module_can_be_imported():
    done = on_windows(IMPORTS)
    assert done.returncode == 0, done.stderr
    assert {"reedgate_boards.cli", "reedgate_boards.bundle.install"} <= set(done.stdout.split())


def test_every_command_of_board_and_site_starts():
    done = on_windows(HELPS)
    assert done.returncode == 0, done.stderr
    for name in ("board list", "board build", "board bundle", "site check"):
        assert f"tried {name}\n" in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("board", "list"),
        ("board", "list", "--json"),
        ("site", "check", EXAMPLE),
        ("site", "check", "--explain", EXAMPLE),
    ],
    ids=lambda words: " ".join(map(str, words[:2])),
)
def test_what_reads_goes_to_its_end(words):
    done = on_windows(RUNS, *words)
    assert done.returncode == 0, done.stderr


def test_an_image_is_built_and_a_bundle_packed(tmp_path):
    says = b"MicroPython v1.25.0 on 2025-04-15\0Raspberry Pi Pico W with RP2040\0"
    base = tmp_path / "official.uf2"
    base.write_bytes(to_uf2({FLASH_BASE: says}))
    words = ["board", "build", "RPI_PICO_W", "--base", base]
    done = on_windows(RUNS, *words, "--out", tmp_path / "out.uf2")
    assert done.returncode == 0, done.stderr
    words = ["board", "bundle", "--for", "windows", "--site", EXAMPLE]
    done = on_windows(PACKS + RUNS, *words, "--out", tmp_path / "out.zip")
    assert done.returncode == 0, done.stderr
    assert {"out.uf2", "out.zip"} <= {each.name for each in tmp_path.iterdir()}


def test_an_import_that_fails_there_is_found():
    assert "termios" in on_windows("import termios").stderr
