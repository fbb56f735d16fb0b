"""For tests on MicroPython: a serial line with byte times, in the time of a FakeClock.

It is the port that a Modbus RTU master is given, and the slaves behind it.
"""


class Line:
    """An RS-485 line with slaves, one byte after the other. `slave(request)` says what is
    answered: [(pause_us, bytes)], the first pause counted from the end of the request.
    """

    look_ms = 1

    def __init__(self, clock, slave, baud=9600):
        self.requests = []  # (us, bytes)
        self.heard_us = 0  # when the last byte that was read had arrived
        self._baud = baud
        self.silence_us = self._time_us(35) // 10 + 1 if baud <= 19200 else 1750
        self._clock = clock
        self._slave = slave
        self._bytes = []  # (arrival_us, byte), earliest first

    def time_of_ms(self, characters):
        return (characters * 10 * 1000 + self._baud - 1) // self._baud

    def write(self, view):
        request = bytes(view)
        self.requests.append((self._clock.us, request))
        self.arrive(self._clock.us + self._time_us(len(request)), self._slave(request))

    def arrive(self, at_us, pieces):
        for pause_us, data in pieces:
            at_us += pause_us
            for byte in data:
                at_us += self._time_us(1)
                self._bytes.append((at_us, byte))
        self._bytes.sort(key=lambda pair: pair[0])

    def _time_us(self, count):
        return count * 10 * 1000000 // self._baud

    def next_us(self):
        """When a port that is looked at each millisecond shows its next byte."""
        if not self._bytes:
            return 1 << 60
        return (self._bytes[0][0] + 999) // 1000 * 1000

    def any(self):
        return sum(1 for at_us, _ in self._bytes if at_us <= self._clock.us)

    def read_into(self, buffer):
        size = min(self.any(), len(buffer))
        for index in range(size):
            self.heard_us, buffer[index] = self._bytes[index]
        del self._bytes[:size]
        return size
