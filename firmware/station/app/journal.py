"""The journal: what the station saw, kept on flash until the gateway has it.

Two streams, the journal's epoch and the number of this start. Only flushed records are ever sent.
When space runs out it is taken from the front, readings first, and counted.
"""

import struct

from reedgate_contract import records
from reedgate_contract.compat import const
from station.app.stream import Stream
from station.version import VERSION

_NO_SPACE = const(28)  # ENOSPC of every port; its errno module does not name it
_META = "<IIII"  # epoch, boot_n, the next seq of events and of readings at that start
_CURSOR = "<III"  # epoch, confirmed events, confirmed readings
_LEAST_ROOM = const(24)  # records of a stream that may wait in memory
_CURSOR_EVERY = const(256)  # records confirmed between two writes of the cursor


def _nothing():
    pass


class Journal:
    """Both streams, the journal's epoch and the number of this start."""

    def __init__(self, flash, meta, cursor, most_segments, points, of_scan=0):
        """meta, cursor: Twins. most_segments: of events and of readings. points: how many.

        of_scan: so many records of events one scan may write.
        """
        most_events, most_readings = most_segments
        # all readings of a period are appended in one scan, while those before may still wait
        room = max(2 * points, _LEAST_ROOM)
        at_once = max(of_scan, _LEAST_ROOM)
        self.events = Stream(flash, records.STREAM_EVENTS, "e", most_events, at_once)
        self.readings = Stream(flash, records.STREAM_READINGS, "r", most_readings, room)
        self.streams = (self.events, self.readings)
        self.epoch = 0
        self.boot_n = 0
        self.is_new = False
        self._flash = flash
        self._meta = meta
        self._cursor = cursor
        self._cursor_at = 0
        self._start = b""  # of this start, until it is on flash: nothing may be before it is

    def start(self, new_epoch, each=_nothing):
        """Before the first record. The number of this start goes on flash, now or when it can.

        A flash that takes nothing is no reason for a station not to start. new_epoch: 32 random
        bits, used when there is no journal yet. each(): called now and then while it takes long.
        """
        content = self._meta.read()
        last = struct.unpack(_META, content) if content else (0, 0, 1, 1)
        files = self._flash.files()
        for index in range(2):
            self.streams[index].load(files, last[2 + index], each)
        self.epoch, self.boot_n = self._last_start(last[0], last[1])
        if not self.epoch:
            self.is_new = True
            self.epoch = new_epoch or 1
        self.boot_n += 1
        next_seqs = (self.events.next_seq, self.readings.next_seq)
        self._start = struct.pack(_META, self.epoch, self.boot_n, *next_seqs)
        for stream in self.streams:
            stream.begin(self.epoch, self.boot_n)
        self._load_cursor()
        try:
            self._keep_start()
        except OSError as problem:
            print("the flash does not take the number of this start, later:", problem)

    def _keep_start(self):
        if self._start:
            self.keep(self._meta, self._start)
            self._start = b""

    def note(self, kind, uptime):
        """An event without content."""
        if self.events.reserve(1):
            at = self.events.append(kind, 0x11, 0, 0, uptime.seconds)
            struct.pack_into("<H14s", self.events.buffer, at, uptime.rest_ms, b"")

    def note_boot(self, reset_cause, bad_starts, config_crc32, uptime):
        """bad_starts: in a row before this one."""
        if self.events.reserve(1):
            at = self.events.append(records.KIND_BOOT, 0x11, 0, 0, uptime.seconds)
            boot = (uptime.rest_ms, reset_cause, bad_starts, config_crc32, version_number())
            struct.pack_into(records.BOOT, self.events.buffer, at, *boot)

    def _last_start(self, epoch, boot_n):
        """(epoch, boot_n) of the start before; the segments know when the record is gone."""
        for stream in self.streams:
            epoch, boot_n = stream.last_start(epoch, boot_n)
        return epoch, boot_n

    def _load_cursor(self):
        content = self._cursor.read()
        if content:
            epoch, events, readings = struct.unpack(_CURSOR, content)
            if epoch == self.epoch:
                self.events.confirm(events)
                self.readings.confirm(readings)

    def confirm(self, code, epoch, seq):
        """The gateway has a stream up to seq; gives the stream, None when that cannot be."""
        for stream in self.streams:
            if stream.code == code and epoch == self.epoch and seq <= stream.flushed_seq:
                stream.confirm(seq)
                return stream
        return None

    def keep_cursor(self):
        """Write the cursor when it is worth it; whether it was written."""
        total = self.events.confirmed + self.readings.confirmed
        if 0 <= total - self._cursor_at < _CURSOR_EVERY:
            return False
        self._cursor_at = total
        confirmed = (self.events.confirmed, self.readings.confirmed)
        self._cursor.write(struct.pack(_CURSOR, self.epoch, *confirmed))
        return True

    def wants_room(self):
        return self.readings.too_long() or self.events.too_long()

    def make_room(self):
        """Take one segment from the front if there are too many; whether it did."""
        for stream in (self.readings, self.events):
            if stream.too_long() and stream.take_from_front():
                return True
        return False

    def flush(self, stream):
        """Flush a stream; when the flash is full, make room and try again, or raise OSError."""
        self._keep_start()
        while True:
            try:
                stream.flush()
                return
            except OSError as problem:
                stream.abandon()
                if not self._makes_room_after(problem, stream):
                    raise

    def keep(self, twin, content):
        """Write a small record; when the flash is full, as flush() does."""
        while True:
            try:
                twin.write(content)
                return
            except OSError as problem:
                if not self._makes_room_after(problem, None):
                    raise

    def _makes_room_after(self, problem, stream):
        """A flash that fails for another reason is not helped by taking from it.

        Events are never given up for readings.
        """
        if problem.errno != _NO_SPACE:
            return False
        if self.readings.take_from_front():
            return True
        return stream is not self.readings and self.events.take_from_front()


def version_number():
    """1.2.3 as 0x00010203."""
    number = 0
    for part in VERSION.split("."):
        number = number << 8 | int(part)
    return number
