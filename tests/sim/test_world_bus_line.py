"""Bits on the line: what a receiver with other settings takes from them."""

import pytest

from reedgate_sim.world.line import Line, cut_off, heard, levels_of

FRAME = bytes.fromhex("01 03 26 00 00 05 8E 81")
ALL = bytes(range(256))
SETTINGS = [
    Line(baud, parity, stop_bits)
    for baud in (4800, 9600, 19200, 38400, 115200)
    for parity in ("none", "even", "odd")
    for stop_bits in (1, 2)
]


def taken(data, sender, receiver):
    return heard(levels_of(data, sender), sender, receiver)


@pytest.mark.parametrize("line", SETTINGS)
def test_with_the_same_settings_every_byte_is_heard_at_its_time(line):
    characters = taken(ALL, line, line)
    assert bytes(each.value for each in characters) == ALL
    assert all(each.good for each in characters)
    assert [each.end_us for each in characters] == [line.time_us(n) for n in range(1, 257)]


def test_the_bits_of_a_byte():
    assert levels_of(b"\x35", Line()) == [0, 1, 0, 1, 0, 1, 1, 0, 0, 1]
    assert levels_of(b"\x35", Line(parity="even")) == [0, 1, 0, 1, 0, 1, 1, 0, 0, 0, 1]
    assert levels_of(b"\x37", Line(parity="even", stop_bits=2))[-3:] == [1, 1, 1]
    assert levels_of(b"\x35", Line(parity="odd"))[-2:] == [1, 1]


def test_one_bit_wrong_is_a_wrong_parity():
    even = Line(parity="even")
    levels = levels_of(b"\x35", even)
    levels[3] ^= 1
    (character,) = heard(levels, even, even)
    assert not character.good
    assert character.value == 0x35 ^ 0x04


@pytest.mark.parametrize("sender", SETTINGS)
@pytest.mark.parametrize("receiver", [Line(), Line(19200, "even")])
def test_other_settings_give_other_bytes_or_errors(sender, receiver):
    characters = taken(FRAME, sender, receiver)
    same = (sender.baud, sender.parity) == (receiver.baud, receiver.parity)
    right = [each.value for each in characters if each.good] == list(FRAME)
    assert right is same


def test_half_the_rate_hears_fewer_and_twice_the_rate_more():
    assert len(taken(FRAME, Line(19200), Line(9600))) < len(FRAME)
    assert len(taken(FRAME, Line(4800), Line(9600))) > len(FRAME)


def test_a_known_case():
    """0xFF at 4800 baud, heard at 9600: its start bit is the start and the first bit, low."""
    (character,) = taken(b"\xff", Line(4800), Line(9600))
    assert character == type(character)(0xFE, True, Line(9600).time_us(1))


def test_a_driver_that_lets_go_leaves_an_idle_line():
    line = Line(10_000)  # a bit is 100 us
    levels = cut_off(levels_of(b"\0", line), line, 300)
    assert levels == [0, 0, 0, 1, 1, 1, 1, 1, 1, 1]
    (character,) = heard(levels, line, line)
    assert character.value == 0xFC
    assert heard(cut_off(levels, line, 0), line, line) == []
