"""A line on which others speak, for a VirtualPort that only listens, at the right speed or not."""

from reedgate_sim.world.faults import FOREVER_US
from reedgate_sim.world.line import Line, heard, levels_of, upside_down

_IDLE_BITS = 12


class Overheard:
    """frames: [(us of the first bit, bytes)], said again each `every_us`.

    swapped: the listener's two wires. port: whose settings count; set it when it is there.
    """

    def __init__(self, frames, every_us, line, *, swapped=False):
        self.port = None
        self._frames = frames
        self._every_us = every_us
        self._line = line
        self._swapped = swapped
        self._round_us = 0
        self._coming = []

    def next_event_us(self):
        if not self._coming:
            self._say()
        return self._coming[0][0]

    def receive(self, now_us):
        arrived = b""
        while self.next_event_us() <= now_us:
            arrived += bytes((self._coming.pop(0)[1],))
        return arrived

    def transmit(self, *_):
        raise AssertionError("a listener sends nothing")

    def _say(self):
        for at_us, data in self._frames:
            levels = levels_of(data, self._line)
            if self._swapped:
                levels = upside_down(levels) + [0] * _IDLE_BITS
            begin_us = self._round_us + at_us
            for each in heard(levels, self._line, self.port.line if self.port else Line()):
                self._coming.append((begin_us + each.end_us, each.value))
        self._round_us += self._every_us
        self._coming = self._coming or [(FOREVER_US, 0)]
