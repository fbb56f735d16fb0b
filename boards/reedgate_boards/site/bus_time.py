"""How long a bus is busy: frames by baud rate, turnaround, time-outs and guard; all in ms."""

import math
from dataclasses import dataclass

from reedgate_boards.site.fields import milliseconds
from reedgate_boards.site.profiles import Profile
from reedgate_boards.site.schema_station import Sensor, Station, line_of, poll_of
from reedgate_contract.config import PROBE_LONGEST_PAUSE_MS, PROBE_REST_SHARE

GUARD_MS = 400  # silence after a time-out: with less, stale answers were seen to be taken
_REQUEST_BYTES = 8
_REPLY_OVERHEAD_BYTES = 5  # unit id, function code, byte count, CRC
_FAST_BAUD = 19200  # above it the silence between frames is a fixed time
_FAST_SILENCE_MS = 1.75
_SILENCE_CHARACTERS = 3.5


def _line(station: Station, sensor: Sensor, profile: Profile) -> tuple[float, float]:
    """(a character, the silence between frames) of the sensor."""
    baud, parity = line_of(station, sensor)
    bits = 1 + 8 + (0 if parity == "none" else 1) + profile.line.stop_bits
    character = bits * 1000 / baud
    return character, _SILENCE_CHARACTERS * character if baud <= _FAST_BAUD else _FAST_SILENCE_MS


def frame_ms(station: Station, sensor: Sensor, profiles: dict[str, Profile]) -> int:
    """Request, silence, the slave's turnaround, reply, silence: one poll that is answered, with
    the reads of its guards.
    """
    profile = profiles[sensor.profile]
    _, silence = _line(station, sensor, profile)
    before = max(silence, *_silences(station, sensor.bus, profiles))
    return _up(
        before
        + _guards_ms(station, sensor, profile)
        + _read_ms(station, sensor, profile, profile.read.count)
    )


def mute_ms(station: Station, sensor: Sensor, profiles: dict[str, Profile]) -> int:
    """One poll that is not answered: the request, the whole time-out, the guard silence. Where
    the port changes over, a silence before it too.
    """
    profile = profiles[sensor.profile]
    character, _ = _line(station, sensor, profile)
    silences = _silences(station, sensor.bus, profiles)
    before = max(silences) if len(silences) > 1 else 0
    guards = _guards_ms(station, sensor, profile)  # they were answered still
    request = _REQUEST_BYTES * character
    return _up(before + guards + request + profile.reply.timeout_ms + GUARD_MS)


def _guards_ms(station: Station, sensor: Sensor, profile: Profile) -> float:
    return sum(_read_ms(station, sensor, profile, each.count) for each in profile.guards)


def _read_ms(station: Station, sensor: Sensor, profile: Profile, count: int) -> float:
    """Request, turnaround, reply and the silence behind it."""
    character, silence = _line(station, sensor, profile)
    size = _REQUEST_BYTES + _REPLY_OVERHEAD_BYTES + 2 * count
    return size * character + profile.reply.turnaround_ms + silence


def _up(ms: float) -> int:
    return math.ceil(round(ms, 6))  # binary fractions add up to a little more than they are


def _silences(station: Station, bus_id: str, profiles: dict[str, Profile]) -> set[float]:
    """Those of the lines that are spoken on the bus. Between two of them the longer is kept."""
    return {
        _line(station, each, profiles[each.profile])[1]
        for each in station.sensors.values()
        if each.bus == bus_id and each.profile in profiles
    }


@dataclass(frozen=True)
class BusTime:
    bus: str
    load: float  # share of the time in which the bus is busy when everybody answers
    cycle_ms: int  # all its sensors once, everybody answers
    worst_cycle_ms: int  # all its sensors once, nobody answers
    probe_ms: int  # a dead one that is back is asked within this, however many are dead


def bus_time(station: Station, bus_id: str, profiles: dict[str, Profile]) -> BusTime:
    """profiles: by name; a sensor whose profile is not in it is left out."""
    sensors = [
        each
        for each in station.sensors.values()
        if each.bus == bus_id and each.profile in profiles
    ]
    frames = [frame_ms(station, each, profiles) for each in sensors]
    mute = [mute_ms(station, each, profiles) for each in sensors]
    polls = [milliseconds(poll_of(station, each)) for each in sensors]
    load = sum(frame / poll for frame, poll in zip(frames, polls, strict=True))
    return BusTime(
        bus=bus_id,
        load=round(load, 4),
        cycle_ms=sum(frames),
        worst_cycle_ms=sum(mute),
        probe_ms=_probe_ms(list(zip(polls, mute, strict=True))),
    )


def _probe_ms(sensors: list[tuple[int, int]]) -> int:
    """sensors: (poll, mute) each. A probe comes in a slave's own turn, after the longest pause or
    after the rests for all the others, whichever is later; then the turn waits for the bus.
    """
    if not sensors:
        return 0
    longest_poll_ms = max(poll for poll, _ in sensors)
    round_ms = sum(mute for _, mute in sensors)
    rests_ms = sum(PROBE_REST_SHARE * mute + longest_poll_ms for _, mute in sensors)
    return max(PROBE_LONGEST_PAUSE_MS, rests_ms) + longest_poll_ms + round_ms


def oldest_ms(station: Station, sensor_id: str, profiles: dict[str, Profile]) -> int:
    """The oldest that a reading gets before the next one, with every other of its bus mute."""
    sensor = station.sensors[sensor_id]
    wait_ms = wait_behind_others_ms(station, sensor_id, profiles)
    return milliseconds(poll_of(station, sensor)) + wait_ms + frame_ms(station, sensor, profiles)


def wait_behind_others_ms(station: Station, sensor_id: str, profiles: dict[str, Profile]) -> int:
    """The worst wait of one sensor's poll: every other sensor of its bus is mute."""
    bus_id = station.sensors[sensor_id].bus
    return sum(
        mute_ms(station, each, profiles)
        for other_id, each in station.sensors.items()
        if each.bus == bus_id and other_id != sensor_id and each.profile in profiles
    )
