"""`reedgate sim board`: an emulated bare board for trying the technician's commands."""

import signal
from pathlib import Path
from typing import Annotated

import typer

from reedgate_boards.site.language import chosen_language, translator
from reedgate_boards.site.load import load_site, station_of
from reedgate_boards.site.user_error import UserError
from reedgate_sim.sim_app import app

_ROOM = "reedgate_sim"


@app.command(epilog="Example: reedgate sim board desk-board")
def board(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where its flash, its drive and its port are.")
    ],
    site: Annotated[
        Path | None,
        typer.Option("--site", metavar="SITE.toml", help="Wire this site's probes to it."),
    ] = None,
    station: Annotated[
        str, typer.Option("--station", metavar="ID", help="Which station of the site.")
    ] = "",
    bootsel: Annotated[
        bool, typer.Option("--bootsel", help="Plugged in with its button BOOTSEL held.")
    ] = False,
) -> None:
    """Plug in an emulated Raspberry Pi Pico until Ctrl-C unplugs it: a bare one at first.

    `reedgate board` takes its drive and its port in place of a real board's.
    """
    try:
        from reedgate_sim.rp2040.boot_drive import NAME
        from reedgate_sim.rp2040.desk_board import PORT, DeskBoard
    except ModuleNotFoundError as problem:
        raise UserError(
            _ROOM,
            "The chip is not emulated on this computer: {package} is not installed.",
            hint="It is there for Linux on x86-64: pip install 'reedgate[sim]'",
            package=problem.name,
        ) from None
    tr = translator(_ROOM, chosen_language())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        board = DeskBoard(folder, bootsel=bootsel, on_start=_wiring(site, station))
    except BlockingIOError:
        raise UserError(
            _ROOM,
            "The board in {folder} is plugged in already.",
            hint="End the other command by Ctrl-C, or give another folder.",
            folder=folder,
        ) from None
    try:
        place = None
        while True:
            now = (board.drive is not None, board.port is not None)
            if now != place:
                place = now
                if board.drive is not None:
                    typer.echo(tr("Drive: {path}", path=folder / NAME))
                if board.port is not None:
                    typer.echo(tr("Port: {path}", path=folder / PORT))
            board.step()
    except KeyboardInterrupt:
        typer.echo(tr("Unplugged; its flash is kept."))
    finally:
        board.unplug()


def _wiring(site: Path | None, station: str):
    """What is put on the chip's pins when it starts: a station's probes, or nothing."""
    if site is None:
        return lambda chip: None
    from reedgate_sim.rp2040.probes import wire_probes

    loaded = load_site(site)
    chosen = loaded.stations[station_of(loaded, site, station)]
    return lambda chip: wire_probes(chip, chosen)
