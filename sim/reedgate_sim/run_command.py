"""`reedgate run`: the main job on a desk."""

import re
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from reedgate_boards.site.language import chosen_language, translator
from reedgate_boards.site.user_error import UserError
from reedgate_sim.desk.run import Wishes, run_desk
from reedgate_sim.desk.verdict import Verdict

app = typer.Typer(add_completion=False)

_ROOM = "reedgate_sim"
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h)?$")
_SECONDS = {None: 1, "s": 1, "m": 60, "min": 60, "h": 3600}


@app.command(epilog="Example: reedgate run --for 120s --no-browser")
def run(
    scenario: Annotated[
        str, typer.Option(metavar="NAME", help="What happens to the water.")
    ] = "turbidity_upset",
    for_: Annotated[
        str | None,
        typer.Option("--for", metavar="TIME", help="End after this time, with a verdict."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port of the page; else 8080.")
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only say where the page is.")
    ] = False,
) -> None:
    """Run the main job on this desk: plant, real firmware, gateway and its page.

    Exit code with --for: 0 when the gate closed in time and opened again, else 1.
    """
    tr = translator(_ROOM, chosen_language())
    console = Console()
    duration_s = None if for_ is None else parse_duration(for_)
    wishes = Wishes(scenario, duration_s, port, not no_browser)
    verdict = run_desk(wishes, tr, console)
    if duration_s is not None:
        _print_verdict(verdict, tr, console)
        raise typer.Exit(0 if verdict.holds() else 1)


def parse_duration(text: str) -> float:
    """Seconds of "120s", "2m", "90". Raises UserError."""
    match = _DURATION.match(text.strip())
    seconds = float(match[1]) * _SECONDS[match[2]] if match else 0.0
    if seconds <= 0:
        raise UserError(
            _ROOM, "--for {text}: not a time.", hint="Examples: 120s, 2m, 1h", text=text
        )
    return seconds


def _print_verdict(verdict: Verdict, tr, console: Console) -> None:
    table = Table(title=tr("Summary"), show_header=False, title_justify="left")
    told = {
        "open_on_good": tr("The gate was open on good water."),
        "close_in_budget": tr("The close command stood within its budget."),
        "closed_in_time": tr("The gate was closed within its travel time-out."),
        "bypass_opened": tr("The bypass opened."),
        "opened_again": tr("The gate opened again on good water."),
    }
    for check, held in verdict.checks().items():
        table.add_row("[green]✓[/]" if held else "[red]✗[/]", told[check])
    console.print(table)
    if verdict.relay_ms is not None:
        console.print(
            tr(
                "Register to close relay: {ms} ms of at most {budget} ms. Travel: {travel} ms.",
                ms=verdict.relay_ms,
                budget=verdict.budget_ms,
                travel=verdict.travel_ms if verdict.travel_ms is not None else "-",
            )
        )
