"""One RS-485 port: a UART that is never waited for, in one line setting at a time.

What MicroPython 1.25 and the IDF under it do, read in their sources; * seen on the emulated RP2040
too; none of it was seen on a board:
                   RP2040                                 ESP32
    txdone()       ring and FIFO empty, shift register    FIFO empty, sender idle; not the ring:
                   still: the last stop bit has left *    true before the first byte leaves it too
    IRQ_TXIDLE     ring empty, but 4 bytes and the one    there is none
                   being sent have yet to leave
    flush()        asks txdone() in a loop that blocks    blocks until then
    init(b,8,p,s)  resets UART and FIFOs at once, in      waits up to 1 s for the sender, then
                   the middle of a byte too; the ring     sets registers; buffers stay
                   buffers stay, no heap is taken *
So: a timer and txdone() end the driver's hold, and settings change only when nothing is sent.
"""

import machine
from machine import UART, Pin

from reedgate_contract import config as layout
from reedgate_contract.compat import const

# machine.UART's own words for parity: None, 0 (even), 1 (odd).
_PARITY = {layout.PARITY_NONE: None, layout.PARITY_EVEN: 0, layout.PARITY_ODD: 1}
_RX_BUFFER = const(512)
_FAST_BAUD = const(19200)  # above it the silence between two frames is a fixed time
_FAST_SILENCE_US = const(1750)
_LOOKS = const(20)  # some 0.2 ms of them on an RP2040


class Setting:
    """In which baud rate and parity both ends of the line speak."""

    def __init__(self, baud, parity, stop_bits):
        self.baud = baud
        self.parity = parity
        self.stop_bits = stop_bits
        self.bits_per_character = 1 + 8 + (parity != layout.PARITY_NONE) + stop_bits
        self.silence_us = _FAST_SILENCE_US
        if baud <= _FAST_BAUD:  # 3.5 characters, rounded up
            self.silence_us = (3500000 * self.bits_per_character + baud - 1) // baud

    def time_of_ms(self, characters):
        """How long so many characters take on the wire, rounded up."""
        return (characters * self.bits_per_character * 1000 + self.baud - 1) // self.baud


class Rs485:
    look_ms = 1

    def __init__(self, port, baud, parity, stop_bits):
        """port: an entry of the board's PORTS. With a driver_enable, that pin is high while this
        end sends; a port without one has a transceiver that turns itself.
        """
        self.setting = Setting(baud, parity, stop_bits)
        self._settings = [self.setting]
        self._enable = None
        if "driver_enable" in port:
            self._enable = Pin(port["driver_enable"], Pin.OUT, value=0)
            self._timer = machine.Timer(port["timer"])
            self._end_sending = self._sent  # bound once: a poll allocates nothing for it
            self._written = False
        pins = {end: port[end] for end in ("tx", "rx") if end in port}
        self._uart = UART(
            port["uart"],
            baudrate=baud,
            bits=8,
            parity=_PARITY[parity],
            stop=stop_bits,
            timeout=0,  # a blocking time-out would hold up the scan
            rxbuf=_RX_BUFFER,
            **pins,
        )

    def setting_of(self, baud, parity, stop_bits):
        """For `set`; the same one each time, so that nothing is set again without a need."""
        for known in self._settings:
            if (known.baud, known.parity, known.stop_bits) == (baud, parity, stop_bits):
                return known
        self._settings.append(Setting(baud, parity, stop_bits))
        return self._settings[-1]

    def sends(self):
        """Whether a frame is still leaving."""
        if self._enable is None:
            return not self._uart.txdone()
        return self._enable.value() == 1

    def set(self, setting):
        """From here on the line is spoken and heard so. Not while it sends: the frame's rest would
        be lost, or waited for. What was heard before is still there to be read.
        """
        self.setting = setting
        # No more than these, and by position: buffers and pins stay, and no heap is taken.
        self._uart.init(setting.baud, 8, _PARITY[setting.parity], setting.stop_bits)

    @property
    def silence_us(self):
        """That which parts two frames."""
        return self.setting.silence_us

    def any(self):
        return self._uart.any()

    def read_into(self, buffer):
        """What has arrived, up to the size of buffer; gives how many bytes."""
        return self._uart.readinto(buffer) or 0

    def write(self, view):
        if self._enable is None:
            self._uart.write(view)
            return
        # The timer first: it then ends a little before the last stop bit, whatever write() takes.
        self._written = False
        self._enable.value(1)
        self._release_in(self._time_of_us(len(view)))
        self._uart.write(view)
        self._written = True

    def _release_in(self, delay_us):
        # A timer, not a task: it comes between two instructions of whatever runs, and a slave that
        # answers after a few milliseconds must not find the line still driven.
        one_shot = machine.Timer.ONE_SHOT
        self._timer.init(
            mode=one_shot, period=delay_us, tick_hz=1000000, callback=self._end_sending
        )

    def _sent(self, _timer):
        """At the end of a frame, or a little before: what is left is looked for, not waited for.
        Written is asked first: before it the UART has nothing to do either.
        """
        if self._written:
            for _ in range(_LOOKS):
                if self._uart.txdone():
                    self._enable.value(0)
                    return
        self._release_in(self._time_of_us(1) // 2)

    def _time_of_us(self, characters):
        setting = self.setting
        return characters * setting.bits_per_character * 1000000 // setting.baud

    def time_of_ms(self, characters):
        return self.setting.time_of_ms(characters)
