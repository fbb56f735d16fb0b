"""What a person has to act on, by priority; what follows from a first-out stands under it. Pure.

Alarms are made of what the stations say; acknowledging and shelving go no further than this file:
no rule of a station reads them. Which code makes which alarm is data: BY_RULE, BY_CAUSE, BY_NAME.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from reedgate_contract import codes
from reedgate_gateway.clock import Instant
from reedgate_gateway.ingest import GateNow
from reedgate_gateway.state import State, StationNow

ON_DELAY_MS = 5_000  # priority 1: none
OFF_DELAY_MS = 60_000
FIRST_WORD_MS = 60_000  # so long after the gateway's start a station may be silent
LONGEST_SHELF_MS = 12 * 3_600_000

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
    "drive_fault": 3,
    "local_idle": 3,
    "service": 3,
    "proof_test_due": 3,
    "suspect": 3,
    "discrepancy": 3,
    "breaker_open": 3,
    "calibration_due": 3,
}
BY_RULE = {"estop": "estop", "flood": "flood", "pond": "pond_full"}
BY_CAUSE = {
    "quality": "quality_trip",
    "emergency_close": "quality_trip",
    "upstream_alarm": "quality_trip",
    "lost": "lost_signal",
    "never_good": "lost_signal",
    "switches": "position_unknown",
    "mains_lost": "mains_lost",
}
BY_NAME = {name: name for name in PRIORITIES}  # of alarms that a station names itself
BY_DETAIL = {"not_asked": "breaker_open"}
_DEMANDS = ("flood", "quality", "unknown")


@dataclass(frozen=True, order=True)
class Key:
    station: str
    kind: str
    subject: str = ""  # gate or point; "": the station

    def __str__(self) -> str:
        return ".".join(part for part in (self.station, self.subject, self.kind) if part)


@dataclass
class Alarm:
    key: Key
    since_ms: int  # unix: when its cause began
    began_ms: int  # monotonic
    raised: bool = False
    gone_ms: int | None = None  # monotonic: since when its cause is gone
    under: Key | None = None  # the first-out that it follows from
    acknowledged_by: str | None = None
    shelved_until_ms: int | None = None  # monotonic

    @property
    def priority(self) -> int:
        return PRIORITIES[self.key.kind]


class Alarms:
    """look() at each turn; `shown` is what people see then."""

    def __init__(self) -> None:
        self._alarms: dict[Key, Alarm] = {}
        self._started_ms: int | None = None
        self.shown: list[Alarm] = []

    def look(self, state: State, now: Instant) -> None:
        if self._started_ms is None:
            self._started_ms = now.monotonic_ms
        heard = now.monotonic_ms - self._started_ms >= FIRST_WORD_MS
        standing: dict[Key, Key | None] = {}
        silent = set()
        for name, station in state.stations.items():
            if station.fresh(now):
                standing.update(_of_station(name, station))
            elif station.live_at is not None or heard:
                silent.add(name)
                standing[Key(name, "station_lost")] = None
        self.update(standing, silent, now)

    def update(self, standing: dict[Key, Key | None], silent: set[str], now: Instant) -> None:
        """standing: each cause that stands, with the first-out it follows from.

        silent: stations of which nothing is known now: what stood there last goes on standing.
        """
        for key, under in standing.items():
            alarm = self._alarms.setdefault(key, Alarm(key, now.unix_ms, now.monotonic_ms))
            alarm.gone_ms = None
            alarm.under = under
        for key, alarm in list(self._alarms.items()):
            if key not in standing and key.station in silent:
                alarm.under = Key(key.station, "station_lost")
            elif key not in standing:
                self._going(alarm, now)
        for alarm in self._alarms.values():
            delay_ms = 0 if alarm.priority == 1 else ON_DELAY_MS
            if alarm.gone_ms is None and now.monotonic_ms - alarm.began_ms >= delay_ms:
                alarm.raised = True
            if alarm.shelved_until_ms is not None and now.monotonic_ms >= alarm.shelved_until_ms:
                alarm.shelved_until_ms = None
        raised = [alarm for alarm in self._alarms.values() if alarm.raised]
        self.shown = sorted(raised, key=lambda alarm: (alarm.priority, alarm.began_ms, alarm.key))

    def _going(self, alarm: Alarm, now: Instant) -> None:
        if alarm.gone_ms is None:
            alarm.gone_ms = now.monotonic_ms
        if not alarm.raised or now.monotonic_ms - alarm.gone_ms >= OFF_DELAY_MS:
            del self._alarms[alarm.key]

    def groups(self) -> list[tuple[Alarm, list[Alarm]]]:
        """Each alarm that follows from no other one that is shown, with those that follow."""
        there = {alarm.key: alarm for alarm in self.shown}
        heads = [alarm for alarm in self.shown if self._head_of(alarm, there) is None]
        return [
            (head, [alarm for alarm in self.shown if self._head_of(alarm, there) == head.key])
            for head in heads
        ]

    def _head_of(self, alarm: Alarm, there: dict[Key, Alarm]) -> Key | None:
        """The first-out at the end of the line; None: it is one itself."""
        head, seen = alarm.under, {alarm.key}
        while head in there and head not in seen and there[head].under in there:
            seen.add(head)
            head = there[head].under
        return head if head in there and head != alarm.key else None

    def acknowledge(self, text: str, person: str) -> str | None:
        """None, or the reason why not. It says that somebody has seen it, and nothing else."""
        alarm = self._shown(text)
        if alarm is None:
            return "no_such_alarm"
        alarm.acknowledged_by = person
        return None

    def shelve(self, text: str, for_ms: int, now: Instant) -> str | None:
        """None, or the reason why not."""
        alarm = self._shown(text)
        if alarm is None:
            return "no_such_alarm"
        if alarm.priority == 1:
            return "priority_1"
        if not 0 < for_ms <= LONGEST_SHELF_MS:
            return "too_long"
        alarm.shelved_until_ms = now.monotonic_ms + for_ms
        return None

    def _shown(self, text: str) -> Alarm | None:
        return next((alarm for alarm in self.shown if str(alarm.key) == text), None)


def _of_station(name: str, station: StationNow) -> Iterator[tuple[Key, Key | None]]:
    live = station.live
    assert live is not None
    for gate_name, gate in live.gates.items():
        first_out = _kind_of(gate.first_out.name)
        head = Key(name, first_out, gate_name) if first_out else None
        for kind in _of_gate(gate):
            key = Key(name, kind, gate_name)
            yield key, head if head != key else None
    for point_name, reading in live.points.items():
        kind = BY_DETAIL.get(codes.DETAIL_NAMES[reading.detail])
        if kind is None and reading.flag == codes.FLAG_SUSPECT:
            kind = "suspect"
        if kind is not None:
            yield Key(name, kind, point_name), _gate_that_lost(name, live.gates, point_name)


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


def _kind_of(cause: str) -> str | None:
    return BY_RULE.get(cause) or BY_CAUSE.get(cause) or ("drive_fault" if "jam" in cause else None)


def _gate_that_lost(station: str, gates: dict[str, GateNow], point: str) -> Key | None:
    """A dead probe stands under the gate that it has closed."""
    for name, gate in gates.items():
        if BY_CAUSE.get(gate.cause.name) == "lost_signal" and gate.cause.subject == point:
            return Key(station, "lost_signal", name)
    return None
