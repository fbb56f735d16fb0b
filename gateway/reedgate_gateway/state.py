"""What the stations say now. Takes parsed messages, keeps the latest, says what is to be stored.

Pure: no MQTT, no SQL, no clock of its own. Here a message is judged against what came before it:
a retained `live` is of unknown age and an earlier boot's is the past, so neither is ever "now".
Nothing here says how a value is shown.
"""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import replace

from reedgate_contract import codes
from reedgate_gateway.catalogue import Catalogue, Gate, Station
from reedgate_gateway.clock import Instant
from reedgate_gateway.ingest import Birth, GateNow, Live, Message, Online, Rejected, Transition
from reedgate_gateway.store import GATE, GATE_UNIT, POINT, Received, Row, Sample, SeriesKey

STALE_AFTER_PERIODS = 3
BOOTS_KEPT = 64
_POSITIONS = {name: code for code, name in enumerate(codes.POSITION_NAMES)}


class Leaf:
    """Where a gate's leaf is between its switches: an estimate, for the eye alone."""

    def __init__(self, travel_ms: int):
        self._travel_ms = travel_ms
        self._permille: int | None = None
        self._since_ms = 0
        self.direction = 0  # 1 opening, -1 closing, 0 at rest

    def permille(self, now_ms: int) -> int | None:
        """0 closed, 1000 open; None when nothing is known."""
        if self._permille is None or not self.direction:
            return self._permille
        moved = (now_ms - self._since_ms) * 1000 // self._travel_ms
        return min(980, max(20, self._permille + self.direction * moved))

    def see(self, position: str, drive: str | None, now_ms: int) -> None:
        """drive: what the station said of it, or None where the message does not say."""
        at = self.permille(now_ms)
        if position in ("open", "closed"):
            at = 1000 if position == "open" else 0
        elif position == "unknown":
            at = None
        if drive is not None:
            self.direction = {"opening": 1, "closing": -1}.get(drive, 0)
        elif position != "moving":
            self.direction = 0
        self._permille = at
        self._since_ms = now_ms


class StationNow:
    """The latest of one station. Read by the views, changed by `State` alone."""

    def __init__(self, station: Station, boots: Iterable[str] = ()):
        self.station = station
        known = list(boots)
        self.boot: str | None = known[0] if known else None
        self.earlier: deque[str] = deque(known[1:], BOOTS_KEPT)
        self.birth: Birth | None = None
        self.online: bool | None = None
        self.live: Live | None = None
        self.live_at: Instant | None = None
        self.leaves = {name: Leaf(gate.travel_ms) for name, gate in station.gates.items()}
        self.rulings: dict[str, Received] = {}
        self.sampled_s = 0

    def since_live_ms(self, now: Instant) -> int | None:
        return None if self.live_at is None else now.monotonic_ms - self.live_at.monotonic_ms

    def fresh(self, now: Instant) -> bool:
        """Whether the last `live` may still be called now."""
        since_ms = self.since_live_ms(now)
        limit_ms = STALE_AFTER_PERIODS * self.station.live_ms
        return since_ms is not None and since_ms <= limit_ms and self.online is not False

    def begin(self, boot: str) -> None:
        """The station runs since another boot: what was live belongs to the past."""
        if boot == self.boot:
            return
        if self.boot is not None:
            self.earlier.appendleft(self.boot)
        self.boot = boot
        self.birth = None
        self.live = None
        self.live_at = None


class State:
    def __init__(self, catalogue: Catalogue, boots: dict[str, list[str]] | None = None):
        self.catalogue = catalogue
        self.stations = {
            name: StationNow(station, (boots or {}).get(name, ()))
            for name, station in catalogue.stations.items()
        }
        self.accepted = 0
        self.rejected: Counter[str] = Counter()
        self.last_rejected: Rejected | None = None

    def apply(self, message: Message | Rejected, retained: bool, now: Instant) -> list[Row]:
        """Take one message in; what of it is to be stored."""
        if not isinstance(message, Rejected):
            message = self._judged(message, retained)
        if isinstance(message, Rejected):
            self.rejected[message.reason] += 1
            self.last_rejected = message
            return []
        self.accepted += 1
        station = self.stations[message.station]
        if isinstance(message, Online):
            return _take_online(station, message, now)
        if isinstance(message, Birth):
            return _take_birth(station, message, now)
        if isinstance(message, Live):
            return _take_live(station, message, now)
        return _take_transition(station, message, now)

    def _judged(self, message: Message, retained: bool) -> Message | Rejected:
        station = self.stations[message.station]
        if isinstance(message, Online):
            return message

        def rejected(reason: str, detail: str) -> Rejected:
            return Rejected(reason, detail, message.station)

        if retained and not isinstance(message, Birth):
            return rejected("retained", "kept by the broker: its age is unknown")
        if isinstance(message, Transition):
            return message  # late is better than never; the store takes each once
        if message.boot in station.earlier:
            return rejected("earlier_boot", "of a boot that is over")
        if isinstance(message, Live) and station.live is not None:
            same_boot = message.boot == station.live.boot
            if same_boot and message.n <= station.live.n:
                return rejected("repeated", "of an n that was already there")
        return message


def _take_online(station: StationNow, message: Online, now: Instant) -> list[Row]:
    if station.online is message.online:
        return []
    station.online = message.online
    return [Received(now.unix_ms, message)]


def _take_birth(station: StationNow, message: Birth, now: Instant) -> list[Row]:
    station.begin(message.boot)
    station.birth = message
    return [Received(now.unix_ms, message)]


def _take_live(station: StationNow, message: Live, now: Instant) -> list[Row]:
    station.begin(message.boot)
    station.live = message
    station.live_at = now
    rows = _take_online(station, Online(message.station, True), now)  # it speaks, so it is there
    for name, gate in message.gates.items():
        station.leaves[name].see(gate.position, None, now.monotonic_ms)
    received_s = now.unix_ms // 1000
    if received_s != station.sampled_s:
        rows.extend(_samples(station.station, message, received_s))
        station.sampled_s = received_s
    return rows


def _samples(station: Station, live: Live, received_s: int) -> Iterable[Sample]:
    for name, reading in live.points.items():
        yield Sample(
            point_series(station, name), received_s, reading.value, reading.status, reading.flag
        )
    for name, gate in live.gates.items():
        yield Sample(gate_series(station, name), received_s, _POSITIONS[gate.position])


def _take_transition(station: StationNow, message: Transition, now: Instant) -> list[Row]:
    received = Received(now.unix_ms, message)
    live = station.live
    if message.boot == station.boot:
        if message.what == "ruling":
            station.rulings[message.gate] = received
        station.leaves[message.gate].see(message.position, message.drive, now.monotonic_ms)
        if live is not None and message.uptime_ms >= live.uptime_ms:
            gate = _gate_after(message)
            station.live = replace(live, gates={**live.gates, message.gate: gate})
    return [received]


def _gate_after(message: Transition) -> GateNow:
    """A transition does not say what the gate waits for; the next `live` will."""
    return GateNow(
        position=message.position,
        target=message.target,
        rule=message.rule,
        cause=message.cause,
        first_out=message.first_out,
        fault=message.fault,
        wait="none",
        wait_ms=0,
    )


def point_series(station: Station, name: str) -> SeriesKey:
    point = station.points[name]
    return SeriesKey(station.name, POINT, name, point.unit, point.decimals)


def gate_series(station: Station, gate: Gate | str) -> SeriesKey:
    name = gate if isinstance(gate, str) else gate.name
    return SeriesKey(station.name, GATE, name, GATE_UNIT, 0)
