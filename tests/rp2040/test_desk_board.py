"""From a bare board to a station, by the technician's commands, against the emulated chip.

The board is a process of its own; pulling its cable is ending that process. One board goes through
the whole story, in the order of the tests.
"""

import binascii
import json
import os
import re
import signal
import struct
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pico
import pytest

pytest.importorskip("rp2040py", reason="NO CHIP IS EMULATED: rp2040py has no wheel here")

from reedgate_boards.cli import main
from reedgate_boards.device import link as link_module
from reedgate_boards.device.flash import Place, flash_rp2040, verify
from reedgate_boards.device.judged_image import judged_image
from reedgate_boards.device.link import Link, restart, wait_for_restart
from reedgate_boards.device.provision import provision
from reedgate_boards.image.uf2 import to_uf2
from reedgate_boards.site.compiler import compile_station
from reedgate_boards.site.load import load_site
from reedgate_boards.site.user_error import UserError

DOCS = Path(__file__).parents[2] / "docs"
REEDGATE = Path(sys.executable).with_name("reedgate")
PATIENCE_S = 60


class PluggedIn:
    """The board's folder; unplug() is the cable."""

    def __init__(self, folder):
        self.folder = folder
        self.drive = folder / "RPI-RP2"
        self.port = folder / "console"
        self._process = None

    def plug(self, *words, until):
        command = [REEDGATE, "sim", "board", str(self.folder), *words]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, start_new_session=True
        )
        give_up = time.monotonic() + PATIENCE_S
        while not until.exists():
            assert self._process.poll() is None, "the board ended by itself"
            assert time.monotonic() < give_up, f"no {until.name}"
            time.sleep(0.02)

    def unplug(self):
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            assert self._process.wait(PATIENCE_S) == 0
            self._process = None

    @property
    def place(self):
        return Place(str(self.port), self.drive)

    def holds(self, image):
        kept = self.folder / "flash.bin"  # not there while nothing was written
        flash = kept.read_bytes() if kept.exists() else b""
        return all(flash[at : at + len(run)] == run for at, run in image.firmware.items())


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    path = tmp_path_factory.mktemp("image") / "station.uf2"
    path.write_bytes(to_uf2(pico.image()))
    return judged_image(pico.BOARD, path)


@pytest.fixture(scope="module")
def board(tmp_path_factory, image):
    plugged = PluggedIn(tmp_path_factory.mktemp("board"))
    yield plugged
    plugged.unplug()


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("REEDGATE_LANG", "en")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The one that docs/technician.md says to copy; its probes stay warm, which saves minutes."""
    file = tmp_path_factory.mktemp("site") / "site.toml"
    text = (DOCS / "site.pico.toml").read_text(encoding="utf-8")
    warm = 'warm_when = "always", wet_when'
    assert text.count("wet_when") == 4
    file.write_text(text.replace("wet_when", warm), encoding="utf-8")
    return file


def test_a_cable_pulled_while_the_image_is_copied_is_said(board, image):
    board.plug(until=board.drive / "INFO_UF2.TXT")

    def told(_, done, total):
        if done * 2 > total:
            board.unplug()

    with pytest.raises(UserError, match=r"went away after \d+ of \d+ KiB.* BOOTSEL"):
        flash_rp2040(image, board.place, told)
    assert not board.holds(image)


def test_a_cable_pulled_while_the_flash_is_compared_is_said(board, image):
    board.plug("--bootsel", until=board.drive / "INFO_UF2.TXT")
    steps = []

    def told(what, *_):
        steps.append(what)
        if what == "SHA-256":
            board.unplug()

    with pytest.raises(UserError, match="went away"):
        flash_rp2040(image, board.place, told)
    assert steps.count("SHA-256") == 1


def test_run_again_it_writes_and_finds_the_same_on_the_flash(board, image, site, tmp_path, capsys):
    board.plug("--site", str(site), until=board.port)  # it starts, and is asked into its loader
    file = tmp_path / "station.uf2"
    file.write_bytes(image.content)
    words = ["flash", pico.BOARD, str(file), "--port", str(board.port), "--drive"]
    assert main(["board", *words, str(board.drive)]) == 0
    assert f"the same. SHA-256 {image.sha256}" in capsys.readouterr().out
    assert board.holds(image)


def test_one_bit_that_differs_is_found(board, image):
    """And what lies between two runs is not looked at: another image may have left it."""
    whole, port = image.firmware[0], str(board.port)
    runs = {0: whole[:4096], 16384: whole[16384:20480]}
    verify(replace(image, firmware=runs), port, lambda *_: None)
    runs[16384] = runs[16384][:-1] + bytes([runs[16384][-1] ^ 1])
    with pytest.raises(UserError, match="differs from the image"):
        verify(replace(image, firmware=runs), port, lambda *_: None)
    wait_for_restart(port)


def test_files_in_the_image_are_compared_one_by_one(board, image):
    """As a Pico W has its firmware: on the board they are read after it has started."""
    port = str(board.port)
    with Link(port) as link:
        link.hold()
        for name, content in (("one.mpy", b"1" * 1500), ("two.mpy", b"2")):
            link.write(name, content, lambda done: None)
        restart(link)
    wait_for_restart(port)
    there = {"one.mpy": b"1" * 1500, "two.mpy": b"2"}
    verify(replace(image, files=there), port, lambda *_: None)
    for other in ({**there, "two.mpy": b"3"}, {**there, "three.mpy": b""}):
        with pytest.raises(UserError, match=r"The file t(wo|hree).mpy on the board on "):
            verify(replace(image, files=other), port, lambda *_: None)
        wait_for_restart(port)


def test_a_board_without_a_configuration_is_no_station(board, capsys):
    assert main(["board", "check", "--port", str(board.port)]) == 2
    assert "it has no configuration." in capsys.readouterr().err


def test_a_board_is_made_the_station_and_starts_with_its_configuration(board, site, capsys):
    assert main(["board", "provision", str(site), "--port", str(board.port)]) == 0
    said = capsys.readouterr().out
    with Link(str(board.port)) as link:
        link.hold()
        config, key = link.read("config.bin"), link.read("key.bin")
        again = link.read("key2.bin")
        left = link.run("import os\nprint([n for n in os.listdir() if n.endswith('.new')])")
        restart(link)
    wait_for_restart(str(board.port))
    assert config == compile_station(load_site(site), "inlet")
    assert key == again
    assert key[32:] == struct.pack("<I", binascii.crc32(key[:32]))
    assert key[:32].hex() not in said
    assert left.strip() == "[]"
    assert re.search(r"configuration [0-9a-f]{8} on .*, started with it as start \d+", said)


def test_the_station_says_its_first_readings(board, capsys):
    assert main(["board", "check", "--port", str(board.port)]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    readings = {line[0]: (float(line[1]), *line[2:]) for line in lines[1:]}
    value, *rest = readings["stage_mm"]
    assert 590 <= value <= 610  # the probes have their noise
    assert rest == ["mm", "good"]
    assert readings["turbidity_ntu"][0] == pytest.approx(3.2, abs=0.3)
    assert {row[-1] for row in readings.values()} == {"good"}
    assert len(readings) == 5


def test_a_measurement_is_bypassed_while_the_station_runs_on(board, capsys, monkeypatch):
    # it has just been started again, and the emulated one is slow
    monkeypatch.setattr("reedgate_boards.device.calibrate._ANSWER_S", 3.0 * PATIENCE_S)
    words = ["board", "calibrate", "--port", str(board.port)]
    give_up = time.monotonic() + 3 * PATIENCE_S
    while main([*words, "turbidity_ntu", "--minutes", "5"]):  # the others have not been read yet
        assert "knows no other measurement now" in capsys.readouterr().err
        assert time.monotonic() < give_up
    assert "bypassed for 5 min" in capsys.readouterr().out
    assert main([*words, "turbidity_ntu"]) == 2
    assert "only one may be at a time" in capsys.readouterr().err
    assert main([*words, "--end"]) == 0


def test_it_finds_the_probes_on_its_own_line(board, capsys):
    words = ["scan", "--on-board", "--port", str(board.port), "--first", "--json"]
    assert main(["board", *words]) == 0
    said = json.loads(capsys.readouterr().out)
    assert {(it["port"], it["unit_id"]): it["profile"] for it in said["found"]} == {
        ("RS485_1", 11): "yosemitech-y511",
        ("RS485_1", 13): "yosemitech-y504",
        ("RS485_1", 15): "yosemitech-y520",
        ("RS485_1", 17): "keller-series-30",
    }
    assert {(it["baud"], it["parity"]) for it in said["found"]} == {(9600, "none")}
    assert said["line"] == []
    assert main(["board", "check", "--port", str(board.port)]) == 0  # the station is back


def test_its_enrolment_file_is_taken_by_the_gateway(board, site, tmp_path, capsys):
    (file,) = site.parent.glob("*.enrol.toml")
    words = ["enrol", str(file), "--site", str(site), "--data", str(tmp_path)]
    assert main(["gateway", *words]) == 0
    (stored,) = (tmp_path / "keys").iterdir()
    assert stored.read_bytes().hex() in (site.parent / "secrets.toml").read_text()


@pytest.mark.parametrize(
    ("torn", "said"),
    [("key2.bin", "went away"), ("config.bin", "went away"), ("start", "did not come back")],
)
def test_a_cable_pulled_in_provisioning_is_said_and_run_again_it_is_done(
    torn, said, board, site, tmp_path, monkeypatch
):
    """Each file is the old one or the new one; the second run ends as the first would have."""
    other = tmp_path / "site.toml"
    text = site.read_text(encoding="utf-8")
    assert text.count("travel_s = 24 ") == 1  # another configuration and key for each moment
    text = text.replace("travel_s = 24 ", f"travel_s = {20 - len(torn)} ")
    other.write_text(text, encoding="utf-8")
    config, key = compile_station(load_site(other), "inlet"), bytes([len(torn)]) * 32
    sealed = key + struct.pack("<I", binascii.crc32(key))
    files = {"key.bin": sealed, "key2.bin": sealed, "config.bin": config}
    with Link(str(board.port)) as link:
        link.hold()
        before = {name: link.read(name) for name in files}
        restart(link)
    wait_for_restart(str(board.port))

    def told(what, *_):
        if what == torn:
            board.unplug()

    with monkeypatch.context() as impatient:
        impatient.setattr(link_module, "_BACK_S", 1.0)
        with pytest.raises(UserError, match=said):
            provision(str(board.port), pico.BOARD, config, key, told)
    board.plug(until=board.port)
    with Link(str(board.port)) as link:
        link.hold()
        for name, content in files.items():
            assert link.read(name) in (before[name], content), name
        restart(link)
    wait_for_restart(str(board.port))
    _, boot, _ = provision(str(board.port), pico.BOARD, config, key, lambda *_: None)
    assert boot.config == f"{binascii.crc32(config):08x}"


def test_another_board_of_the_site_is_refused(board, site, tmp_path, capsys):
    other = tmp_path / "site.toml"
    other.write_text(site.read_text().replace(pico.BOARD, "RPI_PICO_W"))
    assert main(["board", "provision", str(other), "--port", str(board.port)]) == 2
    assert f"and on {board.port} is {pico.BOARD}." in capsys.readouterr().err


def test_the_monitor_shows_the_console_until_interrupted(board):
    process = subprocess.Popen(
        [REEDGATE, "board", "monitor", "--port", str(board.port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        # a shell that starts the tests in the background has it ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    late = threading.Timer(PATIENCE_S, process.kill)
    late.start()
    try:
        assert "Ctrl-C ends it." in process.stderr.readline()
        board.unplug()
        assert "went away" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
    finally:
        late.cancel()
        process.kill()
        process.communicate()
