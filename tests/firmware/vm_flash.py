"""For the tests on the VM: a chip in memory with littlefs, and a journal that starts anew."""

import errno
import gc
import os
import random
import struct

import vfs

from reedgate_contract import records
from station.app.journal import Journal
from station.app.stream import sealed
from station.drivers.flash import Flash, Twin

PLACE = "/flash"
EPOCH = 0x5F3A9C01
_SIZE = 4096
_ERASED = b"\xff" * _SIZE
_FOLDER = os.getcwd()


def _blank(count):
    name = _FOLDER + "/flash-" + str(random.getrandbits(30)) + ".img"
    stream = open(name, "w+b")  # noqa: SIM115 - for as long as the chip
    os.remove(name)
    for _ in range(count):
        stream.write(_ERASED)
    return stream


class Chip:
    """fails: the error that each write and erase gives; cannot_read: reading gives one.

    Over a file without a name: the heap of a chip's size has no room for the flash too.
    """

    def __init__(self, count=16, stream=None):
        self.fails = 0
        self.cannot_read = False
        self._count = count
        self._stream = _blank(count) if stream is None else stream
        if stream is None:
            vfs.VfsLfs2.mkfs(self, readsize=32, progsize=256, lookahead=32)

    def readblocks(self, block, buffer, offset=0):
        if self.cannot_read:
            return -errno.EIO
        self._stream.seek(block * _SIZE + offset)
        self._stream.readinto(buffer)
        return 0

    def writeblocks(self, block, buffer, offset=0):
        if not self.fails:
            self._stream.seek(block * _SIZE + offset)
            self._stream.write(buffer)
        return -self.fails

    def ioctl(self, request, argument):
        if request == 4:
            return self._count
        if request == 5:
            return _SIZE
        if request == 6 and not self.fails:
            self._stream.seek(argument * _SIZE)
            self._stream.write(_ERASED)
        return -self.fails if request == 6 else 0

    def after_a_power_cut(self):
        """Another, with the same bytes; this one never changes them again."""
        self.fails = errno.EIO
        return Chip(self._count, self._stream)


_mounted = []


def mount(chip):
    if _mounted:
        os.chdir("/")
        vfs.umount(PLACE)
        _mounted.pop()
        gc.collect()
    system = vfs.VfsLfs2(chip, readsize=32, progsize=256, lookahead=32)
    vfs.mount(system, PLACE)
    os.chdir(PLACE)
    _mounted.append(chip)
    return chip


def again(chip):
    return mount(chip.after_a_power_cut())


def started(most_segments=(6, 6), new_epoch=EPOCH, each=lambda: None):
    """A journal on what is mounted."""
    journal = Journal(Flash(), Twin("journal"), Twin("cursor"), most_segments, 4)
    journal.start(new_epoch, each)
    return journal


def append(stream, count, uptime_s=5):
    """count records of one part, each with its seq as payload."""
    for _ in range(count):
        assert stream.reserve(1)
        seq = stream.next_seq
        at = stream.append(records.KIND_READING, 0x11, 2, 0x11, uptime_s)
        struct.pack_into(records.READING, stream.buffer, at, seq, 0, -seq, seq)


def flushed(journal, stream, count):
    """count records, flushed by not more at once than memory holds."""
    while count:
        now = min(count, 24)
        append(stream, now)
        journal.flush(stream)
        count -= now


def all_of(stream, most=24):
    """[(boot_n, seq, kind)] of everything unconfirmed, batch after batch; confirms it."""
    found = []
    buffer = bytearray(26 + most * 32)
    while stream.unconfirmed():
        segment, first, count = stream.read_batch(buffer, 26, most)
        assert count, "it says that there is more, and gives none"
        for index in range(count):
            at = 26 + index * 32
            blob = buffer[at : at + 32]
            assert sealed(blob)
            kind, part, _, _, seq, _, payload, _ = struct.unpack(records.RECORD, blob)
            assert seq == first + index
            if kind == records.KIND_READING:
                assert part == 0x11
                assert payload == struct.pack(records.READING, seq, 0, -seq, seq)
            found.append((segment.boot_n, seq, kind))
        stream.confirm(first + count - 1)
    return found


def segment(name):
    """The whole name of a segment's file, by its prefix and number."""
    return next(each for each in os.listdir() if each.startswith(name + "-"))


def overwrite(name, at, data):
    with open(name, "r+b") as stream:
        stream.seek(at)
        stream.write(data)


def flip(name, at):
    with open(name, "rb") as stream:
        stream.seek(at)
        byte = stream.read(1)[0]
    overwrite(name, at, bytes((byte ^ 0x10,)))
