"""The replay as one page that needs nothing else: what the water did, and what the gate did.

Plain SVG, one strip a point over the same time axis; a year is drawn by the extremes of each
pixel's rows, so that no short peak is lost.
"""

import html
import math
from collections.abc import Callable
from pathlib import Path

from reedgate_sim.replay.plan import Plan
from reedgate_sim.replay.run import Outcome
from reedgate_sim.replay.series import Series

_WIDTH = 1200
_HEIGHT = 150
_LEFT = 70
_GAP = 34
_TICKS = 8

_STYLE = """
body{font:15px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;color:#16242b}
body{margin:2em auto;max-width:1300px}
table{border-collapse:collapse;margin:1em 0}td,th{padding:.2em .9em .2em 0;text-align:left}
svg{width:100%;height:auto;background:#fff}.frame{fill:none;stroke:#9fb3bd}
.value{fill:none;stroke:#0b6e99;stroke-width:1}.limit{stroke:#b3261e;stroke-dasharray:6 4}
.closed{fill:#b3261e;opacity:.16}.lost{fill:#6b5b00;opacity:.22}
text{font-size:12px;fill:#33474f}.name{font-weight:600;font-size:13px}
"""


def write_report(
    path: Path,
    title: str,
    plan: Plan,
    series: Series,
    outcome: Outcome,
    tr: Callable[..., str],
) -> None:
    figures = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>"
        for name, value in _figures(plan, outcome, tr)
    )
    heading = html.escape(tr("Replay of {title}", title=title))
    closes = "".join(
        f"<tr><td>{html.escape(series.times[close.row])}</td><td>{html.escape(close.cause)}</td></tr>"
        for close in outcome.closes
    )
    path.write_text(
        f"<!doctype html><meta charset=utf-8><title>{heading}</title><style>{_STYLE}</style>"
        f"<h1>{heading}</h1><table>{figures}</table>{_chart(plan, series, outcome, tr)}"
        f"<h2>{html.escape(tr('Closes'))}</h2><table>{closes}</table>\n",
        encoding="utf-8",
    )


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
    return rows


def _chart(plan: Plan, series: Series, outcome: Outcome, tr: Callable[..., str]) -> str:
    strips = []
    shades = _shades(outcome)
    for number, point in enumerate(series.values):
        top = number * (_HEIGHT + _GAP) + 20
        limits = [bound.limit for bound in plan.bounds if bound.point == point]
        strips.append(_strip(point, outcome, limits, top, shades))
    height = len(series.values) * (_HEIGHT + _GAP) + 30
    ticks = _time_axis(series, height - 14)
    legend = html.escape(tr("Red: closed by quality. Brown: closed for another reason."))
    return (
        f'<p>{legend}</p><svg viewBox="0 0 {_LEFT + _WIDTH + 10} {height}" role="img">'
        f"{''.join(strips)}{ticks}</svg>"
    )


def _x(row: int, rows: int) -> float:
    return _LEFT + _WIDTH * row / rows


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


def _strip(
    point: str,
    outcome: Outcome,
    limits: list[float],
    top: int,
    shades: list[tuple[int, int, str]],
) -> str:
    values = [decision.points.get(point, {}).get("value") for decision in outcome.decisions]
    known = [value for value in values if value is not None]
    low, high = _range(known, limits)
    rows = len(values)

    def y(value: float) -> float:
        clipped = min(max(value, low), high)
        return top + _HEIGHT * (1 - (clipped - low) / (high - low))

    parts = [f'<text class="name" x="{_LEFT}" y="{top - 6}">{html.escape(point)}</text>']
    for start, end, kind in shades:
        left, right = _x(start, rows), _x(end, rows)
        parts.append(
            f'<rect class="{kind}" x="{left:.1f}" y="{top}" width="{max(right - left, 0.6):.1f}" '
            f'height="{_HEIGHT}"/>'
        )
    parts.append(f'<path class="value" d="{_path(values, y)}"/>')
    for limit in limits:
        parts.append(
            f'<line class="limit" x1="{_LEFT}" x2="{_LEFT + _WIDTH}" '
            f'y1="{y(limit):.1f}" y2="{y(limit):.1f}"/>'
        )
    parts.append(
        f'<rect class="frame" x="{_LEFT}" y="{top}" width="{_WIDTH}" height="{_HEIGHT}"/>'
        f'<text x="{_LEFT - 6}" y="{top + 10}" text-anchor="end">{high:g}</text>'
        f'<text x="{_LEFT - 6}" y="{top + _HEIGHT}" text-anchor="end">{low:g}</text>'
    )
    return "".join(parts)


def _range(known: list[float], limits: list[float]) -> tuple[float, float]:
    """All but the outermost half percent of the values, and every limit with room above it."""
    if not known:
        return 0.0, 1.0
    ordered = sorted(known)
    low = ordered[len(ordered) // 200]
    high = ordered[len(ordered) - 1 - len(ordered) // 200]
    for limit in limits:
        low, high = min(low, limit * 0.8), max(high, limit * 1.5)
    return (low, high) if high > low else (low - 1, high + 1)


def _path(values: list[float | None], y: Callable[[float], float]) -> str:
    """Lowest and highest value of each pixel, with a gap where there is none."""
    rows = len(values)
    commands = []
    pen_down = False
    for pixel in range(_WIDTH):
        begin = pixel * rows // _WIDTH
        end = max((pixel + 1) * rows // _WIDTH, begin + 1)
        known = [value for value in values[begin:end] if value is not None]
        if not known:
            pen_down = False
            continue
        for value in (min(known), max(known)):
            commands.append(f"{'L' if pen_down else 'M'}{_LEFT + pixel} {y(value):.1f}")
            pen_down = True
    return "".join(commands)


def _time_axis(series: Series, baseline: int) -> str:
    rows = len(series.times)
    parts = []
    for tick in range(_TICKS):
        row = math.floor(tick * rows / _TICKS)
        when = html.escape(series.times[row][:10])
        parts.append(f'<text x="{_x(row, rows):.0f}" y="{baseline}">{when}</text>')
    return "".join(parts)
