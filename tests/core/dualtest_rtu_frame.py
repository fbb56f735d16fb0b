"""Modbus RTU frames: golden bytes of the makers, and what must never be taken for a reply."""

import binascii

from reedgate_contract import config as layout
from station.core import fixed
from station.core import rtu_frame as rtu


def octets(text):
    return bytearray(binascii.unhexlify(text.replace(" ", "")))


def bitwise_crc(data):
    crc = 0xFFFF
    for value in data:
        crc ^= value
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def sealed(text):
    frame = octets(text)
    crc = bitwise_crc(frame)
    return frame + bytes((crc & 0xFF, crc >> 8))


def start_of(received, request, reply_size):
    return rtu.find_reply(received, len(received), request, reply_size)


READS = (
    # unit, function code, address, count, request
    (1, 3, 0x2500, 1, "01 03 25 00 00 01 8F 06"),  # start of a Yosemitech probe
    (1, 3, 0x2600, 4, "01 03 26 00 00 04 4F 41"),
    (1, 3, 0x2600, 6, "01 03 26 00 00 06 CE 80"),
    (1, 3, 0x2600, 5, "01 03 26 00 00 05 8E 81"),
    (1, 3, 0x2E00, 1, "01 03 2E 00 00 01 8D 22"),
    (1, 3, 0x0002, 2, "01 03 00 02 00 02 65 CB"),  # KELLER
    (1, 3, 0x0100, 4, "01 03 01 00 00 04 45 F5"),
    (1, 4, 0x0000, 8, "01 04 00 00 00 08 F1 CC"),  # YSI ODO
    (1, 3, 0x0000, 3, "01 03 00 00 00 03 05 CB"),  # Supmea
)
OXYGEN_REPLY = "01 03 0C 33 33 63 41 35 5E 5A 3F 00 00 0C 41 49 B3"
TURBIDITY_REPLY = "01 03 0A 33 33 63 41 9A 99 D9 40 00 00 B8 E0"
KELLER_REPLY = "01 03 08 3F 75 E3 D2 41 B6 1C 20 A0 C7"


def test_crc_has_its_check_value():
    assert rtu.crc16(b"123456789", 0, 9) == 0x4B37
    assert rtu.crc16(b"xx123456789x", 2, 9) == 0x4B37
    assert bitwise_crc(b"123456789") == 0x4B37


def test_read_requests_are_the_golden_ones():
    adu = bytearray(rtu.MAX_ADU)
    for unit, code, address, count, text in READS:
        size = rtu.build_request(adu, unit, code, address, count)
        assert adu[:size] == octets(text), text


def test_a_single_write_is_the_golden_one_and_is_echoed():
    adu = bytearray(rtu.MAX_ADU)
    golden = octets("11 06 00 01 00 03 9A 9B")
    size = rtu.build_request(adu, 0x11, rtu.FC_WRITE_SINGLE_REGISTER, 1, 3)
    assert adu[:size] == golden
    assert start_of(golden, adu, rtu.reply_size_of(6, 1)) == 0
    for wrong in ("11 06 00 02 00 03", "11 06 00 01 00 04", "11 06 01 01 00 03"):
        assert start_of(sealed(wrong), adu, 8) == rtu.INCOMPLETE, wrong


def test_multiple_writes_are_the_golden_ones():
    adu = bytearray(rtu.MAX_ADU)
    size = rtu.build_write_multiple(adu, 0x11, 1, (0x000A, 0x0102))
    assert adu[:size] == octets("11 10 00 01 00 02 04 00 0A 01 02 C6 F0")
    reply = octets("11 10 00 01 00 02 12 98")
    assert start_of(reply, adu, rtu.reply_size_of(16, 2)) == 0
    for wrong in ("11 10 00 02 00 02", "11 10 00 01 00 03", "12 10 00 01 00 02"):
        assert start_of(sealed(wrong), adu, 8) == rtu.INCOMPLETE, wrong
    size = rtu.build_write_multiple(adu, 1, 0x3200, (0x1E00,))  # brush every 30 min
    assert adu[:size] == octets("01 10 32 00 00 01 02 1E 00 BC 33")
    size = rtu.build_write_multiple(adu, 1, 0, [0xFFFF] * 123)
    assert size == 255  # the longest there is
    assert bitwise_crc(adu[:size]) == 0


def test_requests_that_only_a_maker_would_build():
    adu = bytearray(rtu.MAX_ADU)
    for pdu, frame in (
        ("10 1C 00 00 00 00", "01 10 1C 00 00 00 00 D8 92"),  # start of a conductivity probe
        ("10 31 00 00 00 00", "01 10 31 00 00 00 00 74 94"),  # brush
        ("03 25 00 00 01", "01 03 25 00 00 01 8F 06"),
    ):
        size = rtu.build_raw(adu, 1, octets(pdu))
        assert adu[:size] == octets(frame), frame
    rtu.build_raw(adu, 1, octets("10 1C 00 00 00 00"))
    assert start_of(sealed("01 10 1C 00 00 00"), adu, 8) == 0
    assert start_of(sealed("01 10 1D 00 00 00"), adu, 8) == rtu.INCOMPLETE


def test_golden_replies_carry_their_values():
    little, big = layout.TYPE_F32_DCBA, layout.TYPE_F32_ABCD
    for count, text, values in (
        (6, OXYGEN_REPLY, ((0, little, 2, 1420), (2, little, 3, 853), (4, little, 3, 8750))),
        (5, TURBIDITY_REPLY, ((0, little, 2, 1420), (2, little, 3, 6800))),
        (2, "01 03 04 3F 75 F0 7B E3 DE", ((0, big, 6, 960701),)),
        (4, KELLER_REPLY, ((0, big, 6, 960508), (2, big, 4, 227637))),
    ):
        reply = octets(text)
        request = bytearray(8)
        rtu.build_request(request, 1, 3, 0, count)
        start = start_of(reply, request, rtu.reply_size_of(3, count))
        assert start == 0, text
        assert rtu.exception_code(reply, start) == 0
        for word, data_type, decimals, scaled in values:
            found = rtu.scaled_at(reply, start, word, data_type, decimals)
            assert found == scaled, (text, word, found)


def test_every_byte_order_of_the_same_number():
    for data_type, bytes_of in (
        (layout.TYPE_F32_ABCD, "41 63 33 33"),
        (layout.TYPE_F32_DCBA, "33 33 63 41"),
        (layout.TYPE_F32_CDAB, "33 33 41 63"),
        (layout.TYPE_F32_BADC, "63 41 33 33"),
    ):
        reply = sealed("01 03 04 " + bytes_of)
        assert rtu.scaled_at(reply, 0, 0, data_type, 2) == 1420, data_type
    # a number whose four bytes all differ: no other order gives it too
    for data_type, bytes_of in (
        (layout.TYPE_F32_ABCD, "42 F6 E9 79"),
        (layout.TYPE_F32_DCBA, "79 E9 F6 42"),
        (layout.TYPE_F32_CDAB, "E9 79 42 F6"),
        (layout.TYPE_F32_BADC, "F6 42 79 E9"),
    ):
        reply = sealed("01 03 04 " + bytes_of)
        assert rtu.scaled_at(reply, 0, 0, data_type, 3) == 123456, data_type


def test_integer_registers():
    for bytes_of, data_type, decimals, scaled in (
        ("00 8E", layout.TYPE_I16, 0, 142),
        ("FF 72", layout.TYPE_I16, 1, -1420),
        ("80 00", layout.TYPE_I16, 0, -32768),
        ("80 00", layout.TYPE_U16, 0, 32768),
        ("FF FF", layout.TYPE_U16, 2, 6553500),
        ("FF FF", layout.TYPE_U16, 6, fixed.OUT_OF_RANGE),
        ("80 00", layout.TYPE_I16, 6, fixed.OUT_OF_RANGE),
    ):
        reply = sealed("01 03 02 " + bytes_of)
        assert rtu.scaled_at(reply, 0, 0, data_type, decimals) == scaled, bytes_of


def test_a_type_that_this_build_does_not_know_gives_no_number():
    reply = sealed("01 03 04 41 63 33 33")
    for data_type in (0, 7, 255):
        assert rtu.scaled_at(reply, 0, 0, data_type, 2) == fixed.NOT_A_NUMBER, data_type


def test_what_is_no_number_is_told_in_every_byte_order():
    for bytes_of, code in (
        ("7F C0 00 01", fixed.NOT_A_NUMBER),
        ("7F 80 00 00", fixed.INFINITE_ABOVE),
        ("FF 80 00 00", fixed.INFINITE_BELOW),
    ):
        a, b, c, d = bytes_of.split(" ")
        for data_type, order in (
            (layout.TYPE_F32_ABCD, (a, b, c, d)),
            (layout.TYPE_F32_DCBA, (d, c, b, a)),
            (layout.TYPE_F32_CDAB, (c, d, a, b)),
            (layout.TYPE_F32_BADC, (b, a, d, c)),
        ):
            reply = sealed("01 03 04 " + " ".join(order))
            assert rtu.scaled_at(reply, 0, 0, data_type, 3) == code, (bytes_of, data_type)


def test_exceptions_are_found_and_tell_their_code():
    request = bytearray(16)
    for function_code in (3, 4, 6, 16):
        rtu.build_request(request, 11, function_code, 0x100, 2)
        reply_size = rtu.reply_size_of(function_code, 2)
        for code in (1, 2, 3, 4, 6, 11):
            reply = sealed(f"0b {function_code | 0x80:02x} {code:02x}")
            start = start_of(reply, request, reply_size)
            assert start == 0, (function_code, code)
            assert rtu.exception_code(reply, start) == code
        other = sealed(f"0b {(function_code ^ 1) | 0x80:02x} 02")
        assert start_of(other, request, reply_size) == rtu.INCOMPLETE, function_code


def test_an_exception_without_a_code_is_no_reply():
    """It would read as a good reply, and the bytes behind it as its registers."""
    request = bytearray(8)
    rtu.build_request(request, 11, 3, 0x2600, 5)
    assert start_of(sealed("0b 83 00"), request, 15) == rtu.INCOMPLETE


def test_noise_before_a_reply_does_no_harm():
    request = bytearray(8)
    rtu.build_request(request, 1, 3, 0x2600, 5)
    reply = octets(TURBIDITY_REPLY)
    for noise in ("00", "FF FF", "01", "01 03", "01 03 0A", "01 03 0A 33 33", "01 83", "01 83 02"):
        received = octets(noise) + reply
        start = start_of(received, request, 15)
        assert start == len(octets(noise)), noise
        assert rtu.scaled_at(received, start, 2, layout.TYPE_F32_DCBA, 3) == 6800


def test_a_reply_is_found_whole_or_not_at_all():
    request = bytearray(8)
    rtu.build_request(request, 1, 3, 0x2600, 5)
    received = octets("00 01") + octets(TURBIDITY_REPLY)
    for size in range(len(received)):
        assert rtu.find_reply(received, size, request, 15) == rtu.INCOMPLETE, size
    assert rtu.find_reply(received, len(received), request, 15) == 2


def test_what_lies_behind_the_received_bytes_is_not_read():
    request = bytearray(8)
    rtu.build_request(request, 1, 3, 0x2600, 5)
    buffer = octets(TURBIDITY_REPLY) + bytearray(40)  # of an earlier reply
    assert rtu.find_reply(buffer, 14, request, 15) == rtu.INCOMPLETE


def test_another_unit_function_or_length_is_never_accepted():
    request = bytearray(8)
    rtu.build_request(request, 1, 3, 0x2600, 2)
    reply_size = rtu.reply_size_of(3, 2)
    assert start_of(sealed("01 03 04 00 00 00 00"), request, reply_size) == 0
    for wrong in (
        "02 03 04 00 00 00 00",  # unit
        "00 03 04 00 00 00 00",
        "01 04 04 00 00 00 00",  # function code
        "01 06 04 00 00 00 00",
        "01 03 02 00 00",  # shorter
        "01 03 06 00 00 00 00 00 00",  # longer
        "01 03 05 00 00 00 00",  # a byte count that is a lie
        "01 03 00",
        "81 03 04 00 00 00 00",
    ):
        assert start_of(sealed(wrong), request, reply_size) == rtu.INCOMPLETE, wrong
    assert start_of(request[:8], request, reply_size) == rtu.INCOMPLETE  # its own echo


def test_every_wrong_bit_is_noticed():
    request = bytearray(8)
    rtu.build_request(request, 1, 3, 0x2600, 5)
    reply = octets(TURBIDITY_REPLY)
    for bit in range(8 * len(reply)):
        reply[bit // 8] ^= 1 << bit % 8
        assert start_of(reply, request, 15) == rtu.INCOMPLETE, bit
        reply[bit // 8] ^= 1 << bit % 8
    assert start_of(reply, request, 15) == 0


def test_every_wrong_crc_is_noticed():
    request = bytearray(8)
    rtu.build_request(request, 1, 3, 0x2600, 1)
    reply = sealed("01 03 02 12 34")
    good = reply[5] | reply[6] << 8
    found = 0
    for crc in range(0, 65536, 7):
        reply[5], reply[6] = crc & 0xFF, crc >> 8
        if start_of(reply, request, 7) >= 0:
            found += 1
            assert crc == good
    reply[5], reply[6] = good & 0xFF, good >> 8
    assert start_of(reply, request, 7) == 0
    assert found <= 1


def test_where_an_answer_may_begin():
    request = bytearray(8)
    rtu.build_request(request, 0x11, 3, 0x6B, 3)
    cases = (
        (b"", False),
        (b"\x11", True),  # its function code may follow
        (b"\x00\x11", True),
        (b"\x11\x03", True),
        (b"\x11\x83\x02", True),
        (b"\xff\x11\x03\x06", True),
        (b"\x11\x04\x06", False),
        (b"\x11\x84", False),
        (b"\x12\x03\x06", False),
        (b"\x03\x83\x00", False),
    )
    for data, may in cases:
        assert rtu.may_begin(data, len(data), request) == may, data
    assert not rtu.may_begin(b"\x00\x11", 1, request)  # what stands behind size is old
