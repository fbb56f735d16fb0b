"""Run on the VM by test_messages.py: says every kind of message about a configuration, one a line.

Argument: the compiled configuration. First line: the bound for the longest message.
"""

import sys

from reedgate_contract import codes, records
from station.app import messages
from station.app.config import Setup
from station.app.scan import Uptime

BOOT = "5f3a9c01-7"
IDENTITY = {
    "firmware": "0.1.0",
    "micropython": "1.29.0",
    "board": "HOST",
    "boot": BOOT,
    "reset_cause": "watchdog",
}
LARGEST = 1073741823


class Stream:
    """As much of a journal's stream as the messages tell of."""

    def __init__(self, code):
        self.code = code
        self.first_held = 3
        self.next_seq = 9
        self.waiting = 1

    def unconfirmed(self):
        return self.next_seq - self.waiting - self.first_held


class Journal:
    epoch = 0x5F3A9C01
    boot_n = 7

    def __init__(self):
        self.events = Stream(records.STREAM_EVENTS)
        self.readings = Stream(records.STREAM_READINGS)
        self.streams = (self.events, self.readings)


class Delivery:
    """Knows how old the oldest event is, and of no reading."""

    def __init__(self, journal, age_s):
        self._events = journal.events
        self._age_s = age_s

    def oldest_s(self, stream):
        return self._age_s if stream is self._events else None


def say(name, text):
    print(name, text)


def all_of(setup, name, uptime, next_seq=9):
    journal = Journal()
    for stream in journal.streams:
        stream.next_seq = next_seq
    delivery = Delivery(journal, uptime.seconds)
    say(name + ".birth", messages.birth(setup, IDENTITY, uptime, journal))
    say(name + ".live", messages.live(setup, BOOT, 12, uptime, journal, delivery))


def set_all(setup, value, status, flag, detail, age_ms):
    readings = setup.readings
    for point in range(len(setup.points)):
        readings.value[point] = value
        readings.status[point] = status
        readings.flag[point] = flag
        readings.detail[point] = detail
        readings.age_ms[point] = age_ms


def trip_all(setup):
    for gate in setup.station.gates:
        gate.rule = codes.RULE_QUALITY
        gate.target = codes.TARGET_CLOSED
        gate.cause = codes.CAUSE_NEVER_GOOD
        gate.first_out = codes.CAUSE_QUALITY
        gate.cause_of = gate.first_out_of = len(setup.points) - 1
        gate.drive.fault = codes.CAUSE_JAM_CLOSING
        gate.wait = codes.WAIT_FLOOD_CLEAR
        gate.wait_ms = LARGEST
        gate.alarms = 127


def run(path):
    with open(path, "rb") as stream:
        setup = Setup(stream.read())
    uptime = Uptime(0)
    print(messages.longest(setup))
    all_of(setup, "start", uptime)
    uptime.rest_ms = 7
    set_all(setup, -50, codes.STATUS_GOOD, codes.FLAG_GOOD, codes.DETAIL_NONE, 120)
    all_of(setup, "below_zero", uptime)
    suspect = (codes.STATUS_MAINTENANCE_REQUIRED, codes.FLAG_SUSPECT, codes.DETAIL_STALE)
    set_all(setup, 61200, *suspect, 86400000)
    uptime.seconds = 1100000  # beyond twelve days: the milliseconds leave a small int of a chip
    all_of(setup, "days", uptime)
    uptime.seconds = 1 << 31
    uptime.rest_ms = 999
    for flag in (codes.FLAG_FAIL, codes.FLAG_MISSING, codes.FLAG_NOT_EVALUATED):
        set_all(setup, 61200, codes.STATUS_OUT_OF_SPECIFICATION, flag, 8, 5000)
        all_of(setup, "no_value", uptime)
    trip_all(setup)
    longest = (
        codes.STATUS_MAINTENANCE_REQUIRED,
        codes.FLAG_SUSPECT,
        codes.DETAIL_INSTRUMENT_ERROR,
    )
    set_all(setup, -LARGEST, *longest, 86400000)
    all_of(setup, "longest", uptime, 0xFFFFFFFF)


run(sys.argv[1])
