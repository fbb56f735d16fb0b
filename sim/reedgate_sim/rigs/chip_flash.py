"""The host's side of the chip's flash: what it is, its wear over all starts, and power cuts.

The bytes are the VM's business alone; of the image this only makes a blank one.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

from reedgate_sim import vm_process as wire

BLOCK_SIZE = 4096


@dataclass(frozen=True)
class FlashChip:
    """erase_us: virtual time that each erase stops the chip for."""

    blocks: int = 256
    erase_us: int = 0
    file_system: str = "littlefs"  # or "fat", to see that the firmware refuses it


@dataclass(frozen=True)
class Wear:
    operations: int = 0  # pages programmed and blocks erased
    bytes: int = 0  # programmed
    erases: int = 0

    def plus(self, other: "Wear") -> "Wear":
        return Wear(
            self.operations + other.operations,
            self.bytes + other.bytes,
            self.erases + other.erases,
        )


class ChipFlash:
    def __init__(self, chip: FlashChip, directory: Path):
        self.chip = chip
        self.image = directory / "flash.img"
        self._provision = directory / "provision"
        self._provision.mkdir(exist_ok=True)
        if not self.image.is_file():
            self.image.write_bytes(b"\xff" * (chip.blocks * BLOCK_SIZE))
        self._worn = Wear()  # by the VMs before this one
        self._wear = Wear()  # by this one
        self._cut_at: int | None = None  # the operation of all starts that the cut meets
        self._cut_torn = False
        self._cut_told = False

    @property
    def wear(self) -> Wear:
        """All that the firmware did, over all starts, up to the VM's last request."""
        return self._worn.plus(self._wear)

    def provision(self, name: str, content: bytes) -> None:
        (self._provision / name).write_bytes(content)

    def cut_at_operation(self, number: int, torn: bool) -> None:
        if number < 1:
            raise ValueError("the next operation is number 1")
        self._cut_at = self.wear.operations + number
        self._cut_torn = torn
        self._cut_told = False

    def start(self) -> None:
        """Another VM, which knows of nothing."""
        self._worn = self.wear
        self._wear = Wear()
        self._cut_told = False

    def take(self, wear: tuple[int, int, int]) -> None:
        self._wear = Wear(*wear)

    def cut_happened(self) -> None:
        self._cut_at = None

    def news(self) -> list[wire.Item]:
        """For the VM that waits: when its flash shall be cut, counted from its next operation."""
        if self._cut_at is None or self._cut_told:
            return []
        self._cut_told = True
        left = struct.pack("<I", self._cut_at - self.wear.operations)
        return [(wire.CUT_AT, int(self._cut_torn), left)]
