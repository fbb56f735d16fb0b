"""Pages with strips over one time axis: lines, limits, shades, bars. No meaning lives here.

Plain HTML and SVG that need nothing else. The drawing stretches with the page and the words stand
beside it, so a telephone shows both. A long series is drawn by the extremes of each pixel, so that
no short peak is lost. Positions along the axis are shares of it, from 0 to 1.
"""

import html
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

_WIDTH = 1000
_HEIGHT = 110

STYLE = """
:root{color-scheme:light}
body{font:15px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;color:#16242b;background:#fff}
body{margin:1.2em auto;max-width:1200px;padding:0 12px}
h1{font-size:1.5em;line-height:1.2}h2{font-size:1.1em;margin:1.6em 0 .3em}
table{border-collapse:collapse;margin:.6em 0;width:100%}
td,th{padding:.25em .8em .25em 0;text-align:left;vertical-align:top}
td,th{border-bottom:1px solid #e3eaed}
th{font-weight:600}.wide{overflow-x:auto}
.good{color:#1b6e3c;font-weight:700}.bad{color:#b3261e;font-weight:700}
.strip{margin:.7em 0 0}.strip p{margin:0;font-size:13px;display:flex;flex-wrap:wrap;gap:0 1em}
.strip b{font-weight:600}.strip i{font-style:normal}.range{margin-left:auto;color:#5b6f78}
svg{display:block;width:100%;height:110px;background:#fbfcfd;border:1px solid #9fb3bd}
svg *{vector-effect:non-scaling-stroke}
.line{fill:none;stroke-width:1.6}.c0{stroke:#0b6e99;color:#0b6e99}.c1{stroke:#c2600a;color:#c2600a}
.c2{stroke:#8a97a0;color:#6b7880}.c3{stroke:#7a3fa0;color:#7a3fa0}
.limit{stroke:#b3261e;stroke-dasharray:6 4;stroke-width:1.2}
.closed{fill:#b3261e;opacity:.14}.lost{fill:#6b5b00;opacity:.22}
.bar{position:relative;height:22px;background:#eef3f5;border:1px solid #9fb3bd;overflow:hidden}
.bar span{position:absolute;top:0;bottom:0;font-size:11px;line-height:22px;white-space:nowrap;
overflow:hidden;color:#fff;padding-left:3px;box-sizing:border-box;min-width:2px}
.axis{display:flex;justify-content:space-between;font-size:12px;color:#33474f;position:sticky;
bottom:0;background:#fff;border-top:1px solid #9fb3bd}
.b0{background:#4d7d94}.b1{background:#1b7f4d}.b2{background:#b3261e}.b3{background:#8a6d00}
.b4{background:#1f4fa3}.b5{background:#7a3fa0}.b6{background:#5b6f78}.b7{background:#c2600a}
"""


@dataclass(frozen=True)
class Line:
    """values: (where, value or None for a gap), in order. style: c0 to c3."""

    label: str
    values: Sequence[tuple[float, float | None]]
    style: str = "c0"


@dataclass(frozen=True)
class Strip:
    """Lines over one range. shades: (from, to, style)."""

    title: str
    lines: Sequence[Line]
    limits: Sequence[float] = ()
    shades: Sequence[tuple[float, float, str]] = ()


@dataclass(frozen=True)
class Bar:
    """Spans of time: (from, to, style b0 to b7, words)."""

    title: str
    spans: Sequence[tuple[float, float, str, str]] = field(default_factory=list)


def page(title: str, parts: Iterable[str], language: str) -> str:
    head = html.escape(title)
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{head}</title><style>{STYLE}</style><h1>{head}</h1>{''.join(parts)}\n"
    )


def table(rows: Iterable[Sequence[str]], head: Sequence[str] = ()) -> str:
    """Cells are text; a cell ✓ or ✗ gets its colour."""
    lines = (
        [f"<tr>{''.join(f'<th>{html.escape(cell)}</th>' for cell in head)}</tr>"] if head else []
    )
    lines += [f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in rows]
    return f'<div class="wide"><table>{"".join(lines)}</table></div>'


def _cell(text: str) -> str:
    style = {"✓": ' class="good"', "✗": ' class="bad"'}.get(text, "")
    return f"<td{style}>{html.escape(text)}</td>"


def axis(labels: Sequence[str]) -> str:
    """Words at even distances from the start to the end."""
    words = "".join(f"<span>{html.escape(label)}</span>" for label in labels)
    return f'<div class="axis">{words}</div>'


def bar(row: Bar) -> str:
    spans = "".join(
        f'<span class="{style}" title="{html.escape(words)}" style="left:{100 * start:.3f}%;'
        f'width:{100 * (end - start):.3f}%">{html.escape(words)}</span>'
        for start, end, style, words in row.spans
    )
    title = f"<p><b>{html.escape(row.title)}</b></p>"
    return f'<div class="strip">{title}<div class="bar">{spans}</div></div>'


def strip(row: Strip) -> str:
    known = [value for line in row.lines for _, value in line.values if value is not None]
    low, high = _range(known, row.limits)

    def y(value: float) -> float:
        clipped = min(max(value, low), high)
        return _HEIGHT * (1 - (clipped - low) / (high - low))

    shades = "".join(
        f'<rect class="{style}" x="{_WIDTH * start:.2f}" y="0" '
        f'width="{max(_WIDTH * (end - start), 0.6):.2f}" height="{_HEIGHT}"/>'
        for start, end, style in row.shades
    )
    paths = "".join(
        f'<path class="line {line.style}" d="{_path(line.values, y)}"/>' for line in row.lines
    )
    limits = "".join(
        f'<line class="limit" x1="0" x2="{_WIDTH}" y1="{y(limit):.1f}" y2="{y(limit):.1f}"/>'
        for limit in row.limits
    )
    words = "".join(
        f'<i class="{line.style}">— {html.escape(line.label)}</i>'
        for line in row.lines
        if line.label
    )
    return (
        f'<div class="strip"><p><b>{html.escape(row.title)}</b>{words}'
        f'<span class="range">{low:g} … {high:g}</span></p>'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img">'
        f"{shades}{paths}{limits}</svg></div>"
    )


def _range(known: list[float], limits: Sequence[float]) -> tuple[float, float]:
    """Every value, for the peaks are what happened; and every limit with room above it."""
    if not known:
        return 0.0, 1.0
    low, high = min(known), max(known)
    for limit in limits:
        low, high = min(low, limit * 0.8), max(high, limit * 1.2)
    if high <= low:
        return low - 1, high + 1
    room = (high - low) / 20
    bottom = 0.0 if 0 <= low < 2 * room else low - room
    return float(f"{bottom:.4g}"), float(f"{high + room:.4g}")


def _path(values: Sequence[tuple[float, float | None]], y: Callable[[float], float]) -> str:
    """Lowest and highest value of each pixel, with a gap where there is none."""
    commands = []
    pen_down = False
    at = 0
    while at < len(values):
        pixel = min(int(values[at][0] * _WIDTH), _WIDTH - 1)
        here = []
        gap = False
        while at < len(values) and min(int(values[at][0] * _WIDTH), _WIDTH - 1) == pixel:
            value = values[at][1]
            gap = gap or value is None
            if value is not None:
                here.append(value)
            at += 1
        if not here:
            pen_down = False
            continue
        for value in dict.fromkeys((min(here), max(here))):
            commands.append(f"{'L' if pen_down else 'M'}{pixel} {y(value):.1f}")
            pen_down = True
        pen_down = not gap
    return "".join(commands)
