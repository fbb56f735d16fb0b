"""A start proves itself: it has scanned on time for the trial, fed by all of its evidence.

Only then is it a good start, and its configuration the last good one. A start whose evidence fails
does not get here, the watchdog ends it; one that is late too often is tried again.
"""

from reedgate_contract.compat import const

TRIAL_S = const(120)
_LATE_ONE_IN = const(10)  # more scans than this share late: not on time


class Trial:
    """`due`: something is to be written. copy: of the configuration, or None if it is kept."""

    def __init__(self, guard, copy):
        self.due = False
        self._guard = guard
        self._copy = copy
        self._over = False
        self._until_s = TRIAL_S
        self._count = 0
        self._overruns = 0

    def look(self, uptime_s, scan):
        """Once a scan, after it."""
        if self._over or uptime_s < self._until_s:
            return
        scans = scan.count - self._count
        late = scan.overruns - self._overruns
        if late * _LATE_ONE_IN <= scans:
            self._over = True
            self.due = True
        else:
            self._until_s = uptime_s + TRIAL_S
            self._count = scan.count
            self._overruns = scan.overruns

    def step(self):
        """A piece of the copy, or the last: the guard is told. May raise OSError, and go on."""
        if self._copy is not None:
            if self._copy.step():
                self._copy = None
            return
        self._guard.prove()
        self.due = False
