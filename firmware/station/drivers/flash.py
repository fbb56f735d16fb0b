"""The board's file system, for what has to outlive a power cut: littlefs or nothing."""

import binascii
import os

import vfs

from reedgate_contract.compat import const
from twin import Twin as Twin  # as a driver's; it stands where boot.py can have it too

_PIECE = const(1024)  # of a copy: no step erases more than a block or two


class Flash:
    """Paths are relative to the current directory, which the board's start-up chose."""

    def __init__(self):
        kind = _kind_of_file_system()
        if kind != "VfsLfs2":
            raise OSError("the journal needs littlefs, and this is " + kind)

    def files(self):
        """(name, size) of what stands in the current directory, sorted: in one pass over it, for
        to look a file up by its name takes as long as a good part of the pass.
        """
        # what is mounted here, as a slot is, has no size
        return sorted([(entry[0], entry[3]) for entry in os.ilistdir() if len(entry) > 3])

    def size(self, name):
        return os.stat(name)[6]

    def read(self, name, at, size):
        """Up to size bytes from an offset."""
        with open(name, "rb") as stream:
            stream.seek(at)
            return stream.read(size)

    def open_to_append(self, name):
        return open(name, "ab")

    def remove(self, name):
        os.remove(name)


def _kind_of_file_system():
    """The type of what is mounted where the current directory is."""
    try:
        mounts = vfs.mount()
    except TypeError:  # a MicroPython that is too old to tell; main.py says so
        return "unknown"
    here = os.getcwd()
    best = ("", "nothing")
    for mounted, path in mounts:
        if here.startswith(path) and len(path) >= len(best[0]):
            best = (path, type(mounted).__name__)
    return best[1]


class Copy:
    """A file copied piece by piece; the old copy stays whole until the last piece is there."""

    def __init__(self, source, target, crc32):
        """crc32: of what is to be copied. Where the source has another, nothing is copied."""
        self._source = source
        self._target = target
        self._crc32 = crc32
        self._streams = None

    def step(self):
        """One piece; whether that was all. After an OSError it begins anew."""
        if self._streams is None:
            if _crc32_of(self._source) != self._crc32:
                return True
            self._streams = _both(self._source, self._target)
        source, target = self._streams
        try:
            piece = source.read(_PIECE)
            if piece:
                target.write(piece)
                return False
            target.close()
        except OSError:
            self._streams = None
            raise
        source.close()
        return True


def _both(source, target):
    return open(source, "rb"), open(target, "wb")


def _crc32_of(name):
    crc32 = 0
    with open(name, "rb") as stream:
        while True:
            piece = stream.read(_PIECE)
            if not piece:
                return crc32 & 0xFFFFFFFF
            crc32 = binascii.crc32(piece, crc32)


def same(left, right):
    """Whether two files are there and have the same content."""
    try:
        with open(left, "rb") as one, open(right, "rb") as other:
            while True:
                piece = one.read(_PIECE)
                if piece != other.read(_PIECE):
                    return False
                if not piece:
                    return True
    except OSError:
        return False
