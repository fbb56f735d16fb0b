"""How long a line is busy on which the gateway polls stations: frames, silences, turnarounds.

A round of a station: how it stands, its points, its gates. The journal takes what is left.
"""

import math
from dataclasses import dataclass

from reedgate_boards.site.fields import milliseconds
from reedgate_boards.site.points import station_points
from reedgate_boards.site.schema import Site
from reedgate_boards.site.schema_station import Station, Uplink
from reedgate_contract import registers

_REQUEST_BYTES = 8
_OVERHEAD_BYTES = 5  # of an answer: unit id, function code, byte count, CRC
_FILE_REQUEST_BYTES = 12
_FILE_OVERHEAD_BYTES = 7
_RECORD_BYTES = 2 * registers.RECORD_REGISTERS
_TURNAROUND_MS = 10  # the station's: four characters of silence, and a scan that may be running
_PAGE_RECORDS = 28  # a page of the journal
_ACK_BYTES = 139 + 8 + 8 + 8 + 8 + 17  # letter, commit and answer, with what comes back
_CHARACTERS_OF_SILENCE = 7  # before and after


@dataclass(frozen=True)
class LineTime:
    line: str
    stations: int
    load: float  # share of the time in which the line is busy with how things stand
    round_ms: int  # all its stations once
    records_per_s: int  # of the journal, in what is left of the time


def line_time(site: Site, line: str) -> LineTime:
    stations = [
        each
        for each in site.stations.values()
        if each.uplink.kind == "rtu_slave" and each.uplink.line == line
    ]
    rounds = [round_ms(each) for each in stations]
    load = sum(
        ms / milliseconds(each.uplink.live_s) for ms, each in zip(rounds, stations, strict=True)
    )
    return LineTime(
        line=line,
        stations=len(stations),
        load=round(load, 4),
        round_ms=math.ceil(sum(rounds)),
        records_per_s=int(max(1 - load, 0) * _PAGE_RECORDS * 1000 / _page_ms(stations[0])),
    )


def round_ms(station: Station) -> float:
    """All that is asked of a station for one `live`."""
    points = len(station_points(station))
    blocks = (
        registers.READINGS_AT + registers.width_of(registers.STREAM),
        points * registers.width_of(registers.POINT),
        len(station.gates) * registers.width_of(registers.GATE),
    )
    return sum(_read_ms(station.uplink, count) for count in blocks)


def _read_ms(uplink: Uplink, count: int) -> float:
    requests = math.ceil(count / registers.MOST_REGISTERS)
    byte_count = requests * (_REQUEST_BYTES + _OVERHEAD_BYTES) + 2 * count
    return _frames_ms(uplink, requests, byte_count)


def _page_ms(station: Station) -> float:
    """A page read and confirmed. It comes from the flash with the next scan but one."""
    requests = math.ceil(_PAGE_RECORDS / registers.MOST_RECORDS)
    byte_count = requests * (_FILE_REQUEST_BYTES + _FILE_OVERHEAD_BYTES)
    byte_count += _PAGE_RECORDS * _RECORD_BYTES + _ACK_BYTES
    standing = _read_ms(station.uplink, registers.READINGS_AT)
    return 2 * station.scan_ms + standing + _frames_ms(station.uplink, requests + 3, byte_count)


def _frames_ms(uplink: Uplink, requests: int, byte_count: int) -> float:
    bits = 10 if uplink.parity == "none" else 11
    characters = byte_count + requests * _CHARACTERS_OF_SILENCE
    return requests * _TURNAROUND_MS + characters * bits * 1000 / uplink.baud
