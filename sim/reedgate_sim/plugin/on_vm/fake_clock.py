"""For tests on MicroPython: a clock without an event loop.

It moves only when somebody waits, so a coroutine runs to its end in one send(). Code that takes
its clock as an argument, with `now_ms`, `sleep_until` and `wait_readable`, is tested in no time.
"""

TICKS_PERIOD = 1 << 30  # as time.ticks_ms() of a 32-bit board counts, in milliseconds
_MOST_TURNS = 200  # at one instant: then somebody spins, and on a board nothing else would run


class _Suspend:
    """Awaited, it gives control back to the test, once."""

    def __init__(self):
        self._over = False

    def __iter__(self):
        return self

    def __next__(self):
        if self._over:
            raise StopIteration
        self._over = True


class FakeClock:
    """`us`: microseconds of the test so far. first_ms: what now_ms() says at its start."""

    def __init__(self, first_ms=0):
        self.us = 0
        self.end_us = None
        self._first_ms = first_ms
        self._events = []  # (us, action)
        self._turns = 0

    def now_ms(self):
        return (self._first_ms + self.us // 1000) % TICKS_PERIOD

    def now_us(self):
        return (self._first_ms * 1000 + self.us) % TICKS_PERIOD

    def at_ms(self, at_ms, action):
        """Do something when so many milliseconds of the test have passed."""
        self._events.append((at_ms * 1000, action))
        self._events.sort(key=lambda event: event[0])

    async def sleep_until(self, tick_ms):
        await self._go_to(self._us_of(tick_ms))

    async def wait_readable(self, source, deadline_ms):
        deadline_us = self._us_of(deadline_ms)
        while not source.any():
            if self.us >= deadline_us:
                return False
            await self._go_to(min(deadline_us, self._next_us(source)))
        self._turns += 1
        assert self._turns < _MOST_TURNS, "spins: no other task would ever run"
        return True

    def _us_of(self, tick_ms):
        half = TICKS_PERIOD // 2
        left_ms = (tick_ms - self.now_ms() + half) % TICKS_PERIOD - half
        return self.us // 1000 * 1000 + left_ms * 1000 if left_ms > 0 else self.us

    def _next_us(self, source):
        times = [self._events[0][0]] if self._events else []
        if hasattr(source, "next_us"):
            times.append(source.next_us())
        return min(times) if times else 1 << 60

    async def _go_to(self, us):
        while self.end_us is not None and us > self.end_us:
            self.move_to(self.end_us)
            await _Suspend()
        self.move_to(us)

    def move_to(self, us):
        """Time passes, and what was to happen meanwhile happens."""
        while self._events and self._events[0][0] <= us:
            at_us, action = self._events.pop(0)
            self._be(at_us)
            action()
        self._be(us)

    def _be(self, us):
        if us > self.us:
            self.us = us
            self._turns = 0


def run(coroutine):
    """A coroutine that waits only on a FakeClock, to its end; gives what it returns."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("waits for something that is not the fake clock")


def run_for(clock, coroutine, for_ms):
    """A coroutine that never ends, for a time; call it again to let it go on."""
    clock.end_us = clock.us + for_ms * 1000
    try:
        coroutine.send(None)
    except StopIteration:
        raise AssertionError("it ended, which it never should") from None
