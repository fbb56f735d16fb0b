"""Faults of replies and of the line: what arrives, and when."""

from itertools import pairwise

import pytest
from bus_helpers import (
    ARRIVES_US,
    GOOD,
    LENGTH_US,
    OTHER,
    QUICK,
    REQUEST,
    REQUEST_US,
    STARTS_US,
    asked,
    asked_more,
    line_of,
    spoiled,
)
from world_helpers import LINE, MS, S, bus_of, frame, probe, read

from reedgate_sim.world.adu import opened, sealed
from reedgate_sim.world.bus import NEVER_US
from reedgate_sim.world.faults import INSTRUMENT_KINDS, LINE_KINDS, REPLY_KINDS, Fault
from reedgate_sim.world.yosemitech import Y511


def test_dead():
    assert spoiled("dead") == []


def test_bad_crc():
    ((at_us, data),) = spoiled("bad_crc")
    assert (at_us, data[:-1]) == (ARRIVES_US, GOOD[:-1])
    assert opened(data) is None


def test_wrong_unit_is_a_good_frame_of_somebody_else():
    ((_, data),) = spoiled("wrong_unit")
    assert opened(data) == (12, GOOD[1:-2])
    bus = bus_of(probe(Y511, 247, QUICK))
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


def test_late_is_its_own_reply():
    assert spoiled("late", delay_ms=90) == [(ARRIVES_US + 90 * MS, GOOD)]


def test_duplicated():
    assert spoiled("duplicated", delay_ms=30) == [
        (ARRIVES_US, GOOD),
        (ARRIVES_US + 30 * MS + LENGTH_US, GOOD),
    ]


def test_wrong_function_is_a_good_frame_under_another_function_code():
    ((_, data),) = spoiled("wrong_function")
    assert data[:2] == bytes((GOOD[0], 4))
    assert opened(data)[1][1:] == GOOD[2:-2]


def test_a_split_may_be_anywhere():
    for place in range(1, len(GOOD)):
        pieces = [data for _, data in spoiled("split", delay_ms=30, place=place)]
        assert pieces == [GOOD[:place], GOOD[place:]]


def test_a_leading_zero():
    assert spoiled("leading_zero") == [(STARTS_US + LINE.time_us(len(GOOD) + 1), b"\0" + GOOD)]


@pytest.mark.parametrize("seed", range(10))
def test_noise_inside(seed):
    ((at_us, data),) = asked(line_of(Fault("noise_inside", 11, count=2), seed=seed))
    assert at_us == ARRIVES_US
    wrong = [(a ^ b).bit_count() for a, b in zip(data, GOOD, strict=True) if a != b]
    assert wrong == [1, 1]
    assert opened(data) is None


def test_busy_for_a_while():
    bus = line_of(Fault("busy", 11, count=2))
    busy = sealed(11, frame("83 06"))
    replies = [asked(bus, REQUEST, n * S)[0][1] for n in range(6)]
    assert replies == [busy, busy, GOOD, busy, busy, GOOD]
    ((_, data),) = spoiled("busy", code=5)
    assert data == sealed(11, frame("83 05"))


@pytest.mark.parametrize("seed", range(10))
def test_a_twin_answers_over_it(seed):
    pieces = asked(line_of(Fault("twin", 11), seed=seed))
    data = b"".join(data for _, data in pieces)
    assert GOOD not in data
    assert all(opened(data[n : n + len(GOOD)]) is None for n in range(len(data)))
    assert pieces[0][0] < ARRIVES_US + LENGTH_US


def test_a_broken_wire_takes_all_behind_it():
    bus = bus_of(*(probe(Y511, unit_id, QUICK) for unit_id in (10, 11, 12)))
    bus.add_fault(Fault("broken_wire", 11, from_us=S, until_us=2 * S))
    answers = {
        (unit_id, at_us): bool(asked(bus, read(unit_id, 0x2600, 5), at_us))
        for at_us in (0, S, 3 * S)
        for unit_id in (10, 11, 12)
    }
    assert {key for key, answered in answers.items() if not answered} == {(11, S), (12, S)}


def test_a_babbling_slave_sends_unasked_at_its_pace():
    bus = line_of(Fault("babble", 11, from_us=S, until_us=2 * S, delay_ms=400, count=4))
    assert bus.next_event_us() == S + LINE.time_us(1)
    pieces = asked_more(bus)
    assert [at_us for at_us, _ in pieces] == [
        at_us + LINE.time_us(4) for at_us in (S, S + 400 * MS, S + 800 * MS)
    ]
    assert {len(data) for _, data in pieces} == {4}


@pytest.mark.parametrize("seed", range(5))
def test_babble_destroys_what_it_meets(seed):
    """Every 5 ms a byte: into the request, which then is nobody's, or into the reply."""
    bus = line_of(Fault("babble", 11, delay_ms=5, count=1), seed=seed)
    data = b"".join(data for _, data in asked(bus, REQUEST, 0, until_us=S))
    assert GOOD not in data
    bus = line_of(Fault("babble", 11, from_us=STARTS_US + MS, delay_ms=500, count=1), seed=seed)
    data = b"".join(data for _, data in asked(bus, REQUEST, 0, until_us=STARTS_US + 400 * MS))
    assert len(data) >= len(GOOD)  # the request was whole, and the reply was hit
    assert GOOD not in data


def test_babble_into_a_request_leaves_it_unanswered_and_unheard():
    bus = line_of(Fault("babble", 11, from_us=3 * MS, delay_ms=9000, count=1))
    assert asked(bus, until_us=S) == []
    assert asked(bus, REQUEST, S, until_us=2 * S) == [(S + ARRIVES_US, GOOD)]


def test_noise_between_frames_comes_at_random():
    def noise(seed):
        bus = line_of(Fault("noise", 11, until_us=100 * S, delay_ms=500, count=3), seed=seed)
        return asked_more(bus)

    pieces = noise(1)
    assert 120 < len(pieces) < 300
    assert {len(data) for _, data in pieces} >= {1, 2, 3}
    assert len({b - a for (a, _), (b, _) in pairwise(pieces)}) > 100
    assert noise(1) == pieces
    assert noise(2) != pieces


def test_a_line_without_bias_floats_when_nobody_drives_it():
    seen = set()
    for seed in range(20):
        bus = line_of(Fault("no_bias", 11, count=2), seed=seed)
        data = b"".join(data for _, data in asked(bus))
        assert GOOD in data
        before, after = data.split(GOOD)
        seen.add((len(before), len(after)))
        mute = b"".join(data for _, data in asked(bus, read(99, 0, 1), S))
        assert len(mute) <= 2
    assert {before for before, _ in seen} == {after for _, after in seen} == {0, 1, 2}


def test_noise_of_a_floating_line_ends_where_the_reply_begins():
    bus = line_of(Fault("no_bias", 11, count=64))
    assert any(GOOD in data for _, data in asked(bus))


def test_an_adapter_that_begins_to_echo():
    bus = line_of(Fault("echo", 11, from_us=S))
    assert asked(bus) == [(ARRIVES_US, GOOD)]
    assert asked(bus, REQUEST, S) == [(S + REQUEST_US, REQUEST), (S + ARRIVES_US, GOOD)]


def test_a_fault_added_while_it_runs_begins_now():
    bus = line_of()
    bus.receive(50 * S)
    bus.add_fault(Fault("babble", 11))
    assert bus.next_event_us() == 50 * S + LINE.time_us(1)


OF_FRAMES = [kind for kind in (*REPLY_KINDS, *LINE_KINDS) if kind not in ("babble", "noise")]


@pytest.mark.parametrize("kind", OF_FRAMES)
def test_every_kind_does_something_and_only_while_it_acts(kind):
    bus = line_of(Fault(kind, 11, from_us=S, until_us=60 * S))
    assert asked(bus) == [(ARRIVES_US, GOOD)]
    changed = [asked(bus, REQUEST, at * S) != [(at * S + ARRIVES_US, GOOD)] for at in range(1, 9)]
    assert any(changed)
    assert asked(bus, REQUEST, 60 * S) == [(60 * S + ARRIVES_US, GOOD)]


def test_faults_of_instruments_are_not_the_buss():
    bus = line_of(*(Fault(kind, 11, value=1.0) for kind in INSTRUMENT_KINDS if kind != "error"))
    assert bus.faults == []
    assert asked(bus) == []  # one of them is the loss of power
    assert bus.next_event_us() == NEVER_US


def test_the_other_slave_is_untouched():
    for kind in REPLY_KINDS:
        assert asked(line_of(Fault(kind, 11)), OTHER) == asked(line_of(), OTHER)
