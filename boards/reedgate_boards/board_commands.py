"""`reedgate board`: what a technician does with a board. How it is done stands elsewhere."""

import hashlib
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from reedgate_boards.board_app import app
from reedgate_boards.bundle import command as _bundle_command  # noqa: F401 - it joins app
from reedgate_boards.device import commands as _device_commands  # noqa: F401 - they join app
from reedgate_boards.device.ports import boot_drives, serial_ports
from reedgate_boards.finder import command as _finder_command  # noqa: F401 - it joins app
from reedgate_boards.image.download import official_image
from reedgate_boards.image.files import firmware_files
from reedgate_boards.image.official import read_base, with_files
from reedgate_boards.image.pico import pico_image
from reedgate_boards.progress import shown_progress
from reedgate_boards.site.board_facts import BoardFile, read_board
from reedgate_boards.site.compiler import compile_station
from reedgate_boards.site.language import chosen_language, translator
from reedgate_boards.site.load import load_site
from reedgate_boards.site.locator import board_names, flashed_board
from reedgate_boards.site.user_error import UserError

_ROOM = "reedgate_boards"


@app.command("list", epilog="Example: reedgate board list")
def list_boards(
    as_data: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """List the boards, and what is plugged in: serial ports and drives of boot loaders.

    No port is opened: that could stop a station.
    """
    facts = {name: read_board(name)[0] for name in board_names()}
    if as_data:
        rows = {
            name: {
                "chip": each.chip,
                "flash_kib": each.flash_kib,
                "ram_kib": each.ram_kib,
                "network": each.network,
                "lacks": each.lacks.terminals,
            }
            for name, each in facts.items()
        }
        typer.echo(json.dumps(rows, indent=2))
        return
    language = chosen_language()
    tr = translator(_ROOM, language)
    table = Table(box=None, pad_edge=False)
    for head in ("Board", "Name", "Chip", "Flash", "RAM", "Network", "Lacks"):
        table.add_column(_heads(tr)[head], no_wrap=head == "Board")
    for name, each in facts.items():
        table.add_row(
            name,
            each.title.zh if language == "zh" else each.title.en,
            each.chip,
            f"{each.flash_kib} KiB",
            f"{each.ram_kib} KiB",
            _network_of(each, tr),
            ", ".join(each.lacks.terminals),
        )
    Console().print(table)
    _print_plugged_in(tr)


def _print_plugged_in(tr) -> None:
    rows = [(it.path, it.chip or "?", f"{it.what} ({it.usb})") for it in serial_ports()]
    for drive in boot_drives():
        what = tr("boot loader, ready to be flashed ({board_id})", board_id=drive.board_id)
        rows.append((str(drive.path), "RP2040" if drive.board_id == "RPI-RP2" else "?", what))
    if not rows:
        typer.echo("\n" + tr("No board is plugged in."))
        return
    table = Table(tr("Plugged in"), tr("Chip"), tr("What it says"), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    typer.echo("")
    Console().print(table)


def _heads(tr) -> dict[str, str]:
    return {
        "Board": tr("Board"),
        "Name": tr("Name"),
        "Chip": tr("Chip"),
        "Flash": tr("Flash"),
        "RAM": tr("RAM"),
        "Network": tr("Network"),
        "Lacks": tr("Lacks"),
    }


@app.command(epilog="Example: reedgate board build RPI_PICO --out station.uf2")
def build(
    name: Annotated[str, typer.Argument(metavar="BOARD", help="A board of the list.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the image goes.")],
    base: Annotated[
        Path | None,
        typer.Option(
            "--base", metavar="FILE", help="The official MicroPython image, where we build none."
        ),
    ] = None,
    download: Annotated[
        bool, typer.Option("--download", help="Fetch that image from MicroPython's own site.")
    ] = False,
    site: Annotated[
        Path | None,
        typer.Option("--site", metavar="SITE.toml", help="Put this site's configuration on it."),
    ] = None,
    station: Annotated[
        str, typer.Option("--station", metavar="ID", help="Which station of the site.")
    ] = "",
) -> None:
    """Build the one file that makes a bare board into a station.

    RPI_PICO is built from source, the others from MicroPython's official image. With --site it
    holds the files of the board too, and flashing it removes what was there.
    """
    tr = translator(_ROOM, chosen_language())
    own = _is_own(name)
    if station and site is None:
        raise UserError(
            _ROOM,
            "--station {station} is a station of a site, and no site is given.",
            hint="Name its file by --site, or leave --station out.",
            station=station,
        )
    if own == (download or base is not None) or (download and base):
        raise _base_error(name, own)
    files = _config(name, site, station)
    with shown_progress() as told:
        if own:
            image = pico_image(name, told, files)
        else:
            base = base or official_image(name, told)
            judged = read_base(name, base)
            image = with_files(name, base, {**firmware_files(name), **files})
    if base is not None:
        _say_base(tr, base, judged)
    _write(out, image)
    line = tr("{file}: {size} KiB, SHA-256 {sha256}", **_named(out, image))
    typer.echo(line)


def _network_of(facts: BoardFile, tr) -> str:
    if facts.radio:
        return tr("Wi-Fi, not built yet")
    return tr("yes") if facts.network else tr("no")


def _is_own(name: str) -> bool:
    """Whether we build it from source; raises UserError where nothing can be built."""
    return (flashed_board(name) / "manifest.py").is_file()


def _base_error(name: str, own: bool) -> UserError:
    if own:
        return UserError(
            _ROOM,
            "{board} is built from source: --base and --download are not for it.",
            hint="Leave them out.",
            board=name,
        )
    return UserError(
        _ROOM,
        "For {board} the official MicroPython image is needed: give either --base or --download.",
        hint="--download fetches it; or get it from MicroPython's page and name it by --base.",
        board=name,
    )


def _config(name: str, site: Path | None, station: str) -> dict[str, bytes]:
    """The station's configuration as the board reads it; nothing without a site."""
    if site is None:
        return {}
    loaded = load_site(site)
    fitting = [each for each, it in loaded.stations.items() if it.board == name]
    if not fitting:
        raise UserError(
            _ROOM,
            "{file} has no station on {board}.",
            hint="Give the board that its stations are on: {boards}.",
            file=site,
            board=name,
            boards=", ".join(sorted({it.board for it in loaded.stations.values()})),
        )
    chosen = station or (fitting[0] if len(fitting) == 1 else "")
    if chosen not in fitting:
        raise UserError(
            _ROOM,
            "{file} does not say which station this is: on {board} are: {stations}.",
            hint="Give one of them by --station.",
            file=site,
            board=name,
            stations=", ".join(fitting),
        )
    return {"config.bin": compile_station(loaded, chosen)}


def _say_base(tr, base: Path, judged) -> None:
    version = ".".join(map(str, judged.version))
    values = {"file": base, "version": version, "sha256": judged.sha256}
    if judged.pinned:
        text = tr("{file}: MicroPython {version}, SHA-256 {sha256}, as pinned", **values)
    else:
        text = tr(
            "{file}: MicroPython {version}, SHA-256 {sha256}; none is known to compare it with: "
            "take the file from micropython.org alone",
            **values,
        )
    typer.echo(text)


def _write(out: Path, image: bytes) -> None:
    try:
        out.write_bytes(image)
    except OSError as problem:
        raise UserError(
            _ROOM,
            "{file} cannot be written: {reason}.",
            hint="Give another path by --out.",
            file=out,
            reason=problem,
        ) from None


def _named(out: Path, image: bytes) -> dict[str, object]:
    sha256 = hashlib.sha256(image).hexdigest()
    return {"file": out, "size": -(-len(image) // 1024), "sha256": sha256}
