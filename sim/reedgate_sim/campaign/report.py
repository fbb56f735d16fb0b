"""A page about a campaign: how the reactions lie within their budgets. Judges nothing.

One bar for each twentieth of the budget; what is beyond it would be a violation.
"""

import html
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from reedgate_sim.strips import axis, page, table

_BINS = 20
_WIDTH, _HEIGHT = 1000, 240
_SHARES = (50, 90, 99, 100)

Reaction = tuple[int, int]  # (measured, budget) in ms


def shares(taken: Sequence[Reaction]) -> dict[int, float]:
    """{percent of the reactions: the share of its budget that so many stay within}."""
    ranked = sorted(measured / budget for measured, budget in taken)
    if not ranked:
        return {}
    return {each: round(ranked[-(-len(ranked) * each // 100) - 1], 4) for each in _SHARES}


def write_report(
    path: Path, result: dict, taken: Sequence[Reaction], tr: Callable[..., str], language: str
) -> None:
    title = tr("Campaign: reactions within their budgets")
    rows = [
        (tr("Schedules"), str(result["runs"])),
        (tr("Violated"), str(len(result["violations"]))),
        (tr("Reactions judged"), str(len(taken))),
    ]
    for percent, share in shares(taken).items():
        rows.append((tr("{percent} % of them stay within", percent=percent), f"{share:.1%}"))
    for premise, count in result["excused"].items():
        rows.append((tr("Not judged: {premise}", premise=premise), str(count)))
    drawn = f"<h2>{html.escape(tr('Share of the budget used'))}</h2>{bars(twentieths(taken))}"
    parts = [table(rows), drawn, axis(["0 %", "50 %", "100 %"])]
    path.write_text(page(title, parts, language), encoding="utf-8")


def twentieths(taken: Sequence[Reaction]) -> list[int]:
    """How many reactions ended in each twentieth of their budget."""
    counts = Counter(min(measured * _BINS // budget, _BINS - 1) for measured, budget in taken)
    return [counts[place] for place in range(_BINS)]


def bars(counts: Sequence[int], below: str = "") -> str:
    """An SVG picture of them, that a page may hold or a file be. below: SVG under the bars."""
    most = max(counts, default=0) or 1
    wide = _WIDTH / _BINS
    drawn = []
    for place, count in enumerate(counts):
        if not count:
            continue
        high = count * (_HEIGHT - 20) / most
        at = f'x="{place * wide + 2:.0f}" width="{wide - 4:.0f}"'
        drawn.append(
            f'<rect class="b0" fill="#4d7d94" {at} y="{_HEIGHT - high:.1f}" height="{high:.1f}">'
            f"<title>{count}</title></rect>"
            f'<text x="{(place + 0.5) * wide:.0f}" y="{_HEIGHT - high - 4:.1f}"'
            f' text-anchor="middle" font-size="13">{count}</text>'
        )
    high = _HEIGHT + (30 if below else 0)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" style="height:{high + 20}px"'
        f' viewBox="0 0 {_WIDTH} {high}" role="img">{"".join(drawn)}{below}</svg>'
    )
