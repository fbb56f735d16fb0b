"""`board flash` of an ESP32 by the real esptool, against a boot loader behind a device server."""

import pytest
from esp_official import esp
from esp_rom import EspRom, EspServer
from pty_bus import PtyBus
from test_official_images import FILES

from reedgate_boards.cli import main
from reedgate_boards.image.official import with_files

CHIP_ID, S3 = 12, 9  # where the image's header names its chip, and which


@pytest.fixture
def image(tmp_path, monkeypatch):
    monkeypatch.setenv("REEDGATE_LANG", "en")
    path = tmp_path / "station.bin"
    path.write_bytes(with_files("ESP32_GENERIC", esp(tmp_path, "ESP32_GENERIC"), FILES))
    return path


def flash(rom, image, board="ESP32_GENERIC"):
    with PtyBus(rom) as port:
        return main(["board", "flash", board, str(image), "--port", port])


def holds(rom, image):
    content = image.read_bytes()
    return rom.flash[: len(content)] == content


def test_it_is_reset_written_compared_and_started(image, capfd):
    rom = EspRom()
    with EspServer(rom) as address:
        words = ["board", "flash", "ESP32_GENERIC", str(image)]
        assert main([*words, "--port", f"rfc2217://{address}"]) == 0
    assert holds(rom, image)
    assert rom.starts == 1
    said = capfd.readouterr().out
    assert "Hash of data verified" in said
    assert "ESP32_GENERIC: written, and compared by esptool." in said


def test_a_cable_that_is_pulled_is_said_and_run_again_it_is_whole(image, capfd):
    rom = EspRom(cut_after=0)
    assert flash(rom, image) == 2
    assert "Hold the button BOOT" in capfd.readouterr().err
    assert not holds(rom, image)
    again = EspRom()
    again.flash = rom.flash
    assert flash(again, image) == 0
    assert holds(again, image)


def test_a_flash_that_does_not_keep_what_is_written_is_seen(image, capfd):
    assert flash(EspRom(worn=0x1000), image) == 2
    assert "esptool did not write" in capfd.readouterr().err


def test_a_board_with_another_chip_is_left_alone(tmp_path, image, capfd):
    """The image is for an ESP32-S3, and so is the command; on the port is an ESP32."""
    path = tmp_path / "s3.bin"
    base = esp(tmp_path, "ESP32_GENERIC_S3")
    content = bytearray(with_files("ESP32_GENERIC_S3", base, FILES))
    content[CHIP_ID] = S3
    path.write_bytes(content)
    rom = EspRom()
    assert flash(rom, path, "ESP32_GENERIC_S3") == 2
    assert "esptool did not write" in capfd.readouterr().err
    assert set(rom.flash) == {0xFF}
