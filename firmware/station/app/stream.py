"""One stream of the journal: 32-byte records in append-only segments on flash.

Appending writes to memory and allocates nothing, so a scan may do it; flush() and read_batch()
touch the flash and belong into the housekeeping slot. Which stream gives way when space runs out
is the journal's to say.
"""

import binascii
import struct

from reedgate_contract import records
from reedgate_contract.compat import const
from station.app.segments import Segments

_SEGMENT_RECORDS = const(510)  # with the header four blocks of littlefs, not a byte of a fifth
_SEGMENT_BLOCKS = const(4)
_BLOCK_RECORDS = const(127)  # at least so many go into one of them
_NOT_THERE = const(2)  # ENOENT of every port
_HEADER_SIZE = const(32)
_SEQ_AT = const(4)
_CRC_AT = const(28)
_SIZE = const(32)


class Stream:
    """One stream. seq of the records: segments first, then those that wait in memory.

    most_segments: of full length; shorter ones, as starts leave them, are more in number.
    """

    def __init__(self, flash, code, prefix, most_segments, room):
        self.code = code
        self.next_seq = 1
        self.confirmed = 0  # highest seq that the gateway has
        self.dropped = 0  # records taken from the front before they were confirmed
        self.waiting = 0  # records in memory
        self.refused = 0  # records for which memory had no room
        self.segments = Segments()
        self._flash = flash
        self._prefix = prefix
        self._most_blocks = most_segments * _SEGMENT_BLOCKS
        self._older_blocks = 0  # of the segments before the newest
        self._room = room
        self.buffer = bytearray(room * _SIZE)
        self._view = memoryview(self.buffer)
        self._file = None  # but for a flush
        self._is_begun = False  # the newest segment is of this start; else a flush begins one
        self._number = 0
        self._boot_n = 0
        self._epoch = 0

    @property
    def first_held(self):
        return self.segments.first_seq_of(0) if len(self.segments) else self.flushed_seq + 1

    @property
    def flushed_seq(self):
        """The highest seq on flash."""
        return self.next_seq - self.waiting - 1

    def load(self, files, next_seq, each):
        """Take in the segments that are there. next_seq: as it was at the start before.
        each(): called for every one, of which a long life of restarts leaves hundreds; a segment's
        name says what its header does, so that none has to be opened.
        """
        for name, size in files:
            if name[: len(self._prefix)] != self._prefix:
                continue
            words = self._words_of(name)
            if words is None:
                continue
            each()
            number, first_seq, boot_n = words
            self._number = number
            self._close_hole(first_seq)
            # a whole record in the file's size was flushed: a torn one never shows there
            count = max(size - _HEADER_SIZE, 0) // _SIZE
            self.segments.append(number, boot_n, first_seq, count)
            self.next_seq = first_seq + count
        # what was given out once is never given out again, whatever became of the files
        self._close_hole(next_seq)
        self.next_seq = max(self.next_seq, next_seq)
        self._count_blocks()

    def _close_hole(self, first_seq):
        """No seq between two segments is left out: those that are in neither count as lost."""
        missing = first_seq - self.next_seq
        if len(self.segments) and missing > 0:
            self.segments.append(0, 0, self.next_seq, missing)

    def _words_of(self, name):
        """(number, first seq, boot_n); None: the file is not the journal's."""
        words = name[len(self._prefix) :].split("-")
        try:
            number, first_seq, boot_n = int(words[0]), int(words[1], 16), int(words[2], 16)
        except (ValueError, IndexError):
            return None
        if not number or (number | first_seq | boot_n) >> 31:
            return None
        if name != self._name(number, first_seq, boot_n):
            return None
        return number, first_seq, boot_n

    def _name(self, number, first_seq, boot_n):
        return "%s%07d-%x-%x" % (self._prefix, number, first_seq, boot_n)

    def name_of(self, segment):
        return self._name(segment.number, segment.first_seq, segment.boot_n)

    def _header_of(self, name):
        """Its fields, or None when it is damaged."""
        blob = self._read(name, 0, _HEADER_SIZE)
        if len(blob) == _HEADER_SIZE and sealed(blob):
            return struct.unpack(records.SEGMENT, blob)
        return None

    def last_start(self, epoch, boot_n):
        """(epoch, boot_n) of the newest start that a sound header tells of, if after this one."""
        for index in range(len(self.segments) - 1, -1, -1):
            segment = self.segments[index]
            fields = self._header_of(self.name_of(segment)) if segment.boot_n > boot_n else None
            if fields:
                return fields[4], fields[5]
        return epoch, boot_n

    def _read(self, name, at, size):
        """What the flash cannot give is not there."""
        try:
            return self._flash.read(name, at, size)
        except OSError:
            return b""

    def begin(self, epoch, boot_n):
        """This start's records go into segments of their own, made with the first flush."""
        self._epoch = epoch
        self._boot_n = boot_n

    def reserve(self, count):
        """Room in memory for count records that belong together; counts those refused."""
        if self.waiting + count <= self._room:
            return True
        self.refused += count
        return False

    def append(self, kind, part, point, status, uptime_s):
        """One record, after reserve(); gives where its payload starts in `buffer`."""
        at = self.waiting * _SIZE
        # the payload is cleared: packing leaves what stood in its unused bytes
        struct.pack_into(
            "<BBBBII16s", self.buffer, at, kind, part, point, status, self.next_seq, uptime_s, b""
        )
        self.waiting += 1
        self.next_seq += 1
        return at + 12

    def flush(self):
        """All that waits, on flash when this returns."""
        if not self.waiting:
            return
        for index in range(self.waiting):
            _seal_record(self.buffer, self._view, index * _SIZE)
        newest = len(self.segments) - 1
        if self._is_begun and self.segments.count_of(newest) + self.waiting <= _SEGMENT_RECORDS:
            self._file = self._flash.open_to_append(self.name_of(self.segments[newest]))
        else:
            self._begin_segment()
        self._file.write(self._view[: self.waiting * _SIZE])
        self._file.close()  # an open one keeps a kilobyte of memory
        self._file = None
        self.segments.add(self.waiting)
        self.waiting = 0

    def abandon(self):
        """After a failed write: what is on flash counts, the rest waits for a new segment."""
        self._is_begun = False
        if self._file is None:
            return
        try:
            self._file.close()
        except OSError:
            pass  # the flash is full: nothing more of it was written
        self._file = None
        newest = len(self.segments) - 1
        segment = self.segments[newest]
        size = self._flash.size(self.name_of(segment))
        if size < _HEADER_SIZE:  # not even its header was written
            self.segments.drop_newest()
            self._flash.remove(self.name_of(segment))
            return
        written = (size - _HEADER_SIZE) // _SIZE - segment.count
        self.segments.add(written)
        self.waiting -= written
        self.buffer[: self.waiting * _SIZE] = self.buffer[
            written * _SIZE : (written + self.waiting) * _SIZE
        ]

    def _begin_segment(self):
        self._number += 1
        first_seq = self.next_seq - self.waiting
        head = bytearray(_HEADER_SIZE)
        struct.pack_into(
            records.SEGMENT,
            head,
            0,
            records.SEGMENT_MAGIC,
            records.SEGMENT_VERSION,
            self.code,
            self._number,
            self._epoch,
            self._boot_n,
            first_seq,
            b"",
            0,
        )
        _seal_record(head, memoryview(head), 0)
        name = self._name(self._number, first_seq, self._boot_n)
        self._file = self._flash.open_to_append(name)
        self.segments.append(self._number, self._boot_n, first_seq, 0)
        self._is_begun = True
        self._count_blocks()
        self._file.write(head)

    def take_from_front(self):
        """Give up the oldest segment that is not the newest; whether there was one."""
        if len(self.segments) < 2:
            return False
        segment = self.segments[0]
        if segment.number:
            self._remove(self.name_of(segment))
        self.segments.drop_oldest()
        self._count_blocks()
        last_seq = segment.first_seq + segment.count - 1
        if last_seq > self.confirmed:
            lost = last_seq - max(self.confirmed, segment.first_seq - 1)
            self.dropped += lost
        return True

    def _remove(self, name):
        """What is gone already is no reason to keep all that comes after it."""
        try:
            self._flash.remove(name)
        except OSError as problem:
            if problem.errno != _NOT_THERE:
                raise

    def too_long(self):
        """The newest segment counts as full: it becomes so without asking again."""
        return self._older_blocks + _SEGMENT_BLOCKS > self._most_blocks

    def _count_blocks(self):
        blocks = 0
        for index in range(len(self.segments) - 1):
            if self.segments.number_of(index):
                count = self.segments.count_of(index)
                blocks += min(count // _BLOCK_RECORDS + 1, _SEGMENT_BLOCKS)
        self._older_blocks = blocks

    def confirm(self, seq):
        """The gateway has everything up to seq. Lower than before: it lost some, so go back."""
        self.confirmed = min(seq, self.flushed_seq)

    def unconfirmed(self):
        return self.flushed_seq - max(self.confirmed, self.first_held - 1)

    def next_unread(self):
        """(segment, first seq, count): the unconfirmed records that stand together at the front.

        Without any the segment is None and the count 0.
        """
        first = max(self.confirmed + 1, self.first_held)
        for index in range(len(self.segments) - 1, -1, -1):
            first_seq = self.segments.first_seq_of(index)
            if first_seq <= first:
                count = first_seq + self.segments.count_of(index) - first
                if count > 0:
                    return self.segments[index], first, count
                break
        return None, first, 0

    def read_batch(self, into, at, most):
        """The next unconfirmed records of one segment into a buffer; (segment, first seq, count).

        A record that is not there or not sound is replaced by one that says so.
        """
        segment, first, count = self.next_unread()
        count = min(most, count)
        if count:
            self.read_records(segment, into, at, first, count)
        return segment, first, count

    def read_header(self, segment, into, at):
        """A segment's header as it is on flash. Raises OSError, and counts the segment as lost for
        who reads it by its header, when that is not sound.
        """
        name = self.name_of(segment)
        blob = self._flash.read(name, 0, _HEADER_SIZE)
        if len(blob) != _HEADER_SIZE or not sealed(blob):
            self.segments.lose(segment.number)
            raise OSError("no header in " + name)
        into[at : at + _HEADER_SIZE] = blob

    def read_records(self, segment, into, at, first, count):
        blob = b""
        if not segment.lost:
            offset = _HEADER_SIZE + (first - segment.first_seq) * _SIZE
            blob = self._read(self.name_of(segment), offset, count * _SIZE)
            into[at : at + len(blob)] = blob
        view = memoryview(into)
        for index in range(count):
            here = at + index * _SIZE
            there = (index + 1) * _SIZE <= len(blob)  # else an older batch stands here
            if not (there and _is_record(view[here : here + _SIZE], first + index)):
                self._mark_lost(into, view, here, first + index)

    def _mark_lost(self, into, view, at, seq):
        lost = (records.KIND_LOST, 0, 0, 0, seq, 0, b"", 0)
        struct.pack_into(records.RECORD, into, at, *lost)
        _seal_record(into, view, at)


def _seal_record(buffer, view, at):
    """Put the CRC-32 of a record's first 28 bytes behind them."""
    crc32 = binascii.crc32(view[at : at + _CRC_AT]) & 0xFFFFFFFF
    struct.pack_into("<I", buffer, at + _CRC_AT, crc32)


def _is_record(view, seq):
    """Whether it is sound and the one that belongs here: flash may give another block's bytes."""
    return sealed(view) and struct.unpack_from("<I", view, _SEQ_AT)[0] == seq


def sealed(view):
    """Whether the CRC-32 of 32 bytes holds."""
    stated = struct.unpack_from("<I", view, _CRC_AT)[0]
    return binascii.crc32(view[:_CRC_AT]) & 0xFFFFFFFF == stated
