"""How one reading may be shown: with its unit, age and status, or not at all.

Pure. The rule of the whole page stands here: a value that is not known to be of now is not shown,
and no value is ever shown as zero, or as the last one, for want of a current one.
"""

from dataclasses import dataclass

from reedgate_contract import codes
from reedgate_gateway.catalogue import Limit, Point, Station
from reedgate_gateway.clock import Instant
from reedgate_gateway.naming import Reading
from reedgate_gateway.state import StationNow

GOOD = "good"
SUSPECT = "suspect"
UNUSABLE = "unusable"
STALE = "stale"
NONE = "none"


@dataclass(frozen=True)
class Shown:
    """A point as it is shown. `value` is there only when `state` is good or suspect."""

    point: Point
    state: str
    value: int | None
    age_ms: int | None  # at the station, and since: None when it was never read
    status: str  # NE 107
    detail: str
    limits: tuple[Limit, ...]

    @property
    def beyond(self) -> bool:
        return self.value is not None and any(limit.beyond(self.value) for limit in self.limits)


def shown_points(now_of: StationNow, now: Instant) -> dict[str, Shown]:
    """All points of a station, in the order of the site file."""
    fresh = now_of.fresh(now)
    since_ms = now_of.since_live_ms(now)
    readings = now_of.live.points if now_of.live else {}
    return {
        name: _shown(now_of.station, point, readings.get(name), fresh, since_ms)
        for name, point in now_of.station.points.items()
    }


def _shown(
    station: Station, point: Point, reading: Reading | None, fresh: bool, since_ms: int | None
) -> Shown:
    limits = tuple(dict.fromkeys(limit for _gate, _rule, limit in station.limits_of(point.name)))
    if reading is None or since_ms is None:
        return Shown(point, NONE, None, None, "failure", "never_read", limits)
    age_ms = None if reading.age_ms is None else reading.age_ms + since_ms
    status = codes.STATUS_NAMES[reading.status]
    detail = codes.DETAIL_NAMES[reading.detail]
    if not fresh:
        return Shown(point, STALE, None, age_ms, status, "stale", limits)
    if reading.flag not in (codes.FLAG_GOOD, codes.FLAG_SUSPECT):
        state = NONE if reading.detail == codes.DETAIL_NEVER_READ else UNUSABLE
        return Shown(point, state, None, age_ms, status, detail, limits)
    if age_ms is None or age_ms > point.max_age_ms:
        return Shown(point, STALE, None, age_ms, status, "stale", limits)
    state = GOOD if reading.flag == codes.FLAG_GOOD else SUSPECT
    return Shown(point, state, reading.value, age_ms, status, detail, limits)
