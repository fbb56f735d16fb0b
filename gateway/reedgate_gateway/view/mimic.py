"""The picture of one inlet, from the source to the pond, as geometry for an SVG.

Pure. The picture shows what is measured and what the switches say; where a leaf stands between
its switches is an estimate, and what is not known is drawn as not known.
"""

import math
from dataclasses import dataclass

from reedgate_gateway.catalogue import Gate, Station
from reedgate_gateway.view.readings import Shown

UNKNOWN_WATER = "url(#unknown-water)"

# Turbidity in NTU and the water's colour there: clear stream to mud.
_COLOURS = (
    (0, (0x4A, 0x9F, 0xD4)),
    (5, (0x6B, 0xA6, 0xB4)),
    (12, (0x9A, 0xA0, 0x6E)),
    (30, (0xA5, 0x82, 0x45)),
    (80, (0x7E, 0x56, 0x26)),
)


def water_colour(ntu: float) -> str:
    """Between the given colours on a logarithmic scale, as eyes judge muddy water."""
    at = math.log1p(max(0.0, ntu))
    previous = _COLOURS[0]
    for upper in _COLOURS[1:]:
        start, end = math.log1p(previous[0]), math.log1p(upper[0])
        if at <= end:
            share = (at - start) / (end - start)
            mixed = (
                round(a + (b - a) * share) for a, b in zip(previous[1], upper[1], strict=True)
            )
            return "#" + "".join(f"{part:02x}" for part in mixed)
        previous = upper
    return "#" + "".join(f"{part:02x}" for part in _COLOURS[-1][1])


@dataclass(frozen=True)
class LeafPicture:
    """A gate's leaf: how far open, None when nobody knows, and whether water may pass."""

    permille: int | None
    state: str  # a key of sentences.HEADLINES, or "stale"

    @property
    def passes(self) -> bool:
        return self.permille is not None and self.permille > 0


@dataclass(frozen=True)
class Picture:
    inlet: LeafPicture
    bypass: LeafPicture | None
    water: str  # a colour, or the pattern for unknown
    level: float  # share of the channel's depth, 0 to 1
    level_known: bool
    probes: tuple[Shown, ...]


def picture(
    station: Station,
    gate: Gate,
    points: dict[str, Shown],
    inlet: LeafPicture,
    bypass: LeafPicture | None,
) -> Picture:
    turbidity = _first(points, "turbidity_ntu")
    level = _first(points, "depth_mm")
    water = UNKNOWN_WATER
    if turbidity is not None and turbidity.value is not None:
        water = water_colour(turbidity.value / 10**turbidity.point.decimals)
    share = _level_share(gate, level)
    return Picture(
        inlet=inlet,
        bypass=bypass,
        water=water,
        level=0.6 if share is None else share,
        level_known=share is not None,
        probes=tuple(points.values()),
    )


def _first(points: dict[str, Shown], quantity: str) -> Shown | None:
    return next((shown for shown in points.values() if shown.point.quantity == quantity), None)


def _level_share(gate: Gate, level: Shown | None) -> float | None:
    """Against the flood limit on that point, which stands at nine tenths of the channel."""
    if level is None or level.value is None:
        return None
    full = [
        limit.limit
        for flood in gate.floods
        for limit in flood.conditions
        if limit.point == level.point.name and limit.above and limit.limit > 0
    ]
    if not full:
        return None
    return min(1.0, max(0.08, 0.9 * level.value / full[0]))
