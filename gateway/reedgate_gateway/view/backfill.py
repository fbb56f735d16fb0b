"""The trend where nothing came live: drawn from what the station recorded and delivered later.

Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reedgate_gateway.content import USABLE
from reedgate_gateway.journal_read import Gap, Recorded
from reedgate_gateway.store import Bucket
from reedgate_gateway.view.labels import GAPS, Translate

LONGEST_PERIOD_MS = 3_600_000  # a record that follows a longer silence speaks for its end only


@dataclass(frozen=True)
class TrendGap:
    from_s: int
    until_s: int
    reason: str  # a code of the contract


def with_recorded(
    buckets: Sequence[Bucket], recorded: Sequence[Recorded], from_s: int, step_s: int
) -> list[Bucket]:
    """Live samples where there are any; in the other steps the records that cover them."""
    found = {bucket.start_s: bucket for bucket in buckets}
    live = set(found)
    for item in recorded:
        for start_s in _steps(item, from_s, step_s):
            if start_s not in live:
                found[start_s] = _joined(found.get(start_s), item, start_s)
    return [found[start_s] for start_s in sorted(found)]


def _steps(item: Recorded, from_s: int, step_s: int) -> Iterator[int]:
    first_ms = item.from_ms + 1
    if item.until_ms - item.from_ms > LONGEST_PERIOD_MS:
        first_ms = item.until_ms
    first_ms = min(max(first_ms, from_s * 1000), item.until_ms)
    last_s = item.until_ms // 1000 // step_s * step_s
    yield from range(first_ms // 1000 // step_s * step_s, last_s + 1, step_s)


def _joined(there: Bucket | None, item: Recorded, start_s: int) -> Bucket:
    mean = item.mean
    if there is None:
        there = Bucket(start_s, None, None, None, False, False)
    values = [value for value in (there.mean, mean.mean) if value is not None]
    return Bucket(
        start_s,
        min((value for value in (there.low, mean.low) if value is not None), default=None),
        sum(values) / len(values) if values else None,
        max((value for value in (there.high, mean.high) if value is not None), default=None),
        there.suspect or mean.flag == 3,
        there.unusable or mean.flag not in USABLE,
        there.uncertain or item.uncertain,
    )


def trend_gaps(
    gaps: Sequence[tuple[str, Gap]], station: str, from_s: int, until_s: int
) -> list[TrendGap]:
    """The gaps in a station's readings that lie in the span; where one has no neighbour in time
    its end is that of the span."""
    found = []
    for name, gap in gaps:
        if name != station or gap.stream != "readings":
            continue
        first_s = from_s if gap.from_ms is None else max(gap.from_ms // 1000, from_s)
        last_s = until_s if gap.until_ms is None else min(-(-gap.until_ms // 1000), until_s)
        if first_s < last_s:
            found.append(TrendGap(first_s, last_s, gap.reason))
    return found


def reasons(tr: Translate, gaps: Sequence[TrendGap]) -> str:
    """Why something is missing, each reason once."""
    return tr(", ").join(dict.fromkeys(tr(GAPS[gap.reason]) for gap in gaps))
