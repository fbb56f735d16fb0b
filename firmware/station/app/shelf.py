"""The journal for a master that reads it by file: one page of a segment in memory at a time.

In the place of Delivery, with the same hands for the store's: prepare() reads flash, as one step
of the housekeeping slot. What is on flash never changes, so a page is good until another is asked.
"""

from reedgate_contract import records, registers
from reedgate_contract.compat import const

_PAGE = const(28)  # records: four requests
_SIZE = const(32)
_MOST_TOLD = const(0xFFFF)  # what the register holds; a hole between segments has no bound


class Shelf:
    """index: as in the file, 0 is the segment's header."""

    def __init__(self, journal):
        self.failed = False  # the flash did not give the page that was asked last
        self.page = bytearray(_PAGE * _SIZE)
        self._journal = journal
        self._wanted = False
        self._file = registers.FILE_NONE
        self._index = 0
        self._count = 0  # records in the page

    def ask(self, file_number, index, count):
        """Have records on the page soon; whether there are such on the flash."""
        _, segment = self._find(file_number)
        if segment is None or index + count > segment.count + 1 or count > _PAGE:
            return False
        if not self.holds(file_number, index, count):
            self._file = file_number
            self._index = index
            self._count = 0
            self._wanted = True
            self.failed = False
        return True

    def holds(self, file_number, index, count):
        """Whether they are on the page now."""
        if file_number != self._file or index < self._index:
            return False
        return index + count <= self._index + self._count

    def place_of(self, index):
        """Where in the page the record at an index begins."""
        return (index - self._index) * _SIZE

    def wants_to_prepare(self):
        return self._wanted

    def prepare(self):
        self._wanted = False
        stream, segment = self._find(self._file)
        if segment is None:
            self.failed = True  # taken from the front meanwhile
            return
        count = min(_PAGE, segment.count + 1 - self._index)
        first = segment.first_seq + self._index - 1
        header = 1 if self._index == 0 else 0
        try:
            if header:
                stream.read_header(segment, self.page, 0)
            stream.read_records(segment, self.page, header * _SIZE, first + header, count - header)
        except OSError:
            self.failed = True
            raise
        self._count = count

    def _find(self, file_number):
        """(stream, segment) of a file; (stream, None) when it is not there or not to be read."""
        events = registers.is_of_events(file_number)
        stream = self._journal.events if events else self._journal.readings
        segments = stream.segments
        for index in range(len(segments)):
            number = segments.number_of(index)
            if number and registers.file_of(events, number) == file_number:
                segment = segments[index]
                if not segment.lost:
                    return stream, segment
        return stream, None

    def confirm(self, code, epoch, seq):
        """The gateway has the stream up to seq. False when that cannot be."""
        return self._journal.confirm(code, epoch, seq) is not None

    def unread(self, stream):
        """(first seq, boot_n, file, index, count) of what is next to be read and confirmed."""
        segment, first, count = stream.next_unread()
        if segment is None:
            return first, 0, registers.FILE_NONE, 0, 0
        if segment.lost:
            return first, segment.boot_n, registers.FILE_NONE, 0, min(count, _MOST_TOLD)
        events = stream.code == records.STREAM_EVENTS
        file_number = registers.file_of(events, segment.number)
        return first, segment.boot_n, file_number, first - segment.first_seq + 1, count
