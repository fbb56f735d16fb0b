"""Monotonic milliseconds that wrap at 2**30, and conditions that must stand for a time.

A difference of ticks is valid below 2**29 ms (6.2 days). Whatever may stand longer is evaluated
every scan and saturates: see Hold.
"""

from reedgate_contract.compat import const

TICKS_MASK = const(0x3FFFFFFF)
_HALF = const(0x20000000)
_MASK = const(0x3FFFFFFF)


def elapsed_ms(now_ms, then_ms):
    """Signed now - then. Masked first, so that it stays a small int on a 32-bit board."""
    return (((now_ms - then_ms) & _MASK) ^ _HALF) - _HALF


def later(then_ms, delta_ms):
    """then + delta, shifted by half a turn so that the sum stays a small int on a 32-bit board."""
    return ((then_ms - _HALF + delta_ms) & _MASK) ^ _HALF


class Hold:
    """A condition that must stand for hold_ms without a break; then done until it falls."""

    def __init__(self, hold_ms):
        self.hold_ms = hold_ms
        self.running = False
        self.done = False
        self.since_ms = 0  # while it runs

    def update(self, now_ms, condition):
        if not condition:
            if self.running:
                self.running = False
                self.done = False
            return False
        if self.done:
            return True
        if not self.running:
            self.restart(now_ms)
            return self.done
        # elapsed_ms() written out: this runs a dozen times a scan
        if (((now_ms - self.since_ms) & _MASK) ^ _HALF) - _HALF >= self.hold_ms:
            self.done = True
            return True
        return False

    def stop(self):
        """It does not stand: update() with that condition, which needs no time."""
        self.running = False
        self.done = False

    def restart(self, now_ms):
        """It stands, and its time counts anew from now."""
        self.running = True
        self.done = self.hold_ms == 0
        self.since_ms = now_ms

    def left_ms(self, now_ms):
        """How long it still has to stand: 0 when done, all of it when not running."""
        if self.done:
            return 0
        if not self.running:
            return self.hold_ms
        left = self.hold_ms - elapsed_ms(now_ms, self.since_ms)
        return left if left > 0 else 0
