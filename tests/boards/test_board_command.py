"""`reedgate board list` and `board build`, without a toolchain."""

import json

import pytest
from site_files import ALONE, edited
from test_official_images import pico_w

from reedgate_boards.cli import main
from reedgate_boards.image import pico
from reedgate_boards.image.uf2 import FLASH_BASE, from_uf2


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("REEDGATE_LANG", "en")


def test_the_list_tells_each_board_and_what_it_lacks(capsys):
    assert main(["board", "list", "--json"]) == 0
    boards = json.loads(capsys.readouterr().out)
    assert list(boards) == ["ESP32_GENERIC", "ESP32_GENERIC_S3", "HOST", "RPI_PICO", "RPI_PICO_W"]
    assert boards["ESP32_GENERIC"]["lacks"] == ["service", "healthy", "led"]
    assert not boards["RPI_PICO"]["network"]


@pytest.mark.parametrize(("language", "word"), [("en", "Lacks"), ("zh", "所缺端子")])
def test_the_list_is_readable(language, word, capsys, monkeypatch):
    monkeypatch.setenv("REEDGATE_LANG", language)
    monkeypatch.setenv("COLUMNS", "120")
    assert main(["board", "list"]) == 0
    out = capsys.readouterr().out
    assert word in out
    assert "ESP32_GENERIC_S3" in out


def test_an_official_image_gets_firmware_and_configuration(tmp_path, capsys, site_on):
    out = tmp_path / "station.uf2"
    base = pico_w(tmp_path)
    words = ["board", "build", "RPI_PICO_W", "--base", base, "--site", site_on("RPI_PICO_W")]
    assert main([*map(str, words), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "MicroPython 1.25.0, SHA-256" in said
    assert "none is known to compare it with" in said.replace("\n", " ")
    content = b"".join(from_uf2(out.read_bytes()).values())
    assert b"config.bin" in content
    assert b"main.py" in content
    assert from_uf2(out.read_bytes())[FLASH_BASE].startswith(bytes(400))


def test_a_site_without_a_station_on_the_board_is_refused(tmp_path, capsys, site_on):
    words = ["--base", str(pico_w(tmp_path)), "--site", str(site_on("HOST"))]
    assert main(["board", "build", "RPI_PICO_W", *words, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "site.toml has no station on RPI_PICO_W." in said
    assert "Give the board that its stations are on: HOST." in said
    assert not (tmp_path / "out").exists()


@pytest.fixture
def site_on(tmp_path):
    """A site file whose one station is on that board."""

    def make(board):
        path = tmp_path / "site.toml"
        path.write_text(edited(('board = "HOST"', f'board = "{board}"'), ALONE), encoding="utf-8")
        return path

    return make


REFUSED = {
    "nothing to flash": (["HOST"], "HOST is simulated: there is nothing to flash."),
    "unknown": (["RPI_PICO_X"], "There is no board RPI_PICO_X."),
    "no base": (["RPI_PICO_W"], "For RPI_PICO_W the official MicroPython image is needed"),
    "a station of no site": (
        ["RPI_PICO", "--station", "inlet"],
        "--station inlet is a station of",
    ),
    "a base too many": (["RPI_PICO", "--base", "x.uf2"], "RPI_PICO is built from source"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_built_is_said_with_what_to_do(case, tmp_path, capsys):
    words, told = REFUSED[case]
    assert main(["board", "build", *words, "--out", str(tmp_path / "out")]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert told in lines[0]
    assert len(lines) == 2
    assert not (tmp_path / "out").exists()


def test_without_a_toolchain_it_says_how_to_get_one(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(pico, "TOOLS", ("no-such-compiler", "make"))
    assert main(["board", "build", "RPI_PICO", "--out", str(tmp_path / "out")]) == 2
    what, hint = capsys.readouterr().err.splitlines()
    assert what == "Building RPI_PICO needs no-such-compiler, which this machine lacks."
    assert hint == "On Debian or Ubuntu type: make tools"


def test_an_image_that_cannot_be_written_is_said(tmp_path, capsys, monkeypatch):
    base = pico_w(tmp_path)
    words = ["RPI_PICO_W", "--base", str(base), "--out", str(tmp_path / "no" / "out")]
    assert main(["board", "build", *words]) == 2
    assert "cannot be written: No such file or directory." in capsys.readouterr().err
