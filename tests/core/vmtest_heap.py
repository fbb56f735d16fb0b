"""A scan allocates nothing, a poll nothing either: between its yields a test has no heap."""

import micropython
from core_scans import scans
from core_story import (
    AIRLESS,
    HIGH,
    NO_ANSWER,
    OXYGEN_TRIP,
    TRIP,
    TURBID,
    Story,
    is_closing,
    is_opening,
    is_shut,
    merged,
    opened_story,
)

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.core import fixed, rtu_frame

MOTOR = {"drive": layout.DRIVE_TWO_RELAY, "spring": 0}


def test_the_lock_itself_can_fail():
    micropython.heap_lock()
    try:
        try:
            failed = not [0] * 10
        except MemoryError:
            failed = True
    finally:
        micropython.heap_unlock()
    assert failed


def heapless_a_thousand_steady_scans():
    for start_ticks in (0, (1 << 30) - 50000):  # and the wrap on the way
        for kind in ({}, MOTOR):
            story = opened_story(start_ticks=start_ticks, bypass=kind)
            yield
            scans(story, 1000)
            yield
            assert story.inlet.rule == codes.RULE_AUTOMATIC


def heapless_scans_while_starting():
    story = Story(grace_ms=1000000)
    story.water[0] = NO_ANSWER
    story.scan()
    yield
    scans(story, 200)
    yield
    assert story.inlet.rule == codes.RULE_START


def heapless_scans_of_a_trip_from_its_first_poll_to_its_clearing():
    story = opened_story()
    story.water[0] = TURBID
    yield
    scans(story, 60)
    yield
    assert story.inlet.rule == codes.RULE_QUALITY
    story.until(is_shut, 9000)
    story.water[0] = 5000
    yield
    scans(story, 200)
    yield
    assert story.inlet.rule == codes.RULE_AUTOMATIC
    assert story.output("open")


def heapless_scans_of_water_that_is_lost():
    for value in (NO_ANSWER, fixed.NOT_A_NUMBER, fixed.INFINITE_ABOVE, -1, 999999):
        story = opened_story()
        story.water[0] = value
        yield
        scans(story, 100)
        yield
        assert story.inlet.rule == codes.RULE_UNKNOWN, value
    story = opened_story()
    yield
    scans(story, 100, polling=False)
    yield
    assert story.inlet.rule == codes.RULE_UNKNOWN


def heapless_scans_of_a_flood():
    story = opened_story()
    story.water[2] = HIGH
    yield
    scans(story, 50)
    yield
    assert story.inlet.rule == codes.RULE_FLOOD
    story.water[2] = 1000
    yield
    scans(story, 100)
    yield
    assert story.inlet.rule == codes.RULE_AUTOMATIC


def heapless_scans_of_an_emergency_stop_and_its_reset():
    story = opened_story()
    names = story.setup.input_terminals
    estop, reset = names.index("estop"), names.index("reset")
    story.inputs[estop] = 0
    yield
    scans(story, 20)
    yield
    assert story.inlet.rule == codes.RULE_ESTOP
    story.inputs[estop] = 1
    yield
    scans(story, 20)
    yield
    story.inputs[reset] = 1
    yield
    scans(story, 20)
    yield
    assert story.inlet.rule == codes.RULE_AUTOMATIC


def heapless_scans_of_a_jam_with_its_back_offs_and_its_latch():
    story = opened_story()
    story.water[0] = TURBID
    story.until(is_closing, 9000)
    story.run(500)
    yield  # the plant stands still: it jams
    scans(story, 400)
    yield
    assert not story.inlet.drive.may(2)
    story.run(100)
    story = opened_story()
    story.water[0] = TURBID
    story.until(is_shut, 20000)
    story.water[0] = 5000
    story.until(is_opening, 20000)
    story.run(500)
    yield
    scans(story, 400)
    yield
    assert not story.inlet.drive.may(1)


def heapless_scans_with_both_switches_made():
    story = opened_story(bypass=MOTOR)
    story.inputs[story.inlet.drive.at_closed] = 1
    story.inputs[story.bypass.drive.at_open] = 1
    yield
    scans(story, 50)
    yield
    assert story.inlet.cause == codes.CAUSE_SWITCHES
    assert story.bypass.drive.fault == codes.CAUSE_SWITCHES


def heapless_scans_with_two_trips_and_a_full_count_of_openings():
    trips = [TRIP, merged(TRIP, OXYGEN_TRIP, {"clears": layout.CLEARS_RESET_ONLY})]
    story = opened_story(trips=trips, gate={"openings_per_hour": 1})
    story.water[0] = TURBID
    story.until(is_shut, 20000)
    story.water[0] = 5000
    story.until(is_opening, 20000)
    story.water[:2] = [TURBID, AIRLESS]
    story.until(is_shut, 20000)
    yield
    scans(story, 100)
    yield
    story.water[:2] = [5000, 8000]
    yield
    scans(story, 300)
    yield
    story.press_reset()
    yield
    scans(story, 1000)
    yield
    assert story.inlet.wait == codes.WAIT_OPENINGS
    yield  # an hour: it may open again, and jams in this still plant
    scans(story, 36000)
    yield
    assert story.inlet.drive.fault == codes.CAUSE_JAM_OPENING


def heapless_frames_are_built_found_and_read_without_heap():
    request = bytearray(rtu_frame.MAX_ADU)
    received = bytearray(rtu_frame.MAX_ADU)
    values = (1, 2, 3)
    pdu = b"\x10\x1c\x00\x00\x00\x00"
    reply = bytes((0, 1, 3, 10, 0x33, 0x33, 0x63, 0x41, 0x9A, 0x99, 0xD9, 0x40, 0, 0, 0xB8, 0xE0))
    for index in range(len(reply)):
        received[index] = reply[index]
    yield
    size = rtu_frame.build_write_multiple(request, 1, 0x3200, values)
    raw_size = rtu_frame.build_raw(request, 1, pdu)
    rtu_frame.build_request(request, 1, 3, 0x2600, 5)
    start = rtu_frame.find_reply(received, 16, request, rtu_frame.reply_size_of(3, 5))
    code = rtu_frame.exception_code(received, start)
    big = rtu_frame.scaled_at(received, start, 2, layout.TYPE_F32_ABCD, 6)
    little = rtu_frame.scaled_at(received, start, 2, layout.TYPE_F32_DCBA, 3)
    word = rtu_frame.scaled_at(received, start, 0, layout.TYPE_U16, 6)
    ratio = fixed.scaled_by(little, 891, 8722)
    yield
    assert (size, raw_size, start, code) == (15, 9, 1, 0)
    assert (big, little, word) == (0, 6800, fixed.OUT_OF_RANGE)
    assert ratio == 695
