"""Modbus RTU frames as bytes: building requests, finding the reply, reading its registers.

Works in buffers that the caller owns and allocates nothing. A reply is accepted only when unit id,
function code, length and CRC are those of the request; where it starts in the buffer is returned,
so that noise before it does no harm.
"""

from array import array

from reedgate_contract import config as layout
from reedgate_contract.compat import const
from station.core.fixed import NOT_A_NUMBER, scaled_from_ieee754, scaled_from_integer

FC_READ_HOLDING_REGISTERS = const(0x03)
FC_READ_INPUT_REGISTERS = const(0x04)
FC_WRITE_SINGLE_COIL = const(0x05)
FC_WRITE_SINGLE_REGISTER = const(0x06)
FC_WRITE_MULTIPLE_REGISTERS = const(0x10)
_EXCEPTION_BIT = const(0x80)
_EXCEPTION_SIZE = const(5)
LEAST_ADU = const(4)
MAX_ADU = const(256)
INCOMPLETE = const(-1)


def _crc_table():
    """Each entry from two before it: bit by bit it would take a tenth of a start."""
    table = array("H", (0 for _ in range(256)))
    crc = 1
    step = 128
    while step:
        crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
        for index in range(0, 256, 2 * step):
            table[index + step] = table[index] ^ crc
        step >>= 1
    return table


_CRC_TABLE = _crc_table()


def crc16(data, start, size):
    """CRC-16/MODBUS of data[start:start + size]; the low byte is sent first."""
    table = _CRC_TABLE
    crc = 0xFFFF
    for index in range(start, start + size):
        crc = (crc >> 8) ^ table[(crc ^ data[index]) & 0xFF]
    return crc


def seal(adu, size):
    """Put the CRC behind the first size bytes of adu; gives the size of the whole ADU."""
    crc = crc16(adu, 0, size)
    adu[size] = crc & 0xFF
    adu[size + 1] = crc >> 8
    return size + 2


def build_request(adu, unit_id, function_code, address, count_or_value):
    """A request of function code 3, 4 or 6 in adu; gives its size. address: 0-based."""
    adu[0] = unit_id
    adu[1] = function_code
    adu[2] = address >> 8
    adu[3] = address & 0xFF
    adu[4] = count_or_value >> 8
    adu[5] = count_or_value & 0xFF
    return seal(adu, 6)


def build_write_multiple(adu, unit_id, address, values):
    """A request of function code 16 in adu; gives its size. values: 1 to 123 registers."""
    build_request(adu, unit_id, FC_WRITE_MULTIPLE_REGISTERS, address, len(values))
    adu[6] = 2 * len(values)
    at = 7
    for value in values:
        adu[at] = value >> 8
        adu[at + 1] = value & 0xFF
        at += 2
    return seal(adu, at)


def build_raw(adu, unit_id, pdu):
    """A request whose PDU a maker prescribes, standard or not; gives its size."""
    adu[0] = unit_id
    at = 1
    for value in pdu:
        adu[at] = value
        at += 1
    return seal(adu, at)


def reply_size_of(function_code, count):
    """Bytes of the whole normal reply to a request of function code 3, 4, 6 or 16."""
    if function_code == FC_READ_HOLDING_REGISTERS or function_code == FC_READ_INPUT_REGISTERS:
        return 5 + 2 * count
    return 8


def find_reply(received, size, request, reply_size):
    """Where the reply to request starts in received[:size], or INCOMPLETE.

    reply_size: of the whole normal ADU. An exception response to it is found too.
    """
    start = 0
    while start + _EXCEPTION_SIZE <= size:
        if received[start] == request[0]:
            length = _length_at(received, start, request, reply_size)
            if length and start + length <= size and _sealed(received, start, length):
                return start
        start += 1
    return INCOMPLETE


def is_its_own_answer(request):
    """Whether the normal reply is the request again, so that an echo looks like one."""
    return request[1] == FC_WRITE_SINGLE_COIL or request[1] == FC_WRITE_SINGLE_REGISTER


def contains(received, size, request, request_size):
    """Whether received[:size] has the whole request in it: the adapter hears what it sends."""
    for at in range(size - request_size + 1):
        same = 0
        while same < request_size and received[at + same] == request[same]:
            same += 1
        if same == request_size:
            return True
    return False


def may_begin(received, size, request):
    """Whether in received[:size] an answer to request, of whatever kind, may have begun."""
    for at in range(size):
        if received[at] == request[0] and (
            at + 1 == size or (received[at + 1] ^ request[1]) & ~_EXCEPTION_BIT == 0
        ):
            return True
    return False


def _length_at(received, start, request, reply_size):
    """The length that a reply starting here would have; 0 when none can start here."""
    function_code = request[1]
    if received[start + 1] == function_code | _EXCEPTION_BIT:
        return _EXCEPTION_SIZE if received[start + 2] else 0  # there is no exception code 0
    if received[start + 1] != function_code:
        return 0
    if function_code == FC_READ_HOLDING_REGISTERS or function_code == FC_READ_INPUT_REGISTERS:
        return reply_size if received[start + 2] == reply_size - 5 else 0
    # A write is answered with the address and value (or count) of its request.
    for offset in range(2, 6):
        if start + offset < start + reply_size - 2 and received[start + offset] != request[offset]:
            return 0
    return reply_size


def _sealed(received, start, length):
    crc = crc16(received, start, length - 2)
    at = start + length - 2
    return received[at] == crc & 0xFF and received[at + 1] == crc >> 8


def exception_code(received, start):
    """The exception code of the response at start, or 0 when it is a normal one."""
    if received[start + 1] & _EXCEPTION_BIT:
        return received[start + 2]
    return 0


def register_at(received, start, index):
    """Register number index of the read reply that starts at start."""
    at = start + 3 + 2 * index
    return received[at] << 8 | received[at + 1]


def holds(received, start, words):
    """Whether the registers of the read reply that starts at start are these, as bytes."""
    at = start + 3
    for value in words:
        if received[at] != value:
            return False
        at += 1
    return True


def scaled_at(received, start, word, data_type, decimals):
    """The number of data_type at register offset word: a scaled integer or a code of `fixed`."""
    first = register_at(received, start, word)
    if data_type == layout.TYPE_U16:
        return scaled_from_integer(first, decimals)
    if data_type == layout.TYPE_I16:
        return scaled_from_integer((first ^ 0x8000) - 0x8000, decimals)
    second = register_at(received, start, word + 1)
    if data_type == layout.TYPE_F32_ABCD:
        return scaled_from_ieee754(first, second, decimals)
    if data_type == layout.TYPE_F32_DCBA:
        return scaled_from_ieee754(_swapped(second), _swapped(first), decimals)
    if data_type == layout.TYPE_F32_CDAB:
        return scaled_from_ieee754(second, first, decimals)
    if data_type == layout.TYPE_F32_BADC:
        return scaled_from_ieee754(_swapped(first), _swapped(second), decimals)
    return NOT_A_NUMBER  # of any type that this build does not know


def _swapped(word):
    return (word & 0xFF) << 8 | word >> 8
