"""The journal: what is flushed stays, in order and counted, over starts."""

import os
import struct

from vm_flash import EPOCH, Chip, again, all_of, append, flushed, mount, segment, started

from reedgate_contract import records
from station.app.scan import Uptime
from station.app.stream import sealed


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
    with open(segment("r0000001"), "rb") as stored:
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


def test_each_segment_that_is_taken_in_is_told_of():
    """The start's watchdog is fed by it: after many restarts there are hundreds."""
    mount(Chip())
    for index in range(4):
        told = []
        journal = started(each=lambda told=told: told.append(1))
        assert len(told) == 2 * index
        flushed(journal, journal.events, 1)
        flushed(journal, journal.readings, 1)


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
    assert os.stat(segment("r0000001"))[6] == 32 + 500 * 32
    assert journal.readings.unconfirmed() == 516
    journal.readings.confirm(490)
    assert seqs(all_of(journal.readings)) == list(range(491, 517))


def test_a_torn_tail_is_left_and_the_next_start_goes_on_behind_it():
    for torn in (1, 16, 31):
        chip = mount(Chip())
        journal = started()
        flushed(journal, journal.events, 4)
        chip = again(chip)
        with open(segment("e0000001"), "ab") as stored:
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
    journal.note_boot(2, 3, 0x0A1B2C3D, uptime)
    journal.note(records.KIND_LATCHES_UNREADABLE, uptime)
    journal.flush(journal.events)
    buffer = bytearray(64)
    assert journal.events.read_batch(buffer, 0, 24)[2] == 2
    kind, part, _, _, seq, uptime_s, payload, _ = struct.unpack(records.RECORD, buffer[:32])
    assert (kind, part, seq, uptime_s) == (records.KIND_BOOT, 0x11, 1, 2)
    assert struct.unpack(records.BOOT, payload)[:4] == (345, 2, 3, 0x0A1B2C3D)
    kind, part, _, _, seq, uptime_s, payload, _ = struct.unpack(records.RECORD, buffer[32:])
    assert (kind, part, seq, uptime_s) == (records.KIND_LATCHES_UNREADABLE, 0x11, 2, 2)
    assert payload == struct.pack("<H14s", 345, b"")


def test_unused_bytes_of_a_record_are_zeros():
    mount(Chip())
    journal = started()
    for at in range(len(journal.events.buffer)):
        journal.events.buffer[at] = 0xEE
    journal.note_boot(0, 0, 0xFFFFFFFF, Uptime(0))
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
