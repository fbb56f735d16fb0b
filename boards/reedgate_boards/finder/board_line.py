"""The line behind an RS-485 port of a board: asked by the firmware's own driver, over its console.

The board is held (see `device.link`): the station stands still, its outputs are off. A few
requests go in one lump; its watchdog is fed before each.
"""

import math
from collections.abc import Iterable, Iterator

from reedgate_boards.device.link import Link
from reedgate_boards.finder.plan import Setting
from reedgate_boards.finder.serial_line import LONGEST, SHORTEST

_LUMP = 4  # requests
_MOST_MS = 3000  # of listening to a line that is never silent; less than the watchdog's time
_LOOK_MS = 5  # between two looks at what the UART has put by; it has room for 40 ms at 115200
_SETUP = f"""import binascii, board, time
from reedgate_contract import config as _layout
from station.drivers.rs485 import Rs485
_parities = {{'none': _layout.PARITY_NONE, 'even': _layout.PARITY_EVEN, 'odd': _layout.PARITY_ODD}}
_buffer = bytearray(512)
def _set(name, baud, parity):
    global _port
    _port = Rs485(board.PORTS[name], baud, _parities[parity], 1)
def _hear(wait_ms, gap_ms, request):
    _w.feed()
    raw, left = b'', wait_ms
    since = begin = time.ticks_ms()
    while time.ticks_diff(time.ticks_ms(), since) < left and len(raw) < {LONGEST}:
        if time.ticks_diff(time.ticks_ms(), begin) > {_MOST_MS}:
            break
        time.sleep_ms({_LOOK_MS})
        size = _port.read_into(_buffer)
        if size:
            raw += _buffer[:size]
            since = time.ticks_ms()
            left = wait_ms if len(raw) < {SHORTEST} or raw == request else gap_ms
    print('=', binascii.hexlify(raw).decode())
def _ask(requests, wait_ms, gap_ms, silent_ms):
    for request in requests:
        time.sleep_ms(silent_ms)
        _port.read_into(_buffer)
        _port.write(request)
        _hear(wait_ms + _port.time_of_ms(len(request)), gap_ms, request)
"""
_PORTS = "import board\nprint(' '.join(sorted(board.PORTS)))"


def ports_of(link: Link) -> list[str]:
    """The names of the board's RS-485 ports."""
    return link.run(_PORTS).split()


class BoardLine:
    latency_ms = 8  # a look, and four characters until the UART gives away what it has

    def __init__(self, link: Link, name: str):
        self._link = link
        self.name = name
        self._waits = ""
        link.run(_SETUP)

    def set(self, setting: Setting) -> None:
        gap_ms = math.ceil(setting.silence_ms + setting.time_ms(4)) + self.latency_ms
        self._waits = f"{gap_ms}, {math.ceil(setting.silence_ms)}"
        self._link.run(f"_set({self.name!r}, {setting.baud}, {setting.parity!r})")

    def listen(self, ms: float) -> bytes:
        return _raws(self._link.run(f"_hear({ms:.0f}, {ms:.0f}, b'')"))[0]

    def ask(self, requests: Iterable[bytes], wait_ms: float) -> Iterator[bytes]:
        requests = list(requests)
        for at in range(0, len(requests), _LUMP):
            lump = requests[at : at + _LUMP]
            yield from _raws(self._link.run(f"_ask({lump!r}, {wait_ms:.0f}, {self._waits})"))


def _raws(said: str) -> list[bytes]:
    lines = [line for line in said.splitlines() if line.startswith("=")]
    return [bytes.fromhex(line[1:].strip()) for line in lines]
