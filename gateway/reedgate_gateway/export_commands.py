"""`reedgate gateway export`: the stored events as a file, for a desk that decides them again."""

import json
from pathlib import Path
from typing import Annotated

import typer

from reedgate_boards.site.language import chosen_language, translator
from reedgate_boards.site.user_error import UserError
from reedgate_gateway.data_dir import ROOM, store_to_read
from reedgate_gateway.gateway_app import app
from reedgate_gateway.journal_read import event_records


@app.command(epilog="Example: reedgate gateway export --data DIR --out events.jsonl")
def export(
    data: Annotated[Path, typer.Option(help="Directory of the gateway's store.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where they go, a line a record.")],
    station: Annotated[str | None, typer.Option(help="Only of this station.")] = None,
) -> None:
    """Write the events of the record to a file; `reedgate sim replay --events` reads it."""
    tr = translator(ROOM, chosen_language())
    count = 0
    try:
        with store_to_read(data) as db, out.open("w", encoding="ascii") as file:
            for row in event_records(db, station):
                file.write(json.dumps(row) + "\n")
                count += 1
    except OSError as exc:
        raise UserError(
            ROOM,
            "{path} cannot be written: {reason}.",
            hint="Give another file with --out.",
            path=out,
            reason=exc,
        ) from exc
    print(tr("{count} records of events: {path}", count=count, path=out))
