"""Run on the VM by test_messages.py: says every kind of message about a configuration, one a line.

Argument: the compiled configuration. First line: the bound for the longest message.
"""

import sys

from reedgate_contract import codes
from station.app import messages
from station.app.config import Setup
from station.app.recorder import Row
from station.app.scan import Uptime

BOOT = "5f3a9c01"
IDENTITY = {
    "firmware": "0.1.0",
    "micropython": "1.29.0",
    "board": "HOST",
    "boot": BOOT,
    "reset_cause": "watchdog",
}
LARGEST = 1073741823


def say(name, text):
    print(name, text)


def all_of(setup, name, uptime):
    say(name + ".birth", messages.birth(setup, IDENTITY, uptime))
    say(name + ".live", messages.live(setup, BOOT, 12, 0, uptime))
    for gate in setup.station.gates:
        row = Row(len(setup.points))
        row.n = 3
        row.uptime_s = uptime.seconds
        row.uptime_ms = uptime.rest_ms
        row.take_gate(gate, gate.target)
        row.take_readings(setup.readings)
        say(name + ".transition", messages.transition(setup, BOOT, row))


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
    all_of(setup, "longest", uptime)


run(sys.argv[1])
