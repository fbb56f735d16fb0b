"""What `reedgate sim campaign` and `reedgate sim mutants` do and tell."""

import json
import os
import time
from collections import Counter
from pathlib import Path
from shlex import quote

import typer
from rich.console import Console
from rich.table import Table

from reedgate_boards.site.language import chosen_language, translator
from reedgate_boards.site.tables import whole
from reedgate_boards.site.user_error import UserError
from reedgate_sim.assurance.files import files_now
from reedgate_sim.campaign.draw import draw
from reedgate_sim.campaign.mutants import Found, load_mutants, search, titles
from reedgate_sim.campaign.progress import Told, ended_once
from reedgate_sim.campaign.report import shares, twentieths, write_report
from reedgate_sim.campaign.runs import Outcome, Workers, run, run_seed, shortest, workers
from reedgate_sim.campaign.schedule import Schedule, parse_schedule
from reedgate_sim.written import writable

_ROOM = "reedgate_sim"
_SHRUNK = 6  # failures of which the shortest schedule is looked for
_RIGS = ("vm",)


@ended_once()
def campaign(
    runs: int,
    seed: int,
    rig: str,
    out: Path | None,
    jobs: int | None,
    schedule: str | None,
    report: Path | None,
) -> None:
    """Plays, shrinks, tells. Raises typer.Exit: 1 when a property was violated."""
    language = chosen_language()
    tr = translator(_ROOM, language)
    _check_rig(rig)
    writable(out)
    writable(report)
    began = time.perf_counter()
    files = files_now()  # not those at the end: somebody may edit meanwhile
    if schedule is not None:
        given = parse_schedule(seed, schedule)
        outcomes, schedules = [run(given)], {seed: given}
        _print_schedule(Console(stderr=True), given)
    else:
        seeds = range(seed, seed + runs)
        with workers(min(jobs or os.cpu_count() or 1, runs)) as pool:
            outcomes = _play_all(pool, seeds, tr)
            schedules = _shrink_all(pool, outcomes, tr)
    result = {"files": files} | _summary(outcomes, schedules, seed, time.perf_counter() - began)
    if out is not None:
        out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    if report is not None:
        taken = [each for outcome in outcomes for each in outcome.taken]
        write_report(report, result, taken, tr, language)
    _print_result(result, outcomes, schedules, tr, Console())
    if report is not None:
        typer.echo(tr("Written: {files}", files=report))
    raise typer.Exit(1 if result["violations"] else 0)


@ended_once()
def mutants(out: Path | None, only: str | None, jobs: int | None) -> None:
    """Searches, tells. Raises typer.Exit: 1 when a bug was not found."""
    tr = translator(_ROOM, chosen_language())
    writable(out)
    chosen = load_mutants(only.split(",") if only else None)
    files = files_now()
    found = []
    with workers(jobs or os.cpu_count() or 1) as pool, Told(tr("Bugs"), len(chosen)) as told:
        for each in pool.each(search, [(mutant,) for mutant in chosen]):
            found.append(each)
            told.advance()
    found.sort(key=lambda each: [mutant.name for mutant in chosen].index(each.name))
    if out is not None:
        result = {"files": files, "run": [each.as_json() for each in found]}
        out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    _print_mutants(found, tr, chosen_language())
    raise typer.Exit(0 if all(each.seed is not None for each in found) else 1)


def _check_rig(rig: str) -> None:
    if rig not in _RIGS:
        raise UserError(
            _ROOM,
            "--rig {rig}: the campaign does not run there.",
            hint="Known are: {known}.",
            rig=rig,
            known=", ".join(_RIGS),
        )


def _play_all(pool: Workers, seeds: range, tr) -> list[Outcome]:
    outcomes = []
    with Told(tr("Schedules"), len(seeds)) as told:
        for outcome in pool.each(run_seed, [(each,) for each in seeds]):
            outcomes.append(outcome)
            told.advance()
    return sorted(outcomes, key=lambda each: each.seed)


def _shrink_all(pool: Workers, outcomes: list[Outcome], tr) -> dict[int, Schedule]:
    """The shortest schedule of some failures, by seed; of each property first."""
    failed = [each for each in outcomes if each.violations]
    seen: Counter[str] = Counter()
    ranked = []
    for each in failed:
        prop = each.violations[0].property
        ranked.append((seen[prop], each.seed, prop))
        seen[prop] += 1
    tasks = [(seed, prop) for _, seed, prop in sorted(ranked)[:_SHRUNK]]
    found = {}
    if not tasks:
        return found
    with Told(tr("Looking for the shortest schedules"), len(tasks)) as told:
        for schedule in pool.each(shortest, [(draw(seed), prop) for seed, prop in tasks]):
            found[schedule.seed] = schedule
            told.advance()
    return found


def _summary(
    outcomes: list[Outcome], schedules: dict[int, Schedule], seed: int, real_s: float
) -> dict:
    excused: Counter[str] = Counter()
    for each in outcomes:
        excused.update(each.excused)
    taken = [each for outcome in outcomes for each in outcome.taken]
    worst = max((each.worst for each in outcomes), key=lambda pair: pair[0] / max(pair[1], 1))
    return {
        "runs": len(outcomes),
        "seed": seed,
        "violations": [
            {
                "seed": each.seed,
                "property": each.violations[0].property,
                "command": _command(each.seed, schedules.get(each.seed)),
            }
            for each in outcomes
            if each.violations
        ],
        "transitions_decided_again": sum(each.transitions for each in outcomes),
        "judged": sum(each.judged for each in outcomes),
        "excused": dict(sorted(excused.items())),
        "reaction_ms": {"measured_max": worst[0], "budget": worst[1]},
        "budget_twentieths": twentieths(taken),
        "budget_used": {f"p{percent}": share for percent, share in shares(taken).items()},
        "real_s": round(real_s, 1),
    }


def _command(seed: int, schedule: Schedule | None) -> str:
    command = f"reedgate sim campaign --runs 1 --seed {seed}"
    return command if schedule is None else f"{command} --schedule {quote(schedule.text())}"


def _print_schedule(console: Console, schedule: Schedule) -> None:
    for line in schedule.lines():
        console.print("  " + line, highlight=False, markup=False, soft_wrap=True)


def _print_result(
    result: dict, outcomes: list[Outcome], schedules: dict[int, Schedule], tr, console: Console
) -> None:
    broken = {each.seed: each.violations[0] for each in outcomes if each.violations}
    for row in result["violations"]:
        violation = broken[row["seed"]]
        console.print(f"[red]✗[/] seed {row['seed']}: ", end="")
        console.print(str(violation), highlight=False, markup=False, soft_wrap=True)
        if row["seed"] in schedules:
            _print_schedule(console, schedules[row["seed"]])
        console.print("  " + row["command"], highlight=False, markup=False, soft_wrap=True)
    table = Table(show_header=False)
    table.add_row(tr("Schedules"), str(result["runs"]))
    table.add_row(tr("Violated"), str(len(result["violations"])))
    table.add_row(tr("Reactions judged"), str(sum(each.judged for each in outcomes)))
    table.add_row(tr("Transitions decided again"), str(result["transitions_decided_again"]))
    reaction = result["reaction_ms"]
    if reaction["budget"]:
        worst = tr(
            "{ms} ms of {budget} ms", ms=reaction["measured_max"], budget=reaction["budget"]
        )
        table.add_row(tr("Closest to its budget"), worst)
    for premise, count in result["excused"].items():
        table.add_row(tr("Not judged: {premise}", premise=premise), str(count))
    table.add_row(tr("Time"), tr("{seconds} s", seconds=result["real_s"]))
    console.print(whole(table))


def _print_mutants(found: list[Found], tr, language: str) -> None:
    table = Table(*titles(tr))
    for each in found:
        bug, file, verdict, *rest = each.cells(tr, language)
        colour = "red" if each.seed is None else "green"
        table.add_row(bug, file, f"[{colour}]{verdict}[/]", *rest)
    Console().print(whole(table))
