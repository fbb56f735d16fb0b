"""Modbus RTU from the slave's side: is this frame for us, is it sound, where are its numbers.

Pure, in buffers that the caller owns; nothing is allocated. What a register means is not here.
"""

from reedgate_contract import registers
from reedgate_contract.compat import const
from station.core import rtu_frame

FC_READ_FILE_RECORD = const(0x14)

OK = const(0)
ILLEGAL_FUNCTION = const(1)
ILLEGAL_ADDRESS = const(2)
ILLEGAL_VALUE = const(3)
DEVICE_FAILURE = const(4)
DEVICE_BUSY = const(6)

_SHORTEST = const(4)
_MOST_WRITTEN = const(123)
_REFERENCE_TYPE = const(6)
_GROUP = const(7)  # bytes of a request for a run of records
_MOST_FILE_BYTES = const(245)  # of such groups, and of what answers them


def is_for(received, size, unit_id):
    """Whether a whole, sound frame for this unit stands in received[:size]."""
    if size < _SHORTEST or size > rtu_frame.MAX_ADU or received[0] != unit_id:
        return False
    crc = rtu_frame.crc16(received, 0, size - 2)
    return received[size - 2] == crc & 0xFF and received[size - 1] == crc >> 8


def size_for(received, size, unit_id):
    """Bytes of the sound frame for this unit at the start of received[:size]; 0 without one.

    What follows it is thrown away: a driver that lets go of the line may leave a byte behind.
    """
    own = _size_by_form(received)
    if own < size and is_for(received, own, unit_id):
        return own
    return size if is_for(received, size, unit_id) else 0


def _size_by_form(received):
    """As the frame itself says."""
    function_code = received[1]
    if function_code == rtu_frame.FC_WRITE_MULTIPLE_REGISTERS:
        return 9 + received[6]
    if function_code == FC_READ_FILE_RECORD:
        return 5 + received[2]
    return 8


def word_at(frame, at):
    return frame[at] << 8 | frame[at + 1]


def fault_of(received, size):
    """OK, or the exception that a sound frame deserves by its form alone."""
    function_code = received[1]
    if (
        function_code == rtu_frame.FC_READ_HOLDING_REGISTERS
        or function_code == rtu_frame.FC_READ_INPUT_REGISTERS
    ):
        if size != 8 or not 1 <= word_at(received, 4) <= registers.MOST_REGISTERS:
            return ILLEGAL_VALUE
        return OK
    if function_code == rtu_frame.FC_WRITE_SINGLE_REGISTER:
        return OK if size == 8 else ILLEGAL_VALUE
    if function_code == rtu_frame.FC_WRITE_MULTIPLE_REGISTERS:
        return _fault_of_write(received, size)
    if function_code == FC_READ_FILE_RECORD:
        return _fault_of_file_read(received, size)
    return ILLEGAL_FUNCTION


def _fault_of_write(received, size):
    if size < 11:
        return ILLEGAL_VALUE
    count = word_at(received, 4)
    if not 1 <= count <= _MOST_WRITTEN or received[6] != 2 * count or size != 9 + 2 * count:
        return ILLEGAL_VALUE
    return OK


def _fault_of_file_read(received, size):
    if size < 5:
        return ILLEGAL_VALUE
    asked = received[2]
    if size != 5 + asked or asked == 0 or asked % _GROUP or asked > _MOST_FILE_BYTES:
        return ILLEGAL_VALUE
    answered = 0
    for group in range(groups_in(received)):
        at = group_at(group)
        length = word_at(received, at + 5)
        if (
            received[at] != _REFERENCE_TYPE
            or not length
            or length % registers.RECORD_REGISTERS
            or word_at(received, at + 3) % registers.RECORD_REGISTERS
        ):
            return ILLEGAL_ADDRESS
        answered += 2 + 2 * length
    return OK if answered <= _MOST_FILE_BYTES else ILLEGAL_VALUE


def groups_in(received):
    """Runs of records that a sound file request asks for."""
    return received[2] // _GROUP


def group_at(group):
    """Where a run stands: reference type, file number, record number, length in registers."""
    return 3 + _GROUP * group


def build_exception(adu, received, code):
    """An exception response to what was received; its size."""
    adu[0] = received[0]
    adu[1] = received[1] | 0x80
    adu[2] = code
    return rtu_frame.seal(adu, 3)
