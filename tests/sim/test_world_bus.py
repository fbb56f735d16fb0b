"""Bytes on the line: when they arrive, who hears them, and what faults do to them."""

import pytest
from world_helpers import LINE, MS, S, bus_of, frame, probe, read, water

from reedgate_sim.world.adu import opened, sealed
from reedgate_sim.world.bus import NEVER_US, Line
from reedgate_sim.world.faults import KINDS, Fault
from reedgate_sim.world.instrument import Character
from reedgate_sim.world.yosemitech import Y504, Y511

TURNAROUND_US = 20 * MS
QUICK = Character(turnaround_us=TURNAROUND_US)
REQUEST, OTHER = read(11, 0x2600, 5), read(12, 0x2600, 6)
GOOD = probe(Y511, 11).answer(REQUEST, 0)
LENGTH_US = LINE.time_us(len(GOOD))
STARTS_US = LINE.time_us(8) + TURNAROUND_US
ARRIVES_US = STARTS_US + LENGTH_US


def line_of(*faults, seed=0, line=None):
    bus = bus_of(probe(Y511, 11, QUICK), probe(Y504, 12, QUICK), seed=seed, line=line)
    for fault in faults:
        bus.add_fault(fault)
    return bus


def asked(bus, request=REQUEST, now_us=0, line=LINE):
    """What arrives, piece by piece: [(time, bytes)]."""
    bus.transmit(now_us, request, line)
    pieces = []
    while (at_us := bus.next_event_us()) != NEVER_US:
        pieces.append((at_us, bus.receive(at_us)))
    return pieces


def spoiled(kind, **details):
    return asked(line_of(Fault(kind, 11, **details)))


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


@pytest.mark.parametrize(
    "line", [Line(19200, "none"), Line(9600, "even"), Line(9600, "none", 2), Line(4800, "none")]
)
def test_other_settings_than_the_slaves_are_noise_to_them(line):
    assert asked(line_of(), line=line) == []
    assert asked(line_of(line=line), line=line) != []


@pytest.mark.parametrize("request_", [read(13, 0x2600, 5), read(0, 0x2600, 5), b"\x0b\x03", b""])
def test_nobody_answers_for_others(request_):
    assert asked(line_of(), request_) == []


def test_a_value_is_taken_at_the_end_of_the_request():
    rising = {**water(), "turbidity_ntu": lambda now_us: float(now_us)}
    turbidity = probe(Y511, 11, Character(refresh_us=1), water=rising)
    asked(bus_of(turbidity), now_us=1000)
    assert turbidity.registers(0)["turbidity_ntu"] == 1000 + LINE.time_us(8)


@pytest.mark.parametrize(
    "second_us",
    [STARTS_US - 1000, STARTS_US, STARTS_US + 5000, ARRIVES_US - 1],
    ids=["into its start", "with it", "into its middle", "into its last byte"],
)
@pytest.mark.parametrize("seed", range(20))
def test_a_frame_sent_into_a_reply_destroys_both(second_us, seed):
    bus = line_of(seed=seed)
    bus.transmit(0, REQUEST, LINE)
    pieces = asked(bus, OTHER, second_us)
    assert [at_us for at_us, _ in pieces] == [ARRIVES_US]
    damaged = pieces[0][1]
    assert len(damaged) == len(GOOD)
    assert all(a != b for a, b in zip(damaged, GOOD, strict=True))
    assert opened(damaged) is None


@pytest.mark.parametrize("second_us", [STARTS_US - LINE.time_us(8), ARRIVES_US])
def test_frames_that_only_touch_do_not_collide(second_us):
    bus = line_of()
    bus.transmit(0, REQUEST, LINE)
    assert GOOD in [data for _, data in asked(bus, OTHER, second_us)]


def test_dead():
    assert spoiled("dead") == []


def test_bad_crc():
    ((at_us, data),) = spoiled("bad_crc")
    assert (at_us, data[:-1]) == (ARRIVES_US, GOOD[:-1])
    assert opened(data) is None


def test_wrong_unit_is_a_good_frame_of_somebody_else():
    ((_, data),) = spoiled("wrong_unit")
    assert opened(data) == (12, GOOD[1:-2])
    last = probe(Y511, 247, QUICK)
    bus = bus_of(last)
    bus.add_fault(Fault("wrong_unit", 247))
    assert asked(bus, read(247, 0x2600, 5))[0][1][0] == 1


def test_stale_is_the_reply_before_and_late():
    bus = line_of(Fault("stale", 11, from_us=S, delay_ms=700))
    started = read(11, 0x2500, 0)
    assert asked(bus, started) == [(STARTS_US + LINE.time_us(5), sealed(11, b"\x03\0"))]
    late = asked(bus, REQUEST, 2 * S)
    assert late == [(2 * S + STARTS_US + 700 * MS + LINE.time_us(5), sealed(11, b"\x03\0"))]
    assert asked(bus, REQUEST, 4 * S)[0][1] == GOOD


def test_a_stale_reply_meets_the_next_request():
    bus = line_of(Fault("stale", 11, delay_ms=300))
    bus.transmit(0, REQUEST, LINE)
    pieces = asked(bus, OTHER, STARTS_US + 300 * MS + 1)
    assert [opened(data) for _, data in pieces] == [None]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -9999.0])
def test_value(value):
    ((at_us, data),) = spoiled("value", value=value)
    assert at_us == ARRIVES_US
    assert opened(data) is not None
    assert data != GOOD


def test_exception():
    ((_, data),) = spoiled("exception", code=6)
    assert data == sealed(11, frame("83 06"))


def test_split():
    first, second = spoiled("split", delay_ms=30)
    assert first[1] + second[1] == GOOD
    assert second[0] == ARRIVES_US + 30 * MS + 1  # each piece's time is rounded up
    assert second[0] - first[0] > 30 * MS


def test_truncated():
    ((at_us, data),) = spoiled("truncated", count=4)
    assert data == GOOD[:-4]
    assert at_us == STARTS_US + LINE.time_us(len(GOOD) - 4)
    assert spoiled("truncated", count=64) == []


def test_noise_before_and_after():
    ((at_us, before),) = spoiled("noise_before", count=5)
    assert before[5:] == GOOD
    assert at_us == STARTS_US + LINE.time_us(len(GOOD) + 5)
    ((_, after),) = spoiled("noise_after", count=5)
    assert after[:-5] == GOOD


def test_faults_act_in_their_window_and_on_their_slave():
    bus = line_of(Fault("dead", 11, from_us=S, until_us=2 * S))
    end_us = LINE.time_us(8)
    assert asked(bus, REQUEST, S - end_us - 1) != []
    assert asked(bus, REQUEST, S - end_us) == []
    assert asked(bus, OTHER, S) != []
    assert asked(bus, REQUEST, 2 * S - end_us) != []


def test_two_faults_at_once():
    ((_, data),) = asked(line_of(Fault("bad_crc", 11), Fault("noise_before", 11)))
    assert data[3:-1] == GOOD[:-1]
    assert asked(line_of(Fault("split", 11), Fault("dead", 11))) == []
    first, second = asked(line_of(Fault("split", 11), Fault("bad_crc", 11)))
    assert opened(first[1] + second[1]) is None


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others():
    noisy = Fault("noise_before", 11, count=16)
    assert asked(line_of(noisy, seed=5)) == asked(line_of(noisy, seed=5))
    assert asked(line_of(noisy, seed=5)) != asked(line_of(noisy, seed=6))


def test_a_fault_must_be_known_and_have_a_slave():
    with pytest.raises(ValueError, match="unknown kind 'sulky'"):
        Fault("sulky", 11)
    with pytest.raises(ValueError, match="no slave 99"):
        line_of(Fault("dead", 99))


def test_every_kind_does_something():
    assert {kind for kind in KINDS if spoiled(kind, value=1.0) == [(ARRIVES_US, GOOD)]} == set()
