"""What the stations say now. Takes parsed messages, keeps the latest, says what is to be stored.

Pure: no MQTT, no SQL, no clock of its own. Here a message is judged against what came before it:
a retained `live` is of unknown age and an earlier boot's is the past, so neither is ever "now".
Nothing here says how a value is shown.
"""

from collections import Counter, deque
from collections.abc import Container, Iterable
from dataclasses import replace

from reedgate_contract import codes, records
from reedgate_gateway.batch import Batch
from reedgate_gateway.catalogue import Catalogue, Gate, Station
from reedgate_gateway.clock import Instant
from reedgate_gateway.content import Anchor, GateEvent, uptime_ms_of, whole_events
from reedgate_gateway.ingest import Birth, GateNow, Live, Message, Online, Rejected
from reedgate_gateway.journal_read import Happened
from reedgate_gateway.journal_write import Journaled, TimeOwed
from reedgate_gateway.naming import UNNAMED, Boot
from reedgate_gateway.store import GATE, GATE_UNIT, POINT, Received, Row, Sample, SeriesKey

STALE_AFTER_PERIODS = 3
BOOTS_KEPT = 64
TIME_EVERY_MS = 3_600_000
TIME_AGAIN_MS = 30_000  # when its anchor has not come back by then
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
        self.rulings: dict[str, Happened] = {}
        self.closings: dict[str, Happened] = {}  # the last of them that ordered it closed
        self.sampled_s = 0
        self.anchored_ms: int | None = None  # uptime of the present start's last anchor
        self.time_sent_ms: int | None = None  # uptime when the time was last sent

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
        self.anchored_ms = None
        self.time_sent_ms = None


class State:
    def __init__(
        self,
        catalogue: Catalogue,
        boots: dict[str, list[str]] | None = None,
        keyed: Container[str] = (),
    ):
        """keyed: the stations whose keys are here; only those understand what is sent down."""
        self.catalogue = catalogue
        self._keyed = keyed
        self.stations = {
            name: StationNow(station, (boots or {}).get(name, ()))
            for name, station in catalogue.stations.items()
        }
        self.without_key: set[str] = set()  # of those that have sent records
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
            if message.reason == "no_key" and message.station is not None:
                self.without_key.add(message.station)
            return []
        self.accepted += 1
        station = self.stations[message.station]
        if isinstance(message, Online):
            return _take_online(station, message, now)
        if isinstance(message, Batch):
            return _take_batch(station, message, now)
        if isinstance(message, Birth):
            rows = _take_birth(station, message, now)
            owed = not retained  # a retained one may be old: the next live says how late it is
        else:
            rows = _take_live(station, message, now)
            owed = _time_is_owed(station, message.uptime_ms)
        if owed and message.station in self._keyed:
            station.time_sent_ms = message.uptime_ms
            rows.append(TimeOwed(message.station, Boot.parse(message.boot), message.uptime_ms))
        return rows

    def _judged(self, message: Message, retained: bool) -> Message | Rejected:
        station = self.stations[message.station]
        if isinstance(message, Online):
            return message

        def rejected(reason: str, detail: str) -> Rejected:
            return Rejected(reason, detail, message.station)

        if retained and not isinstance(message, Birth):
            return rejected("retained", "kept by the broker: its age is unknown")
        if isinstance(message, Batch):
            return message  # late is what it is for; the store takes each record once
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


def _time_is_owed(station: StationNow, uptime_ms: int) -> bool:
    """Each hour, and again until the station's own record shows that it had it."""
    anchored, sent = station.anchored_ms, station.time_sent_ms
    if anchored is not None and uptime_ms - anchored < TIME_EVERY_MS:
        return False
    return sent is None or uptime_ms - sent >= TIME_AGAIN_MS


def _take_batch(station: StationNow, batch: Batch, now: Instant) -> list[Row]:
    wrote = Boot(batch.epoch, batch.boot_n)
    boot = Boot.parse(station.boot) if station.boot is not None else wrote
    if boot.epoch == wrote.epoch and boot.boot_n < wrote.boot_n:
        boot = wrote  # its birth is still to come
    if boot == wrote and batch.stream == records.STREAM_EVENTS:
        _take_events(station, batch, now)
    return [Journaled(now.unix_ms, batch, boot)]


def _take_events(station: StationNow, batch: Batch, now: Instant) -> None:
    """What the present start's record says of the gates, before the next `live` does."""
    naming = station.birth.naming if station.birth else UNNAMED
    for record, content in whole_events(batch.records, naming):
        uptime_ms = uptime_ms_of(record)
        if isinstance(content, Anchor):
            station.anchored_ms = max(uptime_ms, station.anchored_ms or 0)
        elif isinstance(content, GateEvent) and content.gate in station.station.gates:
            time_ms = now.unix_ms - batch.uptime_ms + uptime_ms
            event = Happened(time_ms, False, uptime_ms, batch.station, content)
            _take_gate_event(station, event, content, now)


def _take_gate_event(
    station: StationNow, event: Happened, content: GateEvent, now: Instant
) -> None:
    if content.what == "ruling":
        station.rulings[content.gate] = event
        if content.target == "closed":
            station.closings[content.gate] = event
    live = station.live
    if live is not None and event.uptime_ms < live.uptime_ms:
        return  # sent late, or again: the live is newer
    station.leaves[content.gate].see(content.position, content.drive, now.monotonic_ms)
    if live is not None:
        gates = {**live.gates, content.gate: _gate_after(content)}
        station.live = replace(live, gates=gates)


def _gate_after(message: GateEvent) -> GateNow:
    """An event does not say what the gate waits for; the next `live` will."""
    return GateNow(
        position=message.position,
        target=message.target,
        rule=message.rule,
        cause=message.cause,
        first_out=message.first_out,
        fault=message.fault,
        wait="none",
        wait_ms=0,
        alarms=message.alarms,
    )


def point_series(station: Station, name: str) -> SeriesKey:
    point = station.points[name]
    return SeriesKey(station.name, POINT, name, point.unit, point.decimals)


def gate_series(station: Station, gate: Gate | str) -> SeriesKey:
    name = gate if isinstance(gate, str) else gate.name
    return SeriesKey(station.name, GATE, name, GATE_UNIT, 0)
