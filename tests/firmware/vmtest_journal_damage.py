"""Whatever becomes of the journal's bytes: nothing wrong is told, and no number is left out."""

import errno
import os
import random

from vm_flash import EPOCH, Chip, again, all_of, flip, flushed, mount, overwrite, segment, started

from reedgate_contract import records
from station.app.stream import sealed

READING, LOST = records.KIND_READING, records.KIND_LOST


def written(counts, blocks=24):
    """A chip with one segment of events for each start, of so many records."""
    chip = mount(Chip(blocks))
    for count in counts:
        journal = started()
        flushed(journal, journal.events, count)
        chip = again(chip)
    return chip


def kinds(journal):
    """What there is of each seq, from 1 without a hole."""
    found = all_of(journal.events)
    assert [seq for _, seq, _ in found] == list(range(1, len(found) + 1))
    return [kind for _, _, kind in found]


def test_a_record_in_which_a_bit_flipped_is_told_as_lost():
    chip = written((6,))
    flip(segment("e0000001"), 32 + 3 * 32 + 17)
    assert kinds(started()) == [READING] * 3 + [LOST] + [READING] * 2
    assert chip


def test_any_flipped_bit_of_a_record_is_noticed():
    written((3,))
    for at in range(32):
        flip(segment("e0000001"), 64 + at)
        assert kinds(started()) == [READING, LOST, READING], at
        flip(segment("e0000001"), 64 + at)


def test_a_lost_record_says_its_seq_and_nothing_more():
    written((2,))
    flip(segment("e0000001"), 70)
    buffer = bytearray(64)
    started().events.read_batch(buffer, 0, 24)
    assert buffer[32:60] == bytes((LOST, 0, 0, 0, 2, 0, 0, 0)) + bytes(20)


def test_a_damaged_header_loses_no_record():
    for damaged in ("e0000001", "e0000002", "e0000003"):
        written((3, 4, 5))
        flip(segment(damaged), 13)
        journal = started()
        assert journal.boot_n == 4
        assert journal.events.flushed_seq == 12
        assert kinds(journal) == [READING] * 12
        flushed(journal, journal.events, 2)
        journal.events.confirm(0)
        assert kinds(journal) == [READING] * 14


def test_who_reads_by_the_header_is_told_that_it_is_damaged():
    written((3, 4))
    flip(segment("e0000001"), 13)
    stream = started().events
    buffer = bytearray(32)
    stream.read_header(stream.segments[1], buffer, 0)
    assert sealed(buffer)
    for _ in range(2):
        try:
            stream.read_header(stream.segments[0], buffer, 0)
            raise AssertionError("it is given as sound")
        except OSError:
            pass
    assert [each.lost for each in stream.segments] == [True, False]


def test_no_number_is_given_out_twice_when_the_only_header_left_is_damaged():
    chip = written((40, 30))
    journal = started((1, 1))
    assert journal.make_room()  # the first 40 are gone for good
    chip = again(chip)
    flip(segment("e0000002"), 20)
    journal = started()
    assert (journal.events.first_held, journal.events.next_seq) == (41, 71)
    assert [seq for _, seq, _ in all_of(journal.events)] == list(range(41, 71))
    assert chip


def test_a_file_that_is_gone_leaves_a_gap_that_is_told():
    for gone, expected in (
        ("e0000002", [READING] * 3 + [LOST] * 4 + [READING] * 5),
        ("e0000003", [READING] * 7 + [LOST] * 5),
    ):
        chip = written((3, 4, 5))
        started()  # from here on its record knows of all three
        chip = again(chip)
        os.remove(segment(gone))
        journal = started()
        assert journal.events.next_seq == 13
        assert kinds(journal) == expected
        assert chip


def test_files_that_only_look_like_segments_are_neither_read_nor_taken():
    chip = written((3,))
    strange = ["e1-1-1", "e-000001-1-1", "e0000002-G-2", "e0000000-1-1", "e0000002-4-80000001"]
    for name in strange:
        with open(name, "wb") as stored:
            stored.write(bytes(64))
    again(chip)
    journal = started((1, 1))
    assert journal.events.next_seq == 4
    assert len(journal.events.segments) == 1
    assert kinds(journal) == [READING] * 3
    flushed(journal, journal.events, 1)
    while journal.events.take_from_front():
        pass
    assert [name for name in strange if name in os.listdir()] == strange


def test_a_gap_goes_from_the_front_like_a_segment():
    written((3, 4, 5))
    os.remove(segment("e0000002"))
    journal = started()
    flushed(journal, journal.events, 1)
    for held in (4, 8, 13):
        assert journal.events.take_from_front()
        assert journal.events.first_held == held
    assert not journal.events.take_from_front()
    assert journal.events.dropped == 12
    assert [seq for _, seq, _ in all_of(journal.events)] == [13]


def test_a_file_shorter_than_it_was_gives_no_older_batch_for_it():
    written((20,))
    journal = started()
    buffer = bytearray(24 * 32)
    segment_read, first, count = journal.events.read_batch(buffer, 0, 10)
    assert (segment_read.number, first, count) == (1, 1, 10)
    with open(segment("e0000001"), "rb") as stored:
        blob = stored.read(32 + 4 * 32)
    with open(segment("e0000001"), "wb") as stored:
        stored.write(blob)
    assert kinds(journal) == [READING] * 4 + [LOST] * 16


def test_a_flash_that_cannot_be_read_is_a_loss_and_no_fault():
    chip = written((30,))
    journal = started()
    chip.cannot_read = True
    assert kinds(journal) == [LOST] * 30


def test_a_header_that_cannot_be_read_is_no_reason_not_to_start():
    written((5,))
    from station.drivers.flash import Flash

    stock = Flash.read

    def failing(self, name, at, size):
        if name == segment("e0000001"):
            raise OSError(errno.EIO)
        return stock(self, name, at, size)

    Flash.read = failing
    try:
        journal = started()
        assert kinds(journal) == [LOST] * 5
    finally:
        Flash.read = stock


def test_without_its_record_the_journal_goes_on_by_its_segments():
    written((3, 4))
    for name in ("journal.a", "journal.b"):
        os.remove(name)
    journal = started(new_epoch=99)
    assert (journal.epoch, journal.boot_n, journal.is_new) == (EPOCH, 3, False)
    assert kinds(journal) == [READING] * 7


def test_with_nothing_left_it_is_another_journal():
    chip = written((3, 4))
    for name in os.listdir():
        os.remove(name)
    chip = again(chip)
    journal = started(new_epoch=99)
    assert (journal.epoch, journal.boot_n, journal.is_new) == (99, 1, True)
    assert journal.events.next_seq == 1


def test_a_file_without_a_header_is_what_a_power_cut_leaves():
    for size in (0, 20, 32):
        written((3,))
        with open("e0000002-4-2", "wb") as stored:
            stored.write(bytes(size))
        journal = started()
        flushed(journal, journal.events, 2)
        assert kinds(journal) == [READING] * 5
        assert segment("e0000003")


def test_files_of_other_people_are_none_of_the_journals():
    written((3,))
    os.mkdir("reedgate_contract")
    for name in ("readme.txt", "e2e", "r", "e0000009", "e000000x-1-1", "e-1-1", "e1-x-1"):
        with open(name, "wb") as stored:
            stored.write(b"something")
    assert kinds(started()) == [READING] * 3


def test_random_damage_to_any_byte_is_never_told_as_something_else():
    random.seed(3)
    for _ in range(60):
        written((5, 6, 4), 16)
        name = segment("e000000" + "123"[random.randrange(3)])
        overwrite(name, random.randrange(os.stat(name)[6]), bytes((random.getrandbits(8),)))
        found = kinds(started())
        assert len(found) == 15
        assert found.count(LOST) in (0, 1)
