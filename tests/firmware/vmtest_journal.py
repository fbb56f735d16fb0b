"""The journal: what is flushed stays, in order and counted, over starts and on a full flash."""

import errno
import os
import struct

from vm_flash import EPOCH, Chip, again, all_of, append, flushed, mount, started

from reedgate_contract import records
from station.app.journal import sealed
from station.app.scan import Uptime

FILLER = "config.bin"
NO_SPACE = 28


def fill_up(spare):
    """Leaves spare blocks of 4 KiB or so on what is mounted."""
    free = os.statvfs("/flash")[3]
    with open(FILLER, "wb") as stream:
        for _ in range(max(free - spare, 0)):
            stream.write(bytes(4088))


def failure_of(call, *arguments):
    try:
        call(*arguments)
    except OSError as problem:
        return problem.errno
    return 0


def seqs(found):
    return [seq for _, seq, _ in found]


def test_a_flushed_record_is_the_contracts_bytes_on_flash():
    mount(Chip())
    journal = started()
    stream = journal.readings
    assert stream.reserve(1)
    at = stream.append(records.KIND_READING, 0x11, 3, 0x41, 61240)
    struct.pack_into(records.READING, stream.buffer, at, -5, -9, 4, 1)
    journal.flush(stream)
    with open("r0000001", "rb") as stored:
        head, record = stored.read(32), stored.read(32)
        assert stored.read() == b""
    magic, version, code, number, epoch, boot_n, first_seq, zeros, _ = struct.unpack(
        records.SEGMENT, head
    )
    assert (magic, version, code) == (b"RJ", 1, records.STREAM_READINGS)
    assert (number, epoch, boot_n, first_seq, zeros) == (1, EPOCH, 1, 1, bytes(8))
    kind, part, point, status, seq, uptime_s, payload, _ = struct.unpack(records.RECORD, record)
    assert (kind, part, point, status, seq, uptime_s) == (1, 0x11, 3, 0x41, 1, 61240)
    assert struct.unpack(records.READING, payload) == (-5, -9, 4, 1)
    assert sealed(head)
    assert sealed(record)


def test_what_waits_in_memory_is_not_sent_and_gone_after_a_cut():
    chip = mount(Chip())
    journal = started()
    flushed(journal, journal.events, 2)
    append(journal.events, 3)
    assert (journal.events.unconfirmed(), journal.events.waiting) == (2, 3)
    chip = again(chip)
    journal = started()
    assert journal.events.next_seq == 3  # never sent, so its numbers are still to give
    assert all_of(journal.events) == [(1, 1, 1), (1, 2, 1)]


def test_seq_goes_on_over_starts_and_each_start_has_segments_of_its_own():
    chip = mount(Chip())
    counts = (3, 1, 30, 0, 5)
    for index in range(5):
        journal = started()
        assert (journal.epoch, journal.boot_n) == (EPOCH, index + 1)
        assert journal.is_new == (index == 0)
        assert journal.events.first_held == 1
        flushed(journal, journal.events, counts[index])
        chip = again(chip)
    found = all_of(started().events)
    expected = []
    for index in range(5):
        expected += [index + 1] * counts[index]
    assert seqs(found) == list(range(1, 40))
    assert [boot_n for boot_n, _, _ in found] == expected
    assert {kind for _, _, kind in found} == {records.KIND_READING}


def test_a_batch_is_never_of_two_starts():
    chip = mount(Chip())
    flushed(started(), started().events, 0)
    journal = started()
    flushed(journal, journal.events, 5)
    chip = again(chip)
    journal = started()
    flushed(journal, journal.events, 5)
    buffer = bytearray(24 * 32)
    segment, first, count = journal.events.read_batch(buffer, 0, 24)
    assert (first, count) == (1, 5)
    journal.events.confirm(5)
    later, first, count = journal.events.read_batch(buffer, 0, 24)
    assert (first, count) == (6, 5)
    assert later.boot_n == segment.boot_n + 1


def test_a_segment_takes_512_records_and_no_event_is_split_between_two():
    mount(Chip(24))
    journal = started()
    flushed(journal, journal.readings, 500)
    append(journal.readings, 16)
    journal.flush(journal.readings)
    held = [(segment.first_seq, segment.count) for segment in journal.readings.segments]
    assert held == [(1, 500), (501, 16)]
    assert os.stat("r0000001")[6] == 32 + 500 * 32
    assert journal.readings.unconfirmed() == 516
    journal.readings.confirm(490)
    assert seqs(all_of(journal.readings)) == list(range(491, 517))


def test_a_torn_tail_is_left_and_the_next_start_goes_on_behind_it():
    for torn in (1, 16, 31):
        chip = mount(Chip())
        journal = started()
        flushed(journal, journal.events, 4)
        chip = again(chip)
        with open("e0000001", "ab") as stored:
            stored.write(bytes(torn))
        journal = started()
        assert journal.events.next_seq == 5
        flushed(journal, journal.events, 2)
        assert journal.events.segments[-1].first_seq == 5
        assert all_of(journal.events) == [(1 + seq // 5, seq, 1) for seq in range(1, 7)]


def test_what_memory_has_no_room_for_is_refused_and_counted_and_takes_no_number():
    mount(Chip())
    journal = started()
    append(journal.events, 20)
    assert not journal.events.reserve(5)
    assert journal.events.reserve(4)
    assert journal.events.refused == 5
    append(journal.events, 4)
    assert not journal.events.reserve(1)
    assert journal.events.refused == 6
    journal.flush(journal.events)
    append(journal.events, 1)
    journal.flush(journal.events)
    assert seqs(all_of(journal.events)) == list(range(1, 26))


def test_space_is_taken_from_the_front_readings_first_and_counted():
    chip = mount(Chip(32))
    for _ in range(4):
        journal = started((2, 2))
        for stream in journal.streams:
            flushed(journal, stream, 10)
        chip = again(chip)
    journal = started((2, 2))
    journal.events.confirm(14)
    assert journal.wants_room()
    for dropped in ((0, 10), (0, 20), (0, 20), (6, 20)):
        assert journal.make_room()
        assert (journal.events.dropped, journal.readings.dropped) == dropped
    assert not journal.wants_room()
    assert not journal.make_room()
    assert (journal.events.first_held, journal.readings.first_held) == (21, 21)
    assert sorted(name for name in os.listdir() if name[1:].isdigit()) == [
        "e0000003",
        "e0000004",
        "r0000003",
        "r0000004",
    ]
    assert seqs(all_of(journal.events)) == list(range(21, 41))


def test_a_full_flash_loses_readings_before_events_and_no_number():
    chip = mount(Chip(32))
    for _ in range(3):
        journal = started((9, 9))
        for stream in journal.streams:
            flushed(journal, stream, 40)
        chip = again(chip)
    journal = started((9, 9))
    fill_up(2)
    flushed(journal, journal.events, 240)
    assert journal.readings.dropped > 0
    assert journal.events.dropped == 0
    for stream, first_seq, last_seq in (
        (journal.events, 1, 360),
        (journal.readings, journal.readings.first_held, 120),
    ):
        expected = first_seq
        for _, seq, kind in all_of(stream):
            assert (seq, kind) == (expected, records.KIND_READING)
            expected += 1
        assert expected == last_seq + 1


def test_a_full_flash_leaves_no_hole_however_full_it_is():
    """From the last free block to none: the front is given up, counted, and nothing else."""
    for spare in range(4):
        chip = mount(Chip(16))
        journal = started()
        events = journal.events
        fill_up(spare)
        for _ in range(40):
            append(events, min(24 - events.waiting, 7))
            on_flash = events.flushed_seq
            assert failure_of(journal.flush, events) in (0, NO_SPACE)
            assert 0 <= events.waiting <= 24
            assert events.flushed_seq >= on_flash
        assert events.dropped == events.first_held - 1
        assert len(os.listdir()) < 10, "a file for each refusal"
        os.remove(FILLER)
        journal.flush(events)
        assert events.waiting == 0
        held = list(range(events.first_held, events.flushed_seq + 1))
        assert len(held) > 20
        chip = again(chip)
        found = all_of(started().events)
        assert seqs(found) == held
        assert {kind for _, _, kind in found} == {records.KIND_READING}


def test_a_start_on_a_full_flash_makes_room_for_its_number():
    chip = mount(Chip(16))
    for _ in range(3):
        journal = started((9, 9))
        flushed(journal, journal.readings, 240)
        chip = again(chip)
    for _ in range(3):
        fill_up(0)
        with open(FILLER, "ab") as stream:
            try:
                while True:
                    stream.write(bytes(256))
                    stream.flush()
            except OSError:
                pass
        boot_n = started((9, 9)).boot_n
        chip = again(chip)
        assert started((9, 9)).boot_n == boot_n + 1


class Failing:
    """In the place of an open file: one flush fails, before or after its bytes are on flash."""

    def __init__(self, stored, error, is_late):
        self._stored = stored
        self._error = error
        self._is_late = is_late

    def write(self, view):
        self._stored.write(view)

    def flush(self):
        error, self._error = self._error, 0
        if self._is_late or not error:
            self._stored.flush()
        if error:
            raise OSError(error)

    def close(self):
        self._stored.close()


def test_what_a_failed_flush_has_written_is_not_written_twice():
    for is_late in (False, True):
        chip = mount(Chip())
        journal = started()
        events = journal.events
        flushed(journal, events, 3)
        events._file = Failing(events._file, errno.EIO, is_late)
        append(events, 5)
        assert failure_of(journal.flush, events) == errno.EIO
        append(events, 2)
        journal.flush(events)
        assert events.waiting == 0
        assert sum(segment.count for segment in events.segments) == 10
        again(chip)
        found = all_of(started().events)
        assert seqs(found) == list(range(1, 11))
        assert {kind for _, _, kind in found} == {records.KIND_READING}


def test_a_flash_that_fails_is_not_emptied_for_it():
    chip = mount(Chip())
    for _ in range(3):
        journal = started()
        flushed(journal, journal.readings, 5)
        chip = again(chip)
    for error, held in ((errno.EIO, 3), (NO_SPACE, 2)):
        journal = started()
        flushed(journal, journal.events, 1)
        journal.events._file = Failing(journal.events._file, error, False)
        append(journal.events, 1)
        assert failure_of(journal.flush, journal.events) == (error if held == 3 else 0)
        assert len(journal.readings.segments) == held


def test_the_cursor_outlives_a_start_and_is_written_rarely():
    chip = mount(Chip())
    journal = started()
    flushed(journal, journal.readings, 300)
    written = []
    for seq in range(1, 301):
        journal.readings.confirm(seq)
        if journal.keep_cursor():
            written.append(seq)
    assert written == [256]
    chip = again(chip)
    assert started().readings.unconfirmed() == 300 - 256


def test_a_cursor_of_another_journal_counts_nothing():
    chip = mount(Chip())
    journal = started()
    flushed(journal, journal.events, 300)
    journal.events.confirm(300)
    assert journal.keep_cursor()
    for name in os.listdir():
        if not name.startswith("cursor"):
            os.remove(name)
    chip = again(chip)
    journal = started(new_epoch=7)
    assert journal.is_new
    assert (journal.epoch, journal.boot_n) == (7, 1)
    flushed(journal, journal.events, 3)
    assert seqs(all_of(journal.events)) == [1, 2, 3]


def test_a_gateway_that_lost_some_is_given_them_again():
    mount(Chip())
    journal = started()
    flushed(journal, journal.events, 9)
    journal.events.confirm(9)
    assert journal.events.unconfirmed() == 0
    journal.events.confirm(4)
    assert seqs(all_of(journal.events)) == [5, 6, 7, 8, 9]
    journal.events.confirm(50)  # more than there is counts as all there is
    assert journal.events.confirmed == 9


def test_an_epoch_is_drawn_once_and_never_nothing():
    mount(Chip())
    assert started(new_epoch=0).epoch == 1
    assert started(new_epoch=9).epoch == 1


def test_a_start_and_an_event_without_content_are_noted():
    mount(Chip())
    journal = started()
    uptime = Uptime(0)
    uptime.advance(2345)
    journal.note_boot(2, 0x0A1B2C3D, uptime)
    journal.note(records.KIND_LATCHES_UNREADABLE, uptime)
    journal.flush(journal.events)
    buffer = bytearray(64)
    assert journal.events.read_batch(buffer, 0, 24)[2] == 2
    kind, part, _, _, seq, uptime_s, payload, _ = struct.unpack(records.RECORD, buffer[:32])
    assert (kind, part, seq, uptime_s) == (records.KIND_BOOT, 0x11, 1, 2)
    assert struct.unpack(records.BOOT, payload)[:4] == (345, 2, 0, 0x0A1B2C3D)
    kind, part, _, _, seq, uptime_s, payload, _ = struct.unpack(records.RECORD, buffer[32:])
    assert (kind, part, seq, uptime_s) == (records.KIND_LATCHES_UNREADABLE, 0x11, 2, 2)
    assert payload == struct.pack("<H14s", 345, b"")


def test_unused_bytes_of_a_record_are_zeros():
    mount(Chip())
    journal = started()
    for at in range(len(journal.events.buffer)):
        journal.events.buffer[at] = 0xEE
    journal.note_boot(0, 0xFFFFFFFF, Uptime(0))
    assert journal.events.buffer[24:28] == bytes(4)


def heapless_appending():
    mount(Chip())
    journal = started()
    for stream in journal.streams:
        yield
        for _ in range(30):
            if stream.reserve(1):
                stream.append(records.KIND_READING, 0x11, 2, 0x11, 1000000)
        yield
        assert (stream.waiting, stream.refused) == (24, 6)
