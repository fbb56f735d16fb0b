"""Bytes on the line: when they arrive, who hears them, and what two senders do to each other.

Faults are in test_world_bus_faults.py.
"""

import pytest
from bus_helpers import (
    ARRIVES_US,
    GOOD,
    OTHER,
    QUICK,
    REQUEST,
    REQUEST_US,
    STARTS_US,
    TURNAROUND_US,
    asked,
    asked_more,
    line_of,
)
from world_helpers import LINE, bus_of, probe, read, water

from reedgate_sim.world.adu import opened
from reedgate_sim.world.bus import NEVER_US
from reedgate_sim.world.instrument import Character
from reedgate_sim.world.line import Line
from reedgate_sim.world.yosemitech import Y504, Y511


@pytest.mark.parametrize(
    ("line", "count", "expected"),
    [
        (Line(9600, "none"), 8, 8334),  # 10 bits a byte, rounded up
        (Line(9600, "even"), 8, 9167),
        (Line(9600, "none", 2), 8, 9167),
        (Line(19200, "odd"), 15, 8594),
        (Line(115200, "none"), 1, 87),
    ],
)
def test_byte_times(line, count, expected):
    assert line.time_us(count) == expected


def test_a_reply_comes_after_the_turnaround_and_its_own_length():
    assert asked(line_of()) == [(ARRIVES_US, GOOD)]


def test_bytes_are_handed_over_once_and_not_before_they_are_there():
    bus = line_of()
    assert bus.next_event_us() == NEVER_US
    bus.transmit(0, REQUEST, LINE)
    assert bus.receive(ARRIVES_US - 1) == b""
    assert bus.receive(ARRIVES_US) == GOOD
    assert bus.receive(ARRIVES_US) == b""


def test_a_clean_reply_is_one_event():
    bus = line_of()
    bus.transmit(0, REQUEST, LINE)
    assert bus.next_event_us() == ARRIVES_US


@pytest.mark.parametrize(
    "line", [Line(19200), Line(9600, "even"), Line(9600, "odd"), Line(4800), Line(115200)]
)
def test_a_request_with_other_settings_is_noise_to_the_slaves(line):
    assert asked(line_of(), line=line) == []
    assert asked(line_of(line=line), line=line) != []


def test_a_second_stop_bit_is_only_a_pause():
    slow = Line(9600, "none", 2)
    assert [data for _, data in asked(line_of(), line=slow)] == [GOOD]
    ((at_us, data),) = asked(line_of(line=slow))
    assert data == GOOD
    assert at_us == STARTS_US + slow.time_us(len(GOOD)) - LINE.time_us(1) // 10


@pytest.mark.parametrize("request_", [read(13, 0x2600, 5), read(0, 0x2600, 5), b"\x0b\x03", b""])
def test_nobody_answers_for_others(request_):
    assert asked(line_of(), request_) == []


def test_a_value_is_taken_at_the_end_of_the_request():
    rising = {**water(), "turbidity_ntu": lambda now_us: float(now_us)}
    turbidity = probe(Y511, 11, Character(refresh_us=1), water=rising)
    asked(bus_of(turbidity), now_us=1000)
    assert turbidity.registers(0)["turbidity_ntu"] == 1000 + LINE.time_us(8)


@pytest.mark.parametrize(
    ("second_us", "left"),
    [
        (STARTS_US - 1000, 7),  # the request is 8 bytes long; each byte it touches is lost
        (STARTS_US, 7),
        (STARTS_US + 5000, 6),
        (ARRIVES_US - 1, 14),
    ],
    ids=["into its start", "with it", "into its middle", "into its last byte"],
)
@pytest.mark.parametrize("seed", range(5))
def test_a_master_that_sends_into_a_reply_is_deaf_to_it_meanwhile(second_us, left, seed):
    bus = line_of(seed=seed)
    bus.transmit(0, REQUEST, LINE)
    pieces = asked(bus, OTHER, second_us)
    data = b"".join(data for _, data in pieces)
    assert len(data) == left
    assert opened(data) is None
    assert set(data) <= set(GOOD)


@pytest.mark.parametrize("seed", range(20))
def test_with_an_echo_the_master_hears_how_both_are_destroyed(seed):
    bus = line_of(seed=seed, echo=True)
    bus.transmit(0, REQUEST, LINE)
    assert bus.receive(REQUEST_US) == REQUEST
    data = b"".join(data for _, data in asked(bus, OTHER, STARTS_US))
    assert len(data) == len(GOOD) + len(OTHER)
    assert GOOD[8:] in data  # what came after the request's end is whole
    assert OTHER not in data
    assert GOOD[:8] not in data


def test_an_echo_is_the_request_itself_as_it_goes_out():
    bus = line_of(echo=True)
    pieces = asked(bus)
    assert pieces == [(REQUEST_US, REQUEST), (ARRIVES_US, GOOD)]
    assert asked(line_of()) == [(ARRIVES_US, GOOD)]


@pytest.mark.parametrize("second_us", [STARTS_US - LINE.time_us(8), ARRIVES_US])
def test_frames_that_only_touch_do_not_collide(second_us):
    bus = line_of()
    bus.transmit(0, REQUEST, LINE)
    assert GOOD in [data for _, data in asked(bus, OTHER, second_us)]


def test_two_devices_on_one_unit_id_answer_over_each_other():
    clear = {**water(), "turbidity_ntu": lambda now_us: 1.0}
    bus = bus_of(probe(Y511, 11, QUICK), probe(Y511, 11, QUICK, water=clear))
    ((_, data),) = asked(bus)
    assert opened(data) is None
    assert opened(data[:15]) is None


@pytest.mark.parametrize(
    ("released_us", "answered"),
    [
        (LINE.time_us(8) - LINE.time_us(1) // 10, True),  # in the stop bit: idle all the same
        (LINE.time_us(7), False),  # the last byte never went out
        (LINE.time_us(7) + 300, False),  # it did in part
        (LINE.time_us(3), False),
        (0, False),
    ],
)
def test_a_driver_that_lets_go_early_cuts_the_request(released_us, answered):
    bus = line_of()
    bus.transmit(0, REQUEST, LINE, released_us)
    assert (bus.next_event_us() != NEVER_US) is answered


def test_a_driver_held_too_long_covers_the_start_of_the_reply():
    bus = line_of()
    bus.transmit(0, REQUEST, LINE, STARTS_US + LINE.time_us(2) - 100)
    pieces = asked_more(bus)
    assert b"".join(data for _, data in pieces) == GOOD[2:]
    bus = line_of()
    bus.transmit(0, REQUEST, LINE, STARTS_US)  # within the turnaround it does no harm
    assert asked_more(bus) == [(ARRIVES_US, GOOD)]
    bus = line_of()
    bus.transmit(0, REQUEST, LINE, ARRIVES_US + 1)
    assert asked_more(bus) == []


def test_a_slave_with_a_longer_turnaround_bears_a_driver_held_longer():
    slow = Character(turnaround_us=2 * TURNAROUND_US)
    bus = bus_of(probe(Y504, 12, slow))
    bus.transmit(0, OTHER, LINE, REQUEST_US + 2 * TURNAROUND_US)
    ((_, data),) = asked_more(bus)
    assert opened(data) is not None
