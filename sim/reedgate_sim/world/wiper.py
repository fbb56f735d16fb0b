"""A probe's wiper: when it sweeps. While it does, the probe shows what it measured before."""

_LONG_AGO_US = -(1 << 60)


class Wiper:
    """sweep_us: how long one sweep takes, 0 for none; every_us: 0 for only on command."""

    def __init__(self, sweep_us: int, every_us: int, key: int):
        self._sweep_us = sweep_us
        self._every_us = every_us
        self._anchor_us = key % every_us if every_us else 0  # some sweep of the regular ones
        self._asked_us = _LONG_AGO_US

    def sweep(self, now_us: int) -> None:
        """Now, at power-up or on command; the regular ones go by this one from now on."""
        self._asked_us = self._anchor_us = now_us

    def set_interval(self, every_us: int, now_us: int) -> None:
        self._every_us, self._anchor_us = every_us, now_us

    def sweeps(self, now_us: int) -> bool:
        return now_us < self._last_us(now_us) + self._sweep_us

    def measured_us(self, now_us: int) -> int:
        """When the measurement shown at now_us was taken."""
        if not self._sweep_us:
            return now_us
        last_us = self._last_us(now_us)
        return last_us if now_us < last_us + self._sweep_us else now_us

    def clean_since_us(self, now_us: int) -> int:
        return self._last_us(now_us) + self._sweep_us if self._sweep_us else _LONG_AGO_US

    def edges_after(self, now_us: int) -> list[int]:
        """Starts and ends of sweeps after now_us, the next of each."""
        if not self._sweep_us:
            return []
        edges = [self._last_us(now_us) + self._sweep_us]
        if self._every_us:
            edges.append(self._last_us(now_us) + self._every_us)
        return [edge for edge in edges if edge > now_us]

    def _last_us(self, now_us: int) -> int:
        """The start of the last sweep."""
        asked_us = self._asked_us if self._asked_us <= now_us else _LONG_AGO_US
        if not self._every_us:
            return asked_us
        behind_us = (now_us - self._anchor_us) % self._every_us
        return max(now_us - behind_us, asked_us)
