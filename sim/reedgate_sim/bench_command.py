"""`reedgate bench`: what is measured, beside what others use. The benches stand in `benches/`."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from reedgate_boards.site.language import chosen_language, translator
from reedgate_boards.site.user_error import UserError
from reedgate_sim.benches import desk, journal, rtu, uplink

app = typer.Typer(add_completion=False)

_ROOM = "reedgate_sim"
BENCHES = {each.NAME: each for each in (uplink, journal, rtu, desk)}


@app.command(epilog="Example: reedgate bench uplink --json uplink.json")
def bench(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Which; without it, what there is.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Write the figures as JSON.")
    ] = None,
) -> None:
    """Measure, beside the tools that others use."""
    tr = translator(_ROOM, chosen_language())
    console = Console()
    if name is None:
        for each, module in BENCHES.items():
            console.print(f"[bold]{each}[/]  {tr(module.SUMMARY)}")
        return
    if name not in BENCHES:
        raise UserError(
            _ROOM,
            "There is no bench {name}.",
            hint="Give one of: {known}.",
            name=name,
            known=", ".join(BENCHES),
        )
    if out is not None and not out.parent.is_dir():
        raise UserError(
            _ROOM, "{path}: there is no such folder.", hint="Make it first.", path=out.parent
        )
    figures = _measured(BENCHES[name])
    if out is not None:
        out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    _print(figures, tr, console)
    console.print(BENCHES[name].verdict(figures, tr))


def _measured(module) -> dict:
    """The bar is drawn only when the bench says so, between its measurements."""
    bar = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(
        *bar, console=Console(stderr=True), transient=True, auto_refresh=False
    ) as progress:
        task = progress.add_task(module.NAME, total=module.total_s())

        def tell(situation: str, passed_s: float) -> None:
            progress.update(task, description=situation, advance=passed_s)
            progress.refresh()

        return module.run(tell)


def _print(result: dict, tr, console: Console) -> None:
    """A row for each figure, a column for each peer; a cell stays empty where a peer has none."""
    table = Table(title=result["name"], title_justify="left")
    table.add_column(tr("Figure"))
    table.add_column("Reedgate", justify="right")
    for peer in result["against"]:
        table.add_column(peer, justify="right")
    for key, value in result["figures"].items():
        peers = result["against"].values()
        others = [f"{figures[key]:g}" if key in figures else "" for figures in peers]
        table.add_row(key, f"{value:g}", *others)
    console.print(table)
