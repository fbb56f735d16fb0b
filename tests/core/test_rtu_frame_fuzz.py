"""Whatever arrives on the line: nothing is accepted that is not the answer; under CPython only."""

from hypothesis import given, settings
from hypothesis import strategies as st

from station.core import rtu_frame as rtu

steady = settings(derandomize=True, database=None, deadline=None, max_examples=200)
units = st.integers(1, 247)
codes = st.sampled_from([3, 4, 6, 16])
words = st.integers(0, 0xFFFF)


def crc_of(data: bytes) -> bytes:
    crc = 0xFFFF
    for value in data:
        crc ^= value
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc.to_bytes(2, "little")


def sealed(data: bytes) -> bytes:
    return data + crc_of(data)


def is_reply(frame: bytes, request: bytes, reply_size: int) -> bool:
    """By the letter of the protocol, for a frame cut out exactly."""
    if len(frame) < 5 or frame[-2:] != crc_of(frame[:-2]) or frame[0] != request[0]:
        return False
    if frame[1] == request[1] | 0x80:
        return len(frame) == 5 and frame[2] != 0
    if frame[1] != request[1] or len(frame) != reply_size:
        return False
    if request[1] in (3, 4):
        return frame[2] == reply_size - 5
    return frame[2:6] == request[2:6]


@st.composite
def exchanges(draw):
    """(request, size of its reply, a good reply)."""
    unit, code, address = draw(units), draw(codes), draw(words)
    count = draw(st.integers(1, 125 if code < 6 else 123))
    request = bytearray(rtu.MAX_ADU)
    if code == 16:
        values = draw(st.lists(words, min_size=count, max_size=count))
        size = rtu.build_write_multiple(request, unit, address, values)
    else:
        size = rtu.build_request(request, unit, code, address, count)
    request = bytes(request[:size])
    assert request == sealed(request[:-2])
    if code in (3, 4):
        data = draw(st.binary(min_size=2 * count, max_size=2 * count))
        reply = sealed(bytes([unit, code, 2 * count]) + data)
    else:
        reply = sealed(request[:6])
    assert rtu.reply_size_of(code, count) == len(reply)
    return request, len(reply), reply


noise = st.binary(max_size=40)


@steady
@given(exchanges(), noise, noise)
def test_a_good_reply_is_found_whatever_came_before_it(exchange, before, behind):
    request, reply_size, reply = exchange
    received = before + reply + behind
    start = rtu.find_reply(received, len(received), request, reply_size)
    assert 0 <= start <= len(before)  # the noise may by chance be an answer too
    assert any(
        is_reply(received[start : start + size], request, reply_size) for size in (5, reply_size)
    )


@steady
@given(exchanges(), st.integers(1, 255))
def test_no_part_of_a_reply_is_found_wherever_it_is_split(exchange, code):
    request, reply_size, reply = exchange
    exception = sealed(bytes([request[0], request[1] | 0x80, code]))
    for whole in (reply, exception):
        received = bytearray(rtu.MAX_ADU)
        for size, value in enumerate(whole):  # byte by byte, as they come
            assert rtu.find_reply(received, size, request, reply_size) == rtu.INCOMPLETE
            received[size] = value
        assert rtu.find_reply(received, len(whole), request, reply_size) == 0


@steady
@given(exchanges(), st.binary(max_size=256))
def test_nothing_else_is_ever_found(exchange, received):
    request, reply_size, _ = exchange
    start = rtu.find_reply(received, len(received), request, reply_size)
    found = [
        at
        for at in range(len(received))
        if any(
            at + size <= len(received) and is_reply(received[at : at + size], request, reply_size)
            for size in (5, reply_size)
        )
    ]
    assert start == (found[0] if found else rtu.INCOMPLETE)


@steady
@given(exchanges(), st.data())
def test_a_damaged_reply_is_never_taken(exchange, data):
    request, reply_size, reply = exchange
    damaged = bytearray(reply)
    kind = data.draw(st.sampled_from(["bits", "cut", "swap", "unit", "code", "length"]))
    at = data.draw(st.integers(0, len(reply) - 1))
    if kind == "bits":  # one burst of up to 16 bits, which a CRC-16 always notices
        burst = data.draw(st.integers(1, 255)) << data.draw(st.integers(0, 8))
        damaged[at] ^= burst & 0xFF
        if at + 1 < len(damaged):
            damaged[at + 1] ^= burst >> 8
    elif kind == "cut":
        del damaged[at]
    elif kind == "swap":
        other = data.draw(st.integers(0, len(reply) - 1))
        damaged[at], damaged[other] = damaged[other], damaged[at]
    else:
        place = {"unit": 0, "code": 1, "length": 2}[kind]
        damaged[place] = data.draw(st.integers(0, 255))
        damaged[-2:] = crc_of(damaged[:-2])  # a good frame, of somebody else
    found = rtu.find_reply(bytes(damaged), len(damaged), request, reply_size)
    if found >= 0:
        frame = bytes(damaged)[found:]
        assert any(is_reply(frame[:size], request, reply_size) for size in (5, reply_size))
        if kind in ("bits", "cut") and damaged != reply:
            assert found != 0 or frame[1] & 0x80


@steady
@given(exchanges(), st.integers(0, 255), st.data())
def test_every_exception_is_told_by_its_code(exchange, code, data):
    request, reply_size, _ = exchange
    before = data.draw(st.binary(max_size=10))
    received = before + sealed(bytes([request[0], request[1] | 0x80, code]))
    start = rtu.find_reply(received, len(received), request, reply_size)
    if start == len(before):
        assert code
        assert rtu.exception_code(received, start) == code
    elif not before:
        assert code == 0
