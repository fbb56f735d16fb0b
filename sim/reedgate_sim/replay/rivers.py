"""Two recorded rivers through the core, at each limit of the table in docs/assurance.md."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from reedgate_boards.site.user_error import UserError
from reedgate_sim.replay.core_run import CoreReplay
from reedgate_sim.replay.plan import make_plan
from reedgate_sim.replay.run import Outcome
from reedgate_sim.replay.score import exceedances, touching
from reedgate_sim.replay.series import parse_columns
from reedgate_sim.replay.series_csv import read_series

RIVERS = {"MainStreet2019.csv": "Main Street", "BlackSmithFork2019.csv": "Blacksmith Fork"}
_COLUMNS = "turb=turbidity_ntu,do=do_mg_l,cond=conductivity_us_cm,stage=stage_mm*10"
LIMITS = {
    "turbidity_ntu>10": "10 NTU",
    "turbidity_ntu>15": "15 NTU",
    "turbidity_ntu>25": "25 NTU",
    "turbidity_ntu>50": "50 NTU",
    "do_mg_l<7": "DO < 7 mg/L",
    "do_mg_l<8": "DO < 8 mg/L",
    "conductivity_us_cm>450": "EC > 450 µS/cm",
}


def check_rivers(folder: Path) -> None:
    """Raises UserError for a folder without them."""
    for name in RIVERS:
        if not (folder / name).is_file():
            raise UserError(
                "reedgate_sim",
                "{file} is not in {folder}.",
                hint="The recorded rivers are at github.com/AmberSJones/pyhydroqc.",
                file=name,
                folder=folder,
            )


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of each file, its first 16 digits."""
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest()[:16] for name in RIVERS}


def replayed(file: Path, limit: str) -> dict:
    """A row of the table, for JSON."""
    series = read_series(file, parse_columns(_COLUMNS))
    plan = make_plan(None, [limit], series)
    outcome = CoreReplay(plan, series).run()
    score, rule = outcome.score, outcome.rule
    lost = _lost(outcome)
    beyond = exceedances(series.corrected, plan.bounds)
    return {
        "river": file.name,
        "limit": limit,
        "events": score.events,
        "caught": score.caught,
        "nuisance": score.nuisance,
        "closes": score.closes,
        "lost": len(lost),
        "lost_at_events": touching(beyond, lost),
        "availability": round(score.availability, 6),
        "rule": {
            "caught": rule.caught,
            "nuisance": rule.nuisance,
            "closes": rule.closes,
            "availability": round(rule.availability, 6),
        },
    }


def _lost(outcome: Outcome) -> list[int]:
    return [close.row for close in outcome.closes if close.rule == "unknown"]


def titles(tr: Callable[..., str]) -> list[str]:
    ours = [tr("River, limit"), tr("Caught"), tr("Nuisance / quality closes")]
    ours += [tr("Lost (at an event)"), tr("Availability")]
    return [*ours, tr("Rule: caught"), tr("nuisance / closes"), tr("availability")]


def cells(row: dict, tr: Callable[..., str]) -> list[str]:
    """A row under `titles`."""
    rule = row["rule"]
    return [
        tr("{river}, {limit}", river=RIVERS[row["river"]], limit=LIMITS[row["limit"]]),
        f"{row['caught']}/{row['events']}",
        f"{row['nuisance']} / {row['closes']}",
        tr("{lost} ({events})", lost=row["lost"], events=row["lost_at_events"]),
        f"{row['availability']:.2%}",
        str(rule["caught"]),
        f"{rule['nuisance']} / {rule['closes']}",
        f"{rule['availability']:.2%}",
    ]
