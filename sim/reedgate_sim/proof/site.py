"""A small station to be proved: its compiled configuration, and what its world may do.

Durations are counted in units; a unit is one scan. In milliseconds they end half a unit early, so
that the scan in which one ends is the same whether the scans come a little early or late. What a
configuration does not name is not there: no such terminal, no such key (zero).
"""

import binascii
from dataclasses import dataclass

from reedgate_contract import codes
from reedgate_contract import config as layout

HOUR_MS = 3_600_000
# The words of a point's polls between two scans, by letter.
INSIDE, BETWEEN, BEYOND = "I", "D", "B"
LOST, NAN, ABOVE, BELOW, DOUBTED = "M", "N", "+", "-", "S"

MOTOR, SPRING = layout.DRIVE_TWO_RELAY, layout.DRIVE_SPRING_RETURN
OPEN, CLOSED, HOLD = codes.TARGET_OPEN, codes.TARGET_CLOSED, codes.TARGET_HOLD


@dataclass(frozen=True)
class Trip:
    """On a point of its own. Times in units."""

    polls: int = 1
    of: int = 1
    delay: int = 0
    lost_hold: int = 0
    clears: int = layout.CLEARS_HOLD_THEN_CLEAR
    clear_hold: int = 1
    flow_past: int = layout.FLOW_PAST_PUMP
    words: tuple[str, ...] = (INSIDE, BEYOND, LOST)


@dataclass(frozen=True)
class Flood:
    position: int = OPEN
    stage_lost: int = layout.STAGE_LOST_CONTACT
    clear: int = 1
    words: tuple[str, ...] = ()  # of its stage's polls; none: it has no stage
    contact: str = ""
    debounce: int = 0


@dataclass(frozen=True)
class Gate:
    """faults: letters of what its plant may do in a scan besides moving; see plant.py."""

    drive: int = SPRING
    spring: int = OPEN
    travel: int = 1
    timeout: int = 2
    dead: int = 0
    backoff: int = 1
    retries: int = 1
    reopen_hold: int = 1
    min_closed: int = 0
    openings: int = 12
    floods: tuple[Flood, ...] = ()
    faults: str = ""


@dataclass(frozen=True)
class Site:
    """restarts: the station may be switched off and on before any scan."""

    name: str
    trips: tuple[Trip, ...]
    inlet: Gate
    bypass: Gate | None = None
    estop: bool = False
    reset: bool = False
    grace: int = 1
    max_age: int = 1
    restarts: bool = False
    unit_ms: int = 26 * HOUR_MS  # see configurations.py
    safe_mode: bool = False
    positions: tuple[int, ...] = (0, 1)  # of the inlet's leaf at the start

    def ms(self, units: int) -> int:
        return units * self.unit_ms - self.unit_ms // 2 if units else 0

    @property
    def gates(self) -> list[Gate]:
        return [self.inlet, self.bypass] if self.bypass else [self.inlet]

    @property
    def words(self) -> list[tuple[str, ...]]:
        """Of each point: those of the trips, then the stages of the floods, gate by gate."""
        stages = [flood.words for gate in self.gates for flood in gate.floods if flood.words]
        return [trip.words for trip in self.trips] + stages

    @property
    def contacts(self) -> list[str]:
        named = [flood.contact for gate in self.gates for flood in gate.floods if flood.contact]
        return sorted(set(named))


# Of every point: beyond above LIMIT, inside from LIMIT - DEADBAND down.
LIMIT, DEADBAND = 10, 4
RAW = {INSIDE: 5, BETWEEN: 8, BEYOND: 20}
# as in station.core.fixed: no number, and the two infinities
RAW |= {NAN: -1073741821, ABOVE: -1073741822, BELOW: -1073741823}
_POINT = {"decimals": 0, "num": 1, "den": 1, "data_type": layout.TYPE_U16, "gross_max": 100}
_JUDGED = {"side": layout.SIDE_ABOVE, "limit": LIMIT, "deadband": DEADBAND}


def blob_of(site: Site) -> bytes:
    """As the compiler of site.toml would give it."""
    body = bytearray()

    def put(kind: int, name: str, **fields: int) -> None:
        every = dict.fromkeys(layout.LAYOUT[kind][1], 0)
        unknown = set(fields) - set(every)
        if unknown:
            raise ValueError(f"no such fields of entry {kind}: {sorted(unknown)}")
        body.extend(layout.pack_entry(kind, every | fields, name.encode()))

    put(layout.STATION, "p/p", scan_ms=200, start_grace_ms=site.ms(site.grace), record_s=60)
    if site.estop:
        put(layout.TERMINAL, "estop", function=layout.FUNCTION_ESTOP)
    if site.reset:
        put(layout.TERMINAL, "reset", function=layout.FUNCTION_RESET)
    put(layout.BUS, "bus", baud=9600)
    put(layout.SENSOR, "probe", poll_ms=site.unit_ms, max_age_ms=site.ms(site.max_age))
    for number in range(len(site.words)):
        put(layout.POINT, f"p{number}", **_POINT)
    _put_gate(put, site, site.inlet, "", first_stage=len(site.trips))
    if site.bypass:
        stages = sum(1 for flood in site.inlet.floods if flood.words)
        _put_gate(put, site, site.bypass, "b_", first_stage=len(site.trips) + stages)
    return layout.pack_file(bytes(body), binascii.crc32(body))


def _put_gate(put, site: Site, gate: Gate, prefix: str, first_stage: int) -> None:
    inlet = not prefix
    put(
        layout.GATE,
        prefix + "gate",
        role=layout.ROLE_INLET if inlet else layout.ROLE_BYPASS,
        drive=gate.drive,
        spring=gate.spring if gate.drive == SPRING else 0,
        bypass=1 if inlet and site.bypass else layout.NONE,
        travel_ms=site.ms(gate.travel),
        travel_timeout_ms=site.ms(gate.timeout),
        reverse_dead_ms=site.ms(gate.dead),
        backoff_ms=site.ms(gate.backoff),
        retries=gate.retries,
        reopen_hold_ms=site.ms(gate.reopen_hold),
        min_closed_ms=site.ms(gate.min_closed),
        openings_per_hour=gate.openings,
    )
    outputs = ("open", "close") if gate.drive == MOTOR else ("out",)
    for name in (*outputs, "at_open", "at_closed"):
        put(layout.TERMINAL, prefix + name, function=layout.FUNCTION_NAMES[name])
    stage = first_stage
    for flood in gate.floods:
        clear_ms = site.ms(flood.clear)
        put(
            layout.FLOOD,
            "high",
            position=flood.position,
            stage_lost=flood.stage_lost,
            clear_ms=clear_ms,
        )
        if flood.words:
            put(layout.FLOOD_POINT, "", point=stage, **_JUDGED)
            stage += 1
        if flood.contact:
            debounce_ms = site.ms(flood.debounce)
            put(layout.FLOOD_CONTACT, flood.contact, active_open=1, debounce_ms=debounce_ms)
    for number, trip in enumerate(site.trips if inlet else ()):
        put(
            layout.TRIP,
            "",
            point=number,
            polls=trip.polls,
            of=trip.of,
            delay_ms=site.ms(trip.delay),
            lost_hold_ms=site.ms(trip.lost_hold),
            clears=trip.clears,
            clear_hold_ms=site.ms(trip.clear_hold),
            flow_past=trip.flow_past,
            **_JUDGED,
        )
