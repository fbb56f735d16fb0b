"""One small record held twice. Outside of `station`: boot.py reads one to know the slot."""

import binascii
import errno
import struct

_HEAD_SIZE = 10
_LEAST_SIZE = 1020


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


def _content_of(blob):
    """(generation, content) of one copy, or None when it is damaged."""
    if len(blob) < _HEAD_SIZE:
        return None
    crc32, generation, size = struct.unpack("<IIH", blob[:_HEAD_SIZE])
    if binascii.crc32(blob[4:]) & 0xFFFFFFFF != crc32:
        return None
    return generation, blob[_HEAD_SIZE : _HEAD_SIZE + size]
