"""`reedgate sim proof`, and what `reedgate sim mutants --generated` does and tells."""

import json
import os
import time
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
    COUNTS,
    PROPERTIES,
    Verdict,
    fewer,
    least_of,
    names_of,
    never_judged,
    never_reached,
    not_closed,
    prove,
)
from reedgate_sim.sim_app import app
from reedgate_sim.written import writable

_ROOM = "reedgate_sim"
_LETTERS = (
    "polls: of each point a word, of each poll a letter: I inside the limit, d and D in its "
    "deadband (at either end), B beyond, S beyond but SUSPECT, M no answer, N no number, "
    "W wiping, < soon after the scan before, - none; faults: of each gate, s stuck, g sags, O o "
    "its open switch made or broken, C c its closed switch, X x both, q no answer, - none."
)
_SOUND = (
    "Objects that run on went another way than the states of the graph: the core judges two "
    "numbers of one class unlike (numbers.py), or slots.py leaves out what a decision reads or "
    "takes a time stamp for dead. A slot is told as found for expected."
)
_FEWER = (
    "{name}: {states} states (at least {least_states} are committed) and {transitions} "
    "transitions (at least {least_transitions}), in {file}. Something is no longer looked at: "
    "find what. If the core or the configuration has become smaller on purpose, write the new "
    "figures there and say why."
)


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
    began = time.perf_counter()
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
    every = len(names) == len(names_of([]))
    missed = never_judged(verdicts) if every else []
    unreached = never_reached(verdicts) if every else []
    if out is not None:
        rows = [each.as_json() | {"fewer": fewer(each)} for each in verdicts]
        text = {
            "files": files,
            "configurations": rows,
            "properties": PROPERTIES,
            "never_judged": missed,
            "never_reached": unreached,
            "real_s": round(time.perf_counter() - began, 1),
        }
        out.write_text(json.dumps(text, indent=2) + "\n", encoding="utf-8")
    _print(verdicts, tr)
    _print_missed(missed, unreached, tr)
    bad = missed or unreached or any(each.broken or fewer(each) for each in verdicts)
    raise typer.Exit(1 if bad else 0)


def _print(verdicts: list[Verdict], tr) -> None:
    console = Console()
    table = Table()
    titles = (tr("Configuration"), tr("States"), tr("Transitions"), tr("Random scans"))
    for title in (*titles, tr("Seconds"), tr("Verdict")):
        table.add_column(title)
    for each in verdicts:
        told = f"[green]{tr('holds')}[/]"
        if each.fault:
            told = f"[red]{each.fault[0]}[/]"
        elif fewer(each):
            told = f"[red]{tr('fewer than before')}[/]"
        numbers = (each.states, each.transitions, each.scans)
        table.add_row(each.name, *(f"{n:,}" for n in numbers), str(each.seconds), told)
    console.print(whole(table))
    for each in verdicts:
        for line in _explained(each, tr):
            console.print(line, highlight=False, markup=False, soft_wrap=True)
    names = ", ".join(not_closed()) or "-"
    console.print(tr("Configurations that are not proved: {names}", names=names))


def _print_missed(missed: list[str], unreached: list[str], tr) -> None:
    console = Console()
    if missed:
        text = tr("Never judged, its premise was not met: {names}", names=", ".join(missed))
        console.print(f"[red]{text}[/]")
    if unreached:
        text = tr("Rules that no configuration reaches: {names}", names=", ".join(unreached))
        console.print(f"[red]{text}[/]")


def _explained(verdict: Verdict, tr) -> list[str]:
    """What does not hold: the way there and how to read it, or what to do."""
    lines = [f"{verdict.name}: {verdict.told(tr)}"] if verdict.fault else []
    if verdict.way:
        lines.append(tr("The way there from a start, a step a line:"))
        lines += ["  " + line for line in verdict.way]
        lines.append(tr(_LETTERS))
    elif verdict.fault and verdict.fault[0] == "sound":
        lines.append(tr(_SOUND))
    elif not verdict.fault and fewer(verdict):
        least_states, least_transitions = least_of(verdict.name)
        numbers = {
            "states": f"{verdict.states:,}",
            "least_states": f"{least_states:,}",
            "transitions": f"{verdict.transitions:,}",
            "least_transitions": f"{least_transitions:,}",
        }
        lines.append(tr(_FEWER, name=verdict.name, file=COUNTS, **numbers))
    return lines


@ended_once()
def generated(count: int, seed: int, out: Path | None, jobs: int | None) -> None:
    """Seeds slips, tells. Raises typer.Exit: 1 when one lives that is not argued away."""
    tr = translator(_ROOM, chosen_language())
    writable(out)
    began = time.perf_counter()
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
            "real_s": round(time.perf_counter() - began, 1),
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
