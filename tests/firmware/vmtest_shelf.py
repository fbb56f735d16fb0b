"""The shelf: pages of the journal by file, and what the flash does not give."""

from vm_flash import Chip, flushed, mount, started

from reedgate_contract import records, registers
from station.app.shelf import Shelf

EVENTS_FILE = registers.file_of(True, 1)


class World:
    def __init__(self, count=60):
        mount(Chip())
        self.journal = started()
        for _ in range(count // 20):
            flushed(self.journal, self.journal.events, 20)
        self.shelf = Shelf(self.journal)

    def read(self, index, count, file_number=EVENTS_FILE):
        """seq of the records, or None when there are none such."""
        shelf = self.shelf
        if not shelf.ask(file_number, index, count):
            return None
        if not shelf.holds(file_number, index, count):
            assert shelf.wants_to_prepare()
            shelf.prepare()
        assert shelf.holds(file_number, index, count)
        begin = shelf.place_of(index)
        page = shelf.page
        return [
            int.from_bytes(page[begin + 32 * n + 4 : begin + 32 * n + 8], "little")
            for n in range(count)
        ]


class Unreadable:
    def read(self, name, at, size):
        raise OSError(5)


def test_records_by_their_index_and_none_that_is_not_flushed():
    world = World()
    assert world.read(1, 7) == [1, 2, 3, 4, 5, 6, 7]
    assert world.read(54, 7) == [54, 55, 56, 57, 58, 59, 60]
    assert world.read(54, 8) is None
    assert world.read(61, 1) is None
    assert world.journal.events.reserve(1)
    world.journal.events.append(records.KIND_BOOT, 0x11, 0, 0, 0)
    assert world.read(61, 1) is None
    world.journal.flush(world.journal.events)
    assert world.read(61, 1) == [61]


def test_four_requests_are_one_page_of_the_flash():
    world = World()
    world.read(1, 7)
    for index in (8, 15, 22):
        assert world.shelf.ask(EVENTS_FILE, index, 7)
        assert world.shelf.holds(EVENTS_FILE, index, 7)
        assert not world.shelf.wants_to_prepare()
    assert world.shelf.ask(EVENTS_FILE, 29, 7)
    assert not world.shelf.holds(EVENTS_FILE, 29, 7)


def test_the_header_is_the_first_of_a_file():
    world = World()
    world.read(0, 3)
    assert bytes(world.shelf.page[:2]) == records.SEGMENT_MAGIC
    assert world.read(0, 3)[1:] == [1, 2]


def test_other_files_are_not_there():
    world = World()
    for file_number in (0, EVENTS_FILE + 1, registers.file_of(False, 1), 65535):
        assert world.read(1, 1, file_number) is None


def test_a_flash_that_cannot_be_read_is_told_and_asked_again():
    world = World()
    events = world.journal.events
    flash = events._flash
    events._flash = Unreadable()
    assert world.shelf.ask(EVENTS_FILE, 0, 1)
    try:
        world.shelf.prepare()
        failed = False
    except OSError:
        failed = True
    assert failed
    assert world.shelf.failed
    assert not world.shelf.holds(EVENTS_FILE, 0, 1)
    assert not world.shelf.wants_to_prepare()
    events._flash = flash
    world.read(0, 1)
    assert not world.shelf.failed


def test_what_is_unread_follows_what_is_confirmed():
    world = World()
    events = world.journal.events
    assert world.shelf.unread(events) == (1, 1, EVENTS_FILE, 1, 60)
    assert world.shelf.confirm(records.STREAM_EVENTS, world.journal.epoch, 20)
    assert world.shelf.unread(events) == (21, 1, EVENTS_FILE, 21, 40)
    assert world.shelf.confirm(records.STREAM_EVENTS, world.journal.epoch, 60)
    assert world.shelf.unread(events) == (61, 0, registers.FILE_NONE, 0, 0)
    assert not world.shelf.confirm(records.STREAM_EVENTS, world.journal.epoch, 61)
    assert not world.shelf.confirm(records.STREAM_EVENTS, 1, 3)


def test_more_lost_records_than_a_register_counts_are_told_in_parts():
    """Else 65,536 of them would be told as none, and nobody would ever go on behind them."""
    world = World()
    events = world.journal.events
    events.segments.append(0, 0, 61, 65536)
    events.next_seq += 65536
    assert world.shelf.confirm(records.STREAM_EVENTS, world.journal.epoch, 60)
    assert world.shelf.unread(events) == (61, 0, registers.FILE_NONE, 0, 65535)
