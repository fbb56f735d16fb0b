"""RtuMaster on a line with byte times: every way a slave can answer, or not."""

import binascii

from vm_fakes import FakeClock, Line, sealed
from vm_fakes import run as run_coroutine

from station.drivers.rtu_master import BAD_FRAME, EXCEPTION, NO_ANSWER, OK, RtuMaster

UNIT = 0x11
TIMEOUT_MS = 200
GUARD_MS = 400
TURNAROUND_US = 5000
READ = sealed("1103006b0003")  # the example of the Modbus specification
REPLY = sealed("110306ae4156524340")


def run(transaction):
    async def awaited():
        return await transaction

    return run_coroutine(awaited())


def hexed(data):
    return binascii.hexlify(data).decode()


def world(*answers, first_ms=0):
    """(clock, line, master). answers: pieces for the first request, the second …; then none."""
    clock = FakeClock(first_ms)
    left = list(answers)
    line = Line(clock, lambda request: left.pop(0) if left else [])
    return clock, line, RtuMaster(line, clock, GUARD_MS)


def answer(reply=REPLY, after_us=TURNAROUND_US):
    return [(after_us, reply)]


def read(master, unit=UNIT, count=3):
    return run(master.read(unit, 3, 0x6B, count, TIMEOUT_MS))


def payload(master, size=6):
    return hexed(bytes(master.reply[master.start + 3 : master.start + 3 + size]))


def test_a_read_is_the_specifications_example():
    assert hexed(READ) == "1103006b00037687"
    _, line, master = world(answer())
    assert read(master) == OK
    assert [request for _, request in line.requests] == [READ]
    assert payload(master) == "ae4156524340"


def test_input_registers_are_read_with_function_code_4():
    _, line, master = world(answer(sealed("110402000a")))
    assert run(master.read(UNIT, 4, 8, 1, TIMEOUT_MS)) == OK
    assert hexed(line.requests[0][1]) == "110400080001b298"
    assert payload(master, 2) == "000a"


def test_a_single_register_is_written():
    _, line, master = world(answer(sealed("110600010003")))
    assert run(master.write_single(UNIT, 1, 3, TIMEOUT_MS)) == OK
    assert hexed(line.requests[0][1]) == "1106000100039a9b"


def test_several_registers_are_written():
    _, line, master = world(answer(sealed("111000010002")))
    assert run(master.write_multiple(UNIT, 1, (0x000A, 0x0102), TIMEOUT_MS)) == OK
    assert hexed(line.requests[0][1]) == "11100001000204000a0102c6f0"


def test_a_write_answered_with_another_value_is_no_success():
    _, _, master = world(answer(sealed("110600010004")))
    assert run(master.write_single(UNIT, 1, 3, TIMEOUT_MS)) == BAD_FRAME


def test_a_makers_own_request_goes_out_as_it_is():
    _, line, master = world(answer(sealed("0103020007")))
    pdu = bytes((0x03, 0x25, 0x00, 0x00, 0x01))
    assert run(master.send_raw(1, pdu, 7, TIMEOUT_MS)) == OK
    assert line.requests[0][1] == sealed("010325000001")


def test_no_answer_ends_with_the_timeout_and_the_time_on_the_wire():
    clock, line, master = world()
    assert read(master) == NO_ANSWER
    on_the_wire_ms = line.time_of_ms(len(READ) + len(REPLY))
    assert clock.us - line.requests[0][0] == (TIMEOUT_MS + on_the_wire_ms) * 1000


def test_an_exception_is_told_with_its_code():
    for code in (1, 2, 4, 6, 11):
        _, _, master = world(answer(sealed(f"1183{code:02x}")))
        assert read(master) == EXCEPTION
        assert master.exception == code


def test_a_reply_after_an_exception_has_none():
    _, _, master = world(answer(sealed("118302")), answer())
    assert read(master) == EXCEPTION
    assert read(master) == OK
    assert master.exception == 0


def test_what_is_not_the_answer_is_never_taken():
    broken = bytearray(REPLY)
    broken[5] ^= 0x10
    strangers = {
        "bad CRC": bytes(broken),
        "other unit": sealed("120306ae4156524340"),
        "other function code": sealed("110406ae4156524340"),
        "other length": sealed("110304ae415652"),
        "exception of another function": sealed("118402"),
        "a broadcast": sealed("000306ae4156524340"),
        "half of it": REPLY[:6],
        "its own echo": READ,
    }
    for name, reply in strangers.items():
        _, _, master = world(answer(reply))
        assert read(master) == BAD_FRAME, name


def test_every_single_flipped_bit_is_seen():
    for bit in range(8 * len(REPLY)):
        flipped = bytearray(REPLY)
        flipped[bit // 8] ^= 1 << (bit % 8)
        _, _, master = world(answer(bytes(flipped)))
        assert read(master) == BAD_FRAME, bit


def test_a_reply_split_anywhere_by_less_than_the_gap_is_whole():
    for at in range(1, len(REPLY)):
        pieces = [(TURNAROUND_US, REPLY[:at]), (3600, REPLY[at:])]  # 3.5 characters
        _, _, master = world(pieces)
        assert read(master) == OK, at
        assert payload(master) == "ae4156524340"


def test_a_reply_in_single_bytes_with_pauses_is_whole():
    pieces = [(TURNAROUND_US, REPLY[:1])] + [(3600, bytes((byte,))) for byte in REPLY[1:]]
    _, _, master = world(pieces)
    assert read(master) == OK


def test_a_broken_off_reply_is_cut_off_at_the_character_gap():
    for size in range(1, len(REPLY)):
        clock, line, master = world(answer(REPLY[:size]))
        assert read(master) == BAD_FRAME
        last_byte_us = line.requests[0][0] + 8 * 1041 + TURNAROUND_US + size * 1041
        silent_ms = (clock.us - last_byte_us) / 1000
        assert 4 <= silent_ms <= 10, (size, silent_ms)


def test_a_reply_with_a_long_pause_is_bad_and_its_rest_is_never_taken():
    for pause_ms in range(11, 60):
        pieces = [(TURNAROUND_US, REPLY[:5]), (pause_ms * 1000, REPLY[5:])]
        _, _, master = world(pieces, answer(sealed("120306000100020003")), answer())
        assert read(master) == BAD_FRAME, pause_ms
        if read(master, 0x12) == OK:
            assert payload(master) == "000100020003", pause_ms
        assert read(master) == OK
        assert payload(master) == "ae4156524340"


def test_noise_right_before_the_reply_does_no_harm():
    for noise in (b"\x00", b"\xff\xff\xff", REPLY[:1], REPLY[:4], b"\x11\x03\x06\x11"):
        _, _, master = world(answer(noise + REPLY))
        assert read(master) == OK, noise
        assert payload(master) == "ae4156524340"


def test_noise_behind_the_reply_does_not_reach_the_next_one():
    for noise in (b"\x00", b"\x12\x03\x06\xde\xad\xbe\xef\xde\xad", REPLY, REPLY[:3]):
        _, _, master = world(answer(REPLY + noise), answer(sealed("120306000100020003")))
        assert read(master) == OK
        assert read(master, 0x12) == OK
        assert payload(master) == "000100020003"


def test_endless_noise_is_given_up():
    clock, _, master = world([(0, bytes(900))])
    assert read(master) == BAD_FRAME
    assert clock.us < 400000  # at the latest when the buffer is full
    read(master, 0x12)
    assert clock.us < 1200000  # nor does the next request wait for its end


def test_what_is_too_long_to_be_an_answer_is_given_up_at_once():
    clock = FakeClock()
    master = RtuMaster(Line(clock, lambda _: [(0, bytes(900))], 115200), clock, GUARD_MS)
    assert read(master) == BAD_FRAME
    assert clock.us < 40000  # 256 characters and not the time-out


def test_frames_are_parted_by_silence():
    for baud, least_us in ((4800, 7290), (9600, 3645), (19200, 1822), (115200, 1750)):
        clock = FakeClock()
        line = Line(clock, lambda _: answer(), baud)
        master = RtuMaster(line, clock, GUARD_MS)
        assert read(master) == OK
        heard_us = line.heard_us
        assert read(master) == OK
        silent_us = line.requests[1][0] - heard_us
        assert least_us <= silent_us <= least_us + 2000, (baud, silent_us)


def test_the_silence_counts_from_within_a_millisecond_too():
    for offset_us in range(0, 1000, 50):
        clock = FakeClock()
        clock.us = offset_us
        line = Line(clock, lambda _: answer())
        master = RtuMaster(line, clock, GUARD_MS)
        for _ in range(5):
            heard_us = clock.us if line.requests else None
            assert read(master) == OK
            if heard_us is not None:
                silent_us = line.requests[-1][0] - heard_us
                assert silent_us >= 3645, (offset_us, silent_us)
            clock.move_to(clock.us + 137)  # others run


def test_after_any_rest_the_line_is_free():
    for rest_ms in (536871, 1000000, 2**29 - 1000, 2**29):  # half of the microseconds' circle …
        clock, line, master = world(answer(), answer())
        assert read(master) == OK
        clock.move_to(rest_ms * 1000)
        assert read(master) == OK
        assert line.requests[1][0] - rest_ms * 1000 <= 4000, rest_ms


def test_a_bus_at_rest_is_not_waited_for():
    clock, line, master = world(answer(), answer())
    assert read(master) == OK
    clock.move_to(1000000)
    assert read(master) == OK
    assert line.requests[1][0] == 1000000


def stale_takes(first_ms):
    """How often an answer that comes late is taken for the next one's, over all latenesses."""
    stale = sealed("110306111111111111")
    fresh = sealed("110306222222222222")
    wrong = taken = 0
    frame_us = len(REPLY) * 1042
    # late: from after the time-out to so that its last byte comes at the end of the guard
    for late_us in range(1000, GUARD_MS * 1000 - frame_us, 1000):
        after_us = (TIMEOUT_MS + 20) * 1000 + late_us
        _, _, master = world(answer(stale, after_us), answer(fresh), first_ms=first_ms)
        first = read(master)
        assert first in (NO_ANSWER, BAD_FRAME), late_us
        if read(master) == OK:
            taken += 1
            wrong += payload(master) != "222222222222"
    return wrong, taken


def test_a_stale_answer_within_the_guard_is_never_taken():
    wrong, taken = stale_takes(0)
    print(f"stale answers taken: {wrong} of {taken}")
    assert wrong == 0
    assert taken > 300


def test_nor_where_the_ticks_wrap():
    wrong, taken = stale_takes(2**30 - 300)
    assert wrong == 0
    assert taken > 300


def test_the_guard_counts_from_the_timeout_and_only_once():
    clock, line, master = world()
    read(master)
    ended_us = clock.us
    read(master)
    assert line.requests[1][0] == ended_us + GUARD_MS * 1000
    master._guarded_until_ms.clear()
    read(master)
    assert len(master._guarded_until_ms) == 1


def test_other_units_are_not_held_up_by_the_guard():
    clock, line, master = world([], answer(sealed("120306000100020003")))
    assert read(master) == NO_ANSWER
    ended_us = clock.us
    assert read(master, 0x12) == OK
    assert line.requests[1][0] == ended_us


def test_a_late_answer_of_another_unit_is_never_taken():
    late = sealed("110306111111111111")
    fresh = sealed("120306222222222222")
    for late_ms in range(0, 60, 3):
        after_us = (TIMEOUT_MS + 20 + late_ms) * 1000
        _, _, master = world(answer(late, after_us), answer(fresh))
        read(master)
        if read(master, 0x12) == OK:
            assert payload(master) == "222222222222", late_ms


def test_one_frame_is_in_flight():
    _, line, master = world(answer(), answer())
    first = master.read(UNIT, 3, 0x6B, 3, TIMEOUT_MS)
    try:
        master.read(0x12, 3, 0x6B, 3, TIMEOUT_MS)
    except RuntimeError:
        pass
    else:
        raise AssertionError("two at a time")
    assert run(first) == OK
    assert len(line.requests) == 1
    assert read(master) == OK


def test_a_cancelled_request_frees_the_master_and_its_late_answer_is_never_taken():
    stale = sealed("110306111111111111")
    _, line, master = world(answer(stale, 100000), answer(sealed("110306222222222222")))
    transaction = master.read(UNIT, 3, 0x6B, 3, TIMEOUT_MS)
    clock = master._clock
    clock.end_us = 50000  # on the way to the answer
    assert next(transaction) is None
    try:
        transaction.throw(ValueError())
    except ValueError:
        pass
    else:
        raise AssertionError("swallowed")
    clock.end_us = None
    assert len(line.requests) == 1
    assert read(master) == OK
    assert payload(master) == "222222222222"


def test_the_end_of_a_reply_is_looked_for_more_often_than_its_beginning():
    for baud, last_look_ms in ((9600, 1), (19200, 0), (115200, 0)):
        pieces = [(TURNAROUND_US, REPLY[:1]), (1000, REPLY[1:-1]), (1500, REPLY[-1:])]
        clock = FakeClock()
        line = Line(clock, lambda _, p=pieces: p, baud)
        master = RtuMaster(line, clock, GUARD_MS)
        seen = []
        read_into = line.read_into

        def noted(buffer, seen=seen, line=line, read_into=read_into):
            seen.append(line.look_ms)
            return read_into(buffer)

        line.read_into = noted
        assert read(master) == OK
        assert line.look_ms == 1
        assert (seen[0], seen[-1]) == (1, last_look_ms), (baud, seen)


def share_of_the_line(baud, turnaround_us, late_us):
    """How much of the time of a round of four slaves the line itself takes, physically: request,
    turnaround, reply, 3.5 characters. late_us: how much later than a tick a wait is over.
    """
    clock = FakeClock()
    reply = sealed("110308000000003f800000")
    line = Line(clock, lambda _: answer(reply, turnaround_us), baud)
    master = RtuMaster(line, clock, GUARD_MS)
    count = 200
    read(master, count=4)
    begin_us = clock.us
    for _ in range(count):
        assert read(master, count=4) == OK
        clock.move_to(clock.us + late_us)
    physical_us = (8 + len(reply)) * 10000000 / baud + turnaround_us + line.silence_us
    return physical_us * count / (clock.us - begin_us)


def test_the_line_is_used_to_95_parts_of_what_the_frame_times_allow():
    for baud in (9600, 19200, 115200):
        for late_us in (0, 130, 390):
            share = share_of_the_line(baud, 20000, late_us)
            print(f"{baud} baud: {share:.3f}")
            assert 0.95 <= share <= 1, (baud, late_us, share)
