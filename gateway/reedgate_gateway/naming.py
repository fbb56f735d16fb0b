"""What the numbers and codes in a station's records stand for. Pure values.

Numbers are places: points, gates and a gate's floods count in the order in which the station's
birth names them, which is the same for every start with the same configuration hash.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_BOOT = re.compile(r"([0-9a-f]{8})-(0|[1-9][0-9]{0,9})")


@dataclass(frozen=True)
class Boot:
    """One start of a station: the journal it writes to, and its number there."""

    epoch: int
    boot_n: int

    def __str__(self) -> str:
        return f"{self.epoch:08x}-{self.boot_n}"

    @staticmethod
    def parse(text: str) -> "Boot":
        """Raises ValueError for a text that str() of a Boot never is."""
        found = _BOOT.fullmatch(text)
        if found is None:
            raise ValueError(text)
        boot = Boot(int(found[1], 16), int(found[2]))
        if boot.boot_n >= 1 << 32:
            raise ValueError(text)
        return boot


@dataclass(frozen=True)
class Reading:
    value: int | None  # in the point's small unit
    status: int
    flag: int
    detail: int
    age_ms: int | None


@dataclass(frozen=True)
class Cause:
    name: str = "none"
    subject: str = ""  # the point, flood or gate it is about


@dataclass(frozen=True)
class Naming:
    """A number that has no name here is shown as the number it is: "#3"."""

    points: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    floods: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def point(self, number: int) -> str:
        return _name(self.points, number)

    def gate(self, number: int) -> str:
        return _name(self.gates, number)

    def flood(self, gate: str, number: int) -> str:
        return _name(self.floods.get(gate, ()), number)


UNNAMED = Naming()


def _name(names: tuple[str, ...], number: int) -> str:
    return names[number] if number < len(names) else f"#{number}"
