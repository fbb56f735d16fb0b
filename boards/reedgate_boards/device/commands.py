"""`reedgate board flash`, `provision`, `check` and `monitor`: for a board that is plugged in."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from reedgate_boards.board_app import app
from reedgate_boards.device import calibrate as calibration
from reedgate_boards.device.check import first_readings
from reedgate_boards.device.flash import Place, flash_esp, flash_rp2040
from reedgate_boards.device.judged_image import judged_image
from reedgate_boards.device.monitor import watch
from reedgate_boards.device.ports import ESP32, ROOM, RP2040, the_port
from reedgate_boards.device.provision import enrolment_path
from reedgate_boards.device.provision import provision as provision_board
from reedgate_boards.device.station_key import station_key
from reedgate_boards.device.why import reasons, statuses
from reedgate_boards.finder.listen import listen
from reedgate_boards.progress import shown_progress
from reedgate_boards.site.compiler import compile_station
from reedgate_boards.site.enrolment import Enrolment, write_private
from reedgate_boards.site.language import chosen_language, translator
from reedgate_boards.site.load import load_site, station_of
from reedgate_boards.site.locator import flashed_board
from reedgate_boards.site.safety import button_keys, safety_hash
from reedgate_boards.site.secret_names import FILE
from reedgate_boards.site.user_error import UserError

_Port = Annotated[
    str | None,
    typer.Option("--port", metavar="PORT", help="The board's serial port, else the only one."),
]


@app.command(epilog="Example: reedgate board flash RPI_PICO station.uf2")
def flash(
    board: Annotated[str, typer.Argument(metavar="BOARD", help="A board of the list.")],
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="What `board build` made.")],
    port: _Port = None,
    drive: Annotated[
        Path | None,
        typer.Option(
            "--drive", metavar="DIR", help="The drive of its boot loader, else the only one."
        ),
    ] = None,
) -> None:
    """Write an image to a board that is plugged in, and compare what is on it with the file.

    A Raspberry Pi Pico that is new has to be plugged in with its button BOOTSEL held. A running
    station is stopped, its outputs go off, and it starts again at the end.
    """
    tr = translator(ROOM, chosen_language())
    judged = judged_image(board, image)
    if judged.chip.startswith(ESP32):
        flash_esp(image, judged.chip, the_port(port, ESP32))
        typer.echo(tr("{board}: written, and compared by esptool.", board=board))
        return
    with shown_progress() as told:
        found = flash_rp2040(judged, Place(port, drive), told)
    values = {"board": board, "port": found, "sha256": judged.sha256}
    typer.echo(tr("{board} on {port}: written, read back, the same. SHA-256 {sha256}", **values))
    if judged.files:
        count = len(judged.files)
        typer.echo(tr("So are the files in it: {count}, by the SHA-256 of each.", count=count))


@app.command(epilog="Example: reedgate board provision site.toml --station inlet")
def provision(
    site: Annotated[Path, typer.Argument(metavar="SITE.toml", help="The site file.")],
    station: Annotated[
        str, typer.Option("--station", metavar="ID", help="Which station of the site.")
    ] = "",
    secrets: Annotated[
        Path | None,
        typer.Option(
            "--secrets",
            metavar="FILE",
            help="Where keys are kept, else secrets.toml beside the site file.",
        ),
    ] = None,
    port: _Port = None,
) -> None:
    """Make a flashed board this station: configuration, key, and proof that it runs with them.

    The key is drawn once and kept in secrets.toml. A running station is stopped, its outputs go
    off; it starts again twice, the second time after it was asked. The gateway takes the file that
    is written at the end by: reedgate gateway enrol FILE
    """
    tr = translator(ROOM, chosen_language())
    loaded = load_site(site)
    chosen = station_of(loaded, site, station)
    board = loaded.stations[chosen].board
    flashed_board(board)
    config = compile_station(loaded, chosen)
    found = the_port(port, ESP32 if board.startswith(ESP32) else RP2040)
    kept = secrets or site.parent / FILE
    key, drawn = station_key(kept, chosen)
    if drawn:
        typer.echo(
            tr("A key was drawn for {station} and put into {file}.", station=chosen, file=kept)
        )
    with shown_progress() as told:
        version, boot, there = provision_board(found, board, config, key, told)
    typer.echo(
        tr(
            "{station}: configuration {config} on {port}, started with it as start {number}, "
            "firmware {version}.",
            station=chosen,
            config=boot.config,
            port=found,
            number=boot.number,
            version=version,
        )
    )
    typer.echo(_safety(there, config))
    enrolment = Enrolment(loaded.site.id, chosen, board, boot.config, key)
    path = enrolment_path(site.parent, loaded.site.id, chosen)
    write_private(path, enrolment.text())
    typer.echo(tr("For the gateway: {file}. It holds the key: keep it to yourself.", file=path))


def _safety(there: bytes | None, config: bytes) -> str:
    """What became of the safety keys."""
    tr = translator(ROOM, chosen_language())
    new = safety_hash(config)
    if there is None or there == config:
        return tr("Safety keys: hash {hash}.", hash=new)
    keys = button_keys(there, config)
    if keys is None:
        return tr("Safety keys: hash {hash}; limits, gates or wiring are other ones.", hash=new)
    if not keys:
        return tr("Safety keys: hash {hash}; none is less strict than before.", hash=new)
    return tr(
        "Safety keys: hash {hash}. Changed here, as could not be done from afar: {keys}.",
        hash=new,
        keys=", ".join(keys),
    )


@app.command(epilog="Example: reedgate board monitor")
def monitor(
    port: _Port = None,
    raw: Annotated[
        bool,
        typer.Option(
            "--raw", help="Listen on an RS-485 adapter instead: every frame of its line."
        ),
    ] = False,
    site: Annotated[
        Path | None,
        typer.Option(
            "--site", metavar="SITE.toml", help="With --raw: tell readings by the site's probes."
        ),
    ] = None,
    station: Annotated[
        str, typer.Option("--station", metavar="ID", help="Which station of the site.")
    ] = "",
) -> None:
    """Show what a board says on its console, until Ctrl-C. The station runs on.

    With --raw an adapter beside the station listens to the probes' line; nothing is sent.
    """
    tr = translator(ROOM, chosen_language())
    if raw:
        listen(port, site, station)
        return
    if site or station:
        raise UserError(ROOM, "--site and --station are for --raw.", hint="Add --raw.")
    found = the_port(port)

    def opened() -> None:
        typer.echo(tr("{port}: Ctrl-C ends it.", port=found), err=True)

    def gone() -> None:
        typer.echo(tr("{port} went away; waiting for it.", port=found), err=True)

    def show(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    try:
        watch(found, show, opened, gone)
    except KeyboardInterrupt:
        typer.echo("")


@app.command(epilog="Example: reedgate board check")
def check(port: _Port = None) -> None:
    """Have a station ask each of its probes, and show what they say. Exit code 1: one is not good.

    The station is stopped, its outputs go off, and it starts again at the end.
    """
    tr = translator(ROOM, chosen_language())
    found = the_port(port)
    readings = first_readings(found)
    table = Table(tr("Point"), tr("Reading"), tr("Status"), tr("Why"), box=None, pad_edge=False)
    stands, reason = statuses(tr), reasons(tr)
    for each in readings:
        why = "" if each.good else reason[each.detail]
        table.add_row(each.point, each.text, stands[each.status], why)
    Console().print(table)
    if not all(each.good for each in readings):
        raise typer.Exit(1)


@app.command(epilog="Example: reedgate board calibrate oxygen_mg_l --minutes 20")
def calibrate(
    point: Annotated[
        str, typer.Argument(metavar="POINT", help="The measurement, as in the site file.")
    ] = "",
    minutes: Annotated[
        int,
        typer.Option(min=1, max=calibration.MOST_MINUTES, help="For so long; it ends by itself."),
    ] = 30,
    end: Annotated[bool, typer.Option("--end", help="End it now.")] = False,
    port: _Port = None,
) -> None:
    """Bypass one measurement at the station while its probe is calibrated. The station runs on.

    Meanwhile it trips nothing, the other measurements do, and no gate opens. It is an alarm, and
    is shown, as long as it stands.
    """
    tr = translator(ROOM, chosen_language())
    if end == bool(point):
        raise UserError(
            ROOM,
            "Either a measurement or --end is needed.",
            hint="Type: reedgate board calibrate POINT --minutes 20",
        )
    found = the_port(port)
    if end:
        calibration.end(found)
        typer.echo(tr("No measurement is bypassed any more."))
        return
    calibration.bypass(found, point, minutes)
    typer.echo(
        tr("{point} is bypassed for {minutes} min, or until --end.", point=point, minutes=minutes)
    )
