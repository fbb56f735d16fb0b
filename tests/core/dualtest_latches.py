"""What has to survive a restart, packed from a real station and restored into another one."""

import binascii
import gc
import sys

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.app.config import Setup
from station.core.drive import CLOSING, OPENING
from station.core.latches import MOST_TRIPS, Latches

SCAN_MS = 200
MARK = b"desk"
NOW_MS = 0
HOUR_MS = 3600000
GRACE_MS = 5000
TRIPS = MOST_TRIPS
HEALTHY = 1


def entry(kind, name=b"", **changes):
    fields = dict.fromkeys(layout.LAYOUT[kind][1], 0)
    fields.update(changes)
    return layout.pack_entry(kind, fields, name)


def terminal(function, name):
    return entry(layout.TERMINAL, name, function=function)


def config():
    """An inlet with two relays and as many trips as there may be, and a bypass with a spring."""
    times = {"scan_ms": SCAN_MS, "start_grace_ms": GRACE_MS, "live_ms": 1000}
    body = entry(layout.STATION, b"desk/one", **times)
    body += terminal(layout.FUNCTION_ESTOP, b"DI_1") + terminal(layout.FUNCTION_RESET, b"DI_2")
    body += entry(layout.BUS, b"RS485_1", baud=9600)
    body += entry(layout.SENSOR, b"probe", poll_ms=1000, max_age_ms=3000)
    body += entry(
        layout.POINT, b"turbidity_ntu", quantity=1, data_type=1, num=1, den=1, gross_max=1000000
    )
    body += entry(
        layout.GATE,
        b"main",
        role=layout.ROLE_INLET,
        drive=layout.DRIVE_TWO_RELAY,
        bypass=1,
        travel_ms=8000,
        travel_timeout_ms=12000,
        retries=5,
        reopen_hold_ms=10000,
        openings_per_hour=4,
        proof_test_days=30,
    )
    body += terminal(layout.FUNCTION_OPEN, b"RELAY_1")
    body += terminal(layout.FUNCTION_CLOSE, b"RELAY_2")
    body += terminal(layout.FUNCTION_AT_OPEN, b"DI_3")
    body += terminal(layout.FUNCTION_AT_CLOSED, b"DI_4")
    body += terminal(layout.FUNCTION_EMERGENCY_CLOSE, b"DI_6")
    body += terminal(layout.FUNCTION_UPSTREAM_ALARM, b"DI_7")
    for _ in range(TRIPS):
        body += entry(
            layout.TRIP, limit=50000, deadband=1000, polls=1, of=1, clears=2, lost_hold_ms=60000
        )
    body += entry(
        layout.GATE,
        b"around",
        role=layout.ROLE_BYPASS,
        drive=layout.DRIVE_SPRING_RETURN,
        spring=layout.ROLE_INLET,
        bypass=layout.NONE,
        travel_ms=8000,
        travel_timeout_ms=12000,
    )
    body += terminal(layout.FUNCTION_OUT, b"RELAY_3") + terminal(layout.FUNCTION_AT_OPEN, b"DI_5")
    return layout.pack_file(body, binascii.crc32(body))


CONFIG = config()
LAYOUT = dict(layout.LAYOUT)


def station():
    layout.LAYOUT.update(LAYOUT)  # a Setup lets go of it: a board makes but one
    if sys.implementation.name == "micropython":
        gc.collect()  # its heap is a board's
    return Setup(CONFIG).station


def state(of):
    """Everything of a station that has to survive."""
    found = [of.stopped, of.service.needs_reset]
    for gate in of.gates:
        drive = gate.drive
        found.append([contact.latched for contact in gate.contacts])
        found.append(gate.stroke and gate.stroke.hours)
        found.append([trip.latched for trip in gate.trips])
        found.append((gate.first_out, gate.first_out_of, drive.fault))
        found.append((drive.forbids_opening, drive.forbids_closing))
        found.append((drive.jams[OPENING], drive.jams[CLOSING]))
        found.append((drive.drops[OPENING], drive.drops[CLOSING], gate.openings))
    return found


def set_drive(of, opening, closing, fault, jams):
    drive = of.gates[0].drive
    drive.forbids_opening = opening
    drive.forbids_closing = closing
    drive.fault = fault
    drive.jams[OPENING] = jams[0]
    drive.jams[CLOSING] = jams[1]


def set_drops(of, direction):
    of.gates[0].drive.drops[direction] = 3


def variants():
    """Changes of a station, each of one thing."""

    def latch(index):
        return lambda of: setattr(of.gates[0].trips[index], "latched", True)

    found = [latch(index) for index in range(TRIPS)]
    found.append(lambda of: setattr(of, "stopped", True))
    found.append(lambda of: setattr(of.service, "needs_reset", True))
    found.append(lambda of: setattr(of.gates[0].contacts[0], "latched", True))
    found.append(lambda of: setattr(of.gates[0].contacts[1], "latched", True))
    found.append(lambda of: setattr(of.gates[0].stroke, "hours", 3))
    found.append(lambda of: setattr(of.gates[0].stroke, "hours", 768))
    found.append(lambda of: setattr(of.gates[0], "first_out", codes.CAUSE_QUALITY))
    found.append(lambda of: setattr(of.gates[0], "first_out_of", 200))
    found.append(lambda of: set_drive(of, True, False, codes.CAUSE_NONE, (0, 0)))
    found.append(lambda of: set_drive(of, False, True, codes.CAUSE_NONE, (0, 0)))
    found.append(lambda of: set_drive(of, False, False, codes.CAUSE_SWITCHES, (0, 0)))
    found.append(lambda of: set_drive(of, False, False, codes.CAUSE_NONE, (5, 0)))
    found.append(lambda of: set_drive(of, False, False, codes.CAUSE_NONE, (0, 5)))
    found.append(lambda of: set_drops(of, OPENING))
    found.append(lambda of: set_drops(of, CLOSING))
    found.append(lambda of: of.gates[0].restore_openings(2, NOW_MS))
    found.append(lambda of: setattr(of.gates[1].drive, "forbids_opening", True))
    found.append(lambda of: setattr(of.gates[1].drive, "fault", codes.CAUSE_SWITCHES))
    return found


def test_each_thing_is_noticed_once_and_restored_as_it_was():
    one, other = station(), station()
    latches, restored = Latches(one, MARK), Latches(other, MARK)
    clean = bytes(latches.content)
    for change in variants():
        assert latches.restore(clean, NOW_MS)
        assert restored.restore(clean, NOW_MS)
        assert not latches.look()
        change(one)
        assert latches.look()
        assert not latches.look()
        assert state(other) != state(one)
        assert restored.restore(bytes(latches.content), NOW_MS)
        assert state(other) == state(one)
        assert restored.content[6:] == latches.content[6:]
        assert not restored.look()  # what was restored is no change


def test_openings_of_the_last_hour_go_on_counting_for_an_hour_after_a_restart():
    one = station()
    assert Latches(one, MARK).restore(content_with(openings=4), NOW_MS)
    water(one, NOW_MS, 6000)
    for now_ms, left in ((HOUR_MS - 200, 4), (HOUR_MS, 0)):
        decided(one, now_ms)
        assert one.gates[0].openings == left


def content_with(openings=0):
    one = station()
    latches = Latches(one, MARK)
    one.gates[0].restore_openings(openings, NOW_MS)
    latches.look()
    return bytes(latches.content)


def grace_of(content):
    """The grace of the next start, in ms, and what that start keeps."""
    one = station()
    latches = Latches(one, MARK)
    assert latches.restore(content, NOW_MS)
    decided(one, NOW_MS)
    return (GRACE_MS if one.starting else 0), one, latches


def test_the_second_restart_within_an_hour_has_no_grace():
    grace_ms, _, latches = grace_of(content_with())
    assert grace_ms == GRACE_MS
    for _ in range(300):
        grace_ms, _, latches = grace_of(bytes(latches.content))
        assert grace_ms == 0


def test_a_start_that_has_lasted_an_hour_earns_the_grace_of_the_next():
    _, one, latches = grace_of(content_with())
    decided(one, HOUR_MS - 1)
    latches.look()
    assert grace_of(bytes(latches.content))[0] == 0
    decided(one, HOUR_MS)
    assert latches.look()
    assert grace_of(bytes(latches.content))[0] == GRACE_MS


def test_no_two_of_them_are_packed_alike():
    contents = set()
    one = station()
    latches = Latches(one, MARK)
    clean = bytes(latches.content)
    for change in variants():
        assert latches.restore(clean, NOW_MS)
        change(one)
        latches.look()
        contents.add(bytes(latches.content))
    assert len(contents) == len(variants())


def test_what_is_restored_takes_the_place_of_what_was_set():
    clean = bytes(Latches(station(), MARK).content)
    one = station()
    for change in variants():
        change(one)
    assert Latches(one, MARK).restore(clean, NOW_MS)
    assert state(one) == state(station())


def test_content_that_does_not_fit_counts_as_set():
    fitting = bytes(Latches(station(), MARK).content)
    other_site = bytes(Latches(station(), b"else").content)
    for content in (None, b"", fitting[:-1], fitting + b"\0", other_site):
        one = station()
        latches = Latches(one, MARK)
        assert not latches.restore(content, NOW_MS)
        assert [trip.latched for trip in one.gates[0].trips] == [True] * TRIPS
        assert [contact.latched for contact in one.gates[0].contacts] == [True, True]
        assert one.gates[0].first_out == codes.CAUSE_UNREADABLE
        assert one.stopped
        assert one.service.needs_reset
        for gate in one.gates:
            assert gate.drive.forbids_opening
            assert gate.drive.forbids_closing
            assert gate.drive.fault == codes.CAUSE_UNREADABLE
        assert not latches.look()
        other = station()
        assert Latches(other, MARK).restore(bytes(latches.content), NOW_MS)
        assert state(other) == state(one)


def inputs_of(estop=HEALTHY, reset=0, at_open=1, at_closed=0):
    """By the order in which config() names the terminals."""
    return bytearray((estop, reset, at_open, at_closed, HEALTHY, HEALTHY, 0))


def water(one, now_ms, raw):
    one.readings.take(now_ms, 0, raw)


def decided(one, now_ms, **changes):
    """(open, close) of the inlet after one scan."""
    outputs = one.decide(now_ms, inputs_of(**changes))
    return outputs[0], outputs[1]


def restarted(latches):
    """Another station, as it is before its first scan."""
    latches.look()
    other = station()
    assert Latches(other, MARK).restore(bytes(latches.content), NOW_MS)
    return other


def test_a_trip_that_latched_goes_on_closing_after_a_restart_though_the_water_is_good():
    one = station()
    latches = Latches(one, MARK)
    now_ms = 0
    for raw in (6000, 61200):
        water(one, now_ms, raw)
        decided(one, now_ms)
        now_ms += SCAN_MS
    assert one.gates[0].rule == codes.RULE_QUALITY
    other = restarted(latches)
    water(other, 0, 6000)
    closing = [decided(other, at_ms) for at_ms in range(0, 1000, SCAN_MS)]
    assert (0, 1) in closing
    assert other.gates[0].rule == codes.RULE_QUALITY
    assert other.gates[0].first_out == codes.CAUSE_QUALITY
    fresh = station()  # without what was kept it stays open: the test can tell
    water(fresh, 0, 6000)
    assert (0, 1) not in [decided(fresh, at_ms) for at_ms in range(0, 1000, SCAN_MS)]


def test_an_emergency_stop_stands_after_a_restart_until_its_reset():
    one = station()
    latches = Latches(one, MARK)
    decided(one, 0, estop=0)
    decided(one, SCAN_MS)
    assert one.stopped
    other = restarted(latches)
    water(other, 0, 61200)
    for at_ms in range(0, 2000, SCAN_MS):
        assert decided(other, at_ms) == (0, 0)
    assert other.gates[0].rule == codes.RULE_ESTOP
    decided(other, 2000, reset=1)
    decided(other, 2200)
    assert not other.stopped


def test_a_stop_that_was_kept_is_reset_at_a_station_that_has_no_stop_any_more():
    """Its new configuration wires none: there must be a way out of every latch."""
    one = station()
    latches = Latches(one, MARK)
    decided(one, 0, estop=0)
    latches.look()
    other = station()
    other._estop = -1
    assert Latches(other, MARK).restore(bytes(latches.content), NOW_MS)
    for at_ms in range(0, 1000, SCAN_MS):
        assert decided(other, at_ms) == (0, 0)
    assert other.stopped
    decided(other, 1000, reset=1)
    decided(other, 1200)
    assert not other.stopped


def test_latches_that_nobody_can_read_move_no_motor_before_the_reset_and_one_press_ends_them():
    one = station()
    assert not Latches(one, MARK).restore(None, NOW_MS)
    for at_ms in range(0, 2000, SCAN_MS):
        water(one, at_ms, 6000)
        assert decided(one, at_ms) == (0, 0)
    assert not one.healthy  # a trip demands what the gate cannot do
    assert one.gates[0].unmet
    decided(one, 2000, reset=1)
    decided(one, 2200)
    gate = one.gates[0]
    assert not one.stopped
    assert not one.service.needs_reset
    assert gate.drive.fault == codes.CAUSE_NONE
    assert gate.drive.may(OPENING)
    assert gate.drive.may(CLOSING)


def test_a_station_without_an_emergency_stop_has_none_that_counts_as_set():
    one = station()
    one._estop = -1
    assert not Latches(one, MARK).restore(None, NOW_MS)
    assert not one.stopped
