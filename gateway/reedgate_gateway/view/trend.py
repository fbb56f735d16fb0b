"""The trend of one point as geometry for an SVG: lines, band, limits, lane of statuses, axes.

Pure. Only usable readings make the line; a step without any is a gap, never a bridge; what was
suspect or not usable is seen in the lane below, and what is missing for good is hatched.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from reedgate_gateway.catalogue import Limit, Point
from reedgate_gateway.store import Bucket
from reedgate_gateway.view.backfill import TrendGap
from reedgate_gateway.view.labels import exact

WIDTH, HEIGHT = 560, 190
LEFT, RIGHT, TOP, BOTTOM = 52, 552, 12, 144
LANE_TOP, LANE_HEIGHT = 150, 8
LEAST_GAP = 3


@dataclass(frozen=True)
class Span:
    """How far a trend looks back, in what steps, and where its time axis has marks."""

    key: str
    seconds: int
    step_s: int
    mark_s: int
    refresh_ms: int


SPANS = {
    "10m": Span("10m", 600, 3, 120, 2_000),
    "1h": Span("1h", 3600, 15, 600, 10_000),
    "24h": Span("24h", 86400, 360, 14400, 60_000),
}


@dataclass(frozen=True)
class Mark:
    at: float
    text: str
    anchor: str = "middle"  # so that the text stays inside the picture


@dataclass(frozen=True)
class Block:
    x: float
    width: float
    kind: str = ""


@dataclass(frozen=True)
class LimitLine:
    y: float
    text: str
    above: bool


@dataclass(frozen=True)
class Trend:
    lines: tuple[str, ...]  # points of polylines
    dots: tuple[tuple[float, float], ...]  # steps that stand alone
    bands: tuple[str, ...]  # points of polygons from low to high
    limits: tuple[LimitLine, ...]
    closures: tuple[Block, ...]
    lane: tuple[Block, ...]
    gaps: tuple[Block, ...]  # records that are missing for good; kind: the reason's code
    x_marks: tuple[Mark, ...]
    y_marks: tuple[Mark, ...]
    empty: bool


class _Scale:
    def __init__(self, from_s: int, until_s: int, low: float, high: float):
        self._from_s = from_s
        self._per_s = (RIGHT - LEFT) / (until_s - from_s)
        self._low = low
        self._per_unit = (BOTTOM - TOP) / (high - low)

    def x(self, at_s: float) -> float:
        return round(min(RIGHT, max(LEFT, LEFT + (at_s - self._from_s) * self._per_s)), 1)

    def y(self, value: float) -> float:
        return round(BOTTOM - (value - self._low) * self._per_unit, 1)


def trend(
    point: Point,
    limits: Sequence[Limit],
    buckets: Sequence[Bucket],
    closed_steps: Sequence[int],
    gaps: Sequence[TrendGap] = (),
    *,
    span: Span,
    until_s: int,
    period_s: float,
    zone: tzinfo,
) -> Trend:
    """until_s: the end of the axis. period_s: how often a value is expected."""
    from_s = until_s - span.seconds
    low, high, step = _range(buckets, limits)
    scale = _Scale(from_s, until_s, low, high)
    runs = _runs(buckets, span.step_s, period_s)
    middle = span.step_s / 2
    lines, dots, bands = [], [], []
    for run in runs:
        at = [(scale.x(bucket.start_s + middle), bucket) for bucket in run]
        if len(at) == 1:
            dots.append((at[0][0], scale.y(run[0].mean)))
            continue
        lines.append(" ".join(f"{x},{scale.y(bucket.mean)}" for x, bucket in at))
        if any(bucket.high > bucket.low for bucket in run):
            upper = [f"{x},{scale.y(bucket.high)}" for x, bucket in at]
            lower = [f"{x},{scale.y(bucket.low)}" for x, bucket in reversed(at)]
            bands.append(" ".join(upper + lower))
    return Trend(
        lines=tuple(lines),
        dots=tuple(dots),
        bands=tuple(bands),
        limits=tuple(
            LimitLine(scale.y(limit.limit), exact(point, limit.limit), limit.above)
            for limit in dict.fromkeys(limits)
        ),
        closures=_blocks(scale, [(start, "") for start in closed_steps], span.step_s, until_s),
        lane=_blocks(
            scale,
            [(bucket.start_s, _kind(bucket)) for bucket in buckets],
            span.step_s,
            until_s,
        ),
        gaps=tuple(_gap(scale, gap) for gap in gaps),
        x_marks=_x_marks(scale, from_s, until_s, span.mark_s, zone),
        y_marks=_y_marks(scale, point, low, high, step),
        empty=not runs,
    )


def _range(buckets: Sequence[Bucket], limits: Sequence[Limit]) -> tuple[int, int, int]:
    """Bottom, top and step of the value axis, in the point's small unit; the limits are inside."""
    values = [limit.limit for limit in limits]
    for bucket in buckets:
        if bucket.low is not None and bucket.high is not None:
            values += [bucket.low, bucket.high]
    low, high = (min(values), max(values)) if values else (0, 1)
    if 0 <= low < high * 0.7:
        low = 0  # most quantities here start at nothing, and people read heights
    least = max(abs(high) // 20, 1)  # noise is not blown up to fill the picture
    if high - low < least:
        low, high = low - (least - high + low) // 2, high + (least - high + low) // 2
    step = _nice_step(max(high - low, 1))
    bottom = low // step * step
    top = -(-(high + step // 4) // step) * step
    return bottom, max(top, bottom + step), step


def _nice_step(extent: int) -> int:
    """1, 2 or 5 times a power of ten: three to five steps in the extent."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if extent <= 4 * factor * size:
                return factor * size
        size *= 10


def _runs(buckets: Sequence[Bucket], step_s: int, period_s: float) -> list[list[Bucket]]:
    """Neighbouring steps with usable values: a line breaks where readings are missing."""
    runs: list[list[Bucket]] = []
    last_s = None
    for bucket in buckets:
        if bucket.mean is None:
            last_s = None
            continue
        if last_s is None or bucket.start_s - last_s > step_s + 3 * period_s:
            runs.append([])
        runs[-1].append(bucket)
        last_s = bucket.start_s
    return runs


def _kind(bucket: Bucket) -> str:
    if bucket.unusable:
        return "unusable"
    if bucket.suspect:
        return "suspect"
    return "uncertain" if bucket.uncertain else "good"


def _gap(scale: _Scale, gap: TrendGap) -> Block:
    """Never too narrow to be seen."""
    x = scale.x(gap.from_s)
    width = max(scale.x(gap.until_s) - x, LEAST_GAP)
    return Block(min(x, RIGHT - width), round(width, 1), gap.reason)


def _blocks(
    scale: _Scale, steps: Sequence[tuple[int, str]], step_s: int, until_s: int
) -> tuple[Block, ...]:
    """Neighbouring steps of one kind as one block."""
    joined: list[list] = []
    for start_s, kind in steps:
        if joined and joined[-1][2] == kind and joined[-1][1] == start_s:
            joined[-1][1] = start_s + step_s
        else:
            joined.append([start_s, start_s + step_s, kind])
    return tuple(
        Block(scale.x(start_s), round(scale.x(min(end_s, until_s)) - scale.x(start_s), 1), kind)
        for start_s, end_s, kind in joined
    )


def _x_marks(
    scale: _Scale, from_s: int, until_s: int, mark_s: int, zone: tzinfo
) -> tuple[Mark, ...]:
    """Marks at whole hours or minutes of the site's own clock."""
    first = datetime.fromtimestamp(from_s, zone)
    midnight = first.replace(hour=0, minute=0, second=0)
    passed_s = int((first - midnight).total_seconds())
    at = midnight + timedelta(seconds=-(-passed_s // mark_s) * mark_s)
    marks: list[Mark] = []
    while at.timestamp() <= until_s:
        x = scale.x(at.timestamp())
        anchor = "end" if x > RIGHT - 20 else "middle"
        marks.append(Mark(x, at.strftime("%H:%M"), anchor))
        at += timedelta(seconds=mark_s)
    return tuple(marks)


def _y_marks(scale: _Scale, point: Point, low: int, high: int, step: int) -> tuple[Mark, ...]:
    fineness = Decimal(step).scaleb(-point.decimals).normalize()
    unit = fineness if fineness < 1 else Decimal(1)
    return tuple(
        Mark(scale.y(value), f"{Decimal(value).scaleb(-point.decimals).quantize(unit):f}")
        for value in range(low, high + 1, step)
    )
