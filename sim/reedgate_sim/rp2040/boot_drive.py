"""The drive that an RP2040's boot ROM shows: what is copied to it as UF2 lands on the flash.

Written from the data sheet of the chip and the UF2 format, not from our own reader of images:
blocks are taken by their magic numbers and family as they arrive, whatever the file is called; a
sector is erased when the first page of it comes; with the last block of a file the chip starts.
"""

import shutil
import struct
from pathlib import Path

NAME = "RPI-RP2"

_INFO = "UF2 Bootloader v3.0\nModel: Raspberry Pi RP2\nBoard-ID: RPI-RP2\n"
_OWN_FILES = ("INFO_UF2.TXT",)
_BLOCK = 512
_HEAD = struct.Struct("<8I")
_MAGICS = (0x0A324655, 0x9E5D5157)
_END_MAGIC = 0x0AB16F30
_FAMILY_FLAG, _FAMILY = 0x2000, 0xE48BFF56
_PAGE, _SECTOR = 256, 4096
_XIP = 0x1000_0000


class BootDrive:
    """The drive `RPI-RP2` in `folder`, there from the start until `remove`."""

    def __init__(self, folder: Path, flash: bytearray):
        self.path = folder / NAME
        self._flash = flash
        self._read: dict[Path, int] = {}
        self._numbers: set[int] = set()
        self._erased: set[int] = set()
        self.remove()
        # A drive is there at once and whole, so that nobody reads an empty file of it.
        coming = self.path.with_name(self.path.name + ".coming")
        shutil.rmtree(coming, ignore_errors=True)
        coming.mkdir(parents=True)
        (coming / "INFO_UF2.TXT").write_text(_INFO, encoding="ascii")
        coming.rename(self.path)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def take(self) -> bool:
        """Takes what was copied since; True when a whole image is on the flash."""
        for file in sorted(self.path.iterdir()):
            if file.name in _OWN_FILES:
                continue
            with file.open("rb") as stream:
                stream.seek(self._read.get(file, 0))
                while len(block := stream.read(_BLOCK)) == _BLOCK and any(block):
                    self._read[file] = self._read.get(file, 0) + _BLOCK
                    if self._take_block(block):
                        return True
        return False

    def _take_block(self, block: bytes) -> bool:
        *magics, flags, address, size, number, count, family = _HEAD.unpack_from(block)
        (end,) = struct.unpack_from("<I", block, _BLOCK - 4)
        if tuple(magics) != _MAGICS or end != _END_MAGIC:
            return False
        if not flags & _FAMILY_FLAG or family != _FAMILY or size != _PAGE:
            return False
        at = address - _XIP
        if at % _PAGE or not 0 <= at < len(self._flash):
            return False
        sector = at // _SECTOR
        if sector not in self._erased:
            self._erased.add(sector)
            start = sector * _SECTOR
            self._flash[start : start + _SECTOR] = b"\xff" * _SECTOR
        self._flash[at : at + _PAGE] = block[_HEAD.size : _HEAD.size + _PAGE]
        self._numbers.add(number)
        return len(self._numbers) == count
