"""What a board's folder says of it: terminals and ports (board.py, read as data), times, flash."""

import ast
from dataclasses import dataclass
from typing import Annotated

from pydantic import ConfigDict, Field

from reedgate_boards.site.fields import Table, Text
from reedgate_boards.site.findings import Findings, SiteErrors
from reedgate_boards.site.locator import board_dir
from reedgate_boards.site.pins import Pins, UartPins, check_pins
from reedgate_boards.site.source import read_source
from reedgate_boards.site.validate import validate

Count = Annotated[int, Field(ge=1)]
Milliseconds = Annotated[int, Field(ge=0, le=60_000)]


class _Facts(Table):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class Watchdog(_Facts):
    min: Milliseconds
    max: Milliseconds
    used: Milliseconds


class Stall(_Facts):
    gc: Milliseconds
    erase: Milliseconds
    crypto: Milliseconds


class Relay(_Facts):
    operate: Milliseconds


class Journal(_Facts):
    """Segments of each stream, as JOURNAL_SEGMENTS in board.py."""

    events: Annotated[int, Field(ge=2)]
    readings: Annotated[int, Field(ge=2)]


class FlashFacts(_Facts):
    """The part of the flash that holds the file system."""

    blocks: Count
    block_bytes: Count
    erase_cycles: Count


class Lacks(_Facts):
    """What the chip has no pin left for, by the names of `wanted.py`."""

    terminals: list[str]


class Official(_Facts):
    """MicroPython's own image for this board, where we build none."""

    machine: str  # what it says of itself: os.uname().machine
    flashed_at: Annotated[int, Field(ge=0)]
    url: str
    sha256: str  # of what is there; "" until somebody has seen it


class BoardFile(_Facts):
    """board.toml. No [pins]: the chip is simulated, and its pins are only numbers."""

    title: Text
    chip: str
    ram_kib: Count
    flash_kib: Count
    official: Official | None = None
    radio: bool = False
    network: bool
    meant_for: dict[str, str]
    lacks: Lacks
    pins: Pins | None = None
    uart: dict[str, UartPins] = Field(default_factory=dict)
    watchdog_ms: Watchdog
    stall_ms: Stall
    relay_ms: Relay
    journal: Journal
    flash: FlashFacts


@dataclass(frozen=True)
class Board:
    name: str
    inputs: frozenset[str]
    outputs: frozenset[str]
    ports: frozenset[str]
    lacks: tuple[str, ...]  # of `wanted.py`, for want of pins
    radio: bool
    network: bool  # sockets: without them no MQTT
    watchdog_ms: int
    stall_ms: int  # the longest hold-up of a scan: never two at once
    relay_ms: int  # operate time of its relays
    event_segments: int  # files of the journal
    reading_segments: int
    flash_blocks: int
    flash_block_bytes: int
    erase_cycles: int


def read_board(name: str) -> tuple[BoardFile, dict]:
    """Its facts and the constants of its board.py, the one checked against the other.

    Raises UserError for an unknown board or faulty facts.
    """
    folder = board_dir(name)
    source = read_source(folder / "board.toml")
    findings = Findings(source)
    facts = validate(BoardFile, findings).model
    if findings.errors:
        raise SiteErrors(findings.errors)
    data = _constants((folder / "board.py").read_text(encoding="utf-8"))
    check_pins(name, data, facts.pins, facts.uart)
    return facts, data


def load_board(name: str) -> Board:
    """As read_board; what a site needs of it."""
    facts, pins = read_board(name)
    outputs = {name for name, pin in pins["TERMINALS"].items() if pin in pins["OUTPUTS"]}
    return Board(
        name=name,
        inputs=frozenset(pins["TERMINALS"]) - outputs,
        outputs=frozenset(outputs),
        ports=frozenset(pins["PORTS"]),
        lacks=tuple(facts.lacks.terminals) if facts.pins else (),
        radio=facts.radio,
        network=facts.network,
        watchdog_ms=facts.watchdog_ms.used,
        stall_ms=max(facts.stall_ms.gc, facts.stall_ms.erase, facts.stall_ms.crypto),
        relay_ms=facts.relay_ms.operate,
        event_segments=facts.journal.events,
        reading_segments=facts.journal.readings,
        flash_blocks=facts.flash.blocks,
        flash_block_bytes=facts.flash.block_bytes,
        erase_cycles=facts.flash.erase_cycles,
    )


def _constants(text: str) -> dict:
    """The assignments of a board.py. It is data: nothing of it is run."""
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign)
    }
