"""The production image for the tests on the emulated chip, and a desk's configuration for it."""

import os
import re
from pathlib import Path

import pytest

import reedgate_sim
from reedgate_boards.image.files import BLOCK_BYTES, littlefs_image
from reedgate_boards.image.pico import missing_tools, pico_image
from reedgate_boards.image.uf2 import FLASH_BASE, from_uf2
from reedgate_boards.site.board_facts import read_board
from reedgate_boards.site.compiler import compile_station
from reedgate_boards.site.load import load_site
from reedgate_boards.site.user_error import UserError

BOARD = "RPI_PICO"
EXAMPLE = Path(__file__).parents[2] / "docs" / "site.example.toml"
FACTS = read_board(BOARD)[0]
FILES_AT = FACTS.flash_kib * 1024 - FACTS.flash.blocks * BLOCK_BYTES  # behind code and slots


def image():
    """What the flash holds, by address; skips loudly where it cannot be built."""
    missing = missing_tools()
    if missing:
        pytest.skip(f"NO CHIP IS EMULATED: {', '.join(missing)} not found: make tools")
    try:
        return from_uf2(pico_image(BOARD, lambda *_: None))
    except UserError as problem:
        if os.environ.get("CI") == "true" or "could not be fetched" not in str(problem):
            raise
        pytest.skip(f"NO CHIP IS EMULATED: {problem}")


def configuration(folder, uplink="", baud=9600):
    """The desk's inlet on a Pico, which has no network and tells nobody. uplink: more keys."""
    desk = Path(reedgate_sim.__file__).parent / "sites" / "desk.toml"
    text = desk.read_text(encoding="utf-8").replace('board = "HOST"', f'board = "{BOARD}"')
    text = re.sub(r'kind = "mqtt"\nbroker = [^\n]*\n', f'kind = "none"\n{uplink}', text, count=1)
    file = folder / "site.toml"
    file.write_text(text, encoding="utf-8")
    site = load_site(file)
    name = next(iter(site.stations))
    for bus in site.stations[name].buses.values():
        object.__setattr__(bus, "baud", baud)  # the probes' makers allow 9600 alone
    return compile_station(site, name)


def file_system(files):
    return littlefs_image(files, read_board(BOARD)[0].flash.blocks)


def flash_with(files_image):
    return {**image(), FLASH_BASE + FILES_AT: bytes(files_image)}


def size_of_files():
    return read_board(BOARD)[0].flash.blocks * BLOCK_BYTES


def chip_at_prompt():
    """A chip without a configuration, stopped, at the raw prompt of its console."""
    from reedgate_sim.rp2040.chip import Chip

    chip = Chip(flash_with(file_system({})))
    console = chip.console
    assert chip.run_us(2_000_000, until=lambda: b"outputs off" in console.printed)
    console.type(b"\x03")
    assert chip.run_us(2_000_000, until=lambda: b">>> " in console.printed)
    console.type(b"\x01")
    assert chip.run_us(1_000_000, until=lambda: console.printed.endswith(b"exit\r\n>"))
    return chip
