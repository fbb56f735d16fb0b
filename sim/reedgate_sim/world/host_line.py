"""The line on which a station is the slave: whoever polls it speaks by `say` and hears `heard`.

For a discrete-event loop like `bus`, which calls the same methods. Bytes take their time; which
frames they are is the far end's affair.
"""

from reedgate_sim.world.faults import FOREVER_US
from reedgate_sim.world.line import Line


class HostLine:
    """heard: [(us of the last byte, frame)] of all that the station has sent, oldest first."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, bytes]] = []
        self.line: Line | None = None  # as the station has set it, since it has spoken
        self._under_way: list[tuple[int, bytes]] = []

    def say(self, now_us: int, data: bytes, line: Line) -> None:
        """The far end sends; each byte arrives when it is over."""
        self._under_way += [
            (now_us + line.time_us(number + 1), data[number : number + 1])
            for number in range(len(data))
        ]

    def transmit(
        self, now_us: int, data: bytes, line: Line, _released_us: int | None = None
    ) -> None:
        self.line = line
        self.heard.append((now_us + line.time_us(len(data)), data))

    def next_event_us(self) -> int:
        return self._under_way[0][0] if self._under_way else FOREVER_US

    def receive(self, now_us: int) -> bytes:
        arrived = b""
        while self._under_way and self._under_way[0][0] <= now_us:
            arrived += self._under_way.pop(0)[1]
        return arrived
