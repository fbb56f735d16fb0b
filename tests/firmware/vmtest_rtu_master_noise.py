"""RtuMaster beside noise: what cannot be the answer's beginning costs the poll nothing, and the
answer's time stays what it was.
"""

from vm_fakes import FakeClock, Line, sealed
from vm_fakes import run as run_coroutine

from station.drivers.rtu_master import BAD_FRAME, NO_ANSWER, OK, RtuMaster

UNIT = 0x11
TIMEOUT_MS = 200
GUARD_MS = 400
REPLY = sealed("110306ae4156524340")
STALE = sealed("110306111111111111")
FRESH = sealed("110306222222222222")
OTHERS = sealed("120306ae4156524340")
DEADLINE_MS = TIMEOUT_MS + 20  # and the time of both frames


def world(*answers):
    clock = FakeClock()
    left = list(answers)
    line = Line(clock, lambda _: left.pop(0) if left else [])
    return clock, line, RtuMaster(line, clock, GUARD_MS)


def read(master, unit=UNIT):
    async def awaited():
        return await master.read(unit, 3, 0x6B, 3, TIMEOUT_MS)

    return run_coroutine(awaited())


def taken(master):
    return bytes(master.reply[master.start : master.start + len(REPLY)])


def test_noise_some_time_before_the_reply_does_not_lose_it():
    for noise in (b"\x00", b"\xff\xff\xff", b"\x03\x06\xae\x41\x56\x52", OTHERS, bytes(40)):
        for pause_ms in (8, 20, 60, 100):
            _, _, master = world([(500, noise), (pause_ms * 1000, REPLY)])
            assert read(master) == OK, (noise, pause_ms)
            assert taken(master) == REPLY


def test_nor_does_noise_that_comes_again_and_again():
    _, _, master = world([(500, b"\x00")] + [(9000, b"\x80\x00")] * 8 + [(9000, REPLY)])
    assert read(master) == OK


def test_the_answers_time_is_not_made_longer_by_noise():
    for last_ms in range(150, 300, 10):
        pieces = [(500, b"\x00"), (last_ms * 1000, REPLY)]
        clock, line, master = world(pieces)
        outcome = read(master)
        assert (clock.us - line.requests[0][0]) / 1000 <= DEADLINE_MS + 3
        assert (outcome == OK) == (last_ms < 200), last_ms


def test_a_little_noise_is_no_answer_and_as_much_as_a_frame_is_a_bad_one():
    for size in range(1, 20):
        clock, line, master = world([(500, bytes(size))])
        assert read(master) == (NO_ANSWER if size < 4 else BAD_FRAME), size
        assert (clock.us - line.requests[0][0]) / 1000 >= DEADLINE_MS
    _, _, master = world([(500, bytes(9))], [])
    assert read(master) == BAD_FRAME
    assert read(master) == NO_ANSWER  # that noise was another request's


def test_noise_right_at_the_end_is_no_answer_either():
    for at_ms in range(DEADLINE_MS - 15, DEADLINE_MS):
        _, _, master = world([(at_ms * 1000 - 8333, b"\x00")])
        assert read(master) == NO_ANSWER, at_ms


def test_what_may_be_the_answers_beginning_ends_it_with_the_gap():
    broken = bytearray(REPLY)
    broken[-1] ^= 1
    for spoken in (REPLY[:1], REPLY[:2], REPLY[:5], bytes(broken), sealed("118302")[:4]):
        for noise in (b"", b"\x00", b"\x12\x03"):
            clock, line, master = world([(5000, noise + spoken), (30000, REPLY)])
            assert read(master) == BAD_FRAME, (noise, spoken)
            assert clock.us - line.requests[0][0] < 50000


def test_after_noise_the_next_request_waits_for_its_silence():
    _, line, master = world([((DEADLINE_MS - 12) * 1000, b"\x00")], [(5000, OTHERS)])
    assert read(master) == NO_ANSWER
    heard_us = line.heard_us
    assert read(master, 0x12) == OK
    assert line.requests[1][0] - heard_us >= line.silence_us


def test_the_guard_counts_from_the_end_of_the_answers_time_however_early_the_request_ended():
    """Something ends it after some 20 ms; the answer itself comes as late as a guard allows."""
    frame_ms = 11
    for late_ms in range(40, DEADLINE_MS + GUARD_MS - 2 * frame_ms, 4):
        pieces = [(5000, REPLY[:4]), (late_ms * 1000 - 10000, STALE)]
        clock, _, master = world(pieces, [(5000, FRESH)])
        assert read(master) == BAD_FRAME
        assert clock.us < 40000
        if read(master) == OK:
            assert taken(master) == FRESH, late_ms
