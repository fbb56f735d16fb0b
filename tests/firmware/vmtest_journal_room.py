"""When the flash is full or fails: what is given up, in which order, and what never is."""

import errno
import os

from vm_flash import EPOCH, Chip, again, all_of, append, flushed, mount, started

from reedgate_contract import records
from station.app.journal import Journal
from station.drivers.flash import Flash, Twin

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


def mount_three_starts():
    """Each left a segment of five readings."""
    chip = mount(Chip())
    for _ in range(3):
        journal = started()
        flushed(journal, journal.readings, 5)
        chip = again(chip)


def seqs(found):
    return [seq for _, seq, _ in found]


def test_space_is_taken_from_the_front_readings_first_and_counted():
    chip = mount(Chip(40))
    for _ in range(7):  # a block each; the newest counts as the four that it may become
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
    assert sorted(name[:8] for name in os.listdir() if "-" in name) == [
        stream + "000000" + str(number) for stream in "er" for number in range(3, 8)
    ]
    assert seqs(all_of(journal.events)) == list(range(21, 71))


def test_many_short_starts_take_no_more_room_than_they_fill():
    chip = mount(Chip(60))
    for _ in range(20):
        journal = started((6, 6))
        flushed(journal, journal.events, 3)
        chip = again(chip)
    journal = started((6, 6))
    assert not journal.wants_room()
    assert journal.events.first_held == 1


def test_a_whole_segment_counts_as_the_four_blocks_that_it_takes():
    mount(Chip(24))
    readings = started((3, 3)).readings
    for _ in range(3 * 51):
        append(readings, 10)
        readings.flush()
    assert [segment.count for segment in readings.segments] == [510] * 3
    assert not readings.too_long()
    append(readings, 1)
    readings.flush()
    assert readings.too_long()


def test_a_segment_whose_file_is_gone_is_taken_from_the_front_like_any():
    mount_three_starts()
    journal = started()
    os.remove(journal.readings.name_of(journal.readings.segments[0]))
    assert journal.readings.take_from_front()
    assert journal.readings.first_held == 6
    assert journal.readings.dropped == 5


def test_readings_never_push_an_event_out():
    chip = mount(Chip(24))
    for _ in range(3):
        journal = started((6, 6))
        flushed(journal, journal.events, 5)
        chip = again(chip)
    journal = started((6, 60))
    flushed(journal, journal.readings, 1)
    chip.fails = NO_SPACE
    append(journal.readings, 5)
    try:
        journal.flush(journal.readings)
    except OSError:
        assert journal.events.first_held == 1
        return
    raise AssertionError("a full flash took it")


def test_a_start_that_the_flash_refuses_is_a_start_and_is_written_before_its_first_record():
    chip = mount(Chip())
    flushed(started(), started().events, 5)
    chip = again(chip)
    chip.fails = errno.EIO
    journal = started()
    boot_n = journal.boot_n
    append(journal.events, 2)
    try:
        journal.flush(journal.events)
    except OSError:
        chip.fails = 0
    journal.flush(journal.events)
    assert journal.events.flushed_seq == 7
    chip = again(chip)
    for name in os.listdir():
        if name[0] == "e":
            os.remove(name)
    assert started().boot_n == boot_n + 1


def test_more_points_than_a_batch_has_records_find_room_at_once():
    mount(Chip())
    journal = Journal(Flash(), Twin("journal"), Twin("cursor"), (6, 6), 60)
    journal.start(EPOCH)
    append(journal.readings, 60)
    assert journal.readings.refused == 0
    journal.flush(journal.readings)
    assert seqs(all_of(journal.readings)) == list(range(1, 61))


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


class Locked:
    """A flash that opens one file no more."""

    def __init__(self, flash, name):
        self._flash = flash
        self._name = name

    def __getattr__(self, name):
        return getattr(self._flash, name)

    def open_to_append(self, name):
        if name == self._name:
            raise OSError(errno.EIO)
        return self._flash.open_to_append(name)


def test_a_segment_that_does_not_open_any_more_is_followed_by_another():
    chip = mount(Chip())
    journal = started()
    events = journal.events
    flushed(journal, events, 3)
    events._flash = Locked(events._flash, events.name_of(events.segments[-1]))
    append(events, 5)
    assert failure_of(journal.flush, events) == errno.EIO
    journal.flush(events)
    assert events.waiting == 0
    again(chip)
    assert seqs(all_of(started().events)) == list(range(1, 9))


class Failing:
    """A flash of which one flush fails, before its bytes are stored or just after."""

    def __init__(self, flash, error, is_late):
        self._flash = flash
        self._error = error
        self._is_late = is_late
        self._stored = None

    def __getattr__(self, name):
        return getattr(self._flash, name)

    def open_to_append(self, name):
        self._stored = self._flash.open_to_append(name)
        return self

    def write(self, view):
        self._stored.write(view)

    def close(self):
        error, self._error = self._error, 0
        if self._is_late or not error:
            self._stored.close()
        if error:
            raise OSError(error)


def test_what_a_failed_flush_has_written_is_not_written_twice():
    for is_late in (False, True):
        chip = mount(Chip())
        journal = started()
        events = journal.events
        flushed(journal, events, 3)
        events._flash = Failing(events._flash, errno.EIO, is_late)
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
    mount_three_starts()
    for error, held in ((errno.EIO, 3), (NO_SPACE, 2)):
        journal = started()
        flushed(journal, journal.events, 1)
        journal.events._flash = Failing(journal.events._flash, error, False)
        append(journal.events, 1)
        assert failure_of(journal.flush, journal.events) == (error if held == 3 else 0)
        assert len(journal.readings.segments) == held
