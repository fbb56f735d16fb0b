"""The points of a station in the order in which a board counts them: read ones, then reckoned."""

from dataclasses import dataclass

from reedgate_boards.site.fields import milliseconds
from reedgate_boards.site.schema_station import DerivedPoint, Station


@dataclass(frozen=True)
class StationPoint:
    name: str
    quantity: str
    sensor: str  # the id of the one that gives it, or the first of what it is reckoned from
    max_age_ms: int
    derived: str | None = None  # a kind of contract config.DERIVED_NAMES


def read_points(station: Station) -> dict[str, StationPoint]:
    """Those that a probe gives."""
    return {
        name: StationPoint(name, quantity, sensor_id, milliseconds(sensor.max_age_s))
        for bus in station.buses
        for sensor_id, sensor in station.sensors.items()
        if sensor.bus == bus
        for quantity, name in sensor.points.items()
    }


def station_points(station: Station) -> dict[str, StationPoint]:
    """All of them. One whose source does not exist is left out: a rule tells it."""
    found = read_points(station)
    for name, derived in station.derived.items():
        source = found.get(sources_of(derived)[0]) if sources_of(derived) else None
        if source is None:
            continue
        kind = kind_of(derived)
        quantity = {"median": source.quantity, "ec25": "ec25_us_cm", "tds": "tds_mg_l"}[kind]
        found[name] = StationPoint(name, quantity, source.sensor, source.max_age_ms, kind)
    for gate in station.gates.values():
        stage = found.get(gate.load.stage) if gate.load else None
        if stage is None:
            continue
        for kind, quantity in (("flow", "flow_lps"), ("volume", "volume_m3")):
            name = getattr(gate.load, kind)
            if name:
                found[name] = StationPoint(name, quantity, stage.sensor, stage.max_age_ms, kind)
    return found


def kind_of(derived: DerivedPoint) -> str:
    if derived.median_of is not None:
        return "median"
    return "ec25" if derived.ec25_of is not None else "tds"


def sources_of(derived: DerivedPoint) -> list[str]:
    if derived.median_of is not None:
        return derived.median_of
    if derived.ec25_of is not None:
        return [derived.ec25_of, *([derived.temperature] if derived.temperature else [])]
    return [derived.tds_of] if derived.tds_of else []
