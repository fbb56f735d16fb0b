"""A board's pin map against its chip: a map that cannot work, or is not safe, is refused.

board.py says which terminal is which pin, board.toml what the chip can do; here the two meet. What
a site asks of the board is judged in `rules_station.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from reedgate_boards.site.fields import Table
from reedgate_boards.site.language import translator
from reedgate_boards.site.source import ROOM
from reedgate_boards.site.user_error import UserError

_PORT_PINS = ("tx", "rx", "driver_enable")
_DRIVEN = ("tx", "driver_enable")  # by the board; the line drives rx

Gpio = Annotated[int, Field(ge=0, le=63)]
Complaint = tuple[str, dict[str, Any]]  # a sentence of the catalogue and its values


class _Facts(Table):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class AtReset(_Facts):
    """What the chip's own resistors do from power-up until Python drives the pin."""

    up: list[Gpio] = Field(default_factory=list)
    down: list[Gpio] = Field(default_factory=list)


class Pins(_Facts):
    """[pins] of board.toml. In `strapping` and `taken` a pin stands with the reason."""

    present: list[Gpio]
    input_only: list[Gpio]
    pull_down_ohm: Annotated[int, Field(ge=1000, le=100_000)]
    source: str
    verified: bool
    at_reset: AtReset
    strapping: dict[str, str]
    taken: dict[str, str]


class UartPins(_Facts):
    tx: list[Gpio]
    rx: list[Gpio]


@dataclass(frozen=True)
class PinUse:
    """One pin of a board.py."""

    name: str  # RELAY_1, RS485_1.tx
    pin: int
    output: bool


class PinMapError(UserError):
    """Everything that is wrong in one board's pin map."""

    def __init__(self, board: str, complaints: list[Complaint]):
        super().__init__(ROOM, "{board}: {count} faults.", board=board, count=len(complaints))
        self.complaints = complaints

    def lines(self, language: str) -> list[str]:
        tr = translator(ROOM, language)
        board = self.values["board"]
        return [f"{board}/board.py: " + tr(text, **values) for text, values in self.complaints]

    def __str__(self) -> str:
        return "\n".join(self.lines("en"))


def pin_uses(data: dict[str, Any]) -> list[PinUse]:
    """data: the constants of a board.py."""
    outputs = data["OUTPUTS"]
    uses = [PinUse(name, pin, pin in outputs) for name, pin in data["TERMINALS"].items()]
    for port, wired in data["PORTS"].items():
        uses += [
            PinUse(f"{port}.{each}", wired[each], each in _DRIVEN)
            for each in _PORT_PINS
            if each in wired
        ]
    return uses


def check_pins(
    board: str, data: dict[str, Any], pins: Pins | None, uarts: dict[str, UartPins]
) -> None:
    """Raises PinMapError. pins: None for a chip that is only simulated."""
    complaints = [*_twice(data), *_not_off(data)]
    if pins is not None:
        for use in pin_uses(data):
            complaints += _against_chip(use, pins)
        complaints += _pulls(data, pins)
    complaints += _uarts(data, uarts)
    if complaints:
        raise PinMapError(board, complaints)


def _twice(data: dict[str, Any]) -> Iterator[Complaint]:
    names: dict[int, str] = {}
    for use in pin_uses(data):
        if use.pin in names:
            values = {"name": use.name, "pin": use.pin, "other": names[use.pin]}
            yield "{name} has pin {pin}, which {other} has already.", values
        names.setdefault(use.pin, use.name)


def _not_off(data: dict[str, Any]) -> Iterator[Complaint]:
    """boot.py makes safe what OUTPUTS lists, and nothing else."""
    terminals = set(data["TERMINALS"].values())
    for pin in data["OUTPUTS"]:
        if pin not in terminals:
            yield "OUTPUTS has pin {pin}, which is no terminal's.", {"pin": pin}
    for name, pin in data["TERMINALS"].items():
        driven = not name.startswith("DI_")
        if driven != (pin in data["OUTPUTS"]):
            text = "OUTPUTS lacks pin {pin} of {name}." if driven else "{name} is in OUTPUTS."
            yield text, {"name": name, "pin": pin}


def _against_chip(use: PinUse, pins: Pins) -> Iterator[Complaint]:
    values = {"name": use.name, "pin": use.pin}
    if use.pin not in pins.present:
        yield "{name}: the chip has no pin {pin}.", values
        return
    reason = pins.taken.get(str(use.pin))
    if reason:
        yield "{name}: pin {pin} is not free: {reason}.", {**values, "reason": reason}
    if use.output and use.pin in pins.input_only:
        yield "{name}: pin {pin} can only be an input.", values
    strap = pins.strapping.get(str(use.pin))
    if use.output and strap:
        text = "{name}: pin {pin} is read by the chip at reset ({reason}): never an output."
        yield text, {**values, "reason": strap}


def _pulls(data: dict[str, Any], pins: Pins) -> Iterator[Complaint]:
    """input_only pins have no resistor: MicroPython would be asked for one in vain."""
    for name, pin in data["TERMINALS"].items():
        if (pin in pins.input_only) != (pin in data["NO_PULL"]):
            yield (
                "NO_PULL and input_only differ in pin {pin} of {name}.",
                {"name": name, "pin": pin},
            )


def _uarts(data: dict[str, Any], uarts: dict[str, UartPins]) -> Iterator[Complaint]:
    ids: dict[int, str] = {}
    for port, wired in data["PORTS"].items():
        uart = wired["uart"]
        if uart in ids:
            yield (
                "{port} has UART {uart}, which {other} has already.",
                {
                    "port": port,
                    "uart": uart,
                    "other": ids[uart],
                },
            )
        ids.setdefault(uart, port)
        if not uarts:
            continue
        reach = uarts.get(str(uart))
        if reach is None:
            yield "{port}: the chip has no UART {uart}.", {"port": port, "uart": uart}
            continue
        for end, allowed in (("tx", reach.tx), ("rx", reach.rx)):
            if wired[end] not in allowed:
                yield (
                    "{port}: {end} of UART {uart} reaches only the pins {allowed}, not {pin}.",
                    {
                        "port": port,
                        "end": end,
                        "uart": uart,
                        "allowed": ", ".join(map(str, allowed)),
                        "pin": wired[end],
                    },
                )
