"""A board's console on simulated lines, in their time: runs on CPython what is sent to a board.

What it gives the code is what the firmware has there: `board.PORTS`, the driver's methods, ticks.
"""

import contextlib
import io
import sys
from types import ModuleType, SimpleNamespace

from reedgate_contract import config as layout
from reedgate_sim.world.line import Line

_PARITIES = {
    layout.PARITY_NONE: "none",
    layout.PARITY_EVEN: "even",
    layout.PARITY_ODD: "odd",
}
_PRINT_US = 1000  # a line over USB


class VirtualBoard:
    """buses: by port. fed: how often its watchdog was, and the longest pause between, in us."""

    def __init__(self, buses):
        self.now_us = 0
        self.buses = buses
        self.longest_unfed_us = self._fed_us = 0
        self._names = {"_w": SimpleNamespace(feed=self._feed)}

    def run(self, code):
        """As a Link's."""
        self._feed()
        said = io.StringIO()
        with self._modules(), contextlib.redirect_stdout(said):
            exec(code, self._names)
        self.now_us += _PRINT_US
        return said.getvalue()

    def _feed(self):
        self.longest_unfed_us = max(self.longest_unfed_us, self.now_us - self._fed_us)
        self._fed_us = self.now_us

    @contextlib.contextmanager
    def _modules(self):
        ports = {name: name for name in self.buses}
        theirs = {
            "board": {"PORTS": ports},
            "station": {},
            "station.drivers": {},
            "station.drivers.rs485": {"Rs485": lambda *words: _Driver(self, *words)},
            "time": {
                "ticks_ms": lambda: self.now_us // 1000,
                "ticks_diff": lambda later, sooner: later - sooner,
                "sleep_ms": self._sleep_ms,
            },
        }
        before = {name: sys.modules.get(name) for name in theirs}
        for name, content in theirs.items():
            module = ModuleType(name)
            vars(module).update(content)
            sys.modules[name] = module
        try:
            yield
        finally:
            for name, module in before.items():
                if module is None:
                    del sys.modules[name]
                else:
                    sys.modules[name] = module

    def _sleep_ms(self, count):
        self.now_us += count * 1000


class _Driver:
    def __init__(self, board, port, baud, parity, stop_bits):
        self._board = board
        self._bus = board.buses[port]
        self._line = Line(baud, _PARITIES[parity], stop_bits)
        self._arrived = b""

    def write(self, data):
        self._bus.transmit(self._board.now_us, data, self._line)

    def read_into(self, buffer):
        self._arrived += self._bus.receive(self._board.now_us)
        lump, self._arrived = self._arrived[: len(buffer)], self._arrived[len(buffer) :]
        buffer[: len(lump)] = lump
        return len(lump)

    def time_of_ms(self, characters):
        return -(-self._line.time_us(characters) // 1000)
