"""The crash-loop guard: how many starts in a row have come to a bad end, and by what.

A start is bad when a reset that was no power-up ends it before it has proved itself (see
station.app.trial): a watchdog that bit, an exception, a reset by the program. A cut of the power
does not count, for a weak supply is no fault of the program and safe mode would not help it; nor
does it clear what was counted, so that switching off and on hides nothing.

The count belongs to one configuration and one firmware: a new one starts at nothing. It is kept
apart from the journal, and written once when a start follows a bad one, once when a start fails
with a reason of its own, and once when one proves itself after bad ones; else never.
"""

import binascii
import os
import struct

import machine

import slots
from reedgate_contract import codes
from reedgate_contract.compat import const
from station.drivers import system
from station.drivers.flash import Flash, Twin
from station.version import VERSION

CONFIG_PATH = "config.bin"
PROVEN_PATH = "proven.bin"  # the last configuration under which a start proved itself
RECORD_NAME = "guard"

MOST_BAD = const(4)  # starts in a row; the next is in safe mode
GIVE_UP = const(8)  # safe mode came to a bad end as often: outputs off, nothing more is tried
_START_MS = const(8000)  # the watchdog's patience until the scan feeds it; an RP2 has no more
_RECORD = "<IBB"  # of which configuration and firmware, bad starts, 1: the reason is its own
_HEAD_SIZE = const(6)
_LONGEST_REASON = const(60)


class Guard:
    """bad: starts in a row before this one. reason: what ended the last of them, for people."""

    def __init__(self):
        try:
            Flash()
            self._twin = Twin(RECORD_NAME)
        except OSError:  # nothing that survives a power cut: main.py says so and is in safe mode
            self._twin = None
        self.bad = 0
        self.reason = ""
        self._watchdog = None
        self._told = False
        self._belongs_to = 0
        self._uncounted = False  # this start follows a bad one, and the flash does not take it

    def begin(self):
        """Before all that can fail: count, and start the watchdog if there is anything to run.

        A board without any configuration stays without a watchdog: nothing runs on it, and a
        technician may take as long as needed on its console.
        """
        cause = system.reset_cause()
        self._belongs_to = _of_this_program()
        changed = self._load(cause)
        if self.bad < GIVE_UP and (_is_there(CONFIG_PATH) or _is_there(PROVEN_PATH)):
            self._watchdog = system.watchdog(_START_MS)
        if changed and not self._write():  # after the watchdog: a write, too, may hang
            self.reason = self.reason or codes.RESET_NAMES[cause]
            self._uncounted = cause != codes.RESET_POWER_ON

    def feed(self):
        """Where no scan does it. The watchdog, once started, cannot be stopped."""
        if self._watchdog is not None:
            self._watchdog.feed()

    def verdict(self):
        """Why this start must not be like any other, or None."""
        if self.bad >= MOST_BAD:
            return "%d bad starts in a row, the last: %s" % (self.bad, self.reason)
        if self._uncounted:
            return "the flash does not take the count of bad starts, the last: " + self.reason
        return None

    def fail(self, problem):
        """The program has come to its end: keep why, and start again. Never returns."""
        try:
            self.reason = _printable(type(problem).__name__ + ": " + str(problem))
            self._told = True
            self._write()
        finally:
            machine.reset()

    def prove(self):
        """This start is a good one, and so is the slot whose firmware it runs."""
        slots.prove()
        if self.bad or self.reason:
            self.bad = 0
            self.reason = ""
            self._told = False
            self._write()

    def _load(self, cause):
        """The count with this start in it. Gives whether it has to be written."""
        content = self._twin.read() if self._twin is not None else None
        if content is not None and len(content) >= _HEAD_SIZE:
            belongs_to, self.bad, told = struct.unpack(_RECORD, content[:_HEAD_SIZE])
            self.reason = content[_HEAD_SIZE:].decode()
            if belongs_to == self._belongs_to:
                return self._count(cause, told)
            self.bad = 0
        self.reason = ""
        return True

    def _count(self, cause, told):
        power_up = cause == codes.RESET_POWER_ON and not told
        if power_up or self.bad >= GIVE_UP:
            return False
        self.bad += 1
        if not told:
            self.reason = codes.RESET_NAMES[cause]
        return True

    def _write(self):
        """Gives whether the flash has taken it; what is no littlefs is told elsewhere."""
        if self._twin is None:
            return True
        head = struct.pack(_RECORD, self._belongs_to, self.bad, 1 if self._told else 0)
        try:
            self._twin.write(head + self.reason.encode())
        except OSError as problem:  # no reason not to start
            print("the flash does not take the count of bad starts:", problem)
            return False
        return True


def _of_this_program():
    """A number that differs for another configuration or firmware. 0 without a configuration."""
    try:
        content = system.read_file(CONFIG_PATH)
    except OSError:
        return 0
    return binascii.crc32(VERSION.encode(), binascii.crc32(content)) & 0xFFFFFFFF


def _is_there(path):
    try:
        os.stat(path)
    except OSError:
        return False
    return True


def _printable(text):
    """Short ASCII that needs no escape in JSON."""
    return "".join([each for each in text if " " <= each <= "~" and each not in '"\\'])[
        :_LONGEST_REASON
    ]
