"""`reedgate sim rivers`: the table of the recorded rivers, made anew."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from reedgate_boards.site.language import chosen_language, translator
from reedgate_boards.site.tables import whole
from reedgate_sim.assurance.files import files_now
from reedgate_sim.campaign.progress import Told, ended_once
from reedgate_sim.campaign.runs import workers
from reedgate_sim.replay.rivers import (
    LIMITS,
    RIVERS,
    cells,
    check_rivers,
    hashes,
    replayed,
    titles,
)
from reedgate_sim.sim_app import app
from reedgate_sim.written import writable


@app.command(epilog="Example: reedgate sim rivers pyhydroqc/LRO_data --json out/rivers.json")
@ended_once()
def rivers(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where the two files of 2019 are.")
    ],
    out: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Write the result as JSON.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Runs at a time; else one for each processor.")
    ] = None,
) -> None:
    """Two recorded rivers through the firmware's core, at each limit of docs/assurance.md."""
    tr = translator("reedgate_sim", chosen_language())
    check_rivers(folder)
    writable(out)
    files = files_now()
    tasks = [(folder / name, limit) for name in RIVERS for limit in LIMITS]
    found = []
    with workers(jobs or os.cpu_count() or 1) as pool, Told(tr("Replays"), len(tasks)) as told:
        for row in pool.each(replayed, tasks):
            found.append(row)
            told.advance()
    found.sort(key=lambda row: tasks.index((folder / row["river"], row["limit"])))
    if out is not None:
        result = {"files": files, "data": hashes(folder), "run": found}
        out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    table = Table(*titles(tr))
    for row in found:
        table.add_row(*cells(row, tr))
    Console().print(whole(table))
