"""A UART of the emulated RP2040 that takes its time on the line.

The emulator's own (rp2040py 0.3.6) sends a byte in no time, is never busy, and raises its transmit
interrupt again at each clearing, in which MicroPython's machine.UART hangs. This one is written
from the data sheet of the part, ARM's PL011: FIFOs of 32 with their levels, the interrupts on
crossing them, the receive time-out, and bits of the set baud rate. No modem lines, no DMA.
"""

from collections import deque
from collections.abc import Callable

from rp2040py.peripherals.peripheral import BasePeripheral

CLOCK_HZ = 48_000_000  # of the peripherals, as MicroPython sets it
BASES = (0x40034, 0x40038)  # pages of the address space

_DR, _RSR, _FR, _IBRD, _FBRD, _LCR_H, _CR = 0x00, 0x04, 0x18, 0x24, 0x28, 0x2C, 0x30
_IFLS, _IMSC, _RIS, _MIS, _ICR, _DMACR = 0x34, 0x38, 0x3C, 0x40, 0x44, 0x48
_BUSY, _RX_EMPTY, _TX_FULL, _RX_FULL, _TX_EMPTY = 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7
_RX, _TX, _RX_TIMEOUT, _OVERRUN = 1 << 4, 1 << 5, 1 << 6, 1 << 10
_PARITY, _EVEN, _TWO_STOPS, _FIFO = 1 << 1, 1 << 2, 1 << 3, 1 << 4
_ENABLED, _TX_ENABLED, _RX_ENABLED = 1 << 0, 1 << 8, 1 << 9
_LEVELS = (4, 8, 16, 24, 28)  # eighths of the FIFO: 1, 2, 4, 6, 7
_TIMEOUT_BITS = 32
# What the part says of itself, so that drivers know it.
_IDENTITY = dict(
    zip(range(0xFE0, 0x1000, 4), (0x11, 0x10, 0x34, 0, 0x0D, 0xF0, 0x05, 0xB1), strict=True)
)


class Uart(BasePeripheral):
    """on_sent(byte) is called when its last bit has left."""

    def __init__(self, chip, number: int):
        replaced = chip.uart[number]
        super().__init__(chip, replaced.name)
        self.irq = replaced.irq
        self.dreq = replaced.dreq
        self.on_sent: Callable[[int], None] = lambda _: None
        self._sending = chip.clock.create_alarm(self._sent)
        self._silence = chip.clock.create_alarm(self._timed_out)
        self.reset()
        chip.uart[number] = self
        chip.peripherals[BASES[number]] = self

    def reset(self) -> None:
        self._registers = {_IBRD: 0, _FBRD: 0, _LCR_H: 0, _CR: 0x300, _IFLS: 0x12, _IMSC: 0}
        self._registers[_DMACR] = 0
        self._pending = 0
        self._out: deque[int] = deque()
        self._in: deque[int] = deque()
        self._shifted: int | None = None  # the byte on the line
        for alarm in (self._sending, self._silence):
            alarm.cancel()

    @property
    def bit_ns(self) -> float:
        divisor = self._registers[_IBRD] + self._registers[_FBRD] / 64
        return 16e9 * max(divisor, 1) / CLOCK_HZ

    @property
    def character_ns(self) -> float:
        line = self._registers[_LCR_H]
        stops = 2 if line & _TWO_STOPS else 1
        return self.bit_ns * (1 + 5 + (line >> 5 & 3) + bool(line & _PARITY) + stops)

    @property
    def settings(self) -> tuple[int, str, int]:
        """(baud, parity, stop bits) as the program has set them."""
        line = self._registers[_LCR_H]
        even = "even" if line & _EVEN else "odd"
        stop_bits = 2 if line & _TWO_STOPS else 1
        return round(1e9 / self.bit_ns), even if line & _PARITY else "none", stop_bits

    def _depth(self) -> int:
        return 32 if self._registers[_LCR_H] & _FIFO else 1

    def _level(self, shift: int) -> int:
        if not self._registers[_LCR_H] & _FIFO:
            return 1 if shift else 0  # one received; all sent
        return _LEVELS[min(self._registers[_IFLS] >> shift & 7, len(_LEVELS) - 1)]

    def _raise(self, bits: int) -> None:
        self._pending |= bits
        self._tell()

    def _clear(self, bits: int) -> None:
        self._pending &= ~bits
        self._tell()

    def _tell(self) -> None:
        self.rp2040.set_interrupt(self.irq, bool(self._pending & self._registers[_IMSC]))

    def _send(self, byte: int) -> None:
        control = self._registers[_CR]
        if not (control & _ENABLED and control & _TX_ENABLED):
            return
        if len(self._out) < self._depth():
            self._out.append(byte)
        if len(self._out) > self._level(0):
            self._clear(_TX)
        if self._shifted is None:
            self._shift()

    def _shift(self) -> None:
        before = len(self._out)
        self._shifted = self._out.popleft()
        if before == self._level(0) + 1:  # the interrupt is on crossing, not on being below
            self._raise(_TX)
        self._sending.schedule(self.character_ns)

    def _sent(self) -> None:
        byte, self._shifted = self._shifted, None
        if self._out:
            self._shift()
        self.on_sent(byte)

    def receive(self, byte: int) -> None:
        """Its last bit has just arrived: whoever sends takes the line's time."""
        control = self._registers[_CR]
        if not (control & _ENABLED and control & _RX_ENABLED):
            return
        if len(self._in) >= self._depth():
            self._raise(_OVERRUN)
            return
        self._in.append(byte)
        self._silence.schedule(_TIMEOUT_BITS * self.bit_ns)
        if len(self._in) >= self._level(3):
            self._raise(_RX)

    def _timed_out(self) -> None:
        if self._in:
            self._raise(_RX_TIMEOUT)

    def _take(self) -> int:
        byte = self._in.popleft() if self._in else 0
        done = 0 if len(self._in) >= self._level(3) else _RX
        if not self._in:
            done |= _RX_TIMEOUT
            self._silence.cancel()
        self._clear(done)
        return byte

    def _flags(self) -> int:
        flags = 0 if self._in else _RX_EMPTY
        flags |= 0 if self._out else _TX_EMPTY
        flags |= _RX_FULL if len(self._in) >= self._depth() else 0
        flags |= _TX_FULL if len(self._out) >= self._depth() else 0
        return flags | (_BUSY if self._shifted is not None else 0)

    def read_uint32(self, offset: int) -> int:
        if offset == _DR:
            return self._take()
        if offset == _FR:
            return self._flags()
        if offset == _RIS:
            return self._pending
        if offset == _MIS:
            return self._pending & self._registers[_IMSC]
        if offset in self._registers:
            return self._registers[offset]
        return _IDENTITY.get(offset, 0)

    def write_uint32(self, offset: int, value: int) -> None:
        if offset == _DR:
            self._send(value & 0xFF)
        elif offset == _ICR:
            self._clear(self.raw_write_value)  # what was written, whatever the alias
        elif offset in self._registers:
            self._registers[offset] = value
            self._tell()
