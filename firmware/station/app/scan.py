"""The scan: read, decide, drive, note; always in this order, always on time."""

from reedgate_contract.compat import const
from station.core.ticks import elapsed_ms, later

_SECOND_MS = const(1000)


class Uptime:
    """Time since the start in seconds and the rest in ms, extended from ticks once a scan."""

    def __init__(self, now_ms):
        self.seconds = 0
        self.rest_ms = 0
        self._last_ms = now_ms

    def advance(self, now_ms):
        self.rest_ms += elapsed_ms(now_ms, self._last_ms)
        self._last_ms = now_ms
        while self.rest_ms >= _SECOND_MS:
            self.rest_ms -= _SECOND_MS
            self.seconds += 1


class Scan:
    """Runs the station for ever. `count` grows by one each scan: evidence for the watchdog."""

    def __init__(self, clock, station, inputs, outputs, uptime, notes, scan_ms):
        """notes: what looks at each decision in turn, by note()."""
        self.count = 0
        self.overruns = 0
        self._clock = clock
        self._station = station
        self._inputs = inputs
        self._outputs = outputs
        self._uptime = uptime
        self._notes = notes
        self._scan_ms = scan_ms

    async def run(self, after_scan):
        """after_scan(now_ms): the housekeeping slot, when everything else of the scan is done."""
        clock = self._clock
        uptime = self._uptime
        inputs = self._inputs
        outputs = self._outputs
        station = self._station
        notes = self._notes
        due_ms = clock.now_ms()
        while True:
            now_ms = clock.now_ms()
            uptime.advance(now_ms)
            outputs.write(station.decide(now_ms, inputs.read()))
            for each in notes:
                each.note()
            self.count += 1
            after_scan(now_ms)
            due_ms = later(due_ms, self._scan_ms)
            if elapsed_ms(clock.now_ms(), due_ms) > 0:
                self.overruns += 1  # late: go on from here, never catch up in a burst
                due_ms = clock.now_ms()
            await clock.sleep_until(due_ms)
