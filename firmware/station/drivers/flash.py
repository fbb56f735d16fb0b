"""The board's file system, for what has to outlive a power cut: littlefs or nothing."""

import binascii
import errno
import os
import struct

import vfs

from reedgate_contract.compat import const

_HEAD_SIZE = const(10)
_LEAST_SIZE = const(1020)
_PIECE = const(1024)  # of a copy: no step erases more than a block or two


class Flash:
    """Paths are relative to the current directory, which the board's start-up chose."""

    def __init__(self):
        kind = _kind_of_file_system()
        if kind != "VfsLfs2":
            raise OSError("the journal needs littlefs, and this is " + kind)

    def names(self, prefix):
        """Files of the current directory whose names begin so, sorted."""
        return sorted([name for name in os.listdir() if name.startswith(prefix)])

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
    here = os.getcwd()
    best = ("", "nothing")
    for mounted, path in vfs.mount():
        if here.startswith(path) and len(path) >= len(best[0]):
            best = (path, type(mounted).__name__)
    return best[1]


class Twin:
    """One small record, kept in two files that are written in turn; the newest good one counts.

    Each is padded beyond what littlefs keeps within a directory's own block: there one flipped bit
    could take both.
    """

    def __init__(self, name):
        self._names = (name + ".a", name + ".b")
        self._generation = 0
        self._next = 0
        self.damaged = False  # something was there, and no copy of it can be read

    def read(self):
        """The content, or None when there is none that can be trusted."""
        newest = None
        found = False
        for index in range(2):
            try:
                with open(self._names[index], "rb") as stream:
                    blob = stream.read()
            except OSError as problem:
                found = found or problem.errno != errno.ENOENT
                continue
            found = found or bool(blob)  # an empty one is a first write that a power cut met
            content = _content_of(blob)
            if content is not None and content[0] >= self._generation:
                self._generation, newest = content
                self._next = 1 - index
        self.damaged = found and newest is None
        return newest

    def write(self, content):
        """On flash when this returns."""
        self._generation += 1
        body = struct.pack("<IH", self._generation, len(content)) + content
        body += bytes(max(_LEAST_SIZE - len(body), 0))
        crc32 = binascii.crc32(body) & 0xFFFFFFFF
        with open(self._names[self._next], "wb") as stream:
            stream.write(struct.pack("<I", crc32) + body)
        self._next = 1 - self._next


class Copy:
    """A file copied piece by piece; the old copy stays whole until the last piece is there."""

    def __init__(self, source, target):
        self._source = source
        self._target = target
        self._streams = None

    def step(self):
        """One piece; whether that was all. After an OSError it begins anew."""
        if self._streams is None:
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


def _content_of(blob):
    """(generation, content) of one copy, or None when it is damaged."""
    if len(blob) < _HEAD_SIZE:
        return None
    crc32, generation, size = struct.unpack("<IIH", blob[:_HEAD_SIZE])
    if binascii.crc32(blob[4:]) & 0xFFFFFFFF != crc32:
        return None
    return generation, blob[_HEAD_SIZE : _HEAD_SIZE + size]
