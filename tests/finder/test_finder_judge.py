"""Verdicts from what was heard alone."""

from reedgate_boards.finder.frames import Kind, Read, heard, sealed
from reedgate_boards.finder.judge import (
    Empty,
    Fault,
    Sure,
    Verdict,
    line_faults,
    unit_verdict,
)

READ = Read(3, 0x0900, 2)
REQUEST = READ.to(12)
ONE, OTHER = (sealed(bytes((12, 3, 4)) + data) for data in (b"YL29", b"YL01"))


def test_zeros_after_every_request_are_swapped_wires_only_where_nobody_answers():
    always = Empty(settings=18, asked=1000, zero=1000, zero_settings=18)
    assert line_faults(always, False, None) == [(Fault.SWAPPED, Sure.LIKELY)]
    assert line_faults(always, True, None) == [(Fault.NO_BIAS, Sure.LIKELY)]
    fast = Empty(settings=18, asked=1000, zero=900, zero_settings=15)  # a glitch, no level
    assert line_faults(fast, False, None) == [(Fault.NO_BIAS, Sure.LIKELY)]


def test_a_quiet_line_has_no_fault():
    assert line_faults(Empty(settings=18, asked=1000, garbled=3), False, None) == []
    assert line_faults(Empty(), False, None) == []


def test_two_sound_answers_to_one_question_are_two_devices_for_certain():
    both = heard(REQUEST, ONE + OTHER)
    assert both.kind == Kind.DOUBLE
    verdict = unit_verdict([both] * 5, READ.answer_size, line_is_clean=False)
    assert verdict == (Verdict.TWO_DEVICES, Sure.CERTAIN)


def test_one_bad_answer_of_five_is_no_second_device():
    good, bad = heard(REQUEST, ONE), heard(REQUEST, ONE[:-1] + b"\xff\x00")
    verdict = unit_verdict([good] * 4 + [bad], READ.answer_size, line_is_clean=True)
    assert verdict == (Verdict.BAD_CRC, Sure.CERTAIN)


def test_what_stands_beside_an_answer_does_it_no_harm():
    it = heard(REQUEST, REQUEST + b"\x00" + ONE + b"\xff")
    assert (it.kind, it.data, it.echo, it.stray) == (Kind.GOOD, b"YL29", True, 2)
    assert heard(REQUEST, b"\x00\x00").kind == Kind.ZERO
    assert heard(REQUEST, REQUEST).kind == Kind.SILENT
