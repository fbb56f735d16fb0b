"""Runs on the VM: the firmware's RTU master with a slave of others at the end of two pipes.

Arguments: file numbers to read from and to write to. Prints each outcome and what it gave.
"""

import asyncio
import sys

import machine

from reedgate_contract import config as layout
from station.core import rtu_frame
from station.drivers import rtu_master
from station.drivers.clock import Clock
from station.drivers.rs485 import Rs485

UNIT = 17
TIMEOUT_MS = 2000


async def converse():
    port = Rs485({"uart": 0}, 19200, layout.PARITY_NONE, 1)
    master = rtu_master.RtuMaster(port, Clock(), 400)

    async def read(function_code, address, count):
        outcome = await master.read(UNIT, function_code, address, count, TIMEOUT_MS)
        values = []
        if outcome == rtu_master.OK:
            for index in range(count):
                values.append(rtu_frame.register_at(master.reply, master.start, index))
        print("read", function_code, outcome, values, master.exception)

    await read(3, 100, 3)
    await read(4, 100, 1)
    print("write", await master.write_single(UNIT, 101, 0xBEEF, TIMEOUT_MS))
    await read(3, 100, 3)
    print("write", await master.write_multiple(UNIT, 100, (10, 0x102), TIMEOUT_MS))
    await read(3, 100, 3)
    await read(3, 100, 125)
    await read(3, 60000, 1)


machine.ends = (open(int(sys.argv[1]), "rb"), open(int(sys.argv[2]), "wb"))  # noqa: SIM115
asyncio.run(converse())
