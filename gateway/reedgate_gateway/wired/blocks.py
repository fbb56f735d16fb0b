"""From a polled station's registers and file records to the values that `ingest` makes of MQTT.

Pure. A fault of the line (a record that is not the one asked for, an answer of another size) is a
LineFault: it is asked again and nothing of it counts. What the station itself says and this
gateway does not know is Rejected, as for any other sender.
"""

import struct
from dataclasses import dataclass
from typing import Any

from reedgate_contract import codes, records, registers
from reedgate_gateway.batch import Batch, Record, is_sound, record_of
from reedgate_gateway.catalogue import Station, Wire
from reedgate_gateway.content import cause_named
from reedgate_gateway.ingest import Backlog, Birth, GateNow, Live, Rejected
from reedgate_gateway.naming import UNNAMED, Boot, Naming, Reading

WAY = "modbus"
_FAULTS = (
    codes.CAUSE_NONE,
    codes.CAUSE_JAM_OPENING,
    codes.CAUSE_JAM_CLOSING,
    codes.CAUSE_SWITCHES,
    codes.CAUSE_OVERLOAD,
    codes.CAUSE_NOT_LEFT,
    codes.CAUSE_TOO_EARLY,
    codes.CAUSE_LEAK,
    codes.CAUSE_SILENT,
    codes.CAUSE_UNREADABLE,
)
_MOST_LOST = 10_000  # told at a time
_MOST_POINTS = (registers.GATES_AT - registers.POINTS_AT) // registers.width_of(registers.POINT)
_MOST_GATES = (registers.LENGTH_AT - registers.GATES_AT) // registers.width_of(registers.GATE)
Block = tuple[tuple[str, str], ...]


class LineFault(Exception):
    """What came is not an answer to what was asked."""


@dataclass(frozen=True)
class Unread:
    """What of a stream is next to be read and confirmed."""

    stream: int
    first_held: int
    first_seq: int
    boot_n: int
    file: int
    index: int
    count: int
    backlog: int  # records that await their confirmation, those in memory too


@dataclass(frozen=True)
class Standing:
    """How a station stands, by its first registers."""

    boot: Boot
    uptime_ms: int
    config_crc32: int
    firmware: str
    reset_cause: str
    points: int
    gates: int
    events: Unread
    readings: Unread


STANDING_REGISTERS = registers.READINGS_AT + registers.width_of(registers.STREAM)


def fields_of(block: Block, words: list[int]) -> dict[str, int]:
    values = struct.unpack(registers.format_of(block), struct.pack(f">{len(words)}H", *words))
    return dict(zip((name for name, _code in block), values, strict=True))


def standing_of(words: list[int]) -> Standing:
    """Raises LineFault."""
    if len(words) != STANDING_REGISTERS:
        raise LineFault(f"{len(words)} registers in place of {STANDING_REGISTERS}")

    def block(at: int, fields: Block) -> dict[str, int]:
        return fields_of(fields, words[at : at + registers.width_of(fields)])

    now = block(registers.STATION_AT, registers.STATION)
    if now["map_version"] != registers.MAP_VERSION:
        raise LineFault(f"register map of version {now['map_version']}")
    if not now["epoch"] or now["reset_cause"] >= len(codes.RESET_NAMES):
        raise LineFault("no journal, or a reset cause this gateway does not know")
    if now["points"] > _MOST_POINTS or now["gates"] > _MOST_GATES:
        raise LineFault(f"{now['points']} points and {now['gates']} gates, more than the map has")
    return Standing(
        boot=Boot(now["epoch"], now["boot_n"]),
        uptime_ms=now["uptime_s"] * 1000 + now["uptime_rest_ms"],
        config_crc32=now["config_crc32"],
        firmware=".".join(str(now["firmware"] >> shift & 255) for shift in (16, 8, 0)),
        reset_cause=codes.RESET_NAMES[now["reset_cause"]],
        points=now["points"],
        gates=now["gates"],
        events=_unread(records.STREAM_EVENTS, block(registers.EVENTS_AT, registers.STREAM)),
        readings=_unread(records.STREAM_READINGS, block(registers.READINGS_AT, registers.STREAM)),
    )


def _unread(stream: int, said: dict[str, int]) -> Unread:
    if not 0 < said["first_held"] <= said["unread_seq"] <= said["next_seq"]:
        raise LineFault("seq of a stream in no order")
    return Unread(
        stream=stream,
        first_held=said["first_held"],
        first_seq=said["unread_seq"],
        boot_n=said["unread_boot_n"],
        file=said["unread_file"],
        index=said["unread_index"],
        count=min(said["unread_count"], _MOST_LOST),
        backlog=said["next_seq"] - said["unread_seq"] + said["waiting"],
    )


def birth_of(station: Station, wire: Wire, now: Standing) -> Birth:
    known = now.config_crc32 == wire.config_crc32
    return Birth(
        station=station.name,
        boot=str(now.boot),
        uptime_ms=now.uptime_ms,
        firmware=now.firmware,
        micropython="",  # no register tells it
        board=station.board,
        config_hash=f"{now.config_crc32:08x}",
        reset_cause=now.reset_cause,
        naming=wire.naming if known else UNNAMED,
        way=WAY,
    )


def live_of(
    station: Station, wire: Wire, now: Standing, n: int, points: list[int], gates: list[int]
) -> Live | Rejected:
    """points, gates: the words of all their blocks."""
    if now.config_crc32 != wire.config_crc32:
        detail = f"runs configuration {now.config_crc32:08x}, the site file gives "
        return Rejected("other_config", f"{detail}{wire.config_crc32:08x}", station.name)
    naming = wire.naming
    try:
        return Live(
            station=station.name,
            boot=str(now.boot),
            n=n,
            uptime_ms=now.uptime_ms,
            points=dict(zip(naming.points, _rows(registers.POINT, points, _reading), strict=True)),
            gates={
                gate: _gate(said, gate, naming)
                for gate, said in zip(
                    naming.gates, _rows(registers.GATE, gates, dict), strict=True
                )
            },
            backlog={
                records.STREAM_NAMES[each.stream]: Backlog(each.backlog, None)
                for each in (now.events, now.readings)
            },
        )
    except (ValueError, IndexError) as exc:
        return Rejected("bad_field", f"registers: {exc}"[:160], station.name)


def _rows(block: Block, words: list[int], make: Any) -> list[Any]:
    width = registers.width_of(block)
    return [make(fields_of(block, words[at : at + width])) for at in range(0, len(words), width)]


def _reading(said: dict[str, int]) -> Reading:
    if said["flag"] not in codes.FLAG_NAMES:
        raise ValueError(f"flag {said['flag']}")
    if said["status"] >= len(codes.STATUS_NAMES) or said["detail"] >= len(codes.DETAIL_NAMES):
        raise ValueError(f"status {said['status']}, detail {said['detail']}")
    age_ms = None if said["age_ms"] == registers.AGE_NEVER else said["age_ms"]
    usable = said["flag"] in (codes.FLAG_GOOD, codes.FLAG_SUSPECT)
    if usable and age_ms is None:
        raise ValueError("a value that was never read")
    value = said["value"] if usable else None
    return Reading(value, said["status"], said["flag"], said["detail"], age_ms)


def _gate(said: dict[str, int], gate: str, naming: Naming) -> GateNow:
    if said["fault"] not in _FAULTS:
        raise ValueError(f"fault {said['fault']}")
    return GateNow(
        position=codes.POSITION_NAMES[said["position"]],
        target=codes.TARGET_NAMES[said["target"]],
        rule=codes.RULE_NAMES[said["rule"]],
        cause=cause_named(naming, gate, said["cause"], said["cause_of"]),
        first_out=cause_named(naming, gate, said["first_out"], said["first_out_of"]),
        fault=codes.CAUSE_NAMES[said["fault"]],
        wait=codes.WAIT_NAMES[said["wait"]],
        wait_ms=said["wait_ms"],
        alarms=tuple(codes.alarm_names(said["alarms"])),
    )


def records_of(data: bytes, first_seq: int) -> tuple[tuple[Record, ...], tuple[int, ...]]:
    """(records, seq of those that the station has lost).

    Raises LineFault for anything that is not the record asked for: the station seals what it has
    lost too, so such a thing was spoilt on the way, or answers an earlier question.
    """
    whole, lost = [], []
    for number in range(len(data) // records.RECORD_SIZE):
        each = data[number * records.RECORD_SIZE :][: records.RECORD_SIZE]
        seq = first_seq + number
        if not is_sound(each, seq):
            raise LineFault(f"record {seq} is not what came")
        record = record_of(each, seq)
        if record is None:
            lost.append(seq)
        else:
            whole.append(record)
    return tuple(whole), tuple(lost)


def batch_of(
    station: str,
    now: Standing,
    unread: Unread,
    whole: tuple[Record, ...],
    lost: tuple[int, ...],
) -> Batch:
    return Batch(
        station=station,
        stream=unread.stream,
        epoch=now.boot.epoch,
        boot_n=unread.boot_n,
        first_held=unread.first_held,
        first_seq=unread.first_seq,
        last_seq=unread.first_seq + len(whole) + len(lost) - 1,
        uptime_ms=now.uptime_ms,
        records=whole,
        lost=lost,
    )
