"""A journal as full as the board lets it get: the chip starts in time, its heap stays small."""

import binascii
import struct

import chip_cuts
import pico
import pytest

pytest.importorskip("rp2040py", reason="NO CHIP IS EMULATED: rp2040py has no wheel here")

from busy_chip import MOST_BYTES, BusyChip

from reedgate_boards.site.board_facts import read_board
from reedgate_boards.site.record_budget import SEGMENT_RECORDS
from reedgate_contract import records

DATA = read_board(pico.BOARD)[1]


def sealed(blob):
    return blob[:28] + struct.pack("<I", binascii.crc32(blob[:28]))


def segment(code, number, first_seq):
    head = (records.SEGMENT_MAGIC, records.SEGMENT_VERSION, code, number, 77, 1, first_seq, b"", 0)
    made = [sealed(struct.pack(records.SEGMENT, *head))]
    for seq in range(first_seq, first_seq + SEGMENT_RECORDS):
        record = (records.KIND_READING, 0x11, 0, 0x11, seq, 5, bytes(16), 0)
        made.append(sealed(struct.pack(records.RECORD, *record)))
    return b"".join(made)


def full_journal():
    """All segments that the board lets it keep, but for the one that this start begins."""
    files = {}
    for code, prefix in ((records.STREAM_EVENTS, "e"), (records.STREAM_READINGS, "r")):
        for index in range(DATA["JOURNAL_SEGMENTS"][records.STREAM_NAMES[code]] - 1):
            first_seq = 1 + index * SEGMENT_RECORDS
            name = f"{prefix}{index + 1:07}-{first_seq:x}-1"
            files[name] = segment(code, index + 1, first_seq)
    return files


def test_it_starts_and_polls_in_time_and_its_heap_is_as_small(tmp_path):
    journal = full_journal()
    busy = BusyChip(journal)
    assert busy.chip.run_us(1_500_000, until=lambda: busy.polls)
    busy.chip.run_us(3_000_000)
    used, _ = busy.lowest_heap(3_000_000)
    print(f"{len(journal)} segments: {used} bytes live")
    assert used <= MOST_BYTES
    assert busy.chip.resets == 0
    flash = busy.chip.flash(0, pico.FACTS.flash_kib * 1024)
    assert set(journal) <= set(chip_cuts.files_of(flash, tmp_path / "files.img"))
