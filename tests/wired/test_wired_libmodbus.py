"""A second master that shares no code with ours or with pymodbus: libmodbus, over a pty."""

import asyncio
import ctypes
import ctypes.util
import os

import pytest
from device_server import PtyLine
from slave_rig import UNIT, SlaveRun, unpacked

from reedgate_contract import registers

LIBRARY = os.environ.get("LIBMODBUS") or ctypes.util.find_library("modbus")
BAD_ADDRESS, BAD_VALUE, BAD_FUNCTION = 112345680, 112345681, 112345679  # MODBUS_ENOBASE + code

pytestmark = pytest.mark.skipif(
    LIBRARY is None, reason="NO SECOND MASTER IS TRIED: libmodbus not found: make tools"
)


class LibModbus:
    """libmodbus on a port. Its calls block: run them beside the loop."""

    def __init__(self, port):
        self._lib = lib = ctypes.CDLL(LIBRARY, use_errno=True)
        lib.modbus_new_rtu.restype = ctypes.c_void_p
        lib.modbus_new_rtu.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_char] + [
            ctypes.c_int
        ] * 2
        self._context = ctypes.c_void_p(lib.modbus_new_rtu(port.encode(), 19200, b"N", 8, 1))
        assert lib.modbus_set_slave(self._context, UNIT) == 0
        assert lib.modbus_connect(self._context) == 0
        assert lib.modbus_set_response_timeout(self._context, 5, 0) == 0

    def close(self):
        self._lib.modbus_close(self._context)
        self._lib.modbus_free(self._context)

    async def _call(self, name, *arguments):
        """What it gives; negative: errno."""

        def call():
            result = getattr(self._lib, name)(self._context, *arguments)
            return result if result >= 0 else -ctypes.get_errno()

        return await asyncio.to_thread(call)

    async def read(self, address, count, inputs=True):
        words = (ctypes.c_uint16 * count)()
        name = "modbus_read_input_registers" if inputs else "modbus_read_registers"
        result = await self._call(name, address, count, words)
        return list(words) if result == count else result

    async def write(self, address, *words):
        data = (ctypes.c_uint16 * len(words))(*words)
        return await self._call("modbus_write_registers", address, len(words), data)

    async def write_one(self, address, word):
        return await self._call("modbus_write_register", address, word)

    async def read_coils(self):
        return await self._call("modbus_read_bits", 0, 1, (ctypes.c_uint8 * 1)())


def test_libmodbus_reads_the_map_and_uses_the_mailbox():
    async def story(run):
        with PtyLine(run) as port:
            master = LibModbus(port)
            try:
                width = registers.width_of(registers.STATION)
                now = unpacked(registers.STATION, await master.read(registers.STATION_AT, width))
                assert (now["map_version"], now["points"], now["gates"]) == (2, 5, 2)
                assert now["uptime_s"] in (30, 31)
                assert await master.read(registers.POINTS_AT, 41) == -BAD_ADDRESS
                assert await master.read_coils() == -BAD_FUNCTION
                assert await master.write(registers.LENGTH_AT, 3, 0x0102, 0x0300) == 3
                assert await master.read(registers.LENGTH_AT, 3, inputs=False) == [
                    3,
                    0x0102,
                    0x0300,
                ]
                assert await master.write_one(registers.COMMIT_AT, 0) == -BAD_VALUE
                assert await master.write_one(registers.COMMIT_AT, 5) == 1
                width = registers.width_of(registers.ANSWER)
                answer = await master.read(registers.ANSWER_AT, width, inputs=False)
                assert unpacked(registers.ANSWER, answer) == {
                    "ticket": 5,
                    "result": 1,  # no form
                    "last_counter": 0,
                    "refused": 1,
                }
            finally:
                master.close()

    with SlaveRun() as run:
        asyncio.run(story(run.to(30)))
