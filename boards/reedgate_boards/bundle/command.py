"""`reedgate board bundle`: one archive for a technician's computer that has no network."""

import hashlib
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reedgate_boards.board_app import app
from reedgate_boards.bundle.pack import write_bundle
from reedgate_boards.bundle.targets import PYTHONS, TARGETS
from reedgate_boards.image.pico import missing_tools, pico_image
from reedgate_boards.progress import shown_progress
from reedgate_boards.site.language import chosen_language, translator
from reedgate_boards.site.load import load_site
from reedgate_boards.site.user_error import UserError

_ROOM = "reedgate_boards"
_BUILT = "RPI_PICO"  # the board whose image we build; the others start from official ones

_System = StrEnum("_System", {name: name for name in TARGETS})


@app.command(epilog="Example: reedgate board bundle --for windows --out reedgate-windows.zip")
def bundle(
    system: Annotated[
        _System,
        typer.Option("--for", help="The computer: pi is a Raspberry Pi, its system of 64 bits."),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE.zip", help="Where it goes.")],
    site: Annotated[
        Path | None, typer.Option("--site", metavar="SITE.toml", help="Put this site file in.")
    ] = None,
    image: Annotated[
        list[Path] | None,
        typer.Option("--image", metavar="FILE", help="Put this image in; may stand again."),
    ] = None,
) -> None:
    """Pack Reedgate for a computer without a network: wheels, installer, images, site file.

    The image of RPI_PICO is put in where this computer has the compiler for it.
    """
    tr = translator(_ROOM, chosen_language())
    files = _site_file(site) | _given_images(image or [])
    with shown_progress() as told:
        missing = missing_tools()
        if not missing:
            files[f"images/{_BUILT}.uf2"] = pico_image(_BUILT, told)
        write_bundle(out, system.value, files, told)
    if missing:
        text = "Without an image of {board}: {missing} is missing here, see make tools."
        typer.echo(tr(text, board=_BUILT, missing=", ".join(missing)))
    content = out.read_bytes()
    values = {"size": -(-len(content) // 1024), "sha256": hashlib.sha256(content).hexdigest()}
    typer.echo(tr("{file}: {size} KiB, SHA-256 {sha256}", file=out, **values))
    typer.echo(tr("It installs under Python {versions}.", versions=", ".join(PYTHONS)))


def _site_file(site: Path | None) -> dict[str, bytes]:
    """Under its own name, once it is known to be a good one. Its secrets stay here."""
    if site is None:
        return {}
    load_site(site)
    return {site.name: site.read_bytes()}


def _given_images(images: list[Path]) -> dict[str, bytes]:
    found = {}
    for path in images:
        try:
            found[f"images/{path.name}"] = path.read_bytes()
        except OSError as problem:
            raise UserError(
                _ROOM,
                "{file} cannot be read: {reason}.",
                hint="Give the path of an image by --image.",
                file=path,
                reason=problem,
            ) from None
    return found
