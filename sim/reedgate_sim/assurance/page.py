"""Writes docs/assurance.md and its Chinese twin from the results in docs/assurance.

Run as `python -m reedgate_sim.assurance.page FOLDER DOCS`: FOLDER holds proof.json and slips.json
(`make assurance`), campaign.json and mutants.json (`make campaign`), rivers.json (`make rivers`),
as their commands write them. One that is not there is told as not run.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from reedgate_boards.site.language import translator
from reedgate_sim.assurance.files import (
    CAMPAIGN,
    CORE,
    FIRMWARE,
    PROOF,
    QUALITY,
    REPLAY,
    TESTS,
)
from reedgate_sim.campaign.mutants import Found, load_mutants, titles
from reedgate_sim.campaign.report import bars
from reedgate_sim.proof.prove import names_of, not_closed
from reedgate_sim.replay import rivers

_ROOM = "reedgate_sim"
_HERE = Path(__file__).resolve().parent
_PAGES = {"en": "assurance.md", "zh": "assurance.zh-CN.md"}
_PICTURE = "images/reactions.svg"
_STREET, _FORK = rivers.RIVERS
_TICKS = ((0, "start", "0 %"), (500, "middle", "50 %"), (1000, "end", "100 %"))


def write_pages(folder: Path, docs: Path) -> None:
    campaign = _read(folder / "campaign.json")
    if campaign is not None:
        (docs / _PICTURE).parent.mkdir(exist_ok=True)
        (docs / _PICTURE).write_text(_picture(campaign["budget_twentieths"]), encoding="utf-8")
    for language, name in _PAGES.items():
        template = (_HERE / f"page.{language}.md").read_text(encoding="utf-8")
        text = template.format(**_figures(folder, translator(_ROOM, language), language))
        text = "".join(f"{line.rstrip()}\n" for line in text.splitlines())
        (docs / name).write_text(text, encoding="utf-8")


def _picture(counts: list[int]) -> str:
    ticks = (
        f'<text x="{x}" y="265" text-anchor="{anchor}" font-size="16">{text}</text>'
        for x, anchor, text in _TICKS
    )
    return bars(counts, "".join(ticks)) + "\n"


def _figures(folder: Path, tr, language: str) -> dict[str, Any]:
    proof = _read(folder / "proof.json") or {"configurations": []}
    slips = _read(folder / "slips.json") or {"run": [], "generated": 0, "seed": "-"}
    rows = proof["configurations"]
    judged = [name for name in proof.get("properties", []) if _is_judged(rows, name)]
    return {
        "files_table": _files_table(folder, tr),
        "proof_table": _proof_table(rows, tr),
        "judged": ", ".join(judged),
        "not_closed": ", ".join(f"`{name}`" for name in not_closed()) or "-",
        "scans": f"{sum(row['scans'] for row in rows):,}",
        "generated": f"{slips['generated']:,}",
        "seed": slips["seed"],
        "slips_table": _slips_table(slips["run"], tr),
        "alive": _alive(slips["run"], tr),
        "equivalent": _equivalent(slips, tr),
        "proof_took": _took(proof, tr),
        "slips_took": _took(slips, tr),
        "mutants": _mutants(_read(folder / "mutants.json"), language, tr),
        "campaign": _campaign(_read(folder / "campaign.json"), tr),
        "rivers": _rivers(_read(folder / "rivers.json"), tr),
    }


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _is_judged(rows: list[dict], name: str) -> bool:
    return any(name in row["judged"] and not row["broken"] for row in rows)


def _table(titles: list[str], rows: list[list[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _files_table(folder: Path, tr) -> str:
    """Each result, and the hashes of the files that it was made from."""
    parts = {
        "proof": (tr("Proof"), (CORE, PROOF)),
        "slips": (tr("Bugs drawn"), (CORE, PROOF, TESTS)),
        "mutants": (tr("Bugs by hand"), (FIRMWARE, CAMPAIGN)),
        "campaign": (tr("Random faults"), (FIRMWARE, CAMPAIGN)),
        "rivers": (tr("Recorded rivers"), (CORE, REPLAY, QUALITY)),
    }
    rows = []
    for name, (title, patterns) in parts.items():
        result = _read(folder / f"{name}.json") or {}
        files = result.get("files", {})
        found = {each: files[each] for each in patterns if each in files}
        found |= result.get("data", {})
        rows += [[title, f"`{each}`", f"`{digest}`"] for each, digest in found.items()]
    return _table([tr("Result"), tr("Files"), "SHA-256"], rows)


def _proof_table(rows: list[dict], tr) -> str:
    titles = [tr("Configuration"), tr("States"), tr("Transitions"), tr("Rules"), tr("Verdict")]
    cells = [
        [
            f"`{row['name']}`",
            f"{row['states']:,}",
            f"{row['transitions']:,}",
            ", ".join(row["rules"]),
            row["broken"] or tr("holds"),
        ]
        for row in rows
    ]
    run = {row["name"] for row in rows}
    cells += [[f"`{name}`", "", "", "", tr("not run")] for name in names_of([]) if name not in run]
    total = (sum(row[key] for row in rows) for key in ("states", "transitions"))
    cells.append([tr("together"), *(f"{each:,}" for each in total), "", ""])
    return _table(titles, cells)


def _slips_table(run: list[dict], tr) -> str:
    """By kind: seeded, found by the proof, by tests/core, not found."""
    titles = [tr("Kind"), tr("Seeded"), tr("Found by the proof"), tr("Found by tests/core")]
    count = Counter((each["slip"]["kind"], each["by"]) for each in run)
    cells = []
    for kind in [*sorted({kind for kind, _ in count}), None]:
        name = f"`{kind}`" if kind else tr("together")
        of = [
            sum(n for (one, by), n in count.items() if kind in (None, one) and by in chosen)
            for chosen in (("proof", "tests", ""), ("proof",), ("tests",), ("",))
        ]
        cells.append([name, *map(str, of)])
    return _table([*titles, tr("Not found")], cells)


def _equivalent(slips: dict, tr) -> str:
    """How many, and their share of those run: at most 5 %."""
    count, run = len(slips.get("equivalent", {})), len(slips["run"])
    if not run:
        return str(count)
    share = f"{count / run:.1%}"
    return tr("{count}, {share} of the {run} seeded", count=count, share=share, run=run)


def _took(result: dict, tr) -> str:
    if "real_s" not in result:
        return ""
    return tr("It took {minutes} min.", minutes=max(round(result["real_s"] / 60), 1))


def _alive(run: list[dict], tr) -> str:
    alive = [each["slip"] for each in run if not each["by"]]
    if not alive:
        return tr("Every one was found.")
    lines = [
        f"- `{slip['name']}` ({slip['line']}): `{slip['old']}` → `{slip['new']}`" for slip in alive
    ]
    return "\n".join([tr("Not found, and not argued away:"), "", *lines])


def _mutants(found: dict | None, language: str, tr) -> str:
    if found is None:
        return tr("not run")
    what = {each.name: each.what for each in load_mutants()}
    run = [Found(**row | {"what": what[row["name"]]}) for row in found["run"]]
    caught = sum(each.seed is not None for each in run)
    text = tr("{caught} of {count} found", caught=caught, count=len(run))
    cells = []
    for each in run:
        bug, file, verdict, runs, broke = each.cells(tr, language)
        cells.append([bug, f"`{file}`", verdict, runs, broke.partition(":")[0]])
    return f"{text}\n\n{_table(titles(tr), cells)}"


def _campaign(result: dict | None, tr) -> str:
    if result is None:
        return tr("not run")
    reaction = result["reaction_ms"]
    told = tr(
        "{runs} random schedules, {violations} with a violated property; the slowest reaction "
        "took {ms} ms of {budget} ms. Decided again from the record alone (`reedgate sim replay "
        "--events`): {transitions} transitions.",
        runs=result["runs"],
        violations=len(result["violations"]),
        ms=reaction["measured_max"],
        budget=reaction["budget"],
        transitions=f"{result['transitions_decided_again']:,}",
    )
    told = f"{told}\n\n{_denominators(result, tr)}"
    shown = tr("How many reactions ended in each twentieth of their budget")
    return f"{told}\n\n![{shown}]({_PICTURE})"


def _denominators(result: dict, tr) -> str:
    """How many reactions were judged, and why the others were not."""
    excused = result.get("excused", {})
    premises = {
        "already_closed": tr("the gate was closed already, or on its way"),
        "already_open": tr("the gate was open already, or on its way"),
        "bus_fault": tr("the line or the probe of a flood's stage was disturbed"),
        "did_not_stay": tr("the cause was over before the budget was"),
        "drive_fault": tr("the drive had a fault"),
        "emergency_stop": tr("emergency stop"),
        "end_of_run": tr("the schedule ended before the budget did"),
        "flood": tr("a flood asked for the other position"),
        "in_hand": tr("local or service"),
        "power_or_reset": tr("the station was off, or started again, before the budget was over"),
        "reset_unclear": tr("not known to the oracle whether the stop was still latched"),
    }
    told = tr(
        "{judged} reactions were measured against their budget. {others} times a premise of it "
        "was missing, counted by the first that was:",
        judged=f"{result.get('judged', sum(result['budget_twentieths'])):,}",
        others=f"{sum(excused.values()):,}",
    )
    rows = [[premises.get(name, f"`{name}`"), f"{count:,}"] for name, count in excused.items()]
    return f"{told}\n\n{_table([tr('Not judged'), tr('Times')], rows)}"


def _rivers(result: dict | None, tr) -> str:
    if result is None:
        return tr("not run")
    rows = result["run"]
    table = _table(rivers.titles(tr), [rivers.cells(row, tr) for row in rows])
    return f"{table}\n\n{_caveat(rows, tr)}"


def _caveat(rows: list[dict], tr) -> str:
    """What the table does not show of itself."""
    fork = [row for row in rows if (row["river"], row["limit"][:4]) == (_FORK, "turb")]
    named = sum(row["lost"] - row["lost_at_events"] for row in fork)
    nuisance = sum(row["nuisance"] for row in fork)
    oxygen = {row["river"]: row for row in rows if row["limit"] == "do_mg_l<8"}[_STREET]
    return tr(
        "Nuisance counts only closes that are named quality. On Blacksmith Fork the core closed "
        "{named} times more for turbidity without an event and named these lost: {ours} closes "
        "without an event in all, where the rule has {rule}; the time that they cost is not won "
        "back. Of the events of DO < 8 mg/L on Main Street {caught} of {events} are caught, by "
        "the rule {rule_caught}: the correction moved them. Where availability for DO and EC is "
        "below the rule's, the probe was dead or gave what no water holds: the core closes for "
        "unknown water, the rule sees no number and stays open.",
        named=named,
        ours=named + nuisance,
        rule=sum(row["rule"]["nuisance"] for row in fork),
        caught=oxygen["caught"],
        events=oxygen["events"],
        rule_caught=oxygen["rule"]["caught"],
    )


def main(folder: str, docs: str) -> None:
    write_pages(Path(folder), Path(docs))


if __name__ == "__main__":
    main(*sys.argv[1:])
