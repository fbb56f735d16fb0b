"""docs/wiring: what to connect to a board and what its relays do before Python runs.

Made from the board's data alone, in both languages: `python -m reedgate_boards.wiring docs/wiring`
writes the pages, and a test holds them against it.
"""

import sys
from pathlib import Path

from reedgate_boards.site.board_facts import BoardFile, read_board
from reedgate_boards.site.language import LANGUAGES, translator
from reedgate_boards.site.locator import board_names
from reedgate_boards.site.pins import Pins, pin_uses
from reedgate_boards.site.wanted import WANTED

_ROOM = "reedgate_boards"
_NAMES = {"en": "{board}.md", "zh": "{board}.zh-CN.md"}


def wired_boards() -> list[str]:
    """Boards with a real chip."""
    return [name for name in board_names() if read_board(name)[0].pins is not None]


def pages(board: str) -> dict[str, str]:
    """File name: content, one for each language."""
    facts, data = read_board(board)
    return {
        _NAMES[language].format(board=board): _page(board, facts, data, language)
        for language in LANGUAGES
    }


def _page(board: str, facts: BoardFile, data: dict, language: str) -> str:
    tr = translator(_ROOM, language)
    pins = facts.pins
    title = facts.title.zh if language == "zh" else facts.title.en
    lines = [
        f"# {tr('Wiring of {board}: {title}', board=board, title=title)}",
        "",
        tr(
            "This page is made from the board's data; change `boards/{board}`, not the page.",
            board=board,
        ),
        "",
        tr(
            "Nothing here has been tried on a real board. Facts about the chip are taken from: "
            "{source}.",
            source=pins.source,
        ),
        "",
        *_before_python(data, pins, tr),
        *_terminals(facts, data, tr),
        *_ports(data, pins, tr),
        *_missing(facts, tr),
        *_not_free(pins, tr),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _before_python(data: dict, pins: Pins, tr) -> list[str]:
    lines = [
        f"## {tr('The outputs before Python runs')}",
        "",
        tr(
            "From power-up, reset or a watchdog until the first lines of the firmware, only "
            "resistors decide what a relay does. Each output therefore needs a pull-down of "
            "{ohm} Ω from its pin to ground, on the relay's side of any cable, and a driver that "
            "is off when its input is low. Without it a relay may pick up by itself.",
            ohm=pins.pull_down_ohm,
        ),
        "",
        f"| {tr('Terminal')} | GPIO | {tr('Chip at reset')} | {tr('Needed outside')} |",
        "|---|---|---|---|",
    ]
    driven = [use for use in pin_uses(data) if use.output and not use.name.endswith(".tx")]
    lines += [
        f"| {use.name} | {use.pin} | {_at_reset(use.pin, pins, tr)} | "
        f"{tr('{ohm} Ω to ground', ohm=pins.pull_down_ohm)} |"
        for use in driven
    ]
    return [*lines, ""]


def _at_reset(pin: int, pins: Pins, tr) -> str:
    if pin in pins.at_reset.down:
        return tr("input, weak pull-down: stays off")
    if pin in pins.at_reset.up:
        return tr("input, weak pull-up: the pull-down outside must win")
    return tr("input, floats: undefined without the pull-down")


def _terminals(facts: BoardFile, data: dict, tr) -> list[str]:
    meant = {terminal: tr(WANTED[use]) for use, terminal in facts.meant_for.items()}
    lines = [
        f"## {tr('Terminals')}",
        "",
        tr(
            "An input reads 1 when its contact connects the pin to 3.3 V; a broken wire reads 0. "
            "Wire field contacts through isolators that drive 3.3 V when the contact is made, and "
            "give each input its own pull-down of {ohm} Ω. What a terminal is used for stands in "
            "the site file; the column shows what it is meant for.",
            ohm=facts.pins.pull_down_ohm,
        ),
        "",
        f"| {tr('Terminal')} | GPIO | {tr('Direction')} | {tr('Meant for')} | {tr('Note')} |",
        "|---|---|---|---|---|",
    ]
    for name, pin in data["TERMINALS"].items():
        way = tr("output") if pin in data["OUTPUTS"] else tr("input")
        row = (name, pin, way, meant.get(name, tr("spare")), _note(pin, data, facts.pins, tr))
        lines.append("| " + " | ".join(map(str, row)) + " |")
    return [*lines, ""]


def _note(pin: int, data: dict, pins: Pins, tr) -> str:
    if pin in data["NO_PULL"]:
        return tr("no resistor of its own: the pull-down outside is a must")
    if str(pin) in pins.strapping:
        return tr("read by the chip at reset; both levels start it")
    return ""


def _ports(data: dict, pins: Pins, tr) -> list[str]:
    lines = [
        f"## {tr('RS-485')}",
        "",
        tr(
            "Each bus needs a 3.3 V transceiver: TX to DI, RX to RO, driver enable to DE and the "
            "inverted RE together, so that the station does not hear itself. The driver enable "
            "needs a pull-down of {ohm} Ω, or a board in reset blocks the bus. Terminate the two "
            "ends of the line with 120 Ω.",
            ohm=pins.pull_down_ohm,
        ),
        "",
        f"| {tr('Port')} | UART | TX | RX | {tr('Driver enable')} |",
        "|---|---|---|---|---|",
    ]
    for port, wired in data["PORTS"].items():
        row = (port, wired["uart"], wired["tx"], wired["rx"], wired["driver_enable"])
        lines.append("| " + " | ".join(map(str, row)) + " |")
    return [*lines, ""]


def _missing(facts: BoardFile, tr) -> list[str]:
    if not facts.lacks.terminals:
        return []
    lines = [f"## {tr('What this board lacks')}", ""]
    lines.append(tr("The chip has no pin left for:"))
    lines += ["", *(f"- {tr(WANTED[use])}" for use in facts.lacks.terminals), ""]
    return lines


def _not_free(pins: Pins, tr) -> list[str]:
    lines = [f"## {tr('Pins to leave alone')}", ""]
    lines += [f"| GPIO | {tr('Why')} |", "|---|---|"]
    lines += [f"| {pin} | {tr(why)} |" for pin, why in pins.taken.items()]
    return lines


def write_pages(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for board in wired_boards():
        for name, content in pages(board).items():
            (folder / name).write_text(content, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
