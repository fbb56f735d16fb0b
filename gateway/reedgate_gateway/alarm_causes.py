"""Which word of a station makes which alarm: data first, then what has to be looked for. Pure.

BY_RULE, BY_CAUSE, BY_NAME and BY_DETAIL are the table; when an alarm is raised, and when it is
over, alarms.py says.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from reedgate_contract import codes
from reedgate_gateway.catalogue import ProbeSet, Station
from reedgate_gateway.content import USABLE
from reedgate_gateway.ingest import GateNow, Live
from reedgate_gateway.naming import Reading
from reedgate_gateway.state import StationNow

# 1: act within 10 minutes; 2: within the hour; 3: this shift or later.
PRIORITIES = {
    "demand_not_met": 1,
    "flood": 1,
    "flood_stage_lost": 1,
    "drive_fault_with_demand": 1,
    "local_with_demand": 1,
    "estop": 1,
    "station_lost": 1,
    "not_healthy": 1,
    "quality_trip": 2,
    "lost_signal": 2,
    "position_unknown": 2,
    "pond_full": 2,
    "mains_lost": 2,
    # A limit on the water is masked, and for an hour at most: later than that it is of no use.
    "bypassed": 2,
    "drive_fault": 3,
    "local_idle": 3,
    "service": 3,
    "proof_test_due": 3,
    "suspect": 3,
    "discrepancy": 3,
    "one_probe_left": 3,
    "breaker_open": 3,
    "calibration_due": 3,
}
BY_RULE = {"estop": "estop", "flood": "flood"}
BY_CAUSE = {
    "quality": "quality_trip",
    "emergency_close": "quality_trip",
    "upstream_alarm": "quality_trip",
    "lost": "lost_signal",
    "never_good": "lost_signal",
    "switches": "position_unknown",
    "mains_lost": "mains_lost",
    "pond_full": "pond_full",  # the rest of rule 7 asks nobody to act
}
BY_NAME = {name: name for name in PRIORITIES}  # of alarms that a station names itself
BY_DETAIL = {"not_asked": "breaker_open"}
_DEMANDS = ("flood", "quality", "unknown")
_TELLS_BYPASS = ("automatic", "start")  # with no bypass told there is none: a start ends it
_THREE = 3


@dataclass(frozen=True, order=True)
class Key:
    station: str
    kind: str
    subject: str = ""  # gate or point; "": the station

    def __str__(self) -> str:
        return ".".join(part for part in (self.station, self.subject, self.kind) if part)


def causes_of(name: str, station: StationNow) -> Iterator[tuple[Key, Key | None]]:
    """What stands by the station's last word, each with the first-out that it follows from."""
    live = station.live
    assert live is not None
    for gate_name, gate in live.gates.items():
        first_out = _kind_of(gate.first_out.name)
        head = Key(name, first_out, gate_name) if first_out else None
        for kind in (*_of_gate(gate), *_of_use(gate, live)):
            key = Key(name, kind, gate_name)
            yield key, head if head != key else None
    bypassed = {point for point in live.points if _is_bypassed(station, live, point)}
    for point in bypassed:
        yield Key(name, "bypassed", point), None
    doubted = set()
    for probes in station.station.probe_sets:
        members = {each for each in probes.points if _is_doubted(live.points.get(each))}
        doubted |= members
        for kind in _of_set(probes, live, members):
            heads = [Key(name, "bypassed", each) for each in probes.points if each in bypassed]
            yield Key(name, kind, probes.points[0]), next(iter(heads), None)
    for point, reading in live.points.items():
        kind = BY_DETAIL.get(codes.DETAIL_NAMES[reading.detail])
        if kind is None and reading.flag == codes.FLAG_SUSPECT and point not in doubted:
            kind = "suspect"
        if kind is None or station.station.points[point].reckoned:
            continue  # what is reckoned from others is as they are
        head = Key(name, "bypassed", point) if point in bypassed else None
        yield Key(name, kind, point), head or _gate_that_lost(name, live.gates, point)


def unsaid_of(name: str, station: StationNow) -> Iterator[Key]:
    """Of which the last word says neither that they stand nor that they are over."""
    live = station.live
    assert live is not None
    for point in live.points:
        if _is_bypassed(station, live, point) is None:
            yield Key(name, "bypassed", point)


def slow_causes(station: Station) -> Iterator[tuple[Key, int]]:
    """Those that count only when they have stood for longer than others, with how long in ms."""
    for probes in station.probe_sets:
        yield Key(station.name, "one_probe_left", probes.points[0]), probes.lost_hold_ms


def calibrations_due(station: Station, unix_ms: int) -> Iterator[Key]:
    """By the gateway's clock: a station does not know the day."""
    for each in station.calibrations:
        if unix_ms >= each.due_ms:
            yield Key(station.name, "calibration_due", each.point)


def _is_bypassed(station: StationNow, live: Live, point: str) -> bool | None:
    """A gate tells it while nothing above rule 8 rules, a row while its probe gives a number: one
    in a bucket is often dry, and the gate perhaps closed by another trip. None: neither tells.
    """
    reading = live.points[point]
    if _usable(reading) and reading.status == codes.STATUS_FUNCTION_CHECK:
        return True
    gates = [
        live.gates[name]
        for name, gate in station.station.gates.items()
        if name in live.gates and gate.judges_by(point)
    ]
    if any((gate.cause.name, gate.cause.subject) == ("bypassed", point) for gate in gates):
        return True
    told = _usable(reading) or any(gate.rule in _TELLS_BYPASS for gate in gates)
    return False if told or not gates else None


def _is_doubted(reading: Reading | None) -> bool:
    """Only the others of its set can make a reading suspect that has no fault of its own."""
    return (
        reading is not None
        and reading.flag == codes.FLAG_SUSPECT
        and reading.detail == codes.DETAIL_NONE
    )


def _of_set(probes: ProbeSet, live: Live, doubted: set[str]) -> Iterator[str]:
    if doubted:
        yield "discrepancy"
    readings = [live.points[each] for each in probes.points if each in live.points]
    if len(readings) == _THREE and sum(map(_usable, readings)) == 1:
        yield "one_probe_left"


def _of_gate(gate: GateNow) -> Iterator[str]:
    if gate.cause.name != "bypass_for":  # that one's alarm is its inlet's
        kind = BY_RULE.get(gate.rule) or BY_CAUSE.get(gate.cause.name)
        if kind is not None:
            yield kind
    if gate.fault != "none":
        yield "drive_fault_with_demand" if gate.rule in _DEMANDS else "drive_fault"
    for named in gate.alarms:
        if named in BY_NAME:
            yield BY_NAME[named]


def _of_use(gate: GateNow, live: Live) -> Iterator[str]:
    """Not fit for its use, or nobody knows: then a lost signal has closed the gate."""
    reading = live.points.get(gate.cause.subject)
    if gate.cause.name == "use" and reading is not None and not _usable(reading):
        yield "lost_signal"


def _kind_of(cause: str) -> str | None:
    return BY_RULE.get(cause) or BY_CAUSE.get(cause) or ("drive_fault" if "jam" in cause else None)


def _gate_that_lost(station: str, gates: dict[str, GateNow], point: str) -> Key | None:
    """A dead probe stands under the gate that it has closed."""
    for name, gate in gates.items():
        may_lose = BY_CAUSE.get(gate.cause.name) == "lost_signal" or gate.cause.name == "use"
        if may_lose and gate.cause.subject == point:
            return Key(station, "lost_signal", name)
    return None


def _usable(reading: Reading) -> bool:
    return reading.flag in USABLE
