"""The import law of pyproject.toml: on the checkout, on the built wheel, and shown to fail."""

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from reedgate_boards.site.locator import board_names

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = [each["name"] for each in SETTINGS["tool"]["importlinter"]["contracts"]]
# One import that breaks each of the laws, in the file where it would stand.
BREACHES = {
    "The contract imports nothing of ours": ("reedgate_contract/codes.py", "station.core"),
    "The core is pure": ("station/core/gate.py", "time"),
    "Drivers and app meet only in main.py": ("station/app/poller.py", "station.drivers.clock"),
    "Firmware, gateway and simulator are strangers": ("reedgate_sim/oracle.py", "station.core"),
    "The tools know neither firmware nor other rooms": ("reedgate_boards/cli.py", "reedgate_sim"),
    "The firmware knows no tools": ("station/drivers/clock.py", "reedgate_boards"),
    "Tools run on Windows and macOS too": ("reedgate_boards/site/check.py", "termios"),
}


def lint(folder, *packages):
    """The verdict of import-linter under our settings, on packages that are not the checkout's."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, packages))}
    return subprocess.run(
        [*command, ROOT / "pyproject.toml"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The wheel as it is installed: unpacked, away from the checkout."""
    place = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", place]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = place.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(place / "site")
    return place / "site"


def test_the_checkout_keeps_the_law(tmp_path):
    done = lint(tmp_path)
    assert done.returncode == 0, done.stdout


def test_the_wheel_keeps_the_law(wheel, tmp_path):
    done = lint(tmp_path, wheel, wheel / "reedgate_boards" / "_data" / "firmware")
    assert done.returncode == 0, done.stdout


def test_every_law_can_be_broken(tmp_path):
    for package in ("station/core", "station/drivers", "station/app", "reedgate_boards/site"):
        (tmp_path / package).mkdir(parents=True)
    for package in ("reedgate_contract", "reedgate_gateway", "reedgate_sim"):
        (tmp_path / package).mkdir()
    for folder in [path for path in tmp_path.rglob("*") if path.is_dir()]:
        (folder / "__init__.py").touch()
    (tmp_path / "station/drivers/clock.py").touch()
    assert lint(tmp_path, tmp_path).returncode == 0
    for where, what in BREACHES.values():
        with (tmp_path / where).open("a") as module:
            module.write(f"import {what}\n")
    said = lint(tmp_path, tmp_path).stdout
    assert list(BREACHES) == CONTRACTS
    assert [name for name in CONTRACTS if f"{name} BROKEN" not in said] == []


def test_the_wheel_works_away_from_the_checkout(wheel, tmp_path):
    script = (
        "from reedgate_boards.site import locator\n"
        "from reedgate_boards.site.language import translator\n"
        "from reedgate_boards.cli import main\n"
        "print(locator.firmware_dir(), locator.board_dir('HOST'), locator.instruments_dir())\n"
        "print(translator('reedgate_boards', 'zh')('Interrupted.'))\n"
        "raise SystemExit(main(['--version']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(wheel), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    data = wheel / "reedgate_boards" / "_data"
    folders = [data / "firmware", data / "boards" / "HOST", data / "firmware" / "instruments"]
    assert done.stdout.splitlines() == [
        " ".join(map(str, folders)),
        "已中断。",
        f"reedgate {SETTINGS['project']['version']}",
    ]


def test_the_wheel_carries_every_data_file_and_nothing_else(wheel):
    data = wheel / "reedgate_boards" / "_data"
    shipped = {path.relative_to(data) for path in data.rglob("*") if path.is_file()}
    wanted = {
        path.relative_to(ROOT)
        for folder in ("firmware", *(f"boards/{name}" for name in board_names()))
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert shipped == wanted
    for room, package in (("gateway", "reedgate_gateway"), ("sim", "reedgate_sim")):
        for source in (ROOT / room / package).rglob("*"):
            if source.is_file() and "__pycache__" not in source.parts:
                assert (wheel / source.relative_to(ROOT / room)).is_file(), source
