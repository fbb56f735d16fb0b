"""What a run really was, as the judges read it: data alone, in the run's own time.

Everything is of the simulated world and of what arrived at the far end. Nothing is what the
station thinks.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from reedgate_boards.site.board_facts import Board
from reedgate_boards.site.budgets import Budgets
from reedgate_boards.site.fields import milliseconds
from reedgate_sim.campaign.timeline import END_US, Span, spans_of
from reedgate_sim.confirmer import Event

MS = 1000
VALID = "valid"  # of an order
SAMPLING_US = 5 * MS  # C5: a scan may be this late
STARTS_US = 1_500_000  # from a start to the first scan, of which no budget speaks
KEPT_US = 2_000_000  # what was known this long before a cut is on the flash
CLOCK_US = 300_000  # between uptime and our time since the start: the boot itself
BEHIND_US = 30_000_000  # what a fault of a line leaves behind: the last of n polls, a lost hold


@dataclass
class Life:
    """One start of the chip, from boot.py's first line until its outputs float again."""

    from_us: int
    until_us: int = END_US
    ran_until_us: int = END_US  # earlier than until_us where the program hung
    cause: str = "power"
    first_acts: list[str] = field(default_factory=list)  # until each output was set once
    safe: bool = False  # every output was set to off
    unsafe: str | None = None  # what it did before


@dataclass(frozen=True)
class Poll:
    """What one request to a probe was to find: the point's register, and whether it could."""

    at_us: int
    value: float
    answered: bool | None  # None: a fault of the line acted, and it may have come through or not
    good: bool  # a finite number within what the probe can measure


@dataclass(frozen=True)
class Drive:
    """A coil that was energised."""

    terminal: str
    from_us: int
    until_us: int


@dataclass(frozen=True)
class Order:
    """What was sent for a gate from afar. form: VALID, or why it must have no effect."""

    at_us: int
    gate_id: str
    action: str
    hold_s: int
    form: str
    number: int  # the giver's own


@dataclass(frozen=True)
class Violation:
    """property: C1 to C6 of the control law with what of it was broken; or of again.py."""

    property: str
    at_us: int
    detail: str

    def __str__(self) -> str:
        return f"{self.property} at {self.at_us / 1e6:.3f} s: {self.detail}"


@dataclass
class Account:
    station: Any  # of the site
    board: Board
    budgets: Budgets
    grace_ms: int
    outputs: list[tuple[int, str, int]] = field(default_factory=list)
    inputs: dict[str, list[tuple[int, int]]] = field(default_factory=dict)  # by terminal
    lives: list[Life] = field(default_factory=list)
    resets: list[tuple[int, str]] = field(default_factory=list)  # that nobody seeded
    hangs: list[int] = field(default_factory=list)
    polls: dict[str, list[Poll]] = field(default_factory=dict)  # by point
    beyond: dict[tuple[str, str], list[Span]] = field(default_factory=dict)  # (gate, trip)
    high: dict[tuple[str, str, str], list[Span]] = field(default_factory=dict)  # flood points
    not_low: dict[tuple[str, str, str], list[Span]] = field(default_factory=dict)  # less deadband
    full: dict[str, list[Span]] = field(default_factory=dict)  # by gate: its pond is
    wipes: dict[str, list[int]] = field(default_factory=dict)  # by sensor: when it was told to
    gate_faults: dict[str, list[Span]] = field(default_factory=dict)
    bus_faults: list[Span] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    names: dict | None = None  # of the last birth
    record: list[str] = field(default_factory=list)  # what is wrong with the record
    all_told: bool = False  # what was flushed has arrived in the end
    end_us: int = 0

    @property
    def scan_us(self) -> int:
        return self.station.scan_ms * MS

    @property
    def seen_us(self) -> int:
        """Within this an input that changed has had its effect: a scan, its lateness, a stall."""
        return self.scan_us + self.board.stall_ms * MS + SAMPLING_US

    def edges(self, terminal: str) -> list[tuple[int, int]]:
        return [(at_us, level) for at_us, each, level in self.outputs if each == terminal]

    def drives(self, terminal: str | None) -> list[Drive]:
        """Every time that the coil at a terminal was on."""
        return [Drive(terminal, *span) for span in self.driven(terminal)]

    def driven(self, terminal: str | None) -> list[Span]:
        """When the coil at a terminal was on."""
        return spans_of(self.edges(terminal), 1, self.end_us) if terminal else []

    def scanned_drives(self, terminal: str | None) -> list[Drive]:
        """The same, but each only until the program hung: then its watchdog answers for it."""
        found = []
        for drive in self.drives(terminal):
            ends = [each for each in self.hangs if drive.from_us < each < drive.until_us]
            found.append(Drive(drive.terminal, drive.from_us, min([drive.until_us, *ends])))
        return found

    def made(self, terminal: str | None, level: int = 1) -> list[Span]:
        """When an input terminal had a level."""
        return spans_of(self.inputs.get(terminal or "", []), level, self.end_us)

    def life_at(self, at_us: int) -> Life | None:
        return next((each for each in self.lives if each.from_us <= at_us < each.until_us), None)

    def gates(self) -> Iterator[tuple[str, Any]]:
        yield from self.station.gates.items()


def us(seconds: Any) -> int:
    """A time of the site file."""
    return milliseconds(seconds) * MS
