"""One station of a checked site as the compiled configuration of the contract.

Integers only, exact; only the profiles that the station uses. Rules are judged elsewhere: what
comes here has passed them.
"""

import binascii
from collections.abc import Iterator
from dataclasses import dataclass

from reedgate_boards.site.actuators import load_actuator
from reedgate_boards.site.bus_time import GUARD_MS
from reedgate_boards.site.compile_law import LawCompiler, scaled
from reedgate_boards.site.fields import milliseconds
from reedgate_boards.site.points import station_points
from reedgate_boards.site.profiles import Profile, ProfilePoint, load_profile
from reedgate_boards.site.quality import quality
from reedgate_boards.site.schema import Site
from reedgate_boards.site.schema_gate import Actuator, Flood, Gate
from reedgate_boards.site.schema_station import Sensor, Station, Wet, poll_of
from reedgate_contract import config as layout
from reedgate_contract.codes import TARGET_CLOSED, TARGET_HOLD, TARGET_OPEN
from reedgate_contract.quantities import QUANTITIES

_KEEPALIVE_S = 15  # the gateway knows within half as much again that a station is gone
_LONGEST_GRACE_MS = 120_000
_LARGEST = 2**29 - 1  # of a threshold: its sums stay small ints on a 32-bit board
_WRITE_REPLY = 8  # bytes of the answer to function codes 6 and 16
_SILENT_POLLS = 3  # at least, in a row, until a slave counts as dead

_PARITIES = {
    "none": layout.PARITY_NONE,
    "even": layout.PARITY_EVEN,
    "odd": layout.PARITY_ODD,
}
_UPLINKS = {
    "none": layout.UPLINK_NONE,
    "mqtt": layout.UPLINK_MQTT,
    "rtu_slave": layout.UPLINK_RTU_SLAVE,
}
_DRIVES = {
    "two_relay": layout.DRIVE_TWO_RELAY,
    "spring_return": layout.DRIVE_SPRING_RETURN,
    "modbus_actuator": layout.DRIVE_MODBUS_ACTUATOR,
}
_STAGE_LOST = {"contact": layout.STAGE_LOST_CONTACT, "flood": layout.STAGE_LOST_FLOOD}


@dataclass(frozen=True)
class Overrides:
    """What a desk or a replay knows better than the site file. None: as the file says."""

    broker: str | None = None
    scan_ms: int | None = None
    start_grace_ms: int | None = None
    live_ms: int | None = None
    record_s: int | None = None
    poll_ms: int | None = None
    max_age_ms: int | None = None
    travel_ms: int | None = None
    travel_timeout_ms: int | None = None
    keepalive_s: int | None = None
    always_wet: bool = False  # a series was measured in water
    lapse: int = 1  # so many times as fast as in the world does the water change
    never_break: bool = False  # a gap in a series is no dead slave


def compile_station(site: Site, station_id: str, *, overrides: Overrides | None = None) -> bytes:
    """The file a board reads. Raises ValueError when it would be larger than a board takes."""
    body = station_body(site, station_id, overrides or Overrides())
    return layout.pack_file(body, binascii.crc32(body))


def station_body(site: Site, station_id: str, overrides: Overrides) -> bytes:
    """The entries alone. Raises ValueError when one of them is longer than an entry may be."""
    compiler = _Compiler(site.stations[station_id], overrides)
    return b"".join(compiler.entries(f"{site.site.id}/{station_id}"))


def config_hash(blob: bytes) -> str:
    """By what a compiled configuration is known: the board tells the same in its birth."""
    return f"{binascii.crc32(blob):08x}"


def ready_ms(sensor: Sensor, profile: Profile) -> int:
    """From the station's start until the sensor has been read, or is lost."""
    age_ms = milliseconds(sensor.max_age_s)  # at least two polls
    if sensor.warm_when == "always":
        return age_ms + (profile.timing.stabilise_ms if profile.timing.awake_ms else 0)
    return profile.timing.warm_up_ms + profile.timing.stabilise_ms + age_ms


def start_grace_ms(station: Station, profiles: dict[str, Profile]) -> int:
    """profiles: by name; a sensor whose profile is not in it is left out."""
    if station.start_grace_s is not None:
        return milliseconds(station.start_grace_s)
    sensors = [each for each in station.sensors.values() if each.profile in profiles]
    longest = max((ready_ms(each, profiles[each.profile]) for each in sensors), default=0)
    return min(longest, _LONGEST_GRACE_MS)


class _Compiler:
    def __init__(self, station: Station, overrides: Overrides):
        self.station = station
        self.overrides = overrides
        self.profiles = {
            each.profile: load_profile(each.profile) for each in station.sensors.values()
        }
        self.quantities = station_points(station)
        self.law = LawCompiler(_entry, self.quantities)
        self.gate_numbers = {gate: number for number, gate in enumerate(station.gates)}

    def entries(self, name: str) -> Iterator[bytes]:
        station, override = self.station, self.overrides
        yield _entry(
            layout.STATION,
            name,
            scan_ms=_either(override.scan_ms, station.scan_ms),
            start_grace_ms=_either(
                override.start_grace_ms, start_grace_ms(station, self.profiles)
            ),
            live_ms=_either(override.live_ms, milliseconds(station.uplink.live_s)),
            record_s=_either(override.record_s, station.uplink.record_s),
        )
        yield from _terminals(station.terminals)
        yield _entry(
            layout.UPLINK,
            _either(override.broker, station.uplink.broker) or "",
            kind=_UPLINKS[station.uplink.kind],
            keepalive_s=_either(override.keepalive_s, _KEEPALIVE_S),
        )
        if station.uplink.kind == "rtu_slave":
            yield _entry(
                layout.SLAVE,
                station.uplink.port or "",
                unit_id=station.uplink.unit_id,
                baud=station.uplink.baud,
                parity=_PARITIES[station.uplink.parity],
                stop_bits=1,
            )
        for bus_id in station.buses:
            yield from self.bus(bus_id)
        yield from self.law.derived(station, override.max_age_ms)
        for gate_id, gate in station.gates.items():
            yield from self.gate(gate_id, gate)

    def bus(self, bus_id: str) -> Iterator[bytes]:
        bus = self.station.buses[bus_id]
        sensors = {name: each for name, each in self.station.sensors.items() if each.bus == bus_id}
        profiles = [self.profiles[each.profile] for each in sensors.values()]
        yield _entry(
            layout.BUS,
            bus.port,
            baud=bus.baud,
            parity=_PARITIES[bus.parity],
            stop_bits=max((each.line.stop_bits for each in profiles), default=1),
            guard_ms=GUARD_MS,
        )
        for sensor_id, sensor in sensors.items():
            yield from self.sensor(sensor_id, sensor)

    def sensor(self, sensor_id: str, sensor: Sensor) -> Iterator[bytes]:
        profile, override = self.profiles[sensor.profile], self.overrides
        warm_up_ms, stabilise_ms = profile.timing.warm_up_ms, profile.timing.stabilise_ms
        if sensor.warm_when == "always":
            warm_up_ms = stabilise_ms = 0
        elif not profile.start:  # it starts to measure by itself, with its power
            settles_awake = profile.timing.awake_ms is not None  # it is asked, and its word old
            warm_up_ms, stabilise_ms = warm_up_ms + (0 if settles_awake else stabilise_ms), 0
        yield _entry(
            layout.SENSOR,
            sensor_id,
            unit_id=sensor.unit_id,
            function_code=profile.read.function_code,
            address=profile.read.address,
            count=profile.read.count,
            poll_ms=_either(override.poll_ms, milliseconds(poll_of(self.station, sensor))),
            timeout_ms=profile.reply.timeout_ms,
            warm_up_ms=warm_up_ms,
            stabilise_ms=stabilise_ms,
            max_age_ms=_either(override.max_age_ms, milliseconds(sensor.max_age_s)),
            error_word=_either(profile.read.error_word, layout.NONE),
            **self.breaker(sensor),
            baud=sensor.baud or 0,
            parity=_PARITIES[sensor.parity] if sensor.parity else layout.NONE,
            stop_bits=profile.line.stop_bits,
        )
        if not (sensor.wet_when.always or override.always_wet):
            yield _entry(layout.WET, "", **self.wet(sensor.wet_when))
        if profile.start:
            yield _entry(
                layout.FRAME,
                profile.start.pdu,
                purpose=layout.FRAME_START,
                reply_size=profile.start.reply_bytes,
            )
        if profile.wipe and sensor.wipe_every_s is not None:
            yield _entry(
                layout.WIPE,
                profile.wipe.pdu,
                every_ms=milliseconds(sensor.wipe_every_s),
                takes_ms=profile.wipe.takes_ms,
                freeze_max_ms=milliseconds(sensor.freeze_max_s),
                reply_size=profile.wipe.reply_bytes,
            )
        yield from _trust(profile)
        for quantity, name in sensor.points.items():
            yield from _point(quantity, name, sensor, profile)
            suspect_s = _either(sensor.suspect_s, self.station.suspect_s)
            yield _quality(
                quantity, profile.points[quantity], milliseconds(suspect_s), override.lapse
            )

    def wet(self, wet: Wet) -> dict[str, int]:
        return {
            "point": list(self.quantities).index(wet.point),
            "side": layout.SIDE_ABOVE if wet.above is not None else layout.SIDE_BELOW,
            "bound": scaled(wet.bound, self.quantities[wet.point].quantity),
        }

    def breaker(self, sensor: Sensor) -> dict[str, int]:
        """It opens only when every trip that needs the sensor has it lost, so that asking less
        often postpones no close; never where a flood is known by it.
        """
        points = set(sensor.points.values())
        gates = self.station.gates.values()
        causes = [cause for gate in gates for flood in gate.flood for cause in flood.any]
        if self.overrides.never_break or any(cause.point in points for cause in causes):
            return {"break_polls": 0, "break_hold_ms": 0}
        trips = [trip for gate in gates for trip in gate.trips.values()]
        needing = [
            trip
            for trip in trips
            if any(points & {limit.point, *limit.also} for limit in trip.all)
        ]
        return {
            "break_polls": max([_SILENT_POLLS, *[trip.confirm.of for trip in needing]]),
            "break_hold_ms": max([0, *[milliseconds(trip.lost_hold_s) for trip in needing]]),
        }

    def gate(self, gate_id: str, gate: Gate) -> Iterator[bytes]:
        guarded = gate.role != "bypass"
        yield _entry(
            layout.GATE,
            gate_id,
            role=layout.ROLE_NAMES[gate.role],
            drive=_DRIVES[gate.drive],
            spring=_target(gate.spring) if gate.spring else 0,
            bypass=self.gate_numbers[gate.bypass] if gate.bypass else layout.NONE,
            travel_ms=_either(self.overrides.travel_ms, milliseconds(gate.travel_s)),
            travel_timeout_ms=_either(
                self.overrides.travel_timeout_ms, milliseconds(gate.travel_timeout_s)
            ),
            reverse_dead_ms=gate.reverse_dead_ms if gate.drive == "two_relay" else 0,
            backoff_ms=gate.backoff_ms,
            retries=gate.retries,
            # A bypass opens and closes with its inlet: it has no hold of its own.
            reopen_hold_ms=milliseconds(gate.reopen_hold_s) if guarded else 0,
            min_closed_ms=milliseconds(gate.min_closed_s) if guarded else 0,
            openings_per_hour=gate.openings_per_hour if guarded else 0,
            closes_on_battery=int(gate.on_power_loss == "closes_battery"),
            leave_ms=gate.leave_ms or 0,
            travel_min_ms=milliseconds(gate.travel_min_s or 0),
            proof_test_days=gate.proof_test_days or 0,
        )
        yield from _terminals(gate.terminals)
        for flood in gate.flood:
            yield from self.flood(flood)
        for trip_id, trip in gate.trips.items():
            yield from self.law.trip(trip_id, trip)
        yield from self.law.rule_7(gate)
        if gate.leak:
            found = self.law.limit(gate.leak)
            del found["deadband"]
            yield _entry(layout.LEAK, "", **found, hold_ms=milliseconds(gate.leak_s))
        if gate.actuator:
            yield from _actuator(gate.actuator)

    def flood(self, flood: Flood) -> Iterator[bytes]:
        yield _entry(
            layout.FLOOD,
            flood.name,
            position=_target(flood.position),
            stage_lost=_STAGE_LOST[flood.stage_lost],
            clear_ms=milliseconds(flood.flood_clear_s),
        )
        for cause in flood.any:
            if cause.contact:
                yield _entry(
                    layout.FLOOD_CONTACT,
                    cause.contact,
                    active_open=1,
                    debounce_ms=cause.debounce_ms,
                )
            else:
                yield _entry(layout.FLOOD_POINT, "", **self.law.limit(cause))


def _quality(quantity: str, point: ProfilePoint, suspect_ms: int, lapse: int) -> bytes:
    limits = quality().quantity[quantity]
    flat_s = _either(point.flat_s, limits.flat_s)
    return _entry(
        layout.QUALITY,
        "",
        rate=min(scaled(limits.rate_per_min, quantity) * lapse, _LARGEST),
        rate_ms=limits.rate_over_s * 1000,
        spike=min(scaled(limits.spike, quantity) * lapse, _LARGEST),
        flat_ms=flat_s * 1000,
        flat_polls=limits.flat_polls,
        suspect_ms=suspect_ms,
        saturates=int(point.saturates),
    )


def _trust(profile: Profile) -> Iterator[bytes]:
    """When what the probe says may be old, or mean something else."""
    timing = profile.timing
    if timing.awake_ms is not None:
        yield _entry(layout.SLUMBER, "", awake_ms=timing.awake_ms, settle_ms=timing.stabilise_ms)
    for guard in profile.guards:
        yield _entry(
            layout.GUARD,
            b"".join(word.to_bytes(2, "big") for word in guard.words),
            function_code=guard.function_code,
            address=guard.address,
        )


def _point(quantity: str, name: str, sensor: Sensor, profile: Profile) -> Iterator[bytes]:
    point: ProfilePoint = profile.points[quantity]
    offset = sensor.zero_offset_mm if quantity == "depth_mm" else 0
    low, high = (scaled(end, quantity) + offset for end in point.range)
    yield _entry(
        layout.POINT,
        name,
        quantity=QUANTITIES[quantity][0],
        word=point.word,
        data_type=layout.TYPE_NAMES[point.type],
        decimals=point.decimals,
        num=point.num,
        den=point.den,
        offset=offset,
        gross_min=low,
        gross_max=high,
    )
    if point.error_word is not None:
        yield _entry(layout.POINT_ERROR, "", word=point.error_word)
    for sentinel in profile.sentinels:
        if sentinel.points and quantity not in sentinel.points:
            continue
        yield _entry(layout.SENTINEL, "", value=sentinel.value * 10**point.decimals)


def _actuator(actuator: Actuator) -> Iterator[bytes]:
    profile = load_actuator(actuator.profile)
    yield _entry(
        layout.ACTUATOR,
        actuator.port,
        unit_id=actuator.unit_id,
        baud=actuator.baud,
        parity=_PARITIES[actuator.parity],
        stop_bits=1,
        guard_ms=GUARD_MS,
        poll_ms=milliseconds(actuator.poll_s),
        silence_ms=milliseconds(actuator.silence_s),
        **profile.position.model_dump(exclude={"source", "verified"}),
    )
    orders = {"open": profile.orders.open, "closed": profile.orders.closed}
    for position, pdu in (orders | {"hold": profile.orders.stop}).items():
        if pdu is not None:
            yield _entry(layout.ORDER, pdu, target=_target(position), reply_size=_WRITE_REPLY)


def _terminals(terminals: object) -> Iterator[bytes]:
    for function, terminal in terminals:
        if terminal:
            yield _entry(layout.TERMINAL, terminal, function=layout.FUNCTION_NAMES[function])


def _target(position: str) -> int:
    return {
        "hold": TARGET_HOLD,
        "open": TARGET_OPEN,
        "closed": TARGET_CLOSED,
    }[position]


def _either(first: int | str | None, second: int | str | None) -> int | str | None:
    return second if first is None else first


def _entry(kind_of_entry: int, name: str | bytes, **fields: object) -> bytes:
    data = name.encode() if isinstance(name, str) else name
    return layout.pack_entry(kind_of_entry, fields, data)
