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
DAY_MS = 24 * HOUR_MS
# The words of a point's polls between two scans, by letter.
INSIDE, BETWEEN, BEYOND = "I", "D", "B"
NEARLY = "d"  # BETWEEN too, at the other end of the deadband: one more, and it is INSIDE
LOST, NAN, ABOVE, BELOW, DOUBTED = "M", "N", "+", "-", "S"
WIPED = "W"  # its turn to wipe itself; where that may not begin it is asked, and is INSIDE

MOTOR, SPRING = layout.DRIVE_TWO_RELAY, layout.DRIVE_SPRING_RETURN
ACTUATOR = layout.DRIVE_MODBUS_ACTUATOR
OPEN, CLOSED, HOLD = codes.TARGET_OPEN, codes.TARGET_CLOSED, codes.TARGET_HOLD


@dataclass(frozen=True)
class Trip:
    """On a point of its own. Times in units. also: the words of further points, whose conditions
    have to be met at the same time. wipes: its probe does so.
    """

    polls: int = 1
    of: int = 1
    delay: int = 0
    lost_hold: int = 0
    clears: int = layout.CLEARS_HOLD_THEN_CLEAR
    clear_hold: int = 1
    flow_past: int = layout.FLOW_PAST_PUMP
    side: int = layout.SIDE_ABOVE
    words: tuple[str, ...] = (INSIDE, BEYOND, LOST)
    also: tuple[tuple[str, ...], ...] = ()
    wipes: bool = False


@dataclass(frozen=True)
class Flood:
    position: int = OPEN
    stage_lost: int = layout.STAGE_LOST_CONTACT
    clear: int = 1
    side: int = layout.SIDE_ABOVE
    words: tuple[str, ...] = ()  # of its stage's polls; none: it has no stage
    contact: str = ""
    debounce: int = 0


@dataclass(frozen=True)
class Gate:
    """faults: letters of what its plant may do in a scan besides moving; see plant.py. silence: of
    an actuator, before it counts as dead. local: it has a selector and buttons.
    """

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
    silence: int = 1
    local: bool = False
    emergency_close: bool = False


@dataclass(frozen=True)
class Site:
    """restarts: the station may be switched off and on before any scan. ponds: restraints of rule
    7, each judged as a trip's limit is. acts: what may come to the inlet before a scan (acts.py).
    """

    name: str
    trips: tuple[Trip, ...]
    inlet: Gate
    bypass: Gate | None = None
    ponds: tuple[Trip, ...] = ()
    acts: tuple[str, ...] = ()
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
    def limits(self) -> list[Trip]:
        """Of each point with a limit the trip or pond that it belongs to."""
        return [each for each in (*self.trips, *self.ponds) for _ in (each.words, *each.also)]

    @property
    def words(self) -> list[tuple[str, ...]]:
        """Of each point: those of trips and ponds, then the stages of the floods, gate by gate."""
        judged = [
            words for each in (*self.trips, *self.ponds) for words in (each.words, *each.also)
        ]
        stages = [flood.words for gate in self.gates for flood in gate.floods if flood.words]
        return judged + stages

    @property
    def wipe_window(self) -> int:
        """Units in which one freeze of the longest is all that a probe has."""
        return -(-_WIPE_WINDOW_MS // self.unit_ms)

    @property
    def contacts(self) -> list[str]:
        named = [flood.contact for gate in self.gates for flood in gate.floods if flood.contact]
        return sorted(set(named))


_WIPE_WINDOW_MS = 600_000
# Of every point. What lies inside of them and what beyond is in numbers.py.
LIMIT, DEADBAND, MOST = 10, 4, 100
_POINT = {"decimals": 0, "num": 1, "den": 1, "data_type": layout.TYPE_U16, "gross_max": MOST}
_JUDGED = {"limit": LIMIT, "deadband": DEADBAND}


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
    limits = site.limits
    for number in range(len(site.words)):
        put(layout.SENSOR, "probe", poll_ms=site.unit_ms, max_age_ms=site.ms(site.max_age))
        if number < len(limits) and limits[number].wipes:
            put(layout.WIPE, "w", every_ms=site.unit_ms, freeze_max_ms=site.ms(1))
        put(layout.POINT, f"p{number}", **_POINT)
    _put_gate(put, site, site.inlet, "", first_stage=len(limits))
    if site.bypass:
        stages = sum(1 for flood in site.inlet.floods if flood.words)
        _put_gate(put, site, site.bypass, "b_", first_stage=len(limits) + stages)
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
    _put_terminals(put, site, gate, prefix)
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
            put(layout.FLOOD_POINT, "", point=stage, side=flood.side, **_JUDGED)
            stage += 1
        if flood.contact:
            debounce_ms = site.ms(flood.debounce)
            put(layout.FLOOD_CONTACT, flood.contact, active_open=1, debounce_ms=debounce_ms)
    if inlet:
        _put_limits(put, site)


def _put_terminals(put, site: Site, gate: Gate, prefix: str) -> None:
    if gate.drive == ACTUATOR:
        silence_ms = site.ms(gate.silence)
        put(layout.ACTUATOR, "bus2", silence_ms=silence_ms, at_open=gate.travel)
    else:
        outputs = ("open", "close") if gate.drive == MOTOR else ("out",)
        for name in (*outputs, "at_open", "at_closed"):
            put(layout.TERMINAL, prefix + name, function=layout.FUNCTION_NAMES[name])
    names = ("local", "local_open", "local_close") if gate.local else ()
    if gate.emergency_close:
        names += ("emergency_close",)
    for name in names:
        put(layout.TERMINAL, prefix + name, function=layout.FUNCTION_NAMES[name])


def _put_limits(put, site: Site) -> None:
    point = 0
    for number, each in enumerate((*site.trips, *site.ponds)):
        waits = {"delay_ms": site.ms(each.delay), "lost_hold_ms": site.ms(each.lost_hold)}
        limit = {"side": each.side} | _JUDGED
        judged = {"point": point, "polls": each.polls, "of": each.of} | waits | limit
        if number >= len(site.trips):
            put(layout.RESTRAINT, "", cause=codes.CAUSE_POND_FULL, **judged)
        else:
            clears_ms = site.ms(each.clear_hold)
            how = {"clears": each.clears, "flow_past": each.flow_past}
            put(layout.TRIP, "", clear_hold_ms=clears_ms, **how, **judged)
        for _ in each.also:
            point += 1
            put(layout.CONDITION, "", point=point, **limit)
        point += 1
