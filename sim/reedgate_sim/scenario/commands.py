"""`reedgate sim list`, `run` and `assurance`: scenarios, run and judged."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from reedgate_boards.site.language import chosen_language, translator
from reedgate_boards.site.tables import whole
from reedgate_boards.site.user_error import UserError
from reedgate_sim.scenario.assurance import proofs, with_proof
from reedgate_sim.scenario.chip_commands import run_all_on_chip, run_on_chip
from reedgate_sim.scenario.judge import Assertion, Judge
from reedgate_sim.scenario.play import RIGS, Played, play
from reedgate_sim.scenario.report import write_report
from reedgate_sim.sim_app import app
from reedgate_sim.world.scenario import Scenario, load_scenario, scenario_names
from reedgate_sim.written import writable

_ROOM = "reedgate_sim"


@app.command("list", epilog="Example: reedgate sim list")
def list_scenarios(
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """List the scenarios that come with Reedgate: name, title, rigs.

    Marked `radio` is what needs an uplink: the emulated chip has none.
    """
    language = chosen_language()
    tr = translator(_ROOM, language)
    loaded = {name: load_scenario(name) for name in scenario_names()}
    files = {name: each.file for name, each in loaded.items()}
    if as_json:
        rows = [
            {
                "name": name,
                "title": file.name.en,
                "radio": loaded[name].needs_radio,
                "rigs": list(_rigs(loaded[name])),
            }
            for name, file in files.items()
        ]
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table(tr("Name"), tr("Title"), tr("Rigs"))
    for name, file in files.items():
        rigs = " ".join(_rigs(loaded[name])) + (" · radio" if loaded[name].needs_radio else "")
        table.add_row(name, getattr(file.name, language), rigs)
    Console().print(whole(table))


def _rigs(scenario: Scenario) -> tuple[str, ...]:
    return RIGS[:1] if scenario.needs_radio else RIGS


@app.command("run", epilog="Example: reedgate sim run brine_slug --report out/brine.html")
def run_scenario(
    scenario: Annotated[
        str, typer.Argument(metavar="NAME|FILE.toml", help="One of `sim list`, or a file.")
    ],
    rig: Annotated[str, typer.Option(metavar="vm|rp2040", help="What runs the firmware.")] = "vm",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same run.")] = 1,
    json_out: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Write the result as JSON.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="OUT.html", help="Write a page about the run.")
    ] = None,
    lang: Annotated[str | None, typer.Option(metavar="zh|en", help="Language.")] = None,
) -> None:
    """Run a scenario with the real firmware in virtual time, and judge what it expects.

    --rig rp2040: a cut of it with the production image on an emulated chip, minutes long; judged
    is that the chip decides as the VM does.

    Exit code: 0 everything holds, 1 something does not, 2 the scenario cannot be run.
    """
    language = chosen_language(lang)
    tr = translator(_ROOM, language)
    if rig not in RIGS:
        raise UserError(
            _ROOM, "There is no rig {rig} yet.", hint="Built are: {known}.", rig=rig,
            known=", ".join(RIGS),
        )  # fmt: skip
    loaded = load_scenario(scenario)
    writable(json_out)
    writable(report)
    if rig == "rp2040":
        if report is not None:
            raise UserError(
                _ROOM,
                "--report: there is a page about a run on the VM only.",
                hint="Leave it out, or take --rig vm.",
            )
        raise typer.Exit(0 if run_on_chip(loaded, seed, json_out, tr) else 1)
    played = _played_with_progress(loaded, seed)
    judge = Judge(played)
    assertions = judge.assertions()
    if json_out is not None:
        figures = json.dumps(result(played, judge, assertions, rig), indent=2, ensure_ascii=False)
        json_out.write_text(figures + "\n", encoding="utf-8")
    if report is not None:
        write_report(report, played, assertions, tr, language)
    _print(played, judge, assertions, tr, language)
    if report is not None:
        typer.echo(tr("Written: {files}", files=report))
    raise typer.Exit(0 if all(each.holds for each in assertions) else 1)


@app.command("chip", epilog="Example: reedgate sim chip brine_slug jam_while_closing")
def run_chip(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Only these.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Runs at a time; else one for each processor.")
    ] = None,
) -> None:
    """Play a cut of each scenario on the emulated chip and on the VM: do they decide alike?

    All that need no uplink; takes a long time. Exit code 1 when one decides otherwise.
    """
    tr = translator(_ROOM, chosen_language())
    raise typer.Exit(0 if run_all_on_chip(names or [], jobs, tr) else 1)


@app.command("assurance", epilog="Example: reedgate sim assurance brine_slug")
def show_assurance(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Only these.")
    ] = None,
) -> None:
    """Make each scenario's own change to firmware or site, and show that the scenario fails.

    Exit code 1 when one holds all the same: it proves nothing then.
    """
    language = chosen_language()
    tr = translator(_ROOM, language)
    console = Console()
    table = Table(tr("Scenario"), tr("Change"), tr("What noticed it"))
    blind = 0
    for name in names or []:
        _refuse_unprovable(load_scenario(name))
    chosen = names or with_proof()
    for proof in proofs(chosen, lambda name: console.print(name, style="dim")):
        noticed = [each.name(tr) for each in proof.noticed]
        blind += not noticed
        more = tr(" and {more} more", more=len(noticed) - 1) if len(noticed) > 1 else ""
        told = noticed[0] + more if noticed else tr("[red]nothing[/]")
        change = proof.scenario.file.fails_under
        table.add_row(proof.scenario.name, getattr(change.what, language), told)
    console.print(whole(table))
    raise typer.Exit(1 if blind else 0)


def result(played: Played, judge: Judge, assertions: list[Assertion], rig: str) -> dict:
    """The JSON that scripts may rely on."""
    english = translator(_ROOM, "en")
    return {
        "scenario": played.scenario.name,
        "rig": rig,
        "seed": played.seed,
        "virtual_s": played.scenario.duration_us / 1_000_000,
        "real_s": round(played.real_s, 2),
        "log_sha256": played.log_sha256,
        "assertions": [
            {
                "name": each.name(english),
                "holds": each.holds,
                "detail": each.detail.text(english),
            }
            for each in assertions
        ],
        "reaction_ms": judge.reaction_ms,
        "excused": dict(sorted(judge.reactions.excused.items())),
    }


def _refuse_unprovable(scenario: Scenario) -> None:
    if scenario.file.fails_under is None:
        raise UserError(
            _ROOM,
            "The scenario {name} names no change under which it fails.",
            hint="Add a table [fails_under] to its file: docs/scenarios.md shows one.",
            name=scenario.name,
        )


def _played_with_progress(scenario: Scenario, seed: int) -> Played:
    bar = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f} %"))
    with Progress(*bar, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(scenario.name, total=1.0)
        return play(
            scenario, seed, on_progress=lambda share: progress.update(task, completed=share)
        )


def _print(played: Played, judge: Judge, assertions: list[Assertion], tr, language: str) -> None:
    console = Console()
    console.print(getattr(played.scenario.file.name, language), style="bold", highlight=False)
    table = Table("", tr("What, and when"), tr("What was found"))
    for each in assertions:
        mark = "[green]✓[/]" if each.holds else "[red]✗[/]"
        table.add_row(mark, each.name(tr), each.detail.text(tr))
    console.print(whole(table))
    reaction = judge.reaction_ms
    if reaction["measured_max"] is not None:
        console.print(
            tr(
                "Slowest reaction to a limit: {ms} ms of at most {budget} ms.",
                ms=reaction["measured_max"],
                budget=reaction["budget"],
            )
        )
    virtual_s = round(played.scenario.duration_us / 1_000_000)
    console.print(
        tr("{virtual} s in {real} s, seed {seed}, log {log}", virtual=virtual_s,
           real=f"{played.real_s:.1f}", seed=played.seed, log=played.log_sha256[:12])
    )  # fmt: skip
