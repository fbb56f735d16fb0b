"""The present state as JSON for programs: keys and codes in English, the same rule as the page.

A value that is not known to be of now is null, whatever was last.
"""

from typing import Any

from reedgate_gateway.clock import Instant
from reedgate_gateway.ingest import GateNow
from reedgate_gateway.naming import Cause
from reedgate_gateway.state import State, StationNow
from reedgate_gateway.view.readings import Shown, shown_points


def live_json(state: State, now: Instant) -> dict[str, Any]:
    return {
        "site": state.catalogue.site,
        "time_ms": now.unix_ms,
        "stations": {name: _station(station, now) for name, station in state.stations.items()},
        "messages": {"accepted": state.accepted, "rejected": dict(state.rejected)},
    }


def _station(station: StationNow, now: Instant) -> dict[str, Any]:
    fresh = station.fresh(now)
    live = station.live
    return {
        "fresh": fresh,
        "online": station.online,
        "boot": station.boot,
        "uptime_ms": live.uptime_ms if live else None,
        "received_ms": station.live_at.unix_ms if station.live_at else None,
        "points": {name: _point(shown) for name, shown in shown_points(station, now).items()},
        "gates": {
            name: _gate(live.gates.get(name) if live and fresh else None)
            for name in station.station.gates
        },
    }


def _point(shown: Shown) -> dict[str, Any]:
    scale = 10**shown.point.decimals
    return {
        "value": None if shown.value is None else shown.value / scale,
        "unit": shown.point.unit,
        "state": shown.state,
        "status": shown.status,
        "detail": shown.detail,
        "age_ms": shown.age_ms,
        "beyond_limit": shown.beyond if shown.value is not None else None,
    }


def _gate(gate: GateNow | None) -> dict[str, Any] | None:
    if gate is None:
        return None
    return {
        "position": gate.position,
        "target": gate.target,
        "rule": gate.rule,
        "cause": _cause(gate.cause),
        "first_out": _cause(gate.first_out),
        "fault": gate.fault,
        "wait": gate.wait,
        "wait_ms": gate.wait_ms,
        "alarms": list(gate.alarms),
    }


def _cause(cause: Cause) -> str:
    return f"{cause.name}: {cause.subject}" if cause.subject else cause.name
