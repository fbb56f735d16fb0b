"""What the rules look at: the checked models, and the names that stand in the file however faulty.

A rule that misses a name must look here, not at the models: a table with an error is no longer in
them, and would be missed a second time.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from reedgate_boards.site.board_facts import Board, load_board
from reedgate_boards.site.findings import Findings
from reedgate_boards.site.locator import board_names
from reedgate_boards.site.points import StationPoint, sources_of, station_points
from reedgate_boards.site.profiles import Profile, load_profile, profile_names
from reedgate_boards.site.schema import Site
from reedgate_boards.site.schema_station import Sensor, Station
from reedgate_boards.site.source import KeyPath
from reedgate_boards.site.validate import Validated

_MOST_DERIVED = Decimal(1_000_000)


@dataclass(frozen=True)
class SitePoint:
    quantity: str
    giver: str  # a profile, or what it is reckoned from
    low: Decimal
    high: Decimal
    sensor_id: str | None = None  # None: it is reckoned from others


@dataclass
class StationContext:
    site: Site
    station_id: str
    station: Station
    findings: Findings
    validated: Validated
    board: Board | None = None
    profiles: dict[str, Profile] = field(default_factory=dict)
    points: dict[str, SitePoint] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.station.board in board_names():
            self.board = load_board(self.station.board)
        known = set(profile_names())
        for sensor_id, sensor in self.station.sensors.items():
            if sensor.profile in known:
                self.profiles.setdefault(sensor.profile, load_profile(sensor.profile))
                self._take_points(sensor_id, sensor)
        for name, point in station_points(self.station).items():
            if point.derived:
                self._take_derived(name, point)

    def _take_points(self, sensor_id: str, sensor: Sensor) -> None:
        profile = self.profiles[sensor.profile]
        for quantity, name in sensor.points.items():
            if quantity in profile.points:
                offset = sensor.zero_offset_mm if quantity == "depth_mm" else 0
                low, high = (end + offset for end in profile.points[quantity].range)
                self.points[name] = SitePoint(quantity, sensor.profile, low, high, sensor_id)

    def _take_derived(self, name: str, point: StationPoint) -> None:
        first = None
        if name in self.station.derived:
            first = self.points.get(sources_of(self.station.derived[name])[0])
        low, high = (first.low, first.high) if first else (Decimal(0), _MOST_DERIVED)
        self.points[name] = SitePoint(point.quantity, point.derived or "", low, high)

    def path(self, *below: str | int) -> KeyPath:
        return ("stations", self.station_id, *below)

    def names(self, table: str) -> list[str]:
        """The ids in one table of the station, as the file has them."""
        return self._ids(self.path(table))

    def source_names(self) -> list[str]:
        return self._ids(("sources",))

    def _ids(self, path: KeyPath) -> list[str]:
        found = self.findings.source.value_at(path)
        return list(found) if isinstance(found, dict) else []

    def point_names(self) -> list[str]:
        names = []
        for sensor in self.names("sensors"):
            points = self.findings.source.value_at(self.path("sensors", sensor, "points"))
            if isinstance(points, dict):
                names += [name for name in points.values() if isinstance(name, str)]
        names += self.names("derived")
        for gate in self.names("gates"):
            for kind in ("flow", "volume"):
                name = self.findings.source.value_at(self.path("gates", gate, "load", kind))
                names += [name] if isinstance(name, str) else []
        return names

    def removed(self, *below: str | int) -> bool:
        return self.validated.was_removed(self.path(*below))

    def given(self, *below: str | int) -> bool:
        """Whether the file itself has this key."""
        missing = object()
        return self.findings.source.value_at(self.path(*below), missing) is not missing
