"""The replay as one page that needs nothing else: what the water did, and what the gate did."""

import html
import math
from collections.abc import Callable
from pathlib import Path

from reedgate_sim.replay.plan import Plan
from reedgate_sim.replay.run import Outcome
from reedgate_sim.replay.score import Score
from reedgate_sim.replay.series import Series
from reedgate_sim.strips import Line, Strip, axis, page, strip, table

_TICKS = 7


def write_report(
    path: Path,
    title: str,
    plan: Plan,
    series: Series,
    outcome: Outcome,
    tr: Callable[..., str],
    language: str,
) -> None:
    legend = tr("Red: closed by quality. Brown: closed for another reason.")
    parts = [table(_figures(plan, outcome, tr)), f"<p>{html.escape(legend)}</p>"]
    parts += _strips(plan, series, outcome)
    parts.append(axis(_ticks(series)))
    parts.append(f"<h2>{html.escape(tr('Closes'))}</h2>")
    parts.append(table((series.times[close.row], close.cause) for close in outcome.closes))
    path.write_text(page(tr("Replay of {title}", title=title), parts, language), encoding="utf-8")


def _figures(plan: Plan, outcome: Outcome, tr: Callable[..., str]) -> list[tuple[str, str]]:
    limits = ", ".join(
        f"{bound.point} {'>' if bound.side == 'above' else '<'} {bound.limit:g}"
        for bound in plan.bounds
    )
    rows = [
        (tr("Limits"), limits),
        (tr("Rows"), str(len(outcome.decisions))),
        (tr("Closes"), str(len(outcome.closes))),
        (tr("Openings"), str(outcome.reopenings)),
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
    return rows


def score_text(score: Score, tr: Callable[..., str]) -> str:
    """All of a score in one line."""
    return tr(
        "{caught} / {events} caught, {nuisance} nuisance closes, availability {availability}",
        caught=score.caught,
        events=score.events,
        nuisance=score.nuisance,
        availability=f"{score.availability:.2%}",
    )


def _strips(plan: Plan, series: Series, outcome: Outcome) -> list[str]:
    rows = len(outcome.decisions)
    shades = [(start / rows, end / rows, kind) for start, end, kind in _shades(outcome)]
    strips = []
    for point in series.values:
        limits = [bound.limit for bound in plan.bounds if bound.point == point]
        values = [
            (row / rows, decision.points.get(point, {}).get("value"))
            for row, decision in enumerate(outcome.decisions)
        ]
        strips.append(strip(Strip(point, [Line("", values)], limits, shades)))
    return strips


def _shades(outcome: Outcome) -> list[tuple[int, int, str]]:
    """(first row, row after the last, class) of every closure."""
    shades = []
    start = None
    kind = ""
    rows = len(outcome.decisions)
    for row in range(rows + 1):
        closed = row < rows and outcome.decisions[row].closing
        if closed and start is None:
            start = row
            kind = "closed" if outcome.decisions[row].state == "quality" else "lost"
        elif not closed and start is not None:
            shades.append((start, row, kind))
            start = None
    return shades


def _ticks(series: Series) -> list[str]:
    last = len(series.times) - 1
    return [series.times[math.floor(tick * last / _TICKS)][:10] for tick in range(_TICKS + 1)]
