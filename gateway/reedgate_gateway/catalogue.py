"""What the site file says that the gateway needs: stations, points, limits, gates, flood causes.

Frozen values, made once at the start. All numbers of a point are integers in its own small unit
(scaled by its decimals), like those of the station. Nothing here reads a file.
"""

import binascii
import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from reedgate_boards.site.budgets import budgets, total_ms
from reedgate_boards.site.compiler import compile_station
from reedgate_boards.site.fields import Text
from reedgate_boards.site.points import StationPoint, station_points
from reedgate_boards.site.schema import Site
from reedgate_boards.site.schema_gate import FloodCause
from reedgate_boards.site.schema_limit import Limit as SiteLimit
from reedgate_boards.site.schema_station import Station as SiteStation
from reedgate_contract import config
from reedgate_contract.quantities import QUANTITIES
from reedgate_gateway.naming import Naming

Name = Mapping[str, str]  # language: text


@dataclass(frozen=True)
class Limit:
    """One condition on a point: what is beyond it, and where it counts as good again."""

    point: str
    above: bool
    limit: int
    deadband: int

    def beyond(self, value: int) -> bool:
        return value > self.limit if self.above else value < self.limit

    def margin(self, value: int) -> int:
        """Distance to the limit on the good side; negative beyond it."""
        return self.limit - value if self.above else value - self.limit

    @property
    def clears_at(self) -> int:
        return self.limit - self.deadband if self.above else self.limit + self.deadband


@dataclass(frozen=True)
class Trip:
    """A quality trip of a gate: its conditions and how it is confirmed and cleared."""

    name: str
    conditions: tuple[Limit, ...]
    polls: int
    of: int
    delay_ms: int
    clear_hold_ms: int
    reset_only: bool


@dataclass(frozen=True)
class Flood:
    """One flood cause of a gate."""

    name: str
    conditions: tuple[Limit, ...]  # its points; its contacts are the station's own affair


@dataclass(frozen=True)
class Point:
    name: str
    quantity: str
    unit: str
    decimals: int
    max_age_ms: int
    reckoned: bool = False  # from other points


@dataclass(frozen=True)
class ProbeSet:
    """Redundant probes of one measurement."""

    points: tuple[str, ...]
    lost_hold_ms: int


@dataclass(frozen=True)
class Calibration:
    """When a probe is to be calibrated again; it is known by the first of its points."""

    point: str
    due_ms: int  # unix


@dataclass(frozen=True)
class Gate:
    name: str
    role: str
    source: Name | None  # where an inlet's water comes from
    bypass: str | None
    travel_ms: int
    reopen_hold_ms: int
    trips: tuple[Trip, ...]
    floods: tuple[Flood, ...]

    def judges_by(self, point: str) -> bool:
        """Whether a quality trip of it looks at this point."""
        return any(limit.point == point for trip in self.trips for limit in trip.conditions)


@dataclass(frozen=True)
class Wire:
    """Where a station without a network is asked, and the order in which it counts."""

    line: str  # a serial port, or host:port of a serial device server
    baud: int
    parity: str
    unit_id: int
    config_crc32: int  # of what the site file becomes; another one counts otherwise
    naming: Naming


@dataclass(frozen=True)
class Budget:
    """Within how long a gate answers to one of its limits: what `site check` prints, in ms."""

    gate: str
    trip: str
    point: str
    to_relay_clean: int
    to_relay_fault: int
    to_closed: int


@dataclass(frozen=True)
class Station:
    name: str
    title: Name
    board: str
    live_ms: int
    points: Mapping[str, Point]
    gates: Mapping[str, Gate]
    wire: Wire | None = None
    budgets: tuple[Budget, ...] = ()
    probe_sets: tuple[ProbeSet, ...] = ()
    calibrations: tuple[Calibration, ...] = ()

    def limits_of(self, point: str) -> list[tuple[Gate, Trip | Flood, Limit]]:
        """Every limit any gate of this station has on a point, trips first."""
        found: list[tuple[Gate, Trip | Flood, Limit]] = []
        for kind in ("trips", "floods"):
            for gate in self.gates.values():
                found.extend(
                    (gate, rule, limit)
                    for rule in getattr(gate, kind)
                    for limit in rule.conditions
                    if limit.point == point
                )
        return found


@dataclass(frozen=True)
class Upstream:
    """A broker of the next level."""

    name: str
    host: str
    port: int
    prefix: str  # of the topics there


@dataclass(frozen=True)
class Catalogue:
    site: str
    title: Name
    timezone: str
    language: str
    listen: str
    stations: Mapping[str, Station]
    upstreams: tuple[Upstream, ...] = ()


def catalogue_of(site: Site) -> Catalogue:
    return Catalogue(
        site=site.site.id,
        title=_name(site.site.name),
        timezone=site.site.timezone,
        language=site.site.language,
        listen=site.gateway.listen,
        stations={name: _station(site, name) for name in site.stations},
        upstreams=tuple(_upstream(site, name) for name in site.gateway.upstreams),
    )


def _upstream(site: Site, name: str) -> Upstream:
    upstream = site.gateway.upstreams[name]
    host, _colon, port = upstream.address.rpartition(":")
    return Upstream(name, host, int(port), upstream.prefix)


def _name(text: Text) -> Name:
    return {"zh": text.zh, "en": text.en}


def _station(site: Site, name: str) -> Station:
    station = site.stations[name]
    points = {
        point.name: _point(point, point.name in station.derived)
        for point in station_points(station).values()
    }
    return Station(
        name=name,
        title=_name(station.name),
        board=station.board,
        live_ms=_ms(station.uplink.live_s),
        points=points,
        gates={gate: _gate(site, name, gate, points) for gate in station.gates},
        wire=_wire(site, name) if station.uplink.kind == "rtu_slave" else None,
        budgets=tuple(
            Budget(
                each.gate,
                each.trip,
                each.point,
                total_ms(each.to_relay_clean),
                total_ms(each.to_relay_fault),
                total_ms(each.to_closed),
            )
            for each in budgets(site, name).trips
        ),
        probe_sets=tuple(_probe_sets(station)),
        calibrations=tuple(
            Calibration(next(iter(sensor.points.values())), _midnight_ms(site, day))
            for sensor in station.sensors.values()
            if (day := sensor.calibration_due) is not None
        ),
    )


def _midnight_ms(site: Site, day: datetime.date) -> int:
    """When the day begins at the site."""
    zone = ZoneInfo(site.site.timezone)
    return int(datetime.datetime.combine(day, datetime.time(), zone).timestamp()) * 1000


def _probe_sets(station: SiteStation) -> list[ProbeSet]:
    """Each once, however many gates look at it: lost when the first of them calls it so."""
    holds: dict[tuple[str, ...], int] = {}
    for gate in station.gates.values():
        for trip in gate.trips.values():
            for condition in trip.all:
                if condition.also:
                    points = (condition.point, *condition.also)
                    hold_ms = _ms(trip.lost_hold_s)
                    holds[points] = min(hold_ms, holds.get(points, hold_ms))
    return [ProbeSet(points, hold_ms) for points, hold_ms in holds.items()]


def _wire(site: Site, name: str) -> Wire:
    uplink = site.stations[name].uplink
    blob = compile_station(site, name)
    entries = config.unpack_file(blob, binascii.crc32)

    def names(*kinds: int) -> tuple[str, ...]:
        return tuple(fields["name"].decode() for each, fields in entries if each in kinds)

    gates = site.stations[name].gates
    return Wire(
        line=uplink.line,
        baud=uplink.baud,
        parity=uplink.parity,
        unit_id=uplink.unit_id,
        config_crc32=binascii.crc32(blob),
        naming=Naming(
            points=names(config.POINT, config.DERIVED),
            gates=names(config.GATE),
            floods={gate: tuple(each.name for each in gates[gate].flood) for gate in gates},
        ),
    )


def _point(point: StationPoint, reckoned: bool) -> Point:
    _code, unit, decimals = QUANTITIES[point.quantity]
    return Point(point.name, point.quantity, unit, decimals, point.max_age_ms, reckoned)


def _gate(site: Site, station: str, name: str, points: Mapping[str, Point]) -> Gate:
    gate = site.stations[station].gates[name]
    return Gate(
        name=name,
        role=gate.role,
        source=_name(site.sources[gate.source].name) if gate.source else None,
        bypass=gate.bypass,
        travel_ms=_ms(gate.travel_s),
        reopen_hold_ms=_ms(gate.reopen_hold_s),
        trips=tuple(
            Trip(
                name=trip_name,
                conditions=tuple(
                    _limit(condition, points, point)
                    for condition in trip.all
                    for point in (condition.point, *condition.also)
                ),
                polls=trip.confirm.polls,
                of=trip.confirm.of,
                delay_ms=_ms(trip.confirm.delay_s),
                clear_hold_ms=_ms(trip.clear_hold_s),
                reset_only=trip.clears == "reset_only",
            )
            for trip_name, trip in gate.trips.items()
        ),
        floods=tuple(
            Flood(
                name=flood.name,
                conditions=tuple(
                    _limit(cause, points, cause.point)
                    for cause in flood.any
                    if cause.point is not None
                ),
            )
            for flood in gate.flood
        ),
    )


def _limit(condition: SiteLimit | FloodCause, points: Mapping[str, Point], point: str) -> Limit:
    decimals = points[point].decimals
    return Limit(
        point=point,
        above=condition.above is not None,
        limit=_scaled(condition.limit, decimals),
        deadband=_scaled(condition.deadband, decimals),
    )


def _scaled(value: Decimal, decimals: int) -> int:
    """A number of the site file in a point's small unit."""
    return int(value.scaleb(decimals).to_integral_value())


def _ms(seconds: Decimal) -> int:
    return int(seconds * 1000)
