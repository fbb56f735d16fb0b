"""The line behind an RS-485 port of a board: asked by the firmware's own driver, over its console.

The board is held (see `device.link`): the station stands still, its outputs are off. A few
requests go in one lump; its watchdog is fed before each.
"""

import math
from collections.abc import Iterable, Iterator

from reedgate_boards.device.link import Link
from reedgate_boards.finder.judge import Fault
from reedgate_boards.finder.plan import Setting
from reedgate_boards.finder.serial_line import LONGEST, SHORTEST
from reedgate_contract.config import PARITY_EVEN, PARITY_NONE, PARITY_ODD

_LUMP = 8  # requests
_MOST_MS = 3000  # of listening to a line that is never silent; less than the watchdog's time
_SLICE_MS = 250  # of listening; between two the UART goes on
_SETUP = f"""import binascii, board, time
from station.drivers.rs485 import Rs485
_parities = {{'none': {PARITY_NONE}, 'even': {PARITY_EVEN}, 'odd': {PARITY_ODD}}}
_buffer = bytearray(512)
def _set(name, baud, parity):
    global _port
    _port = Rs485(board.PORTS[name], baud, _parities[parity], 1)
def _hear(wait_ms, gap_ms, request):
    _w.feed()
    raw, left, begin = b'', wait_ms, time.ticks_ms()
    while len(raw) < {LONGEST} and time.ticks_diff(time.ticks_ms(), begin) < {_MOST_MS}:
        time.sleep_ms(left)  # meanwhile the UART puts by what comes
        size = _port.read_into(_buffer)
        if not size:
            break
        raw += _buffer[:size]
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
    echo_fault = Fault.BOARD_ECHO
    latency_ms = 4  # its ticks, and the interrupt of a UART that waits whether more comes

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
        """In slices: a board that says nothing for long is taken for lost."""
        slices = [f"_hear({_SLICE_MS}, {_SLICE_MS}, b'')"] * math.ceil(ms / _SLICE_MS)
        return b"".join(_raws(self._link.run(each))[0] for each in slices)

    def ask(self, requests: Iterable[bytes], wait_ms: float) -> Iterator[bytes]:
        requests = list(requests)
        for at in range(0, len(requests), _LUMP):
            lump = requests[at : at + _LUMP]
            yield from _raws(self._link.run(f"_ask({lump!r}, {wait_ms:.0f}, {self._waits})"))


def _raws(said: str) -> list[bytes]:
    lines = [line for line in said.splitlines() if line.startswith("=")]
    return [bytes.fromhex(line[1:].strip()) for line in lines]
