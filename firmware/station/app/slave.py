"""The station as a Modbus slave: a master reads how things stand and the journal, and confirms.

Nothing here waits for the master but this task itself; a scan goes on whatever is asked.
"""

from reedgate_contract import registers
from reedgate_contract.compat import const
from station.core import rtu_frame, slave_frame
from station.core.ticks import elapsed_ms, later

_EXCEPTION_BIT = const(0x80)
_LOOK_MS = const(20)
_PATIENCE_MS = const(700)  # a page comes after a scan, when no poll is under way
_DATA_AT = const(3)  # of an answer with a byte count
_SIZE = const(32)


class Slave:
    def __init__(self, clock, rtu, inputs, mailbox, shelf):
        """rtu: an RtuSlave. inputs: InputRegisters."""
        self.answered = 0
        self._clock = clock
        self._rtu = rtu
        self._inputs = inputs
        self._mailbox = mailbox
        self._shelf = shelf

    async def run(self):
        rtu = self._rtu
        while True:
            size = await rtu.request()
            received = rtu.received
            if received[1] & _EXCEPTION_BIT:
                continue  # no master asks so: it is the answer of somebody with our number
            code = slave_frame.fault_of(received, size)
            if not code:
                if received[1] == slave_frame.FC_READ_FILE_RECORD:
                    code = await self._read_files()
                else:
                    code = self._serve()
            if code:
                answer = slave_frame.build_exception(rtu.adu, received, code)
            else:
                answer = rtu_frame.seal(rtu.adu, self._body_size())
            rtu.answer(answer)
            self.answered += 1

    def _body_size(self):
        """Of an answer without its CRC."""
        function_code = self._rtu.adu[1]
        if (
            function_code == rtu_frame.FC_WRITE_SINGLE_REGISTER
            or function_code == rtu_frame.FC_WRITE_MULTIPLE_REGISTERS
        ):
            return 6
        return _DATA_AT + self._rtu.adu[2]

    def _serve(self):
        """Registers; the answer is built when this gives OK."""
        received = self._rtu.received
        adu = self._rtu.adu
        function_code = received[1]
        address = slave_frame.word_at(received, 2)
        adu[0] = received[0]
        adu[1] = function_code
        if function_code == rtu_frame.FC_WRITE_SINGLE_REGISTER:
            code = self._mailbox.write(address, 1, received, 4)
        elif function_code == rtu_frame.FC_WRITE_MULTIPLE_REGISTERS:
            code = self._mailbox.write(address, slave_frame.word_at(received, 4), received, 7)
        else:
            return self._read(function_code, address, slave_frame.word_at(received, 4))
        for index in range(2, 6):
            adu[index] = received[index]
        return code

    def _read(self, function_code, address, count):
        inputs = function_code == rtu_frame.FC_READ_INPUT_REGISTERS
        source = self._inputs if inputs else self._mailbox
        adu = self._rtu.adu
        adu[2] = 2 * count
        return (
            slave_frame.OK
            if source.copy(address, count, adu, _DATA_AT)
            else slave_frame.ILLEGAL_ADDRESS
        )

    async def _read_files(self):
        """Records of the journal, run by run as they come from the flash."""
        received = self._rtu.received
        adu = self._rtu.adu
        adu[0] = received[0]
        adu[1] = received[1]
        until_ms = later(self._clock.now_ms(), _PATIENCE_MS)
        to = _DATA_AT
        for group in range(slave_frame.groups_in(received)):
            at = slave_frame.group_at(group)
            file_number = slave_frame.word_at(received, at + 1)
            index = slave_frame.word_at(received, at + 3) // registers.RECORD_REGISTERS
            count = slave_frame.word_at(received, at + 5) // registers.RECORD_REGISTERS
            code = await self._page(file_number, index, count, until_ms)
            if code:
                return code
            adu[to] = count * _SIZE + 1
            adu[to + 1] = received[at]
            to += 2
            begin = self._shelf.place_of(index)
            for byte in range(count * _SIZE):
                adu[to + byte] = self._shelf.page[begin + byte]
            to += count * _SIZE
        adu[2] = to - _DATA_AT
        return slave_frame.OK

    async def _page(self, file_number, index, count, until_ms):
        """Wait until the records are in memory."""
        shelf = self._shelf
        if not shelf.ask(file_number, index, count):
            return slave_frame.ILLEGAL_ADDRESS
        while not shelf.holds(file_number, index, count):
            if shelf.failed:
                return slave_frame.DEVICE_FAILURE
            if elapsed_ms(self._clock.now_ms(), until_ms) >= 0:
                return slave_frame.DEVICE_BUSY
            await self._clock.sleep_until(later(self._clock.now_ms(), _LOOK_MS))
        return slave_frame.OK
