"""What the program does to the flash of the emulated RP2040: counted, and erasing takes its time.

The emulator (rp2040py 0.3.6) erases and programs at once when the chip-select of its SSI rises;
hence the hook there. While a real flash erases, nothing can be fetched from it: the program stands
still, its interrupts too, and everything else of the chip goes on. A page is programmed at once.
"""

from rp2040py.peripherals.ssi import CMD_PAGE_PROGRAM, CMD_SECTOR_ERASE


class FlashOperations:
    """erases, programs: since power-up."""

    def __init__(self, chip, erase_us: int):
        self.erases = 0
        self.programs = 0
        self._chip = chip
        self._erase_us = erase_us
        self._apply = chip.ssi._apply_command
        chip.ssi._apply_command = self._applied

    def _applied(self) -> None:
        ssi = self._chip.ssi
        command = ssi._tx_buffer[0] if ssi._tx_buffer and ssi._write_enabled else None
        self._apply()
        if command == CMD_PAGE_PROGRAM:
            self.programs += 1
        elif command == CMD_SECTOR_ERASE:
            self.erases += 1
            if self._erase_us:
                self._chip.clock.tick(self._erase_us * 1000)
