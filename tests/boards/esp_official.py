"""An ESP32's image as ESP-IDF puts one together, its programs by the real esptool: boot loader,
table of partitions, a program that says what MicroPython says.
"""

import hashlib
import struct

from esptool.bin_image import ELFSection, ESP32FirmwareImage, ESP32S3FirmwareImage

from reedgate_boards.image.files import BLOCK_BYTES
from reedgate_boards.site.board_facts import read_board

CHIPS = {"ESP32_GENERIC": (ESP32FirmwareImage, 0), "ESP32_GENERIC_S3": (ESP32S3FirmwareImage, 9)}
RAM = 0x3FFB_0000  # where both chips have some: nothing is aligned for it
TABLE_AT, FACTORY_AT = 0x8000, 0x1_0000  # of the flash
NVS, FACTORY = (1, "nvs", 0x9000, 0x6000), (0, "factory", FACTORY_AT, 0x1F_0000)
PARTITIONS = (NVS, FACTORY, (1, "vfs", 0x20_0000, None))


def says(machine, version=b"1.25.0"):
    return b"3.4.0; MicroPython v" + version + b" on 2025-04-15\0" + machine.encode() + b"\0"


def program(board, content, digest=True):
    made, chip_id = CHIPS[board]
    image = made(append_digest=digest)
    image.chip_id = chip_id
    image.segments = [
        ELFSection(b".dram0.data", RAM, content, flags=0),
        ELFSection(b".dram0.bss", RAM + 0x8000, b"data", flags=0),
    ]
    return image.save(None)


def table(partitions):
    """Each: type (0 a program, 1 data), label, place, size."""
    entries = b"".join(
        struct.pack("<2sBBII16sI", b"\xaa\x50", kind, 0, start, size, label.encode(), 0)
        for kind, label, start, size in partitions
    )
    digest = hashlib.md5(entries, usedforsecurity=False).digest()
    return (entries + b"\xeb\xeb" + b"\xff" * 14 + digest).ljust(0xC00, b"\xff")


def esp(folder, board, partitions=PARTITIONS, machine=None):
    """Its path. A size of None: as many blocks as the board's facts say."""
    facts, _ = read_board(board)
    files = facts.flash.blocks * BLOCK_BYTES
    sized = [(*rest, files if size is None else size) for *rest, size in partitions]
    boot = program(board, b"boot loader" * 100, digest=False)
    parts = (
        (facts.official.flashed_at, boot),
        (TABLE_AT, table(sized)),
        (FACTORY_AT, program(board, says(machine or facts.official.machine))),
    )
    content = bytearray()
    for at, part in parts:
        content = content.ljust(at - facts.official.flashed_at, b"\xff") + part
    path = folder / "official.bin"
    path.write_bytes(content)
    return path
