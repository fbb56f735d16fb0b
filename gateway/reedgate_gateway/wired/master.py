"""The master of one line: pymodbus over a serial port or a serial device server.

Here the words of the two meet (our unit id is its device id); every fault of the line is a
LineFault.
"""

import asyncio
import logging
import struct
from collections.abc import Awaitable, Callable
from functools import partial

from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerType
from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.file_message import FileRecord

from reedgate_contract import records, registers
from reedgate_gateway.catalogue import Wire
from reedgate_gateway.wired.blocks import LineFault, fields_of

TIMEOUT_S = 1.5  # a page of the journal comes within 0.7 s, or "busy" does
GUARD_S = 0.4  # silence after a fault: what answers late is not taken for the next answer
_READ_HOLDING, _READ_INPUT, _WRITE_SINGLE, _WRITE, _READ_FILE = 3, 4, 6, 16, 20
_SILENT_BITS = 5 * 11  # more than the 3.5 characters of the standard
_LATE_S = 0.005  # as late as a station may see a byte that has arrived
_BUSY = 6
_TRIES = 3
_PARITIES = {"none": "N", "even": "E", "odd": "O"}


class Master:
    """One request at a time, by one task.

    Each is asked up to _TRIES times: asking changes nothing, and a commit with the ticket of the
    one before is the same commit.
    """

    def __init__(self, wire: Wire):
        # what matters of the line's faults is told by the poller, and once
        logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
        self._tickets: dict[int, int] = {}
        self._silence_s = _SILENT_BITS / wire.baud + _LATE_S
        settings = {"timeout": TIMEOUT_S, "retries": 0, "reconnect_delay": 0}
        host, _colon, port = wire.line.rpartition(":")
        if host:
            self._client = AsyncModbusTcpClient(
                host, port=int(port), framer=FramerType.RTU, **settings
            )
        else:
            self._client = AsyncModbusSerialClient(
                wire.line, baudrate=wire.baud, parity=_PARITIES[wire.parity], **settings
            )

    async def open(self) -> None:
        """Before a station's turn: its line, silent for so long that none takes what follows for
        the rest of another's answer. Raises LineFault when port or server cannot be reached."""
        if not self._client.connected and not await self._client.connect():
            raise LineFault("the line cannot be opened")
        await asyncio.sleep(self._silence_s)

    def close(self) -> None:
        self._client.close()

    async def read_input(
        self, unit_id: int, address: int, count: int, tries: int = _TRIES
    ) -> list[int]:
        """Any number of registers: as many requests as it takes."""
        words: list[int] = []
        while len(words) < count:
            part = min(count - len(words), registers.MOST_REGISTERS)
            ask = partial(
                self._client.read_input_registers,
                address + len(words),
                count=part,
                device_id=unit_id,
            )
            answer = await self._ask(_READ_INPUT, ask, _holds(part), tries)
            words += answer.registers
        return words

    async def read_records(self, unit_id: int, file: int, index: int, count: int) -> bytes:
        """Up to MOST_RECORDS records of a file."""
        size = count * records.RECORD_SIZE

        def ask() -> Awaitable[ModbusPDU]:
            wanted = FileRecord(file, index * registers.RECORD_REGISTERS, record_length=size)
            return self._client.read_file_record([wanted], device_id=unit_id)

        def fits(answer: ModbusPDU) -> bool:
            return [len(each.record_data) for each in answer.records] == [size]

        return (await self._ask(_READ_FILE, ask, fits)).records[0].record_data

    async def deliver(self, unit_id: int, message: bytes) -> dict[str, int]:
        """An envelope by the mailbox; what the station answers, by the contract's ANSWER."""
        ticket = self._tickets.get(unit_id)
        if ticket is None:  # another one than the gateway before this one used last
            ticket = (await self._answer(unit_id))["ticket"]
        ticket = self._tickets[unit_id] = ticket % 0xFFFF + 1
        padded = message + bytes(len(message) % 2)
        words = [len(message), *struct.unpack(f">{len(padded) // 2}H", padded)]
        write, at = self._client.write_registers, registers.LENGTH_AT
        await self._ask(_WRITE, partial(write, at, words, device_id=unit_id))
        commit = self._client.write_register
        at = registers.COMMIT_AT
        await self._ask(_WRITE_SINGLE, partial(commit, at, ticket, device_id=unit_id))
        answer = await self._answer(unit_id)
        if answer["ticket"] != ticket:
            raise LineFault("the mailbox answers to another ticket")
        return answer

    async def _answer(self, unit_id: int) -> dict[str, int]:
        count = registers.width_of(registers.ANSWER)
        read = self._client.read_holding_registers
        ask = partial(read, registers.ANSWER_AT, count=count, device_id=unit_id)
        answer = await self._ask(_READ_HOLDING, ask, _holds(count))
        return fields_of(registers.ANSWER, answer.registers)

    async def _ask(
        self,
        function_code: int,
        ask: Callable[[], Awaitable[ModbusPDU]],
        fits: Callable[[ModbusPDU], bool] = lambda _: True,
        tries: int = _TRIES,
    ) -> ModbusPDU:
        """The normal answer. Raises LineFault.

        pymodbus takes any sound frame of the unit for the answer; whether it is one is seen here.
        """
        for _ in range(tries):
            try:
                answer = await ask()
            except ModbusException as exc:
                reason = exc.string
            else:
                if answer.function_code == function_code and fits(answer):
                    return answer
                reason = "an answer to another request"
                if answer.function_code == function_code | 0x80:
                    reason = f"exception {answer.exception_code}"
                    if answer.exception_code != _BUSY:
                        break
            await asyncio.sleep(GUARD_S)
            await self.open()
        raise LineFault(reason)


def _holds(count: int) -> Callable[[ModbusPDU], bool]:
    return lambda answer: len(answer.registers) == count
