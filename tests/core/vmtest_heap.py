"""A scan allocates nothing, a poll nothing either: between its yields a test has no heap."""

import micropython
from core_quality import judged
from core_river import QUARTER_MS, River
from core_scans import scans
from core_story import (
    AIRLESS,
    GOOD,
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
from station.core.bypassed import SET
from station.core.derived import Derived
from station.core.freeze import Freeze
from station.core.latches import Latches
from station.core.readings import Point, Readings
from station.core.snapshot import Snapshot
from station.core.ticks import later
from station.core.wet import Wet

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


def heapless_polls_that_are_judged_by_their_past():
    for thresholds in ({"rate": 10000, "spike": 5000, "flat_ms": 5000}, {"rate": 1 << 28}):
        readings = judged(max_age_ms=3000, gross_max=1000000000, saturates=1, **thresholds)
        readings.points[0].wet = Wet({"point": 0, "side": layout.SIDE_ABOVE, "bound": -5})
        now_ms = (1 << 30) - 40000  # and the wrap on the way
        yield
        for _ in range(100):
            for value in (5000, 5000, 999999999, -1000000000, -4, 1, -6):
                now_ms = later(now_ms, 1000)
                readings.take(now_ms, 0, value)
                readings.take(now_ms, 0, fixed.NOT_A_NUMBER)
        for _ in range(20):
            now_ms = later(now_ms, 1000)
            readings.take(now_ms, 0, 7000)
        yield
        flat = thresholds.get("flat_ms", 0) > 0
        assert readings.detail[0] == (codes.DETAIL_FLAT_LINE if flat else codes.DETAIL_NONE)


def heapless_polls_and_scans_of_a_limit_in_doubt():
    river = River((1 << 30) - 20000000)  # and the wrap on the way
    series = (7000, 7000, 30000, 7000, 7000, 7000, 7000, 20000, 30000, 90000, 7000, 7000)
    readings, trip = river.readings, river.trip
    lost = 0
    yield
    for _ in range(10):
        for value in series:
            river.now_ms = later(river.now_ms, QUARTER_MS)
            readings.take(river.now_ms, 0, value)
            readings.take(river.now_ms, 1, 4000)
            trip.scan(river.now_ms, False, True)
            if trip.limit.lost:
                lost += 1
    yield
    assert lost == 20, lost
    assert not trip.latched


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


def heapless_snapshots_of_scans():
    for kind in ({}, MOTOR):
        story = opened_story(bypass=kind)
        latches = Latches(story.station, b"site")
        snapshot = Snapshot(story.station, latches, len(story.inputs))
        story.water[0] = TURBID
        yield
        for _ in range(60):
            scans(story, 1)
            snapshot.take()
            latches.look()
            snapshot.look()
        yield
        assert story.inlet.rule == codes.RULE_QUALITY


def heapless_scans_of_an_order_from_its_coming_to_its_end():
    story = opened_story()
    story.inlet.remote.take(codes.TARGET_CLOSED, 20000)
    yield
    scans(story, 100)
    yield
    assert story.inlet.rule == codes.RULE_REMOTE
    yield
    scans(story, 200)
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


def heapless_scans_with_everything_of_rule_7_conditions_and_redundant_probes():
    condition = {"point": 1, "side": layout.SIDE_BELOW, "limit": 9000, "deadband": 500}
    agree = {"second": 1, "third": 2, "agree": 100, "agree_ms": 1000}
    restraint = merged(
        condition,
        {"polls": 2, "of": 3, "delay_ms": 0, "lost_hold_ms": 3000, "cause": codes.CAUSE_POND_FULL},
        {"side": layout.SIDE_ABOVE, "permille": 400, "lost_permille": 300},
    )
    load = dict.fromkeys(layout.LAYOUT[layout.LOAD][1], 1000)
    load.update({"point": 2, "by_opening": 1, "datum": 0, "cold_point": 1, "settle_ms": 1000})
    rating = b"\x00\x00\x00\x00\x00\x00\xd0\x07\x00\x00\x0f\x00"  # 2000 mm: 9830.4 L/s
    for more in (
        [(layout.CONDITION, condition, b"")],
        [(layout.AGREE, agree, b"")],
        [(layout.RESTRAINT, restraint, b""), (layout.LOAD, load, rating)],
    ):
        story = Story(more=more, opening=1000)
        story.run(5000)
        for water in (GOOD, (TURBID, AIRLESS, 1000), (TURBID, 8000, 2400), (None, None, None)):
            story.water[:] = water
            yield
            scans(story, 100)
            yield
        assert story.inlet.rule != codes.RULE_START


def heapless_polls_and_scans_of_a_freeze_and_a_bypass():
    trips = [TRIP, merged(TRIP, OXYGEN_TRIP)]
    story = opened_story(trips=trips)
    limits = [trip.limit for trip in story.inlet.trips]
    fields = {"every_ms": 300000, "takes_ms": 1000, "freeze_max_ms": 3000}
    fields.update({"name": b"", "reply_size": 8})
    freeze = Freeze(story.readings, [0], limits[:1], fields)
    story.readings.freezes.append(freeze)
    now_ms = story.now_ms
    measurement = story.inlet.measurement
    yield
    begun = freeze.begin(now_ms)
    swallowed = freeze.swallows(now_ms, True)
    scans(story, 20, polling=False)
    yield
    assert begun
    assert swallowed
    yield
    answer = measurement.order(now_ms, 1, 60000)
    scans(story, 1000)
    yield
    assert answer == SET


def heapless_polls_of_reckoned_points():
    points = [Point(f"p{number}", _ROW, 3000) for number in range(3)]
    readings = Readings(points)
    for kind in (layout.DERIVED_MEDIAN, layout.DERIVED_EC25, layout.DERIVED_TDS):
        fields = {"kind": kind, "first": 0, "second": 1, "third": layout.NONE}
        fields.update({"num": 191, "den": 1000})
        Derived(readings, 2, fields)
    yield
    for _ in range(20):
        readings.take(1000, 1, 1500)
        readings.take(1000, 0, 2000000)
        readings.miss(1000, 0, codes.DETAIL_NO_ANSWER)
    yield


_ROW = {"quantity": 1, "word": 0, "data_type": 1, "decimals": 0, "num": 1, "den": 1}
_ROW.update({"offset": 0, "gross_min": 0, "gross_max": 5000000})
