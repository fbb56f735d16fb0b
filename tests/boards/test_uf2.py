"""UF2 there and back, and what is no UF2 of ours."""

import struct

import pytest

from reedgate_boards.image.uf2 import FLASH_BASE, from_uf2, to_uf2
from reedgate_boards.site.user_error import UserError


def test_what_goes_in_comes_out_at_its_address_in_whole_pages():
    parts = {FLASH_BASE + 0x10_0000: b"files" * 100, FLASH_BASE: bytes(range(256)) * 3}
    found = from_uf2(to_uf2(parts))
    assert found[FLASH_BASE] == parts[FLASH_BASE]
    assert found[FLASH_BASE + 0x10_0000] == (b"files" * 100).ljust(512, b"\xff")
    assert list(found) == sorted(found)


def test_each_block_says_its_place_among_all_and_the_chip():
    blocks = to_uf2({FLASH_BASE: bytes(600)})
    assert len(blocks) == 3 * 512
    for number in range(3):
        block = blocks[number * 512 : (number + 1) * 512]
        head = struct.unpack("<8I", block[:32])
        assert head[:2] == (0x0A324655, 0x9E5D5157)
        assert head[3:7] == (FLASH_BASE + number * 256, 256, number, 3)
        assert head[7] == 0xE48BFF56
        assert block[-4:] == struct.pack("<I", 0x0AB16F30)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no UF2" * 100,
        to_uf2({FLASH_BASE: bytes(10)}).replace(struct.pack("<I", 0xE48BFF56), b"\1\2\3\4"),
    ],
    ids=["empty", "other", "another chip's"],
)
def test_anything_else_is_refused(content):
    with pytest.raises(UserError, match="no UF2 file of an RP2040"):
        from_uf2(content)


WHOLE = to_uf2({FLASH_BASE: bytes(600)})


@pytest.mark.parametrize(
    "content",
    [WHOLE[:-100], WHOLE[:-500], WHOLE[:-512], WHOLE[:512] + WHOLE[1024:], WHOLE[:-1] + b"\0"],
    ids=["in a block", "after its head begins", "between blocks", "a block is missing", "its end"],
)
def test_a_part_of_one_is_refused(content):
    with pytest.raises(UserError, match="not whole"):
        from_uf2(content)
