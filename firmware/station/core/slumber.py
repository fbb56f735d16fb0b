"""A probe that falls asleep when it is not asked, and wakes with what it measured before that."""

from station.core.ticks import Hold, elapsed_ms


class Slumber:
    """Of one slave. That it is awake is known only by its answers: a request may get lost."""

    def __init__(self, fields, now_ms):
        self._awake_ms = fields["awake_ms"]
        self._settling = Hold(fields["settle_ms"])
        self._asleep = True  # nobody knows since when the station was off
        self._read_ms = now_ms

    def look(self, now_ms):
        """In every turn: ticks tell 6.2 days."""
        if elapsed_ms(now_ms, self._read_ms) >= self._awake_ms:
            self._asleep = True

    def is_old(self, asked_ms):
        """Whether the answer to what was asked then is from before it slept, or not settled."""
        self.look(asked_ms)
        self._read_ms = asked_ms
        if self._asleep:
            self._asleep = False
            self._settling.restart(asked_ms)
            return True
        return not self._settling.update(asked_ms, True)
