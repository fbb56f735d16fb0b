"""Rules of buses and sensors: ports, unit ids, line settings, pace, points."""

from reedgate_boards.site.bus_time import bus_time, oldest_ms
from reedgate_boards.site.compiler import ready_ms, start_grace_ms
from reedgate_boards.site.context import StationContext
from reedgate_boards.site.fields import milliseconds
from reedgate_boards.site.profiles import profile_names
from reedgate_boards.site.schema_station import Sensor, line_of, poll_of

_BUSY = 0.8
_UNIT_LOADS = 32  # that a transceiver drives, its own among them


def check_sensors(context: StationContext) -> None:
    _check_buses(context)
    _check_unit_ids(context)
    names: dict[str, str] = {}
    for sensor_id, sensor in context.station.sensors.items():
        _check_sensor(context, sensor_id, sensor)
        _check_points(context, sensor_id, sensor, names)


def _check_buses(context: StationContext) -> None:
    ports: dict[str, str] = {}
    for bus_id, bus in context.station.buses.items():
        path = context.path("buses", bus_id, "port")
        if context.board and bus.port not in context.board.ports:
            context.findings.error(
                path,
                "no such port on board {board}. Use one of: {known}.",
                board=context.board.name,
                known=", ".join(sorted(context.board.ports)),
            )
        if bus.port in ports:
            context.findings.error(
                path, "bus {other} has this port too. One bus, one port.", other=ports[bus.port]
            )
        ports.setdefault(bus.port, bus_id)
        _check_used(context, bus_id)
        _check_load(context, bus_id)


def _check_used(context: StationContext, bus_id: str) -> None:
    """The firmware's poller waits for the next of its sensors: there must be one."""
    if context.removed("sensors"):  # perhaps the one that was on it
        return
    path = context.path("buses", bus_id)
    count = sum(each.bus == bus_id for each in context.station.sensors.values())
    if not count:
        context.findings.error(path, "no sensor is on this bus. Remove it, or add its probe.")
    elif count >= _UNIT_LOADS:
        context.findings.warning(
            path,
            "has {count} probes: a line carries {most} unit loads, the station's own among them. "
            "Add up those of their data sheets, or use a second bus.",
            count=count,
            most=_UNIT_LOADS,
        )


def _check_load(context: StationContext, bus_id: str) -> None:
    busy = bus_time(context.station, bus_id, context.profiles).load
    path, percent = context.path("buses", bus_id, "poll_s"), round(busy * 100)
    if busy >= 1:
        context.findings.error(
            path,
            "its sensors would keep the bus busy for {percent} % of the time. Poll less often, or "
            "use a second bus.",
            percent=percent,
        )
    elif busy > _BUSY:
        context.findings.warning(
            path,
            "the bus is busy for {percent} % of the time: little is left for a slow answer.",
            percent=percent,
        )


def _check_unit_ids(context: StationContext) -> None:
    seen: dict[tuple[str, int], str] = {}
    for sensor_id, sensor in context.station.sensors.items():
        key = (sensor.bus, sensor.unit_id)
        if key in seen:
            context.findings.error(
                context.path("sensors", sensor_id, "unit_id"),
                "sensor {other} has this unit id on bus {bus} too: both would answer at once. "
                "Give each its own.",
                other=seen[key],
                bus=sensor.bus,
            )
        seen.setdefault(key, sensor_id)


def _check_sensor(context: StationContext, sensor_id: str, sensor: Sensor) -> None:
    path = context.path("sensors", sensor_id)
    if sensor.profile not in profile_names():
        context.findings.error(
            (*path, "profile"),
            "no such instrument profile. Known profiles: {known}.",
            known=", ".join(profile_names()),
        )
    if sensor.bus not in context.names("buses"):
        context.findings.error(
            (*path, "bus"),
            "no such bus. This station has: {known}.",
            known=", ".join(context.names("buses")),
        )
    elif sensor.bus in context.station.buses:
        _check_pace(context, sensor_id, sensor)
        _check_line(context, sensor_id, sensor)
    if sensor.zero_offset_mm and "depth_mm" not in sensor.points:
        context.findings.error(
            (*path, "zero_offset_mm"), "shifts a depth, and this sensor has none. Remove the key."
        )


def _check_pace(context: StationContext, sensor_id: str, sensor: Sensor) -> None:
    path = context.path("sensors", sensor_id)
    poll_s = poll_of(context.station, sensor)
    if sensor.max_age_s < 2 * poll_s:
        context.findings.error(
            (*path, "max_age_s"),
            "must be at least two polls ({least} s): else one lost answer makes a reading stale. "
            "Raise it, or poll more often.",
            least=2 * poll_s,
        )
    if sensor.profile not in context.profiles:
        return
    _check_age(context, sensor_id, sensor)
    awake_ms = context.profiles[sensor.profile].timing.awake_ms
    apart_ms = milliseconds(poll_s)
    apart_ms += bus_time(context.station, sensor.bus, context.profiles).cycle_ms
    if awake_ms is not None and apart_ms >= awake_ms:
        context.findings.error(
            (*path, "profile"),
            "falls asleep when it is not asked for {most} s, and then gives the old reading. Two "
            "of its polls may be {apart} s apart, with the others of its bus between them. Poll "
            "it faster, by a poll_s of its own.",
            most=awake_ms // 1000,
            apart=apart_ms / 1000,
        )
    wait_ms = ready_ms(sensor, context.profiles[sensor.profile])
    grace_ms = start_grace_ms(context.station, context.profiles)
    if wait_ms > grace_ms:
        context.findings.warning(
            (*path, "profile"),
            "may take {wait} s from a start until its readings count, and unknown water closes "
            "the gates {grace} s after each start.",
            wait=wait_ms / 1000,
            grace=grace_ms / 1000,
        )


def _check_age(context: StationContext, sensor_id: str, sensor: Sensor) -> None:
    oldest = oldest_ms(context.station, sensor_id, context.profiles)
    if oldest < milliseconds(sensor.max_age_s):
        return
    context.findings.warning(
        context.path("sensors", sensor_id, "max_age_s"),
        "its readings may be {age} s old before the next one while the others of bus {bus} do "
        "not answer: they are stale then, though this probe is well. Raise max_age_s above that, "
        "or move probes to a second bus.",
        age=oldest / 1000,
        bus=sensor.bus,
    )


def _check_line(context: StationContext, sensor_id: str, sensor: Sensor) -> None:
    profile = context.profiles.get(sensor.profile)
    if profile is None:
        return
    baud, parity = line_of(context.station, sensor)
    wrong = [baud not in profile.line.bauds, parity not in profile.line.parities]
    own = [key for key, bad in zip(("baud", "parity"), wrong, strict=True) if bad]
    own = [key for key in own if getattr(sensor, key)]
    if any(wrong):
        context.findings.error(
            context.path("sensors", sensor_id, *(own[:1] or ("profile",))),
            "{profile} cannot speak {baud} baud, parity {parity}. It can: {bauds} baud, parity "
            "{parities}. Give this sensor a baud and a parity of its own.",
            profile=sensor.profile,
            baud=baud,
            parity=parity,
            bauds=", ".join(str(each) for each in profile.line.bauds),
            parities=", ".join(profile.line.parities),
        )


def _check_points(
    context: StationContext, sensor_id: str, sensor: Sensor, names: dict[str, str]
) -> None:
    profile = context.profiles.get(sensor.profile)
    for quantity, name in sensor.points.items():
        path = context.path("sensors", sensor_id, "points", quantity)
        if profile and quantity not in profile.points:
            context.findings.error(
                path,
                "{profile} does not measure this. It gives: {known}.",
                profile=sensor.profile,
                known=", ".join(profile.points),
            )
        if name in names:
            context.findings.error(
                path,
                "sensor {other} has a point of this name too. Give each point its own name.",
                other=names[name],
            )
        names.setdefault(name, sensor_id)
