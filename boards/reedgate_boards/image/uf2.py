"""UF2, the format that a Pico's boot loader takes: 512-byte blocks, each with its address."""

import struct

from reedgate_boards.site.user_error import UserError

FLASH_BASE = 0x1000_0000
RP2040 = 0xE48B_FF56

_START = (0x0A32_4655, 0x9E5D_5157)
_END_BYTES = struct.pack("<I", 0x0AB1_6F30)
_HAS_FAMILY = 0x2000
_PAGE = 256
_HEAD = struct.Struct("<8I")


def to_uf2(parts: dict[int, bytes]) -> bytes:
    """parts: what is at each address, at whole pages."""
    pages = []
    for address, content in sorted(parts.items()):
        for at in range(0, len(content), _PAGE):
            pages.append((address + at, content[at : at + _PAGE].ljust(_PAGE, b"\xff")))
    out = bytearray()
    for number, (address, page) in enumerate(pages):
        out += _HEAD.pack(*_START, _HAS_FAMILY, address, _PAGE, number, len(pages), RP2040)
        out += page.ljust(476, b"\0") + _END_BYTES
    return bytes(out)


def from_uf2(content: bytes, file: object = "-") -> dict[int, bytes]:
    """Runs of neighbouring pages by their address.

    file: where it comes from, for the error. Raises UserError: not one of an RP2040, or a part of
    one.
    """
    parts: dict[int, bytearray] = {}
    start = end = None
    for at in range(0, len(content), 512):
        block = content[at : at + 512]
        if len(block) < _HEAD.size or struct.unpack_from("<2I", block) != _START:
            raise _no_uf2(file)
        _, _, flags, address, size, number, total, family = _HEAD.unpack_from(block)
        if size > 476 or (flags & _HAS_FAMILY and family != RP2040):
            raise _no_uf2(file)
        if number * 512 != at or total * 512 != len(content) or block[-4:] != _END_BYTES:
            raise UserError(
                "reedgate_boards",
                "{file} is not whole: it is cut off, or a part of it is damaged.",
                hint="Download it again.",
                file=file,
            )
        if start is None or address != end:
            start = address
            parts[start] = bytearray()
        parts[start] += block[32 : 32 + size]
        end = address + size
    if not parts:
        raise _no_uf2(file)
    return {address: bytes(part) for address, part in parts.items()}


def _no_uf2(file: object) -> UserError:
    return UserError(
        "reedgate_boards",
        "{file} is no UF2 file of an RP2040.",
        hint="Give the official MicroPython image of the board, a file that ends in .uf2.",
        file=file,
    )
