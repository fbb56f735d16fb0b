"""One emulated RP2040 with an image on its flash: run for so long, and looked at from outside.

The emulator is rp2040py 0.3.6, and some of what is used of it is private to it: hence the pin in
pyproject.toml. Its time is counted, never real; two runs of one image are the same. What it has
not: the oscillator's start-up, a second core, waiting for the flash (but for erasing: see flash).
"""

import struct
from collections.abc import Callable

from rp2040py.device.bootrom import BOOTROM_B1
from rp2040py.gpio_pin import GPIOPinState
from rp2040py.memory_map import FLASH_START_ADDRESS
from rp2040py.simulator import Simulator
from rp2040py.utils.logging import ConsoleLogger, LogLevel

from reedgate_sim.rp2040.console import Console
from reedgate_sim.rp2040.flash import FlashOperations
from reedgate_sim.rp2040.uart import Uart

# The emulator's own loop asks its clock and two PIOs, which MicroPython does not use here, at each
# instruction and takes three times as long. A burst is over before 2 µs of the chip are.
_BURST = range(64)
_CYCLE_NS = 8  # at 125 MHz

_BLOCK = 16  # bytes of MicroPython's heap
_RAM_END = 0x2004_0000  # of what MicroPython uses
_RAM_BASE = 0x2000_0000
_AREA = struct.Struct("<5I")  # of its heap: table, its size, finalisers, pool, the pool's end
_JUMP_AFTER_RESET = 0xB007_C0D3  # in scratch register 4: to the address in register 7
_ROM_END = 0x4000


class Chip:
    """edges: (time in µs, pin, level) of every output that changed, since power-up.

    in_boot_loader: it was reset into its ROM's loader, which is not emulated: it stands still.
    on_edge(pin, level) is told of each at its instant, and of 0 when a reset lets a pin go;
    on_watchdog() before it resets. on_rest(woken_us) whenever it begins to wait for an interrupt.
    """

    def __init__(self, flash: dict[int, bytes], erase_us: int = 0):
        """flash: what is on it by address; the rest is erased. erase_us: what one erase takes."""
        self._chip = Simulator().rp2040
        self._stopped = False
        self._chip.logger = ConsoleLogger(LogLevel.ERROR)
        self._chip.load_bootrom(BOOTROM_B1)
        for address, content in flash.items():
            at = address - FLASH_START_ADDRESS
            self._chip.flash[at : at + len(content)] = content
        self.edges: list[tuple[int, int, int]] = []
        self.on_edge: Callable[[int, int], None] = lambda _pin, _level: None
        self.on_watchdog: Callable[[], None] = lambda: None
        self.on_rest: Callable[[int], None] = lambda _woken_us: None
        self._woken_us: int | None = 0  # None: it rests
        self.resets = 0
        self.in_boot_loader = False
        self.flash_operations = FlashOperations(self._chip, erase_us)
        self.uarts = (Uart(self._chip, 0), Uart(self._chip, 1))
        self.console = Console(self._chip.usb_ctrl)
        self._chip.watchdog.on_watchdog_trigger = self._watchdog
        for number, pin in enumerate(self._chip.gpio):
            pin.add_listener(self._listener(number))
        self._chip.core.pc = FLASH_START_ADDRESS

    @property
    def now_us(self) -> int:
        return int(self._chip.clock.nanos / 1000)

    def run_us(self, duration_us: int, until: Callable[[], bool] = lambda: False) -> bool:
        """Gives whether it ended early; `until` is asked each millisecond of the chip's time."""
        clock, core = self._chip.clock, self._chip.core
        execute, tick = core.execute_instruction, clock.tick
        end_ns = clock.nanos + duration_us * 1000
        look_ns = clock.nanos + 1e6
        self._stopped = self.in_boot_loader
        while not self._stopped and clock.nanos < end_ns:
            if core.waiting:
                if self._woken_us is not None:
                    self.on_rest(self._woken_us)
                    self._woken_us = None
                rest_ns = min(end_ns, look_ns) - clock.nanos
                alarm_ns = clock.nanos_to_next_alarm if clock.has_scheduled_alarm else rest_ns
                tick(min(alarm_ns, rest_ns))
            else:
                if self._woken_us is None:
                    self._woken_us = self.now_us
                cycles = 0
                for _ in _BURST:
                    cycles += execute()
                    if core.waiting:
                        break
                tick(cycles * _CYCLE_NS)
            if clock.nanos >= look_ns:
                look_ns = clock.nanos + 1e6
                if until():
                    return True
        return until()

    def stop(self) -> None:
        """End the run that goes on, a few instructions from where it is."""
        self._stopped = True

    def hang(self) -> None:
        """The program stays where it is, deaf to interrupts; clock, UARTs and watchdog go on."""
        core = self._chip.core
        core.pm = True
        core.enabled_interrupts = 0
        core.waiting = True

    def alarm(self, call: Callable[[], None]):
        """Its schedule(ns) has call() called after so many nanoseconds of the chip's time."""
        return self._chip.clock.create_alarm(call)

    def set_input(self, pin: int, level: int) -> None:
        self._chip.gpio[pin].set_input_value(bool(level))

    def flash(self, at: int, size: int) -> bytes:
        """at: from the first byte of the flash."""
        return bytes(self._chip.flash[at : at + size])

    def heap_bytes(self) -> tuple[int, int]:
        """(in use, in all) of MicroPython's heap, garbage included; (0, 0) before it is made.

        Read from its allocation table, so that the image runs as it is: two bits a block, 0 free.
        """
        ram = bytes(self._chip.sram[: _RAM_END - _RAM_BASE])
        end = struct.pack("<I", _RAM_END)
        at = ram.find(end)
        while at >= 0:
            start = at - 16
            if start >= 0 and start % 4 == 0:
                table, size, finalisers, pool, _ = _AREA.unpack_from(ram, start)
                if size * 4 * _BLOCK == _RAM_END - pool and table < finalisers < pool:
                    bits = ram[table - _RAM_BASE : table - _RAM_BASE + size]
                    used = sum(_USED[byte] for byte in bits)
                    return used * _BLOCK, size * 4 * _BLOCK
            at = ram.find(end, at + 1)
        return 0, 0

    def _watchdog(self) -> None:
        self.resets += 1
        scratch = self._chip.watchdog.scratch_data
        if scratch[4] == _JUMP_AFTER_RESET and 0 < scratch[7] < _ROM_END:
            self.in_boot_loader = True
            self._stopped = True
            return
        self.on_watchdog()
        self._chip.enter_reset(from_watchdog=True)
        self._chip.leave_reset()

    def _listener(self, number: int) -> Callable:
        def changed(new: GPIOPinState, old: GPIOPinState) -> None:
            if new in (GPIOPinState.LOW, GPIOPinState.HIGH):
                level = int(new is GPIOPinState.HIGH)
                self.edges.append((self.now_us, number, level))
                self.on_edge(number, level)
            elif old is GPIOPinState.HIGH:
                self.on_edge(number, 0)

        return changed


_USED = [sum(1 for shift in (0, 2, 4, 6) if byte >> shift & 3) for byte in range(256)]
