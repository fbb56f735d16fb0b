"""Keeps the tasks alive and feeds the watchdog, but only on evidence that they are."""

from reedgate_contract.compat import const
from station.console import say, say_exception
from station.core.ticks import elapsed_ms, later

_RESTART_MS = const(1000)


class Evidence:
    """A counter that has to grow within its deadline; read() gives the counter."""

    def __init__(self, read, deadline_ms):
        self._read = read
        self._deadline_ms = deadline_ms
        self._seen = -1
        self._seen_ms = 0

    def alive(self, now_ms):
        count = self._read()
        if count != self._seen:
            self._seen = count
            self._seen_ms = now_ms
            return True
        return elapsed_ms(now_ms, self._seen_ms) <= self._deadline_ms


class Supervisor:
    def __init__(self, watchdog, evidence):
        self._watchdog = watchdog
        self._evidence = evidence

    def feed(self, now_ms):
        """Called in the scan's housekeeping slot: a scan that does not come feeds nothing."""
        for proof in self._evidence:
            if not proof.alive(now_ms):
                return
        self._watchdog.feed()


async def keep_running(name, clock, start):
    """A task that must not end. Whatever stops it is told, and it starts again."""
    while True:
        try:
            await start()
        except Exception as problem:
            say("task", name, "failed and starts again:")
            say_exception(problem)
        await clock.sleep_until(later(clock.now_ms(), _RESTART_MS))


async def run_or_stop(scan, after_scan, outputs):
    """The scan. If it fails the outputs go off first; no feed follows, so the watchdog resets."""
    try:
        await scan.run(after_scan)
    except Exception as problem:
        outputs.make_safe()
        say("scan failed, outputs off:")
        say_exception(problem)
        raise
