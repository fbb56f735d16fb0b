"""The mailbox in the holding registers: envelopes come in, what became of them is read back.

The same envelopes as over MQTT, judged by the same Downlink; here are only their registers.
"""

import struct

from reedgate_contract import registers
from reedgate_contract.compat import const
from station.core import slave_frame

_END = const(8193 + 122)  # behind the message
_LONGEST = const(244)
_LENGTH_BYTES = const(2)
_ANSWER = registers.format_of(registers.ANSWER)
_ANSWER_END = registers.ANSWER_AT + registers.width_of(registers.ANSWER)


class Mailbox:
    def __init__(self, downlink):
        self._downlink = downlink
        self._letter = bytearray(_LENGTH_BYTES + _LONGEST)  # length and message, as registers
        self._answer = bytearray(2 * (_ANSWER_END - registers.COMMIT_AT))  # commit and answer
        self._ticket = 0
        self._result = 0

    def copy(self, address, count, into, at):
        """Registers into a buffer; False when the map has not all of them."""
        if address >= registers.LENGTH_AT and address + count <= _END:
            source = self._letter
            begin = 2 * (address - registers.LENGTH_AT)
        elif address >= registers.COMMIT_AT and address + count <= _ANSWER_END:
            self._pack_answer()
            source = self._answer
            begin = 2 * (address - registers.COMMIT_AT)
        else:
            return False
        for index in range(2 * count):
            into[at + index] = source[begin + index]
        return True

    def write(self, address, count, data, at):
        """Registers from a buffer; OK or an exception's code."""
        if address >= registers.LENGTH_AT and address + count <= _END:
            begin = 2 * (address - registers.LENGTH_AT)
            for index in range(2 * count):
                self._letter[begin + index] = data[at + index]
            return slave_frame.OK
        if address == registers.COMMIT_AT and count == 1:
            return self._commit(slave_frame.word_at(data, at))
        return slave_frame.ILLEGAL_ADDRESS

    def _commit(self, ticket):
        length = slave_frame.word_at(self._letter, 0)
        if not ticket or not 0 < length <= _LONGEST:  # 0: written before this start
            return slave_frame.ILLEGAL_VALUE
        if ticket != self._ticket:  # else its answer got lost, and it is asked again
            message = bytes(self._letter[_LENGTH_BYTES : _LENGTH_BYTES + length])
            self._result = self._downlink.take_unaddressed(message)
            self._ticket = ticket  # only now: a judging that failed is done again
        return slave_frame.OK

    def _pack_answer(self):
        state = (self._ticket, self._result, self._downlink.counter, self._downlink.refused)
        struct.pack_into(">H", self._answer, 0, self._ticket)
        struct.pack_into(_ANSWER, self._answer, 2, *state)
