"""What is replayed: the site, its limits, and the times that a row's length sets."""

import importlib.resources
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from reedgate_boards.site.compiler import Overrides, compile_station
from reedgate_boards.site.load import load_site
from reedgate_boards.site.schema import Site
from reedgate_boards.site.schema_gate import Trip
from reedgate_boards.site.schema_station import Station
from reedgate_boards.site.user_error import UserError
from reedgate_contract.quantities import QUANTITIES
from reedgate_sim.replay.score import Bound
from reedgate_sim.replay.series import Series

_ROOM = "reedgate_sim"
_SCANS_PER_ROW = 8
_NEVER_S = 1 << 29  # the rows are the record: the journal keeps events only
_KEEPALIVE_S = 36_000  # seconds are nothing here: no ping between rows
_LIMIT = re.compile(r"\s*([a-z0-9_]+)\s*([<>])\s*(-?[0-9.]+)\s*$")
_CONFIRM = {"polls": 2, "of": 2}  # a row is long: two in a row, not two of three
_WITNESSES = {"turbidity_ntu": ("conductivity_us_cm", "stage_mm")}  # of a --limit on this quantity


@dataclass
class Plan:
    """One station with one inlet, compiled for a series."""

    site: Site
    station_id: str
    inlet: str
    config: bytes
    scan_ms: int
    travel_ms: int
    bounds: list[Bound]

    @property
    def station(self) -> Station:
        return self.site.stations[self.station_id]


def make_plan(site_path: Path | None, limits: Iterable[str], series: Series) -> Plan:
    """Raises UserError for a site, limit or point that does not fit."""
    site = load_site(site_path) if site_path else default_site()
    station_id, station, inlet = _one_inlet(site)
    _check_points(station, series.values)
    wanted = [_parse_limit(text, station, series.values) for text in limits]
    step_ms = round(series.step_s * 1000)
    max_age_ms = step_ms * 5 // 2
    trips = {f"limit_{number}": trip for number, trip in enumerate(wanted, 1)}
    trips = _in_rows(trips or station.gates[inlet].trips, max_age_ms)
    site = _with_trips(site, station_id, inlet, trips)
    station = site.stations[station_id]
    scan_ms = step_ms // _SCANS_PER_ROW
    travel_ms = scan_ms // 4
    overrides = Overrides(
        scan_ms=scan_ms,
        poll_ms=step_ms,
        max_age_ms=max_age_ms,
        start_grace_ms=max_age_ms,
        live_ms=step_ms // 2,
        travel_ms=travel_ms,
        travel_timeout_ms=scan_ms,
        keepalive_s=_KEEPALIVE_S,
        record_s=_NEVER_S,
        always_wet=True,
        never_break=True,
    )
    config = compile_station(site, station_id, overrides=overrides)
    bounds = [
        Bound(
            limit.point,
            "above" if limit.above is not None else "below",
            float(limit.limit),
        )
        for trip in station.gates[inlet].trips.values()
        for limit in trip.all
    ]
    return Plan(site, station_id, inlet, config, scan_ms, travel_ms, bounds)


def default_site() -> Site:
    source = importlib.resources.files("reedgate_sim") / "sites" / "replay.toml"
    with importlib.resources.as_file(source) as path:
        return load_site(path)


def _one_inlet(site: Site) -> tuple[str, Station, str]:
    inlets = [
        (station_id, station, name)
        for station_id, station in site.stations.items()
        for name, gate in station.gates.items()
        if gate.role == "inlet"
    ]
    if len(inlets) != 1:
        raise UserError(
            _ROOM,
            "A replay needs a site with one inlet; this one has {count}.",
            hint="Leave out the others in a copy of the site file.",
            count=len(inlets),
        )
    return inlets[0]


def _in_rows(trips: dict[str, Trip], max_age_ms: int) -> dict[str, Trip]:
    """A few answers may be missing before a probe is lost: no sooner than its last number would
    be too old. At a poll a row the site's seconds would be over before the next one.
    """
    least_s = Decimal(max_age_ms) / 1000
    return {
        name: trip.model_copy(update={"lost_hold_s": max(trip.lost_hold_s, least_s)})
        for name, trip in trips.items()
    }


def _with_trips(site: Site, station_id: str, inlet: str, trips: dict[str, Trip]) -> Site:
    """The site with these trips in place of the inlet's own."""
    station = site.stations[station_id]
    gate = station.gates[inlet].model_copy(update={"trips": trips})
    station = station.model_copy(update={"gates": {**station.gates, inlet: gate}})
    return site.model_copy(update={"stations": {**site.stations, station_id: station}})


def _points_of(station: Station) -> dict[str, str]:
    """Point: quantity."""
    return {
        point: quantity
        for sensor in station.sensors.values()
        for quantity, point in sensor.points.items()
    }


def _check_points(station: Station, points: Iterable[str]) -> None:
    known = _points_of(station)
    for point in points:
        if point not in known:
            raise UserError(
                _ROOM,
                "--columns: the site has no point {point}.",
                hint="Its points: {known}.",
                point=point,
                known=", ".join(known),
            )


def _parse_limit(text: str, station: Station, recorded: Iterable[str]) -> Trip:
    match = _LIMIT.match(text)
    points = _points_of(station)
    try:
        point, side, number = match.groups() if match else ("", "", "x")
        value = Decimal(number)
    except InvalidOperation:
        raise UserError(
            _ROOM,
            "--limit: `{text}` is not POINT>NUMBER or POINT<NUMBER.",
            hint="Example: --limit 'turbidity_ntu>15' (in quotes, for the shell).",
            text=text,
        ) from None
    if point not in points:
        raise UserError(
            _ROOM,
            "--limit: the site has no point {point}.",
            hint="Its points: {known}.",
            point=point,
            known=", ".join(points),
        )
    # Its rows are its hysteresis: half an hour of them inside the limit. No deadband to speak of.
    deadband = Decimal(1).scaleb(-QUANTITIES[points[point]][2])
    witnesses = _WITNESSES.get(points[point], ())
    key = "above" if side == ">" else "below"
    return Trip.model_validate(
        {
            "all": [{"point": point, key: value, "deadband": deadband}],
            "side": "upstream",
            "flow_past": "bypass",
            "clears": "hold_then_clear",
            "confirm": _CONFIRM,
            "confirmed_by": [name for name in witnesses if name in recorded and name in points],
            "basis": {"site": "--limit"},
        }
    )
