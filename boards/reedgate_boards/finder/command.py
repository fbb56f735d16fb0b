"""`reedgate board scan`: who is on the line, at which speed and address, and what is wrong."""

import contextlib
import json
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from reedgate_boards.board_app import app
from reedgate_boards.device.link import Link, restart, wait_for_restart
from reedgate_boards.device.ports import ROOM, the_port
from reedgate_boards.finder import report
from reedgate_boards.finder.board_line import BoardLine, ports_of
from reedgate_boards.finder.plan import (
    EACH_S,
    PARITIES,
    UNITS,
    known_profiles,
    longest_s,
    steps_of,
    wait_ms_of,
)
from reedgate_boards.finder.serial_line import SerialLine, open_line
from reedgate_boards.finder.snippet import snippet
from reedgate_boards.finder.sweep import Result, Sweep
from reedgate_boards.progress import shown_progress
from reedgate_boards.site.language import chosen_language, translator


@app.command(epilog="Example: reedgate board scan --port /dev/ttyUSB0")
def scan(
    port: Annotated[
        str | None,
        typer.Option("--port", metavar="PORT", help="The adapter's serial port."),
    ] = None,
    on_board: Annotated[
        bool,
        typer.Option(
            "--on-board",
            help="Search on the RS-485 ports of a board: of the one on --port, else the only one.",
        ),
    ] = False,
    first: Annotated[
        bool, typer.Option("--first", help="Stop at the first speed at which a probe answers.")
    ] = False,
    as_data: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Find the probes on an RS-485 line by reading only: speed, address, profile, what is wrong.

    Through an adapter stop the station first: two must not ask on one line. With --on-board the
    station is stopped, its outputs go off, and it starts again at the end. Exit code 1: nobody was
    found, or something is wrong.
    """
    language = chosen_language()
    profiles = known_profiles()
    steps = steps_of(profiles)
    with _lines(port, on_board) as lines:
        planned_s = len(lines) * longest_s(steps, wait_ms_of(profiles, lines[0].latency_ms))
        if not as_data:
            typer.echo(_plan_text([it.name for it in lines], len(steps), planned_s, language))
        results = []
        with shown_progress() as told:
            for line in lines:

                def show(setting, done, of, name=line.name) -> None:
                    told(f"{name} {setting.baud} {setting.parity}", done, of)

                results.append(Sweep(line, profiles, steps, show).run(first))
                if first and results[-1].found:
                    break
    if as_data:
        typer.echo(json.dumps(report.as_data(results, planned_s), indent=2))
    else:
        _print(results, profiles, on_board, language)
    if not report.is_well(results):
        raise typer.Exit(1)


def _plan_text(names: list[str], settings: int, planned_s: float, language: str) -> str:
    tr = translator(ROOM, language)
    return tr(
        "{ports}: {settings} settings (speeds x {parities} parities), addresses {first} to "
        "{last}: at most {time}, and up to {each} s more for each probe that is found.",
        each=EACH_S,
        ports=", ".join(names),
        settings=settings,
        parities=len(PARITIES),
        first=UNITS[0],
        last=UNITS[-1],
        time=report.duration(planned_s, language),
    )


@contextlib.contextmanager
def _lines(port: str | None, on_board: bool) -> Iterator[list[SerialLine] | list[BoardLine]]:
    """The lines to search, open; a board restarts its station behind them."""
    if not on_board:
        line = open_line(port)
        try:
            yield [line]
        finally:
            line.close()
        return
    found = the_port(port)
    with Link(found) as link:
        link.hold()
        try:
            yield [BoardLine(link, name) for name in ports_of(link)]
        except KeyboardInterrupt:
            tr = translator(ROOM, chosen_language())
            text = tr("Within 9 s the board's watchdog starts the station again.")
            typer.echo(text, err=True)
            raise
        restart(link)
    wait_for_restart(found)


def _print(results: list[Result], profiles, on_board: bool, language: str) -> None:
    tr = translator(ROOM, language)
    found = [each for it in results for each in it.found]
    if found:
        port = [tr("Port")] if on_board else []
        table = Table(*port, *report.heads(language), box=None, pad_edge=False)
        for each in found:
            table.add_row(*([each.port] if on_board else []), *report.row(each, language))
        Console().print(table)
    for text in report.advice(results, language):
        typer.echo("\n" + text)
    lines = snippet(found, profiles, on_board, tr)
    if lines:
        typer.echo("\n" + tr("For the site file:") + "\n")
        typer.echo("\n".join(lines))
