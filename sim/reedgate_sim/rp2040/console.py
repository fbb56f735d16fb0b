"""The chip's USB console: what it printed, and a keyboard.

A host with nothing to say keeps the chip waiting. The emulator's own (rp2040py 0.3.6) sends an
empty packet every 10 µs instead, and the chip is never idle; hence the hook on its reads.
"""

from rp2040py.usb.cdc import USBCDC

_PACKET_SIZE = 64


class Console:
    """printed: since power-up, over all resets."""

    def __init__(self, controller):
        self.printed = bytearray()
        self._controller = controller
        self._typed = bytearray()  # not yet fetched by the chip
        self._asked_size = 0  # of the read that the chip waits in; 0: none
        self._host = USBCDC(controller)
        self._host.on_serial_data = self.printed.extend
        self._answer_setup = controller.on_endpoint_read
        controller.on_endpoint_read = self._asked
        self._forget_setup = controller.on_reset
        controller.on_reset = self._reset

    @property
    def connected(self) -> bool:
        """Whether a host has the port: not yet after a start, no more after a reset."""
        return self._host.dtr

    def type(self, data: bytes) -> None:
        """Goes to the chip as it fetches it; lost when the chip resets, as on a real port."""
        self._typed += data
        self._give()

    def _asked(self, endpoint: int, size: int) -> None:
        if endpoint != self._host._out_endpoint:
            self._answer_setup(endpoint, size)
            return
        self._asked_size = size
        self._give()

    def _give(self) -> None:
        if not self._asked_size or not self._typed:
            return
        size = min(self._asked_size, _PACKET_SIZE)
        packet = bytes(self._typed[:size])
        del self._typed[:size]
        self._asked_size = 0
        self._controller.endpoint_read_done(self._host._out_endpoint, packet)

    def _reset(self) -> None:
        self._typed.clear()
        self._asked_size = 0
        self._forget_setup()
