"""`reedgate sim proof`, and what `reedgate sim mutants --generated` does and tells."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from reedgate_boards.site.language import chosen_language, translator
from reedgate_boards.site.locator import firmware_dir
from reedgate_boards.site.tables import whole
from reedgate_sim.assurance.files import files_now
from reedgate_sim.campaign.progress import Told, ended_once
from reedgate_sim.campaign.runs import workers
from reedgate_sim.proof.kill import Killed, equivalents, kill
from reedgate_sim.proof.mutate import sample, slips
from reedgate_sim.proof.prove import (
    PROPERTIES,
    Verdict,
    fewer,
    names_of,
    never_judged,
    not_closed,
    prove,
)
from reedgate_sim.sim_app import app
from reedgate_sim.written import writable

_ROOM = "reedgate_sim"


@app.command(epilog="Example: reedgate sim proof limit motor")
def proof(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]…", help="These configurations, not all.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Write the result as JSON.")
    ] = None,
    scans: Annotated[
        int, typer.Option(min=0, help="Random scans on live objects, for each configuration.")
    ] = 20000,
    phases: Annotated[
        int, typer.Option(min=1, max=3, help="At so many positions of the ticks' wrap.")
    ] = 1,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Runs at a time; else one for each processor.")
    ] = None,
) -> None:
    """Prove the shipped decide(): every reachable state of small stations keeps the law.

    Exit code 1 when a property does not hold, or when less was looked at than the committed
    figures say.
    """
    _proof(names_of(names or []), out, scans, phases, jobs)


@ended_once()
def _proof(names, out: Path | None, scans: int, phases: int, jobs: int | None) -> None:
    tr = translator(_ROOM, chosen_language())
    writable(out)
    files = files_now()  # not those at the end: somebody may edit meanwhile
    verdicts = []
    with (
        workers(min(jobs or os.cpu_count() or 1, len(names))) as pool,
        Told(tr("Configurations"), len(names)) as told,
    ):
        for verdict in pool.each(prove, [(name, scans, phases) for name in names]):
            verdicts.append(verdict)
            told.advance()
    verdicts.sort(key=lambda each: names.index(each.name))
    missed = never_judged(verdicts) if len(names) == len(names_of([])) else []
    if out is not None:
        rows = [each.as_json() | {"fewer": fewer(each)} for each in verdicts]
        text = {
            "files": files,
            "configurations": rows,
            "properties": PROPERTIES,
            "never_judged": missed,
        }
        out.write_text(json.dumps(text, indent=2) + "\n", encoding="utf-8")
    _print(verdicts, missed, tr)
    bad = missed or any(each.broken or fewer(each) for each in verdicts)
    raise typer.Exit(1 if bad else 0)


def _print(verdicts: list[Verdict], missed: list[str], tr) -> None:
    console = Console()
    table = Table()
    titles = (tr("Configuration"), tr("States"), tr("Transitions"), tr("Random scans"))
    for title in (*titles, tr("Seconds"), tr("Verdict")):
        table.add_column(title)
    for each in verdicts:
        told = f"[green]{tr('holds')}[/]"
        if each.broken:
            told = f"[red]{each.broken}[/]"
        elif fewer(each):
            told = f"[red]{tr('fewer than before')}[/]"
        numbers = (each.states, each.transitions, each.scans)
        table.add_row(each.name, *(f"{n:,}" for n in numbers), str(each.seconds), told)
    console.print(whole(table))
    for each in verdicts:
        for line in each.way:
            console.print("  " + line, highlight=False, markup=False, soft_wrap=True)
    if missed:
        text = tr("Never judged, its premise was not met: {names}", names=", ".join(missed))
        console.print(f"[red]{text}[/]")
    names = ", ".join(not_closed()) or "-"
    console.print(tr("Configurations that are not proved: {names}", names=names))


@ended_once()
def generated(count: int, seed: int, out: Path | None, jobs: int | None) -> None:
    """Seeds slips, tells. Raises typer.Exit: 1 when one lives that is not argued away."""
    tr = translator(_ROOM, chosen_language())
    writable(out)
    files = files_now()
    every = slips(firmware_dir())
    chosen = sample([each for each in every if each.name not in equivalents()], count, seed)
    found: list[Killed] = []
    with (
        workers(jobs or os.cpu_count() or 1) as pool,
        Told(tr("Bugs"), len(chosen)) as told,
    ):
        for each in pool.each(kill, [(slip,) for slip in chosen]):
            found.append(each)
            told.advance()
    found.sort(key=lambda each: chosen.index(each.slip))
    alive = [each for each in found if not each.by]
    if out is not None:
        result = {
            "files": files,
            "generated": len(every),
            "seed": seed,
            "equivalent": equivalents(),
            "run": [each.as_json() for each in found],
        }
        out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    _print_generated(found, alive, len(every), tr)
    raise typer.Exit(1 if alive else 0)


def _print_generated(found: list[Killed], alive: list[Killed], every: int, tr) -> None:
    console = Console()
    table = Table(show_header=False)
    table.add_row(tr("Bugs that can be made"), str(every))
    table.add_row(tr("Seeded"), str(len(found)))
    for title, by in ((tr("Found by the proof"), "proof"), (tr("Found by tests/core"), "tests")):
        table.add_row(title, str(sum(each.by == by for each in found)))
    table.add_row(tr("Not found"), str(len(alive)))
    console.print(table)
    for each in alive:
        slip = each.slip
        text = f"{slip.file}:{slip.line} {slip.name}: {slip.old!r} -> {slip.new!r}"
        console.print(text, highlight=False, markup=False, soft_wrap=True, style="red")
