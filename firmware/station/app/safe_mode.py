"""What a station does that must not be trusted with more.

With a readable configuration main.py runs the scan alone, on station.core as ever: every
measurement is unknown, so each gate goes to its trip position; emergency stop, drive protection
and flood contacts act. Without one nothing is driven: the outputs are off since boot.py.
"""

from reedgate_contract.compat import const
from station.console import say
from station.core.ticks import elapsed_ms, later

_SAY_AGAIN_MS = const(10000)  # who plugs in a console later is to read it too
_STEP_MS = const(200)


async def stay_off(clock, reason, each_step):
    """Never ends. each_step(now_ms): the watchdog's feed and the LED."""
    said_ms = None
    while True:
        now_ms = clock.now_ms()
        if said_ms is None or elapsed_ms(now_ms, said_ms) >= _SAY_AGAIN_MS:
            said_ms = now_ms
            say("safe mode, all outputs off:", reason)
        each_step(now_ms)
        await clock.sleep_until(later(now_ms, _STEP_MS))


class Say:
    """The reason on the console while the scan runs, by look()."""

    def __init__(self, reason):
        self._reason = reason
        self._said_s = -1

    def look(self, uptime_s):
        if self._said_s < 0 or uptime_s - self._said_s >= _SAY_AGAIN_MS // 1000:
            self._said_s = uptime_s
            say("safe mode, gates to their trip position:", self._reason)


class _Nothing:
    """A stream into which nothing is written."""

    waiting = 0


class NoJournal:
    """What Store needs of one, where only the latches are kept. kept: whether the flash may."""

    def __init__(self, kept):
        self.events = self.readings = _Nothing()
        self._kept = kept

    def wants_room(self):
        return False

    def keep(self, twin, content):
        if self._kept:
            twin.write(content)
