"""One quantity of the water as a probe shows it: refresh, first-order response, small noise.

What the register holds is a function of time alone, never of who asked how often: the campaigns
need the instant at which it first passed a limit.
"""

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass

_MASK = (1 << 64) - 1
# Four 16-bit parts of one hashed word, added: near enough to a normal distribution, and bounded.
_PARTS_MEAN = 4 * 65535 / 2
_PARTS_DEVIATION = 65536 * math.sqrt(4 / 12)
# After so many time constants the past no longer shows in a double's digits that matter.
_MEMORY = 20
_TIME_CONSTANTS_OF_T90 = math.log(10)


@dataclass(frozen=True)
class Response:
    """How one quantity of an instrument follows the water."""

    t90_s: float = 0.0
    noise: float = 0.0
    noise_permille: float = 0.0


def noise(key: int, index: int) -> float:
    """The index-th number of a fixed random series: mean 0, deviation 1, within 3.5 of 0."""
    x = (key + index * 0x9E3779B97F4A7C15) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    x ^= x >> 31
    total = (x & 0xFFFF) + (x >> 16 & 0xFFFF) + (x >> 32 & 0xFFFF) + (x >> 48)
    return (total - _PARTS_MEAN) / _PARTS_DEVIATION


def series_key(*parts: object) -> int:
    """A key for `noise` (and a seed for anything else) from names and numbers."""
    return zlib.crc32("/".join(map(str, parts)).encode()) << 17


class Sensed:
    """The measurement that a register holds at a given time.

    Asked for a time before the last one asked, it shows what it showed then: replies are made up
    when their request is sent, a few milliseconds ahead of the world.
    """

    def __init__(
        self,
        water: Callable[[int], float],
        response: Response,
        refresh_us: int,
        key: int,
        phase_us: int = 0,
    ):
        self._water = water
        self._response = response
        self._refresh_us = refresh_us
        self._key = key
        self._phase_us = phase_us
        self._index: int | None = None
        self._held = math.nan
        tau_us = response.t90_s * 1e6 / _TIME_CONSTANTS_OF_T90
        self._memory = math.ceil(_MEMORY * tau_us / refresh_us) if tau_us else 0
        self._decay = math.exp(-refresh_us / tau_us) if tau_us else 0.0
        self._ramp = (1 - self._decay) * tau_us / refresh_us
        self._input = self._output = 0.0

    def at(self, now_us: int) -> float:
        """What the register holds at now_us."""
        index = (now_us - self._phase_us) // self._refresh_us
        if self._index is None or index > self._index:
            self._follow(index)
            response = self._response
            deviation = response.noise + abs(self._output) * response.noise_permille / 1000
            held = self._output + deviation * noise(self._key, index)
            # noise alone takes nothing below 0; NaN and what is below 0 itself stay as they are
            self._held = 0.0 if held < 0 <= self._output else held
        return self._held

    def feel(self, water: Callable[[int], float]) -> None:
        """Something else than the water reaches the probe from now on."""
        self._water = water

    def next_refresh_us(self, now_us: int) -> int:
        """The first refresh after now_us."""
        index = (now_us - self._phase_us) // self._refresh_us
        return (index + 1) * self._refresh_us + self._phase_us

    def _follow(self, index: int) -> None:
        """Carry the response from the last refresh to this one; the water is linear in between."""
        first = self._index
        if first is None or index - first > self._memory:
            first = index - self._memory
            self._input = self._output = self._water_at(first)
        for step in range(first + 1, index + 1):
            new = self._water_at(step)
            self._output = (
                self._output * self._decay
                + new * (1 - self._ramp)
                + self._input * (self._ramp - self._decay)
            )
            self._input = new
        self._index = index

    def _water_at(self, index: int) -> float:
        # Before the run the water stood as it does at its start.
        return self._water(max(0, index * self._refresh_us + self._phase_us))
