"""One RS-485 port: a UART that is never waited for."""

from machine import UART

from reedgate_contract import config as layout
from reedgate_contract.compat import const

# machine.UART's own words for parity: None, 0 (even), 1 (odd).
_PARITY = {layout.PARITY_NONE: None, layout.PARITY_EVEN: 0, layout.PARITY_ODD: 1}
_RX_BUFFER = const(512)


class Rs485:
    look_ms = 1

    def __init__(self, port, baud, parity, stop_bits):
        """port: an entry of the board's PORTS."""
        self.baud = baud
        self.bits_per_character = 1 + 8 + (parity != layout.PARITY_NONE) + stop_bits
        self._uart = UART(
            port["uart"],
            baudrate=baud,
            bits=8,
            parity=_PARITY[parity],
            stop=stop_bits,
            timeout=0,  # a blocking time-out would hold up the scan
            rxbuf=_RX_BUFFER,
        )

    def any(self):
        return self._uart.any()

    def read_into(self, buffer):
        """What has arrived, up to the size of buffer; gives how many bytes."""
        return self._uart.readinto(buffer) or 0

    def write(self, view):
        self._uart.write(view)

    def time_of_ms(self, characters):
        """How long so many characters take on the wire, rounded up."""
        return (characters * self.bits_per_character * 1000 + self.baud - 1) // self.baud
