"""What a running station says and hears on its console; it never waits for who is there.

On an RP2040 print() waits half a second for each piece, where a host holds the USB port open and
does not read: longer than the watchdog's patience. Here a byte is written only while there is room
for it; what finds none is lost. Before the scan runs, print() will do.
"""

import io
import select
import sys

from reedgate_contract.compat import const

_MOST_BYTES = const(64)  # of a line, and heard in one look
_END = const(10)

_poll = []  # of sys.stdout, made when it is first needed


def say(*words):
    """As print(): words with a space between them, and a line's end."""
    _write(" ".join([str(word) for word in words]) + "\n")


def say_exception(problem):
    text = io.StringIO()
    sys.print_exception(problem, text)
    _write(text.getvalue())


def _write(text):
    if not _poll:
        _poll.append(select.poll())
        _poll[0].register(sys.stdout, select.POLLOUT)
    for letter in text:
        if not _poll[0].poll(0):
            return
        sys.stdout.write(letter)


class Lines:
    """What is typed, a line at a time. Bytes, for half a letter would be waited for."""

    def __init__(self):
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)
        self._byte = bytearray(1)
        self._line = bytearray(_MOST_BYTES)
        self._length = 0
        self._open = True

    def look(self):
        """A line that is complete now, without its end, or None. Never waits."""
        for _ in range(_MOST_BYTES):
            if not self._ready():
                return None
            if sys.stdin.buffer.readinto(self._byte) != 1:
                self._open = False  # nobody can type any more
                return None
            if self._byte[0] == _END or self._byte[0] == ord("\r"):
                length, self._length = self._length, 0
                if 0 < length <= _MOST_BYTES:  # a longer one is nothing that is known
                    return bytes(self._line[:length])
            else:
                if self._length < _MOST_BYTES:
                    self._line[self._length] = self._byte[0]
                self._length = min(self._length + 1, _MOST_BYTES + 1)
        return None

    def _ready(self):
        if self._open:
            for _ in self._poll.ipoll(0):
                return True
        return False
