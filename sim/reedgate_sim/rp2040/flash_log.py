"""Every program and erase of an emulated chip's flash, so that a power cut can be made of each.

The emulator does each at once; on a chip a cut may meet one in its middle. `image(number, torn)`
is what the flash then holds: with the operation absent, or its first half done.
"""

from dataclasses import dataclass

from reedgate_sim.rp2040.chip import Chip

_PROGRAM, _ERASE_SECTOR, _ERASE_BLOCK = 0x02, 0x20, 0xD8
_SIZES = {_PROGRAM: 256, _ERASE_SECTOR: 4096, _ERASE_BLOCK: 65536}


@dataclass(frozen=True)
class Operation:
    """at: its first byte, from the start of the flash."""

    at_us: int
    at: int
    before: bytes
    after: bytes

    @property
    def torn(self) -> bytes:
        half = len(self.after) // 2
        return self.after[:half] + self.before[half:]


class FlashLog:
    """Begins with what the flash holds when it is made."""

    def __init__(self, chip: Chip):
        self.operations: list[Operation] = []
        self._chip = chip
        self._start = bytes(chip._chip.flash)
        self._ssi = chip._chip.ssi
        self._apply = self._ssi._apply_command
        self._ssi._apply_command = self._noted

    def image(self, number: int, torn: bool) -> bytes:
        """The whole flash after a cut at an operation, counted from 0."""
        content = bytearray(self._start)
        for each in self.operations[:number]:
            content[each.at : each.at + len(each.after)] = each.after
        met = self.operations[number]
        if torn:
            content[met.at : met.at + len(met.torn)] = met.torn
        return bytes(content)

    def _noted(self) -> None:
        command = bytes(self._ssi._tx_buffer)
        size = _SIZES.get(command[0]) if len(command) >= 4 else None
        if size is None:
            self._apply()
            return
        at = int.from_bytes(command[1:4], "big") & ~(size - 1)
        flash = self._chip._chip.flash
        before = bytes(flash[at : at + size])
        self._apply()
        after = bytes(flash[at : at + size])
        self.operations.append(Operation(self._chip.now_us, at, before, after))
