"""`reedgate sim …`: the firmware against simulated and recorded water."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from reedgate_boards.site.language import chosen_language, translator
from reedgate_boards.site.user_error import UserError
from reedgate_sim import board_command as _board_command  # noqa: F401 - it joins app
from reedgate_sim.campaign import command
from reedgate_sim.proof import command as proof_command  # `sim proof` joins app too
from reedgate_sim.replay import rivers_command as _rivers_command  # noqa: F401 - it joins app
from reedgate_sim.replay.core_run import CoreReplay
from reedgate_sim.replay.events_command import replay_events
from reedgate_sim.replay.plan import default_site, make_plan
from reedgate_sim.replay.report import score_text, write_report
from reedgate_sim.replay.run import Outcome, Replay, summary, write_outcome
from reedgate_sim.replay.series import Column, Series, parse_columns
from reedgate_sim.replay.series_csv import read_header, read_series
from reedgate_sim.scenario import commands as _scenario_commands  # noqa: F401 - they join app
from reedgate_sim.sim_app import app
from reedgate_sim.written import writable_folder

_ROOM = "reedgate_sim"


@app.command(
    epilog="Example: reedgate sim replay river.csv --columns turb=turbidity_ntu "
    "--limit 'turbidity_ntu>15' --out out/river"
)
def replay(
    data: Annotated[
        Path | None, typer.Argument(metavar="DATA.csv", help="The series, a row a poll.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the results go.")] = None,
    events: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Instead of a series: recorded transitions, decided again; needs --site.",
        ),
    ] = None,
    site: Annotated[
        Path | None, typer.Option(metavar="SITE.toml", help="A site with one inlet.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="CONFIG.bin",
            help="With --events: a compiled configuration that the station had, too.",
        ),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN=POINT[*FACTOR],…",
            help="Which column is which point; else columns named like points.",
        ),
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(metavar="POINT>NUMBER", help="Replaces all quality trips; may be repeated."),
    ] = None,
    core: Annotated[
        bool,
        typer.Option("--core", help="Only the firmware's core: no bus, flash or uplink; faster."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Run a recorded series through the real firmware, row by row in virtual time, and score it.

    Writes decisions.csv, summary.json and report.html. With --events: exit code 1 when a
    transition is not decided as it is recorded.
    """
    if events is not None:
        raise typer.Exit(0 if replay_events(events, site, config, as_json) else 1)
    if data is None or out is None:
        raise UserError(
            _ROOM,
            "The file of a series, or the folder for its results, is missing.",
            hint="reedgate sim replay DATA.csv --out DIR, or --events FILE --site SITE.toml",
        )
    language = chosen_language()
    tr = translator(_ROOM, language)
    series = read_series(data, _columns(data, columns))
    plan = make_plan(site, limit or [], series)
    writable_folder(out)
    replay_of = CoreReplay if core else Replay
    outcome = _run_with_progress(replay_of(plan, series), series, data, quiet=as_json)
    write_outcome(out, series, outcome)
    write_report(out / "report.html", data.name, plan, series, outcome, tr, language)
    if as_json:
        typer.echo(json.dumps(summary(outcome), ensure_ascii=False, indent=2))
    else:
        _print(outcome, out, tr)


@app.command(epilog="Example: reedgate sim campaign --runs 200 --seed 7 --json out/campaign.json")
def campaign(
    runs: Annotated[int, typer.Option(min=1, help="How many schedules.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of the first one; each has the next.")] = 1,
    rig: Annotated[str, typer.Option(metavar="vm", help="What stands in for the board.")] = "vm",
    out: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Write the result as JSON.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Runs at a time; else one for each processor.")
    ] = None,
    schedule: Annotated[
        str | None, typer.Option(metavar="JSON", help="This schedule instead of a random one.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="OUT.html", help="Write a page: how reactions lie in their budgets."),
    ] = None,
) -> None:
    """Random faults against the properties that the control law promises.

    A failure is cut down to the shortest schedule, with the command that repeats it. Exit code 1
    when a property was violated.
    """
    command.campaign(runs, seed, rig, out, jobs, schedule, report)


@app.command(epilog="Example: reedgate sim mutants --only no_dead_time,no_crc")
def mutants(
    out: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Write the result as JSON.")
    ] = None,
    only: Annotated[
        str | None, typer.Option(metavar="NAME,…", help="Not all bugs, but these.")
    ] = None,
    generated: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="COUNT",
            help="Instead: so many slips made from the core's syntax tree, for the proof to find.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Which slips are drawn.")] = 1,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Runs at a time; else one for each processor.")
    ] = None,
) -> None:
    """Seed known bugs into the firmware, one at a time: does the campaign find each?

    Exit code 1 when one is not found within its number of schedules, or a slip by nothing.
    """
    if generated is None:
        command.mutants(out, only, jobs)
    else:
        proof_command.generated(generated, seed, out, jobs)


def _columns(data: Path, text: str | None) -> list[Column]:
    """The user's, or every column that is named like a point of the shipped site."""
    if text is not None:
        return parse_columns(text)
    station = next(iter(default_site().stations.values()))
    points = {point for sensor in station.sensors.values() for point in sensor.points.values()}
    columns = [Column(name, name) for name in read_header(data) if name in points]
    if not columns:
        raise UserError(
            _ROOM,
            "{path}: no column is named like a point.",
            hint="Say which is which: --columns turb=turbidity_ntu",
            path=data,
        )
    return columns


def _run_with_progress(
    replay: Replay | CoreReplay, series: Series, data: Path, *, quiet: bool
) -> Outcome:
    console = Console(stderr=True, quiet=quiet)
    bar = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f} %"))
    with Progress(*bar, TimeRemainingColumn(), console=console, transient=True) as progress:
        task = progress.add_task(data.name, total=len(series.times))
        return replay.run(lambda row: progress.update(task, completed=row))


def _print(outcome: Outcome, out: Path, tr) -> None:
    console = Console()
    table = Table(show_header=False)
    for text, value in _figures(outcome, tr):
        table.add_row(text, value)
    console.print(table)
    console.print(tr("Written: {files}", files=f"{out}/decisions.csv, summary.json, report.html"))


def _figures(outcome: Outcome, tr) -> list[tuple[str, str]]:
    rows = [
        (tr("Rows"), str(len(outcome.decisions))),
        (tr("Closes"), str(len(outcome.closes))),
        (tr("Openings"), str(outcome.reopenings)),
        (tr("Resets"), str(outcome.resets)),
    ]
    score = outcome.score
    if score is not None:
        rows += [
            (tr("Sustained events caught"), f"{score.caught} / {score.events}"),
            (tr("Nuisance closes"), str(score.nuisance)),
            (tr("Availability"), f"{score.availability:.2%}"),
        ]
    if outcome.rule is not None:
        rows.append((tr("By hand (two rows close, four open)"), score_text(outcome.rule, tr)))
    days = outcome.virtual_s / 86400
    took = tr("{days} days in {seconds} s", days=round(days), seconds=f"{outcome.real_s:.0f}")
    return [*rows, (tr("Time"), took)]
