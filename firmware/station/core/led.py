"""The board's LED: so many short flashes, then a pause: docs/safe-mode.md tells the numbers.

Dark means no power or no program, lit without a pause a program that hangs.
"""

from reedgate_contract.compat import const
from station.core.ticks import elapsed_ms

RUNNING = const(1)
GATE_FAULT = const(2)  # emergency stop, or a drive's fault
OLD_CONFIG = const(3)  # config.bin cannot be used, the last good one runs
CRASH_LOOP = const(4)  # safe mode
UNFIT = const(5)  # safe mode: no littlefs, or MicroPython too old
NO_CONFIG = const(6)  # outputs off: no configuration that can be read
GIVEN_UP = const(7)  # outputs off: safe mode came to a bad end too
SERVICE = const(8)  # it stands, or ends: gates obey the buttons and may move

_FLASH_MS = const(200)  # a scan or more, so that none is missed
_PAUSE_MS = const(1600)


class Led:
    """level() is 1 while it is to be lit; asked once a scan, it allocates nothing."""

    def __init__(self, code):
        self.code = code
        self._since_ms = None  # of this round
        self._shown = code  # a round is finished as it began, or nobody could count it

    def level(self, now_ms):
        if self._since_ms is None:
            self._since_ms = now_ms
        passed_ms = elapsed_ms(now_ms, self._since_ms)
        if passed_ms >= 2 * _FLASH_MS * self._shown + _PAUSE_MS:
            self._since_ms = now_ms
            self._shown = self.code
            passed_ms = 0
        lit = passed_ms // _FLASH_MS
        return 1 if lit < 2 * self._shown and not lit & 1 else 0


def code_of(station, code):
    """What the LED tells while the scan runs: a fault at the gates before all is well."""
    if code != RUNNING:
        return code
    if station.service.standing:
        return SERVICE
    if station.stopped:
        return GATE_FAULT
    for gate in station.gates:
        if gate.drive.fault:
            return GATE_FAULT
    return code
