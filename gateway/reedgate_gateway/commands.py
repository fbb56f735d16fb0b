"""`reedgate gateway …`: the gateway's commands. They read the site file and start the service."""

import asyncio
import json
import logging
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from reedgate_boards.site.language import chosen_language, translator
from reedgate_boards.site.load import load_site
from reedgate_boards.site.user_error import UserError
from reedgate_gateway import alarm_commands as _alarm_commands  # noqa: F401 - it joins app
from reedgate_gateway import export_commands as _export_commands  # noqa: F401 - it joins app
from reedgate_gateway import order_commands as _order_commands  # noqa: F401 - they join app
from reedgate_gateway.catalogue import Catalogue, catalogue_of
from reedgate_gateway.data_dir import KEYS, ROOM
from reedgate_gateway.enrol import enrol as enrol_station
from reedgate_gateway.gateway_app import app
from reedgate_gateway.service import Config, Listening, Service


@app.callback()
def _gateway() -> None:
    """Run the site's gateway."""


@app.command(epilog="Example: reedgate gateway run --site site.toml --data /var/lib/reedgate")
def run(
    site: Annotated[Path, typer.Option(help="The site file.")],
    data: Annotated[Path, typer.Option(help="Directory of the store; made when missing.")],
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port of the page; the next free one if it is taken."),
    ] = None,
    ready_fd: Annotated[
        int | None,
        typer.Option(min=0, help="File descriptor that gets one line of JSON when all listens."),
    ] = None,
) -> None:
    """Take in what the stations report, store it and show it on a page, until Ctrl-C."""
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    catalogue = catalogue_of(load_site(site))
    host, _colon, listen_port = catalogue.listen.rpartition(":")
    config = Config(
        data=data,
        host=host.strip("[]"),
        port=port or int(listen_port),
        language=os.environ.get("REEDGATE_LANG"),  # where --lang is kept
    )
    if ready_fd is not None:
        _check_open(ready_fd)
    asyncio.run(_run(catalogue, config, ready_fd))


@app.command(
    epilog="Example: reedgate gateway enrol pond-inlet.enrol.toml --site site.toml --data DIR"
)
def enrol(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `board provision` wrote.")],
    site: Annotated[Path, typer.Option(help="The site file.")],
    data: Annotated[Path, typer.Option(help="Directory of the store; made when missing.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Also when another key of the station is here.")
    ] = False,
) -> None:
    """Take a station's key, so that gateway and station believe each other."""
    catalogue = catalogue_of(load_site(site))
    tr = translator(ROOM, chosen_language())
    keys = data / KEYS
    enrolment, new = enrol_station(file, catalogue, keys, replace=replace)
    if not new:
        print(tr("{station} is enrolled already, with this key.", station=enrolment.station))
        return
    print(
        tr(
            "{station} is enrolled: its key is in {path}, for this user only.",
            station=enrolment.station,
            path=keys / f"{enrolment.station}.key",
        )
    )
    print(tr("Restart the gateway if it is running, and delete {file}.", file=file))


async def _run(catalogue: Catalogue, config: Config, ready_fd: int | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    def on_ready(where: Listening) -> None:
        _say(catalogue, config, where)
        if ready_fd is not None:
            _tell(ready_fd, where)

    await Service(catalogue, config).run(on_ready, stop)


def _say(catalogue: Catalogue, config: Config, where: Listening) -> None:
    tr = translator(ROOM, chosen_language(site=catalogue.language))
    if config.port and not where.http.endswith(f":{config.port}/"):
        print(tr("Port {port} is taken.", port=config.port), flush=True)
    print(
        tr("Page: {http}  Stations: MQTT on {mqtt}", http=where.http, mqtt=where.mqtt), flush=True
    )


def _check_open(ready_fd: int) -> None:
    try:
        os.fstat(ready_fd)
    except OSError as exc:
        raise UserError(
            ROOM,
            "File descriptor {fd} of --ready-fd is not open: {reason}.",
            hint="The process that starts the gateway has to pass it on.",
            fd=ready_fd,
            reason=exc,
        ) from exc


def _tell(ready_fd: int, where: Listening) -> None:
    line = json.dumps(asdict(where)) + "\n"
    try:
        os.write(ready_fd, line.encode())
        if ready_fd > 2:
            os.close(ready_fd)
    except OSError as exc:  # whoever asked is gone; the site's data are still worth keeping
        print(f"--ready-fd {ready_fd}: {exc.strerror}", file=sys.stderr)
