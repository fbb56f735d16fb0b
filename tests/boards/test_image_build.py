"""The Pico's image, really built from source: one build a session, and none when nothing changed.

Without the compiler this is skipped; `make tools` installs it.
"""

import os
import re

import pytest

from reedgate_boards.image.pico import missing_tools, pico_image
from reedgate_boards.image.uf2 import FLASH_BASE, from_uf2
from reedgate_boards.site.locator import firmware_dir
from reedgate_boards.site.user_error import UserError

_MISSING = missing_tools()
pytestmark = pytest.mark.skipif(
    bool(_MISSING), reason=f"NO IMAGE IS BUILT: {', '.join(_MISSING)} not found: make tools"
)


@pytest.fixture(scope="module")
def image():
    """What the flash holds, by address."""
    try:
        return from_uf2(pico_image("RPI_PICO", lambda *_: None))
    except UserError as problem:
        if os.environ.get("CI") == "true" or "could not be fetched" not in str(problem):
            raise
        pytest.skip(f"NO IMAGE IS BUILT: {problem}")


def test_it_is_one_run_from_the_first_byte_and_leaves_slots_and_files_alone(image):
    assert list(image) == [FLASH_BASE]
    assert 300 * 1024 < len(image[FLASH_BASE]) <= 512 * 1024


def test_every_module_of_the_firmware_is_frozen_into_it(image):
    modules = [path.relative_to(firmware_dir()) for path in firmware_dir().rglob("*.py")]
    assert len(modules) > 30
    for name in [path.as_posix() for path in modules] + ["board.py", "_boot.py"]:
        assert name.encode() + b"\0" in image[FLASH_BASE], name


def test_it_says_its_board_and_a_version_at_or_above_the_floor(image):
    assert b"Reedgate station (Raspberry Pi Pico) with RP2040" in image[FLASH_BASE]
    found = re.search(rb"MicroPython v(\d+)\.(\d+)\.\d+ on ([\d-]+)", image[FLASH_BASE])
    assert (int(found[1]), int(found[2])) >= (1, 25)
    assert found[3] == b"2025-04-15"  # of MicroPython, not of the build


def test_no_path_of_this_machine_is_in_it(image):
    assert b"reedgate-image-" not in image[FLASH_BASE]
    assert str(firmware_dir()).encode() not in image[FLASH_BASE]


def test_what_was_built_before_is_not_built_again(image, monkeypatch):
    monkeypatch.setattr("reedgate_boards.image.pico.build", None)
    assert from_uf2(pico_image("RPI_PICO", lambda *_: None)) == image


def test_files_go_behind_the_slots(image):
    parts = from_uf2(pico_image("RPI_PICO", lambda *_: None, {"config.bin": b"config" * 200}))
    assert parts[FLASH_BASE] == image[FLASH_BASE]
    assert min(address for address in parts if address != FLASH_BASE) >= FLASH_BASE + 768 * 1024
    assert any(b"configconfig" in part for part in parts.values())
