"""How far a gate is open, reckoned from how long it was driven since it was last at a switch."""

from reedgate_contract import codes
from reedgate_contract.compat import const
from station.core.drive import CLOSING, OPENING
from station.core.ticks import elapsed_ms

UNKNOWN = const(-1)
WIDE_OPEN = const(1000)
_STROKES = const(3)  # so many of them without a switch: nobody knows any more


class Opening:
    """`permille`: 0 closed, 1000 open, UNKNOWN since a start or too long without a switch."""

    def __init__(self, travel_ms):
        self.permille = UNKNOWN
        self._travel_ms = travel_ms
        self._at_ms = 0
        self._driven_ms = 0
        self._last_ms = None

    def scan(self, now_ms, drive):
        """Once a scan, before the drive's next step."""
        passed_ms = 0 if self._last_ms is None else elapsed_ms(now_ms, self._last_ms)
        self._last_ms = now_ms
        position = drive.position
        if position == codes.POSITION_CLOSED:
            self._is_at(0, 0)
        elif position == codes.POSITION_OPEN:
            self._is_at(self._travel_ms, WIDE_OPEN)
        elif position == codes.POSITION_UNKNOWN:
            self.permille = UNKNOWN
        elif self.permille != UNKNOWN and drive.direction:
            self._moves(passed_ms, drive.direction)

    def _is_at(self, at_ms, permille):
        self._at_ms = at_ms
        self.permille = permille
        self._driven_ms = 0

    def _moves(self, passed_ms, direction):
        self._driven_ms += passed_ms
        if direction == OPENING:
            self._at_ms = min(self._at_ms + passed_ms, self._travel_ms)
        elif direction == CLOSING:
            self._at_ms = max(self._at_ms - passed_ms, 0)
        self.permille = self._at_ms * WIDE_OPEN // self._travel_ms
        if self._driven_ms >= _STROKES * self._travel_ms:
            self.permille = UNKNOWN
