"""The master of one line: pymodbus over a serial port or a serial device server.

Here the words of the two meet (our unit id is its device id); every fault of the line is LineFault.
"""

import asyncio
import struct

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
_BUSY = 6
_PARITIES = {"none": "N", "even": "E", "odd": "O"}


class Master:
    """One request at a time, by one task."""

    def __init__(self, wire: Wire, timeout_s: float = TIMEOUT_S, guard_s: float = GUARD_S):
        self._guard_s = guard_s
        self._tickets: dict[int, int] = {}
        settings = {"timeout": timeout_s, "retries": 0, "reconnect_delay": 0}
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
        """Raises LineFault when the port or the device server cannot be reached."""
        if not self._client.connected and not await self._client.connect():
            raise LineFault("the line cannot be opened")

    def close(self) -> None:
        self._client.close()

    async def read_input(self, unit_id: int, address: int, count: int) -> list[int]:
        """Any number of registers: as many requests as it takes."""
        words: list[int] = []
        while len(words) < count:
            part = min(count - len(words), registers.MOST_REGISTERS)
            words += await self._words(
                self._client.read_input_registers(
                    address + len(words), count=part, device_id=unit_id
                ),
                part,
            )
        return words

    async def read_records(self, unit_id: int, file: int, index: int, count: int) -> bytes:
        """Up to MOST_RECORDS records of a file; waits once more when the station is busy."""
        size = count * records.RECORD_SIZE
        for attempt in (1, 2, 3):
            wanted = FileRecord(file, index * registers.RECORD_REGISTERS, record_length=size)
            answer = await self._ask(
                self._client.read_file_record([wanted], device_id=unit_id), busy=attempt < 3
            )
            if answer is not None:
                break
        data = answer.records[0].record_data if len(answer.records) == 1 else b""
        if len(data) != size:
            raise await self._fault(f"{len(data)} bytes of records in place of {size}")
        return data

    async def deliver(self, unit_id: int, message: bytes) -> dict[str, int]:
        """An envelope by the mailbox; what the station answers, by the contract's ANSWER."""
        ticket = self._tickets.get(unit_id)
        if ticket is None:  # another one than the gateway before this one used last
            ticket = (await self._answer(unit_id))["ticket"]
        ticket = ticket % 0xFFFF + 1
        self._tickets[unit_id] = ticket
        padded = message + bytes(len(message) % 2)
        words = [len(message), *struct.unpack(f">{len(padded) // 2}H", padded)]
        client = self._client
        await self._ask(client.write_registers(registers.LENGTH_AT, words, device_id=unit_id))
        await self._ask(client.write_register(registers.COMMIT_AT, ticket, device_id=unit_id))
        answer = await self._answer(unit_id)
        if answer["ticket"] != ticket:
            raise await self._fault("the mailbox answers to another ticket")
        return answer

    async def _answer(self, unit_id: int) -> dict[str, int]:
        count = registers.width_of(registers.ANSWER)
        words = await self._words(
            self._client.read_holding_registers(
                registers.ANSWER_AT, count=count, device_id=unit_id
            ),
            count,
        )
        return fields_of(registers.ANSWER, words)

    async def _words(self, asking: "asyncio.Future[ModbusPDU]", count: int) -> list[int]:
        answer = await self._ask(asking)
        if len(answer.registers) != count:
            raise await self._fault(f"{len(answer.registers)} registers in place of {count}")
        return answer.registers

    async def _ask(self, asking: "asyncio.Future[ModbusPDU]", busy: bool = False) -> ModbusPDU:
        """busy: whether that exception is an answer too; it is given as None."""
        try:
            answer = await asking
        except ModbusException as exc:
            raise await self._fault(exc.string) from exc
        if not answer.isError():
            return answer
        if busy and answer.exception_code == _BUSY:
            return None
        raise await self._fault(f"exception {answer.exception_code}")

    async def _fault(self, reason: str) -> LineFault:
        await asyncio.sleep(self._guard_s)
        return LineFault(reason)
