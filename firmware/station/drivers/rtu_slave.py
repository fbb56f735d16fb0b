"""Modbus RTU slave of one port: frames for one unit come in whole, answers go out.

A frame ends with silence. What is for another unit, for all of them, or not sound is passed over
without a word; the master's time-out is its answer.
"""

from reedgate_contract.compat import const
from station.core import rtu_frame, slave_frame
from station.core.ticks import elapsed_ms, later

_LUMP = const(64)
_SILENT_CHARACTERS = const(4)  # 3.5 on the line, rounded up to whole ones
_LEAST_SILENCE_MS = const(2)  # above 19200 baud the silence between frames is 1.75 ms
_JITTER_MS = const(2)  # how much later than the line the UART may show a byte
_ECHO_MS = const(50)  # until when; no master asks so soon again
_WHILE_MS = const(60000)  # nobody asks: look at the clock again


class RtuSlave:
    def __init__(self, port, clock, unit_id):
        """port: an Rs485, or anything with its methods."""
        self.received = bytearray(rtu_frame.MAX_ADU)  # of the last request
        self.adu = bytearray(rtu_frame.MAX_ADU)  # where the answer is built
        self._view = memoryview(self.adu)
        self._port = port
        self._clock = clock
        self._unit_id = unit_id
        self._lump = bytearray(_LUMP)
        silence_ms = max(port.time_of_ms(_SILENT_CHARACTERS), _LEAST_SILENCE_MS)
        self._gap_ms = silence_ms + _JITTER_MS
        self._echo_left = self._echo_size = 0  # bytes of the answer that may come back
        self._echo_until_ms = 0

    async def request(self):
        """Wait for the next frame for this unit; gives its size. It stands in `received`."""
        clock = self._clock
        while True:
            size = 0
            until_ms = later(clock.now_ms(), _WHILE_MS)
            while await clock.wait_readable(self._port, until_ms):
                size = self._take_in(size)
                until_ms = later(clock.now_ms(), self._gap_ms)
            self._echo_left = 0  # silence ends an echo too, also one that was cut off
            size = slave_frame.size_for(self.received, size, self._unit_id)
            if size:
                return size

    def _take_in(self, size):
        """Append what has arrived; gives the size, which counts what found no room too."""
        lump = self._lump
        count = self._port.read_into(lump)
        for index in range(count):
            if self._echo_left:
                size = self._without_echo(size, lump[index])
            else:
                size = self._append(size, lump[index])
        return size

    def _append(self, size, value):
        if size < rtu_frame.MAX_ADU:
            self.received[size] = value
            return size + 1
        return rtu_frame.MAX_ADU + 1  # one too many says as much as any more

    def _without_echo(self, size, value):
        """A transceiver whose receiver is never off hears the answer, which would be obeyed."""
        at = self._echo_size - self._echo_left
        late = at == 0 and elapsed_ms(self._clock.now_ms(), self._echo_until_ms) > 0
        if not late and self.adu[at] == value:
            self._echo_left -= 1
            return size
        self._echo_left = 0
        for index in range(at):  # it only began like one
            size = self._append(size, self.adu[index])
        return self._append(size, value)

    def answer(self, size):
        """Send the first bytes of `adu`.

        A master that speaks again has given this answer up: it would take it for the next one's.
        """
        if self._port.any():
            return
        self._port.write(self._view[:size])
        self._echo_left = self._echo_size = size
        over_ms = self._port.time_of_ms(size) + _ECHO_MS
        self._echo_until_ms = later(self._clock.now_ms(), over_ms)
