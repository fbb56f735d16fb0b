"""What is asked in which order, and how long the whole takes at most.

The likely settings come first: those that makers ship with. A probe is waited for as long as the
slowest of the shipped profiles may take to its first byte (`reply.turnaround_ms`, 60 ms), and as
much longer as bytes may be late on their way to us.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from reedgate_boards.finder.frames import Read
from reedgate_boards.site.profiles import Profile, load_profile, profile_names

BAUDS = (9600, 19200, 38400, 115200, 57600, 4800)
PARITIES = ("none", "even", "odd")
UNITS = range(1, 33)
ANY = Read(3, 0, 1)  # who answers at all answers this, most by an exception
LISTEN_MS = 2000  # before all: a station asks about once a second
EACH_S = 5  # to look at a probe at most: it leaves the reads of all other profiles unanswered
_REQUEST_BYTES = 8
_SILENCE_CHARACTERS = 3.5
_FAST_BAUD, _FAST_SILENCE_MS = 19200, 1.75


@dataclass(frozen=True)
class Setting:
    """Of the line. One stop bit always: a receiver looks at no more than one."""

    baud: int
    parity: str

    @property
    def bits(self) -> int:
        return 10 + (self.parity != "none")

    def time_ms(self, characters: float) -> float:
        return characters * self.bits * 1000 / self.baud

    @property
    def silence_ms(self) -> float:
        """That parts two frames."""
        fast = self.baud > _FAST_BAUD
        return _FAST_SILENCE_MS if fast else self.time_ms(_SILENCE_CHARACTERS)


@dataclass(frozen=True)
class Step:
    """One setting, and the reads by which probes are found at it."""

    setting: Setting
    reads: tuple[Read, ...]

    def longest_ms(self, wait_ms: float) -> float:
        """All addresses, and nobody answers."""
        setting = self.setting
        once_ms = setting.time_ms(_REQUEST_BYTES) + wait_ms + setting.silence_ms
        return len(self.reads) * len(UNITS) * once_ms


def known_profiles() -> dict[str, Profile]:
    return {name: load_profile(name) for name in profile_names()}


def steps_of(profiles: Mapping[str, Profile]) -> list[Step]:
    """Every setting, the likeliest first."""
    shipped = Counter((it.line.bauds[0], it.line.parities[0]) for it in profiles.values())
    every = [Setting(baud, parity) for baud in BAUDS for parity in PARITIES]
    every.sort(key=lambda it: -shipped[it.baud, it.parity])
    return [Step(setting, _reads(setting, profiles)) for setting in every]


def fits_line(profile: Profile, setting: Setting) -> bool:
    return setting.baud in profile.line.bauds and setting.parity in profile.line.parities


def wait_ms_of(profiles: Mapping[str, Profile], latency_ms: float) -> float:
    """For the first byte of an answer, after the request has gone out."""
    return max(it.reply.turnaround_ms for it in profiles.values()) + latency_ms


def patience_ms_of(profiles: Mapping[str, Profile], latency_ms: float) -> float:
    """The same for an address that has answered once: nobody known is slower."""
    return max(it.reply.timeout_ms for it in profiles.values()) + latency_ms


def longest_s(steps: list[Step], wait_ms: float) -> float:
    """Of a search on a line that is silent but for the answers; looking at each costs more."""
    return (LISTEN_MS + sum(each.longest_ms(wait_ms) for each in steps)) / 1000


def _reads(setting: Setting, profiles: Mapping[str, Profile]) -> tuple[Read, ...]:
    """The one that all answer, and those of makers who leave unknown registers unanswered."""
    own = {
        Read(it.found_by.function_code, it.found_by.address, it.found_by.count)
        for it in profiles.values()
        if it.found_by and fits_line(it, setting)
    }
    return (ANY, *sorted(own))
