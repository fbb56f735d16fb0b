"""UF2, the format that a Pico's boot loader takes: 512-byte blocks, each with its address."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from reedgate_boards.image.runs import joined
from reedgate_boards.site.user_error import UserError

FLASH_BASE = 0x1000_0000
RP2040 = 0xE48B_FF56
BLOCK_BYTES = 512
PAGE_BYTES = 256  # of the flash, in each block

_START = (0x0A32_4655, 0x9E5D_5157)
_END_BYTES = struct.pack("<I", 0x0AB1_6F30)
_HAS_FAMILY = 0x2000
_HEAD = struct.Struct("<8I")


class Block(NamedTuple):
    """One of a file, whatever it holds; family None: it names no chip."""

    starts: bool  # by the marks at its two ends
    ends: bool
    family: int | None
    address: int
    size: int
    number: int
    total: int
    content: bytes


def blocks_of(content: bytes) -> Iterator[Block]:
    """Not judged; of a part of a block, what there is."""
    for at in range(0, len(content), BLOCK_BYTES):
        block = content[at : at + BLOCK_BYTES]
        head = _HEAD.unpack_from(block.ljust(_HEAD.size, b"\0"))
        *start, flags, address, size, number, total, family = head
        yield Block(
            tuple(start) == _START,
            block[-4:] == _END_BYTES,
            family if flags & _HAS_FAMILY else None,
            address,
            size,
            number,
            total,
            block[_HEAD.size : _HEAD.size + size],
        )


def to_uf2(parts: dict[int, bytes]) -> bytes:
    """parts: what is at each address, at whole pages."""
    pages = []
    for address, content in sorted(parts.items()):
        for at in range(0, len(content), PAGE_BYTES):
            pages.append((address + at, content[at : at + PAGE_BYTES].ljust(PAGE_BYTES, b"\xff")))
    out = bytearray()
    for number, (address, page) in enumerate(pages):
        out += _HEAD.pack(*_START, _HAS_FAMILY, address, PAGE_BYTES, number, len(pages), RP2040)
        out += page.ljust(476, b"\0") + _END_BYTES
    return bytes(out)


def from_uf2(content: bytes, file: object = "-") -> dict[int, bytes]:
    """Runs of neighbouring pages by their address.

    file: where it comes from, for the error. Raises UserError: not one of an RP2040, or a part of
    one.
    """
    parts = []
    for number, block in enumerate(blocks_of(content)):
        if not block.starts or block.size > 476 or block.family not in (None, RP2040):
            raise _no_uf2(file)
        if block.number != number or block.total * BLOCK_BYTES != len(content) or not block.ends:
            raise UserError(
                "reedgate_boards",
                "{file} is not whole: it is cut off, or a part of it is damaged.",
                hint="Download it again.",
                file=file,
            )
        parts.append((block.address, block.content))
    if not parts:
        raise _no_uf2(file)
    return joined(parts)


def _no_uf2(file: object) -> UserError:
    return UserError(
        "reedgate_boards",
        "{file} is no UF2 file of an RP2040.",
        hint="Give the official MicroPython image of the board, a file that ends in .uf2.",
        file=file,
    )
