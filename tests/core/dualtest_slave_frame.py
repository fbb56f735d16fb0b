"""Frames for a slave: which are for it and sound, and what exception the form of one deserves."""

from reedgate_contract import registers
from station.core import rtu_frame, slave_frame

UNIT = 7


def sealed(*octets):
    frame = bytearray(octets) + bytearray(2)
    rtu_frame.seal(frame, len(octets))
    return frame


def fault(*pdu):
    frame = sealed(UNIT, *pdu)
    return slave_frame.fault_of(frame, len(frame))


def write(count, byte_count, present):
    return fault(16, 32, 0, 0, count, byte_count, *([0] * present))


def group(file_number=2, record=16, length=16, kind=6):
    return (kind, 0, file_number, record >> 8, record & 255, length >> 8, length & 255)


def test_a_frame_is_for_one_unit_and_has_a_sound_crc():
    frame = sealed(UNIT, 4, 0, 0, 0, 16)
    assert slave_frame.is_for(frame, 8, UNIT)
    for unit in (0, 6, 8, 247):
        assert not slave_frame.is_for(frame, 8, unit)
    for size in (0, 1, 2, 3, 7):
        assert not slave_frame.is_for(frame, size, UNIT)
    for at in range(8):
        for bit in range(8):
            frame[at] ^= 1 << bit
            assert not slave_frame.is_for(frame, 8, UNIT), (at, bit)
            frame[at] ^= 1 << bit


def test_a_frame_longer_than_any_is_none():
    longest = bytearray(300)
    longest[0] = UNIT
    rtu_frame.seal(longest, 254)
    assert slave_frame.is_for(longest, 256, UNIT)
    rtu_frame.seal(longest, 255)
    assert not slave_frame.is_for(longest, 257, UNIT)


def test_only_five_function_codes_are_known():
    known = [code for code in range(128) if fault(code, 0, 0, 0, 1) != 1]
    assert known == [3, 4, 6, 16, 20]


def test_counts_of_registers_have_bounds():
    for function_code in (3, 4):
        for count, expected in ((0, 3), (1, 0), (125, 0), (126, 3)):
            assert fault(function_code, 0, 0, 0, count) == expected, count
        assert fault(function_code, 0, 0, 0, 1, 0) == 3
        assert fault(function_code, 0, 0, 255, 255) == 3
    assert fault(6, 0, 0, 0, 0) == 0
    assert fault(6, 0, 0, 0) == 3


def test_a_write_has_as_many_bytes_as_it_says():
    assert write(1, 2, 2) == 0
    assert write(123, 246, 246) == 0
    for count, byte_count, present in (
        (0, 0, 0),
        (1, 2, 1),
        (1, 2, 3),
        (1, 3, 3),
        (2, 2, 2),
        (124, 248, 246),
    ):
        assert write(count, byte_count, present) == 3, (count, byte_count, present)
    assert fault(16, 32, 0, 0, 1) == 3


def test_a_file_is_read_in_whole_records_and_no_more_than_fit():
    assert fault(20, 7, *group()) == 0
    assert fault(20, 7, *group(length=registers.MOST_RECORDS * 16)) == 0
    assert fault(20, 7, *group(length=8 * 16)) == 3
    assert fault(20, 7, *group(length=0x1000)) == 3
    assert fault(20, 0) == 3
    assert fault(20, 6, *group()) == 3
    assert fault(20, 8, *group(), 0) == 3
    assert fault(20, 14, *group()) == 3
    several = group() * 7
    assert fault(20, len(several), *several) == 0
    assert fault(20, len(several) + 7, *several, *group()) == 3


def test_what_a_sound_file_request_names_wrongly_is_exception_02():
    """Modbus application protocol V1.1b3, 6.14: 03 is for the byte count alone."""
    assert fault(20, 7, *group(kind=5)) == 2
    assert fault(20, 7, *group(record=8)) == 2
    assert fault(20, 7, *group(length=0)) == 2
    assert fault(20, 7, *group(length=8)) == 2


def test_an_exception_is_the_function_code_with_its_bit_and_a_reason():
    adu = bytearray(256)
    received = sealed(UNIT, 4, 0, 0, 0, 0)
    size = slave_frame.build_exception(adu, received, 3)
    assert bytes(adu[:size]) == bytes(sealed(UNIT, 0x84, 3))


def test_the_blocks_of_the_map_do_not_meet():
    ends = [
        (registers.STATION_AT, registers.STATION, registers.EVENTS_AT),
        (registers.EVENTS_AT, registers.STREAM, registers.READINGS_AT),
        (registers.READINGS_AT, registers.STREAM, registers.POINTS_AT),
    ]
    for start, block, following in ends:
        assert start + registers.width_of(block) <= following
    assert registers.POINTS_AT + 255 * registers.width_of(registers.POINT) <= registers.GATES_AT
    assert registers.GATES_AT + 255 * registers.width_of(registers.GATE) <= registers.LENGTH_AT
    assert registers.MESSAGE_AT + registers.MESSAGE_REGISTERS <= registers.COMMIT_AT


def test_files_of_the_two_streams_are_never_one():
    assert registers.file_of(True, 0) == 1
    assert registers.file_of(True, 32766) == 32767
    assert registers.file_of(True, 32767) == 1
    assert registers.file_of(False, 0) == 32768
    assert registers.file_of(False, 32766) == 65534
    assert registers.is_of_events(registers.file_of(True, 32766))
    assert not registers.is_of_events(registers.file_of(False, 0))
