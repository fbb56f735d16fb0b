"""Images that are put together from official ones. No official image is here: stand-ins are, made
of what the tools look at. What comes out is taken apart again.
"""

import pytest
from esp_official import FACTORY, FACTORY_AT, NVS, esp, program, says, table

from reedgate_boards.image import download, official
from reedgate_boards.image.esp_image import DamagedError, checked_partitions
from reedgate_boards.image.files import (
    BLOCK_BYTES,
    files_of,
    firmware_files,
    littlefs_image,
    written_runs,
)
from reedgate_boards.image.official import read_base, with_files
from reedgate_boards.image.uf2 import FLASH_BASE, from_uf2, to_uf2
from reedgate_boards.site.board_facts import read_board
from reedgate_boards.site.record_budget import OTHER_BLOCKS, blocks_of
from reedgate_boards.site.user_error import UserError

FILES = {"main.py": b"import board", "station/core/gate.mpy": b"M\x06" * 900}


def pico_w(folder, version=b"1.25.0", machine="Raspberry Pi Pico W with RP2040"):
    path = folder / "official.uf2"
    path.write_bytes(to_uf2({FLASH_BASE: bytes(400) + says(machine, version) + bytes(400)}))
    return path


def official_at(monkeypatch, url, sha256=""):
    """The board's facts say that its image is there, and what its hash is."""
    facts, data = read_board("RPI_PICO_W")
    place = facts.official.model_copy(update={"url": url, "sha256": sha256})
    told = facts.model_copy(update={"official": place}), data
    for module in (official, download):
        monkeypatch.setattr(module, "read_board", lambda board: told)


def test_a_pico_w_gets_the_official_image_and_our_files_in_one_uf2(tmp_path):
    base = pico_w(tmp_path)
    parts = from_uf2(with_files("RPI_PICO_W", base, FILES))
    start = FLASH_BASE + (2048 - 848) * 1024
    assert parts[FLASH_BASE] == from_uf2(base.read_bytes())[FLASH_BASE]
    flash = bytearray(b"\xff" * 212 * BLOCK_BYTES)
    for address, part in list(parts.items())[1:]:
        assert address >= start
        flash[address - start : address - start + len(part)] = part
    assert files_of(flash, 212) == FILES
    assert sum(map(len, parts.values())) < 20 * BLOCK_BYTES  # what is erased is left out


@pytest.mark.parametrize(
    ("board", "flashed_at"), [("ESP32_GENERIC", 0x1000), ("ESP32_GENERIC_S3", 0)]
)
def test_an_esp32_gets_both_in_one_file_from_its_first_byte_on(board, flashed_at, tmp_path):
    facts, _ = read_board(board)
    base = esp(tmp_path, board)
    official_one = base.read_bytes()
    merged = with_files(board, base, FILES)
    assert merged[:flashed_at] == b"\xff" * flashed_at
    assert merged[flashed_at : flashed_at + len(official_one)] == official_one
    assert files_of(merged[0x20_0000:], facts.flash.blocks) == FILES


# Where a byte is altered, of the file; what is said of it.
DAMAGE = {
    "boot loader": (0x80, "bootloader"),
    "table": (0x7000 + 40, "partition table"),
    "the table's MD5": (0x7000 + 3 * 32 + 20, "partition table"),
    "its mark": (0x7000 + 3 * 32, "partition table"),
    "number of parts": (0xF001, "factory"),
    "length of a part": (0xF01E, "factory"),
    "program": (0xF060, "factory"),
    "SHA-256": (-1, "factory"),
    "no program": (0xF000, "factory"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_a_damaged_image_is_refused(case, tmp_path):
    at, part = DAMAGE[case]
    base = esp(tmp_path, "ESP32_GENERIC")
    assert read_base("ESP32_GENERIC", base).version == (1, 25, 0)
    content = bytearray(base.read_bytes())
    content[at] ^= 0x04
    base.write_bytes(content)
    with pytest.raises(UserError, match=f"is damaged: {part} is not"):
        read_base("ESP32_GENERIC", base)


@pytest.mark.parametrize("size", [0x1F, 0x60, 0x7000, 0x7020, 0xF000, 0xF008, 0xF080, -1])
def test_an_image_that_is_cut_off_is_refused(size, tmp_path):
    base = esp(tmp_path, "ESP32_GENERIC")
    base.write_bytes(base.read_bytes()[:size])
    with pytest.raises(UserError, match="is damaged"):
        read_base("ESP32_GENERIC", base)


def test_a_checksum_alone_shows_damage_where_a_program_has_no_hash():
    content = bytearray(b"\xff" * 0x1_0000)
    for at, part in (
        (0, program("ESP32_GENERIC_S3", b"boot", digest=False)),
        (0x8000, table((FACTORY,))),
    ):
        content[at : at + len(part)] = part
    whole = bytes(content) + program("ESP32_GENERIC_S3", b"station", digest=False)
    assert checked_partitions(whole, 0) == {"factory": (FACTORY_AT, 0x1F_0000)}
    with pytest.raises(DamagedError, match="factory"):
        checked_partitions(whole.replace(b"station", b"statiom"), 0)


def test_an_empty_second_slot_is_no_damage_and_none_with_a_program_is():
    slots = ((0, "ota_0", 0x1_0000, 0x1_0000), (0, "ota_1", 0x2_0000, 0x1_0000))
    boot = program("ESP32_GENERIC_S3", b"boot").ljust(0x8000, b"\xff")
    empty = (boot + table(slots)).ljust(0x1_0000, b"\xff")
    first = (empty + program("ESP32_GENERIC_S3", b"a")).ljust(0x3_0000, b"\xff")
    assert set(checked_partitions(first, 0)) == {"ota_0", "ota_1"}
    with pytest.raises(DamagedError, match="app"):
        checked_partitions(empty.ljust(0x3_0000, b"\xff"), 0)


@pytest.mark.parametrize("size", [512, -512, -100], ids=["a block", "all but a block", "in one"])
def test_a_pico_w_s_image_that_is_cut_off_is_refused(size, tmp_path):
    base = pico_w(tmp_path)
    base.write_bytes(base.read_bytes()[:size])
    with pytest.raises(UserError, match="not whole"):
        read_base("RPI_PICO_W", base)


def test_an_image_says_its_version_and_hash(tmp_path):
    base = read_base("RPI_PICO_W", pico_w(tmp_path, b"1.26.1"))
    assert base.version == (1, 26, 1)
    assert len(base.sha256) == 64
    assert not base.pinned


def test_a_pinned_name_with_another_hash_is_refused(tmp_path, monkeypatch):
    path = pico_w(tmp_path)
    sha256 = read_base("RPI_PICO_W", path).sha256
    official_at(monkeypatch, f"https://example.org/{path.name}", sha256)
    assert read_base("RPI_PICO_W", path).pinned
    assert not read_base("RPI_PICO_W", path, "another.uf2").pinned
    official_at(monkeypatch, f"https://example.org/{path.name}", "0" * 64)
    with pytest.raises(UserError, match=sha256):
        read_base("RPI_PICO_W", path)


def hello(folder):
    path = folder / "hello"
    path.write_bytes(b"hello")
    return path


@pytest.mark.parametrize(
    ("board", "other"),
    [("ESP32_GENERIC", "ESP32_GENERIC_S3"), ("ESP32_GENERIC_S3", "ESP32_GENERIC")],
)
def test_another_chip_s_image_is_not_called_damaged(board, other, tmp_path):
    with pytest.raises(UserError, match=f"is no MicroPython for {board}"):
        read_base(board, esp(tmp_path, other))
    with pytest.raises(UserError, match=f"is no MicroPython for {board}"):
        read_base(board, esp(tmp_path, board, machine="A watch with its chip"))


def test_a_file_that_is_no_image_is_no_damaged_one(tmp_path):
    with pytest.raises(UserError, match="hello is no MicroPython for ESP32_GENERIC"):
        read_base("ESP32_GENERIC", hello(tmp_path))


REFUSED = {
    "another board's": (
        lambda folder: pico_w(folder, machine="Raspberry Pi Pico with RP2040"),
        'it does not say "Raspberry Pi Pico W with RP2040"',
    ),
    "too old": (lambda folder: pico_w(folder, b"1.24.1"), "MicroPython 1.24.1, older than 1.25"),
    "not there": (lambda folder: folder / "nothing.uf2", "cannot be read: No such file"),
    "no image at all": (lambda folder: hello(folder), "hello is no UF2 file"),
    "no UF2": (lambda folder: esp(folder, "ESP32_GENERIC"), "no UF2 file"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_image_that_will_not_do_is_refused(case, tmp_path):
    make, told = REFUSED[case]
    with pytest.raises(UserError, match=told):
        read_base("RPI_PICO_W", make(tmp_path))


def test_an_image_with_fat_is_refused(tmp_path):
    base = esp(tmp_path, "ESP32_GENERIC", (NVS, FACTORY, (1, "ffat", 0x20_0000, 0x20_0000)))
    with pytest.raises(UserError, match=r"no partition `vfs`.*ffat.*FAT loses data"):
        with_files("ESP32_GENERIC", base, FILES)


def test_an_image_for_a_smaller_flash_is_refused(tmp_path):
    base = esp(tmp_path, "ESP32_GENERIC", (FACTORY, (1, "vfs", 0x20_0000, 0x10_0000)))
    with pytest.raises(UserError, match="256 blocks for files, the board's journal counts on 512"):
        with_files("ESP32_GENERIC", base, FILES)


@pytest.mark.parametrize("board", ["ESP32_GENERIC", "ESP32_GENERIC_S3", "RPI_PICO_W"])
def test_the_firmware_and_the_longest_journal_fit_on_the_flash(board):
    facts, _ = read_board(board)
    files = firmware_files(board)
    assert {"boot.py", "main.py", "board.mpy", "station/core/gate.mpy", "umqtt/simple.mpy"} <= set(
        files
    )
    assert all(content[:2] == b"M\x06" for name, content in files.items() if name.endswith(".mpy"))
    runs = written_runs(littlefs_image(files, facts.flash.blocks))
    code = sum(map(len, runs.values())) // BLOCK_BYTES
    segment = blocks_of(510 * 32 + 32, BLOCK_BYTES)
    journal = segment * (facts.journal.events + facts.journal.readings)
    assert code + journal + OTHER_BLOCKS <= facts.flash.blocks


def test_files_that_do_not_fit_are_refused():
    with pytest.raises(UserError, match="do not fit into the 8 blocks"):
        littlefs_image({"large": bytes(range(256)) * 200}, 8)
