"""`reedgate gateway alarms`: what stands, and a person's having seen it."""

import getpass
import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from reedgate_boards.site.language import chosen_language, translator
from reedgate_boards.site.tables import whole
from reedgate_boards.site.user_error import UserError
from reedgate_gateway.control import ask
from reedgate_gateway.data_dir import ROOM
from reedgate_gateway.gateway_app import app
from reedgate_gateway.order_commands import not_running, seconds_of
from reedgate_gateway.view.labels import NOT_DONE


@app.command(
    epilog="Example: reedgate gateway alarms --data DIR --acknowledge inlet.main.quality_trip"
)
def alarms(
    data: Annotated[Path, typer.Option(help="Directory of the running gateway's store.")],
    acknowledge: Annotated[
        str | None, typer.Option(metavar="ALARM", help="Say that you have seen it.")
    ] = None,
    shelve: Annotated[
        str | None, typer.Option(metavar="ALARM", help="Put it aside; not one of priority 1.")
    ] = None,
    hold: Annotated[
        str, typer.Option(metavar="TIME", help="How long it is put aside: 90s, 30min, 4h.")
    ] = "1h",
    user: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who does it; else who is logged in.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """List the alarms that stand; acknowledge or shelve one. No rule of a station heeds that."""
    tr = translator(ROOM, chosen_language())
    fields: dict[str, Any] = {}
    if acknowledge or shelve:
        fields = {"key": acknowledge or shelve, "person": user or getpass.getuser()}
    if shelve:
        fields["shelve_ms"] = seconds_of(hold) * 1000
    try:
        said = ask(data, "alarm", fields)
    except OSError as exc:
        raise not_running(data, exc) from exc
    if said["reason"] is not None:
        raise UserError(
            ROOM,
            "{alarm}: {reason}.",
            hint="`reedgate gateway alarms` lists those that stand.",
            alarm=fields["key"],
            reason=tr(NOT_DONE[said["reason"]]),
        )
    if as_json:
        typer.echo(json.dumps(said["alarms"], indent=2))
        return
    table = Table(tr("Priority"), tr("Alarm"), tr("Since"), tr("Follows from"), tr("Seen by"))
    for row in said["alarms"]:
        since = datetime.fromtimestamp(row["since_ms"] / 1000).strftime("%Y-%m-%d %H:%M:%S")
        seen = tr("shelved") if row["shelved"] else row["acknowledged_by"] or ""
        table.add_row(str(row["priority"]), row["key"], since, row["under"] or "", seen)
    Console().print(whole(table))
