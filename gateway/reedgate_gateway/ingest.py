"""From a message's topic and bytes to a frozen value, or to a reason why not.

Pure: no MQTT, no SQL, no clock. What comes in is hostile until it has passed here; whatever passes
has known stations, points, gates and codes, finite numbers and bounded texts. Whether a message is
current (retained, earlier boot, repeated) is `state`'s to say.
"""

import json
import re
from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reedgate_contract import codes, records, topics
from reedgate_gateway.batch import BadBatch, Batch, Key, opened
from reedgate_gateway.catalogue import Catalogue, Station
from reedgate_gateway.naming import Boot, Cause, Naming, Reading

MAX_PAYLOAD_BYTES = 16 * 1024  # a station with 64 points needs less than 8 KiB
_MAX_UPTIME_MS = (1 << 32) * 1000
_MAX_COUNT = 1 << 32
_STREAMS = tuple(records.STREAM_NAMES.values())
_MAX_SCALED = 1 << 30
_MAX_AGE_MS = 1 << 40
_MOST_NAMES = 64
_TEXT = re.compile(r"[ -~]{0,64}")
_CONFIG_HASH = re.compile(r"[0-9a-f]{8}")
_SUBJECT = re.compile(r"[A-Za-z0-9_.-]{1,48}")
_ROOT = topics.PREFIX + "/"

_STATUSES = {name: code for code, name in enumerate(codes.STATUS_NAMES)}
_DETAILS = {name: code for code, name in enumerate(codes.DETAIL_NAMES)}
_FAULTS = (
    "none",
    "jam_opening",
    "jam_closing",
    "switches",
    "overload",
    "not_left",
    "too_early",
    "leak",
    "silent",
    "unreadable",
)
_ALARMS = tuple(codes.ALARM_NAMES.values())
NO_KEYS: Mapping[str, Key] = {}


@dataclass(frozen=True)
class Rejected:
    """A message that is not taken. `reason` is one of a fixed few, for counting."""

    reason: str
    detail: str
    station: str | None = None


@dataclass(frozen=True)
class GateNow:
    position: str
    target: str
    rule: str
    cause: Cause
    first_out: Cause
    fault: str
    wait: str
    wait_ms: int
    alarms: tuple[str, ...] = ()  # that the station names itself, as codes of alarms.BY_NAME


@dataclass(frozen=True)
class Birth:
    station: str
    boot: str
    uptime_ms: int
    firmware: str
    micropython: str
    board: str
    config_hash: str
    reset_cause: str
    naming: Naming
    safety_hash: str = ""  # of its safety keys; empty: it does not say
    way: str = "mqtt"  # how its records come: sealed by the station, or by "modbus", which is not


@dataclass(frozen=True)
class Online:
    station: str
    online: bool


@dataclass(frozen=True)
class Backlog:
    """What of one stream awaits its confirmation at the station."""

    count: int
    oldest_s: int | None


@dataclass(frozen=True)
class Live:
    station: str
    boot: str
    n: int
    uptime_ms: int
    points: Mapping[str, Reading]
    gates: Mapping[str, GateNow]
    backlog: Mapping[str, Backlog]


Message = Birth | Online | Live | Batch


class _Refusal(Exception):
    def __init__(self, reason: str, detail: str):
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def parse(
    topic: str, payload: bytes, catalogue: Catalogue, keys: Mapping[str, Key] = NO_KEYS
) -> Message | Rejected:
    """The message as a value; never raises for anything a sender can send."""
    station = None
    try:
        station, leaf = _station_and_leaf(topic, catalogue)
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise _Refusal("too_large", f"{len(payload)} bytes, more than {MAX_PAYLOAD_BYTES}")
        if leaf == topics.ONLINE:
            return _online(station, payload)
        if leaf == topics.JOURNAL:
            return opened(station.name, topic, payload, keys.get(station.name))
        return _READERS[leaf](station, _Fields(_json_object(payload)))
    except (_Refusal, BadBatch) as refusal:
        return Rejected(refusal.reason, refusal.detail, station.name if station else None)


def _station_and_leaf(topic: str, catalogue: Catalogue) -> tuple[Station, str]:
    parts = topic.removeprefix(_ROOT).split("/") if topic.startswith(_ROOT) else []
    if len(parts) != 3 or parts[0] != catalogue.site:
        raise _Refusal("topic", "not a topic of this site")
    if parts[1] not in catalogue.stations:
        raise _Refusal("unknown_station", "not in the site file")
    if parts[2] not in (*_READERS, topics.ONLINE, topics.JOURNAL):
        raise _Refusal("topic", "not a kind of message this gateway reads")
    return catalogue.stations[parts[1]], parts[2]


def _json_object(payload: bytes) -> dict[str, Any]:
    def refuse_constant(text: str) -> None:
        raise _Refusal("not_finite", f"{text} is not a number")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _value in pairs}) != len(pairs):
            raise _Refusal("not_json", "a key stands twice")
        return dict(pairs)

    try:
        value = json.loads(
            payload.decode("utf-8"),
            parse_float=Decimal,
            parse_int=Decimal,  # an int of ten thousand digits would cost, a Decimal does not
            parse_constant=refuse_constant,
            object_pairs_hook=unique,
        )
    except UnicodeDecodeError as exc:
        raise _Refusal("not_utf8", f"byte {exc.start}") from exc
    except (ValueError, RecursionError, ArithmeticError) as exc:
        raise _Refusal("not_json", type(exc).__name__) from exc
    if not isinstance(value, dict):
        raise _Refusal("not_json", "not an object")
    return value


class _Fields:
    """A JSON object read field by field; every look says what it expects."""

    def __init__(self, values: dict[str, Any], where: str = ""):
        self._values = values
        self._where = where

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def _wrong(self, key: str, expected: str) -> _Refusal:
        return _Refusal("bad_field", f"{self._where}{key}: {expected}"[:160])

    def _get(self, key: str, expected: str) -> Any:
        if key not in self._values:
            raise self._wrong(key, "missing, " + expected)
        return self._values[key]

    def count(self, key: str, limit: int) -> int:
        value = self._get(key, "a whole number")
        if not isinstance(value, Decimal) or not _whole_below(value, limit) or value < 0:
            raise self._wrong(key, f"a whole number below {limit}")
        return int(value)

    def count_or_none(self, key: str, limit: int) -> int | None:
        return None if self._get(key, "a whole number or null") is None else self.count(key, limit)

    def scaled_or_none(self, key: str, decimals: int) -> int | None:
        value = self._get(key, "a number or null")
        if value is None:
            return None
        if not isinstance(value, Decimal) or not value.is_finite() or value.adjusted() > 9:
            raise self._wrong(key, "a number in range")
        small = value.scaleb(decimals)
        if not _whole_below(small, _MAX_SCALED):
            raise self._wrong(key, f"a number of at most {decimals} decimals, in range")
        return int(small)

    def text(self, key: str, pattern: re.Pattern[str]) -> str:
        value = self._get(key, "a text")
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise self._wrong(key, "a short plain text")
        return value

    def one_of(self, key: str, allowed: Any) -> str:
        value = self._get(key, "a code")
        if not isinstance(value, str) or value not in allowed:
            raise self._wrong(key, "a code this gateway knows")
        return value

    def all_of(self, key: str, allowed: Collection[str]) -> tuple[str, ...]:
        """A list of codes, each at most once."""
        value = self._get(key, "a list of codes")
        if not isinstance(value, list) or len(value) > len(allowed):
            raise self._wrong(key, "a list of codes this gateway knows")
        if not all(isinstance(each, str) and each in allowed for each in value):
            raise self._wrong(key, "a list of codes this gateway knows")
        return tuple(value)

    def cause(self, key: str) -> Cause:
        text = self._get(key, "a cause")
        name, colon, subject = text.partition(": ") if isinstance(text, str) else ("", "", "")
        if name not in codes.CAUSE_NAMES or (colon and not _SUBJECT.fullmatch(subject)):
            raise self._wrong(key, "a cause this gateway knows")
        return Cause(name, subject)

    def names(self, key: str, most: int = _MOST_NAMES) -> tuple[str, ...]:
        """A list of names, or the names that an object has, in their order."""
        value = self._get(key, "a list of names")
        found = tuple(value) if isinstance(value, list | dict) else ()
        if not isinstance(value, list | dict) or len(found) > most:
            raise self._wrong(key, "a list of names")
        if not all(isinstance(name, str) and _SUBJECT.fullmatch(name) for name in found):
            raise self._wrong(key, "a list of names")
        return found

    def names_by_gate(self, key: str) -> dict[str, tuple[str, ...]]:
        value = self._get(key, "an object")
        if not isinstance(value, dict):
            raise self._wrong(key, "an object")
        inside = _Fields(value, f"{key}.")
        return {gate: inside.names(gate) for gate in self.names(key)}

    def each(self, key: str, known: Container[str], reason: str) -> list[tuple[str, "_Fields"]]:
        value = self._get(key, "an object")
        if not isinstance(value, dict):
            raise self._wrong(key, "an object")
        for name, fields in value.items():
            if name not in known:
                raise _Refusal(reason, f"{key}: one is not in the site file")
            if not isinstance(fields, dict):
                raise self._wrong(f"{key}.{name}", "an object")
        return [(name, _Fields(fields, f"{key}.{name}.")) for name, fields in value.items()]


def _whole_below(value: Decimal, limit: int) -> bool:
    """Whether it is a whole number of less than `limit` in size; cheap for any exponent."""
    if not value.is_finite() or value.adjusted() > 18:
        return False
    return abs(value) < limit and value == value.to_integral_value()


def _online(station: Station, payload: bytes) -> Online:
    if payload not in (b"0", b"1"):
        raise _Refusal("bad_field", "online: 0 or 1")
    return Online(station.name, payload == b"1")


def _boot(fields: _Fields) -> str:
    text = fields.text("boot", _TEXT)
    try:
        Boot.parse(text)
    except ValueError as exc:
        raise _Refusal("bad_field", "boot: epoch in hex, a dash and the start's number") from exc
    return text


def _birth(station: Station, fields: _Fields) -> Birth:
    for name, point in fields.each("points", station.points, "unknown_point"):
        known = station.points[name]
        same_unit = point.one_of("unit", (known.unit,)) == known.unit
        if not same_unit or point.count("decimals", 7) != known.decimals:
            raise _Refusal("bad_field", f"points.{name}: other decimals than in the site file")
    boot = _boot(fields)
    said = Boot(fields.count("epoch", 1 << 32), fields.count("boot_n", 1 << 32))
    if str(said) != boot:
        raise _Refusal("bad_field", "boot: not that of epoch and boot_n")
    return Birth(
        station=station.name,
        boot=boot,
        uptime_ms=fields.count("uptime_ms", _MAX_UPTIME_MS),
        firmware=fields.text("firmware", _TEXT),
        micropython=fields.text("micropython", _TEXT),
        board=fields.text("board", _TEXT),
        config_hash=fields.text("config_hash", _CONFIG_HASH),
        reset_cause=fields.one_of("reset_cause", codes.RESET_NAMES),
        safety_hash=fields.text("safety_hash", _CONFIG_HASH) if "safety_hash" in fields else "",
        naming=Naming(
            points=fields.names("points"),
            gates=fields.names("gates"),
            floods=fields.names_by_gate("floods"),
        ),
    )


def _live(station: Station, fields: _Fields) -> Live:
    return Live(
        station=station.name,
        boot=_boot(fields),
        n=fields.count("n", _MAX_COUNT),
        uptime_ms=fields.count("uptime_ms", _MAX_UPTIME_MS),
        points=_readings(station, fields),
        gates={
            name: _gate(gate) for name, gate in fields.each("gates", station.gates, "unknown_gate")
        },
        backlog={
            name: Backlog(
                stream.count("count", _MAX_COUNT), stream.count_or_none("oldest_s", _MAX_COUNT)
            )
            for name, stream in fields.each("backlog", _STREAMS, "bad_field")
        },
    )


def _gate(fields: _Fields) -> GateNow:
    return GateNow(
        position=fields.one_of("position", codes.POSITION_NAMES),
        target=fields.one_of("target", codes.TARGET_NAMES),
        rule=fields.one_of("rule", codes.RULE_NAMES),
        cause=fields.cause("cause"),
        first_out=fields.cause("first_out"),
        fault=fields.one_of("fault", _FAULTS),
        wait=fields.one_of("wait", codes.WAIT_NAMES),
        wait_ms=fields.count("wait_ms", _MAX_UPTIME_MS),
        alarms=fields.all_of("alarms", _ALARMS),
    )


def _readings(station: Station, fields: _Fields) -> dict[str, Reading]:
    return {
        name: _reading(point, station.points[name].decimals)
        for name, point in fields.each("points", station.points, "unknown_point")
    }


def _reading(fields: _Fields, decimals: int) -> Reading:
    reading = Reading(
        value=fields.scaled_or_none("value", decimals),
        status=_STATUSES[fields.one_of("status", _STATUSES)],
        flag=fields.count("flag", 10),
        detail=_DETAILS[fields.one_of("detail", _DETAILS)],
        age_ms=fields.count_or_none("age_ms", _MAX_AGE_MS),
    )
    if reading.flag not in codes.FLAG_NAMES:
        raise _Refusal("bad_field", "flag: a code this gateway knows")
    usable = reading.flag in (codes.FLAG_GOOD, codes.FLAG_SUSPECT)
    if usable and (reading.value is None or reading.age_ms is None):
        raise _Refusal("bad_field", "flag: good or suspect without a value and its age")
    return reading


_READERS = {topics.BIRTH: _birth, topics.LIVE: _live}
