"""How long an outage a station's journal covers and how long its flash lasts, each from its terms.

The layout is the journal's, the pace that of the firmware's housekeeping; what a flush costs the
flash was measured by `reedgate bench journal`. Nothing is measured here. Records on a change of
status come on top of the pace: the more of them, the less is covered.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

from reedgate_boards.site.board_facts import Board, load_board
from reedgate_boards.site.findings import Findings
from reedgate_boards.site.points import station_points
from reedgate_boards.site.schema import Site
from reedgate_contract.records import RECORD_SIZE

LEAST_OUTAGE_H = 72
LEAST_FLASH_YEARS = 10

# As the firmware has them.
SEGMENT_RECORDS = 510
SEGMENT_HEADER_BYTES = 32
FLUSH_RECORDS = 8  # readings wait in memory until they are so many …
FLUSH_S = 60  # … or so long

# The bench measures 1.15 to 1.28, the more files the more; a short run is held against this in
# tests/bench.
ERASES_PER_FLUSH = Fraction("1.3")
# The block that is erased most, against the mean of all. It falls with the number of flushes: 4.7
# after 18,000, 3.9 after 60,000, at most 3.0 after 120,000; a life is some millions.
UNEVENNESS = 3
# Directories, twins, configuration, and the copy that an append makes of the last block.
OTHER_BLOCKS = 16

_POINTER_BYTES = 4  # littlefs keeps some at the head of each block of a file after the first
_HOURS_A_YEAR = 8766


@dataclass(frozen=True)
class RecordBudget:
    station: str
    points: int
    record_s: int
    flush_s: int  # between two flushes of readings
    segments: int  # of readings, that the flash has room for
    wanted_segments: int  # that the board gives to readings
    segment_records: int  # whole flushes only
    blocks: int
    erase_cycles: int
    outage_h: float  # rounded down, as is the next
    flash_years: float


def record_budget(site: Site, station_id: str) -> RecordBudget:
    """site: one that has passed its checks."""
    station = site.stations[station_id]
    board = load_board(station.board)
    record_s = station.uplink.record_s
    points = len(station_points(station))
    flush_s = flush_period_s(points, record_s)
    at_once = math.ceil(Fraction(points * flush_s, record_s))
    segment_records = SEGMENT_RECORDS // at_once * at_once
    segments = _segments_with_room(board, segment_records)
    # When a segment is begun the oldest goes: so much is there at the worst instant.
    covered = (segments - 1) * segment_records
    erases_a_year = Fraction(3600, flush_s) * _HOURS_A_YEAR * ERASES_PER_FLUSH * UNEVENNESS
    return RecordBudget(
        station=station_id,
        points=points,
        record_s=record_s,
        flush_s=flush_s,
        segments=segments,
        wanted_segments=board.reading_segments,
        segment_records=segment_records,
        blocks=board.flash_blocks,
        erase_cycles=board.erase_cycles,
        outage_h=_tenths(Fraction(covered * record_s, points * 3600)),
        flash_years=_tenths(board.flash_blocks * board.erase_cycles / erases_a_year),
    )


def flush_period_s(points: int, record_s: int) -> int:
    """Between two flushes: eight records are there, or one has waited for a minute."""
    return min(math.ceil(FLUSH_RECORDS / points) * record_s, max(FLUSH_S, record_s))


def blocks_of(size: int, block_bytes: int) -> int:
    """Blocks that littlefs fills with a file of this size."""
    blocks, held = 1, block_bytes
    while held < size:
        pointers = (blocks & -blocks).bit_length()
        held += block_bytes - _POINTER_BYTES * pointers
        blocks += 1
    return blocks


def check_records(site: Site, findings: Findings) -> None:
    """Warns of a record that is too short for an outage, or that wears its flash out."""
    for station_id, station in site.stations.items():
        reckoned = record_budget(site, station_id)
        path = ("stations", station_id, "uplink", "record_s")
        if reckoned.segments < reckoned.wanted_segments:
            findings.warning(
                ("stations", station_id, "board"),
                "the flash has room for {segments} of the {wanted} segments that the board gives "
                "to readings: it will be full at times.",
                segments=reckoned.segments,
                wanted=reckoned.wanted_segments,
            )
        if station.uplink.kind != "none" and reckoned.outage_h < LEAST_OUTAGE_H:
            findings.warning(
                path,
                "the journal covers {hours} h of outage, less than {least}. Record less often.",
                hours=reckoned.outage_h,
                least=LEAST_OUTAGE_H,
            )
        if reckoned.flash_years < LEAST_FLASH_YEARS:
            findings.warning(
                path,
                "the flash lasts {years} years, less than {least}. Record less often.",
                years=reckoned.flash_years,
                least=LEAST_FLASH_YEARS,
            )


def _segments_with_room(board: Board, segment_records: int) -> int:
    """Of readings; events come first, whose segments are taken as full."""
    events = board.event_segments * _segment_blocks(board, SEGMENT_RECORDS)
    left = board.flash_blocks - OTHER_BLOCKS - events
    return max(min(board.reading_segments, left // _segment_blocks(board, segment_records)), 1)


def _segment_blocks(board: Board, segment_records: int) -> int:
    size = SEGMENT_HEADER_BYTES + segment_records * RECORD_SIZE
    return blocks_of(size, board.flash_block_bytes)


def _tenths(value: Fraction) -> float:
    return math.floor(value * 10) / 10
