"""A serial port as pyserial has them, on the simulator's line and in its time: no wait is real."""

from reedgate_sim.world.line import Line

_PARITIES = {"N": "none", "E": "even", "O": "odd"}


class VirtualPort:
    def __init__(self, bus):
        self.bus = bus
        self.now_us = 0
        self.baudrate, self.parity, self.timeout = 9600, "N", None
        self.asked = []  # [((baud, parity), request)]
        self._arrived = b""

    @property
    def line(self):
        return Line(self.baudrate, _PARITIES[self.parity])

    @property
    def in_waiting(self):
        self._arrived += self.bus.receive(self.now_us)
        return len(self._arrived)

    def write(self, data):
        self.asked.append(((self.line.baud, self.line.parity), data))
        self.bus.transmit(self.now_us, data, self.line)

    def read(self, size):
        end_us = self.now_us + round(self.timeout * 1e6)
        while self.in_waiting < size and self.now_us < end_us:
            self.now_us = min(self.bus.next_event_us(), end_us)
        data, self._arrived = self._arrived[:size], self._arrived[size:]
        return data

    def close(self):
        pass
