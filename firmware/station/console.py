"""What a running station says to whoever listens on its console, and never waits for a listener.

On an RP2040 print() waits half a second for each piece, where a host holds the USB port open and
does not read: longer than the watchdog's patience. Here a byte is written only while there is room
for it; what finds none is lost. Before the scan runs, print() will do.
"""

import io
import select
import sys

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
