"""An image is judged before a byte of it is written."""

import struct

import pytest
from esp_official import FACTORY_AT, esp
from test_official_images import pico_w

from reedgate_boards.device.judged_image import judged_image
from reedgate_boards.image.files import littlefs_image
from reedgate_boards.image.official import with_files
from reedgate_boards.image.uf2 import FLASH_BASE, from_uf2, to_uf2
from reedgate_boards.site.user_error import UserError

OURS = b"Reedgate station (Raspberry Pi Pico) with RP2040\0"


def ours(size=8192):
    return to_uf2({FLASH_BASE: OURS.ljust(size, b"\1")})


def judged(tmp_path, content, board="RPI_PICO"):
    path = tmp_path / "image"
    path.write_bytes(content)
    return judged_image(board, path)


def refusal(tmp_path, content, board="RPI_PICO"):
    with pytest.raises(UserError) as caught:
        judged(tmp_path, content, board)
    return caught.value.lines("en")[0]


def other_family(content):
    return content[:28] + struct.pack("<I", 0xE48BFF59) + content[32:]


def test_our_image_is_taken_and_its_firmware_known(tmp_path):
    image = judged(tmp_path, ours())
    assert image.firmware == {0: OURS.ljust(8192, b"\1")}
    assert image.files == {}


def test_files_of_the_board_are_not_firmware(tmp_path):
    files = littlefs_image({"config.bin": b"x"}, 304)
    parts = {FLASH_BASE: OURS.ljust(512, b"\1"), FLASH_BASE + 832 * 1024: files[:8192]}
    image = judged(tmp_path, to_uf2(parts))
    assert image.files == {"config.bin": b"x"}
    assert image.firmware == {0: OURS.ljust(512, b"\1")}  # and nothing of what lies between


def test_an_official_image_with_our_files_is_taken(tmp_path):
    content = with_files("RPI_PICO_W", pico_w(tmp_path), {"main.py": b"pass"})
    image = judged(tmp_path, content, "RPI_PICO_W")
    assert (image.chip, image.files) == ("RP2040", {"main.py": b"pass"})


REFUSED = {
    "no UF2": (b"hello" * 200, "it is no UF2 file."),
    "nothing": (b"", "it is no UF2 file."),
    "an RP2350's": (other_family(ours()), "for another chip (UF2 family 0xe48bff59)"),
    "cut off between blocks": (ours()[:-512], "it is not whole."),
    "cut off in a block": (ours()[:-100], "it is not whole."),
    "a block is missing": (ours()[:512] + ours()[1024:], "it is not whole."),
    "too large": (to_uf2({FLASH_BASE + 2048 * 1024: OURS}), "larger than the 2048 KiB"),
    "another's": (to_uf2({FLASH_BASE: b"blink"}), "an image for ?, not for RPI_PICO."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_image_is_refused(case, tmp_path):
    content, why = REFUSED[case]
    assert why in refusal(tmp_path, content)


def test_another_board_s_image_is_named(tmp_path):
    content = pico_w(tmp_path).read_bytes()
    assert "an image for RPI_PICO_W, not for RPI_PICO." in refusal(tmp_path, content)
    assert "an image for RPI_PICO, not for RPI_PICO_W." in refusal(tmp_path, ours(), "RPI_PICO_W")


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    folder = tmp_path_factory.mktemp("s3")
    return with_files("ESP32_GENERIC_S3", esp(folder, "ESP32_GENERIC_S3"), {"main.py": b"pass"})


def test_an_esp32_image_is_judged_by_its_header(tmp_path, s3):
    assert judged(tmp_path, s3, "ESP32_GENERIC_S3").chip == "ESP32-S3"
    assert "another chip (ESP32-S3)" in refusal(tmp_path, bytes(0x1000) + s3, "ESP32_GENERIC")
    assert "no flash image of an ESP32-S3" in refusal(tmp_path, ours(), "ESP32_GENERIC_S3")
    assert "larger than" in refusal(tmp_path, s3.ljust(9 << 20, b"\0"), "ESP32_GENERIC_S3")


def test_an_esp32_image_of_another_board_is_refused(tmp_path):
    base = esp(tmp_path, "ESP32_GENERIC_S3", machine="A watch with ESP32S3")
    assert "an image for ?, not for ESP32_GENERIC_S3" in refusal(
        tmp_path, base.read_bytes(), "ESP32_GENERIC_S3"
    )


def test_an_official_image_without_the_station_is_no_station(tmp_path, s3):
    without = "the station's files are not in it."
    plain = esp(tmp_path, "ESP32_GENERIC_S3").read_bytes()
    assert without in refusal(tmp_path, plain, "ESP32_GENERIC_S3")
    assert without in refusal(tmp_path, plain.ljust(0x20_0000, b"\xff"), "ESP32_GENERIC_S3")
    others = with_files("RPI_PICO_W", pico_w(tmp_path), {"notes.txt": b"x"})
    for content in (pico_w(tmp_path).read_bytes(), others):
        assert without in refusal(tmp_path, content, "RPI_PICO_W")


def test_an_esp32_image_that_is_damaged_or_not_whole_is_refused(tmp_path, s3):
    damaged = bytearray(s3)
    damaged[FACTORY_AT + 0x70] ^= 1
    said = refusal(tmp_path, bytes(damaged), "ESP32_GENERIC_S3")
    assert "was not written: factory in it is not what its own checksum says." in said
    erased = s3[:0x20_0000] + bytes(512 * 1024) + s3[0x20_0000 + 512 * 1024 :]
    for content in (s3[:-1], s3[:0x20_1000], erased):
        assert "it is not whole." in refusal(tmp_path, content, "ESP32_GENERIC_S3")


def test_files_that_cannot_be_read_are_seen_before(tmp_path):
    """The firmware of a Pico W is among them."""
    parts = from_uf2(with_files("RPI_PICO_W", pico_w(tmp_path), {"main.py": b"pass"}))
    *_, files_at = parts
    for pair in (0, 4096):  # littlefs keeps its root in two blocks and needs one of them
        parts[files_at] = parts[files_at][:pair] + b"\0" * 64 + parts[files_at][pair + 64 :]
    assert "it is not whole." in refusal(tmp_path, to_uf2(parts), "RPI_PICO_W")


def test_the_board_of_a_desk_cannot_be_flashed(tmp_path):
    assert "HOST is simulated: there is nothing to flash." in refusal(tmp_path, ours(), "HOST")


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(UserError, match="cannot be read: No such file"):
        judged_image("RPI_PICO", tmp_path / "none.uf2")
