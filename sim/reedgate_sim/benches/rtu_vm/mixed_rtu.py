"""Runs on the vm rig in the place of the firmware's tasks: the RTU master and nothing else.

It asks the units 1 to `units` in turn and prints of each request its outcome and, in hex, what
it took. The other end is `mixed.py`.
"""

import asyncio
import binascii

import board

from reedgate_contract import config as layout
from station.drivers import rtu_master
from station.drivers.clock import Clock
from station.drivers.rs485 import Rs485


async def _ask(baud, count, units, registers, timeout_ms, guard_ms):
    port = Rs485(board.PORTS["RS485_1"], baud, layout.PARITY_NONE, 1)
    master = rtu_master.RtuMaster(port, Clock(), guard_ms)
    for number in range(count):
        outcome = await master.read(number % units + 1, 3, 0, registers, timeout_ms)
        taken = b""
        if outcome == rtu_master.OK:
            taken = master.reply[master.start + 3 : master.start + 3 + 2 * registers]
        elif outcome == rtu_master.EXCEPTION:
            taken = bytes((master.exception,))
        print(outcome, binascii.hexlify(taken).decode())


def run(*arguments):
    asyncio.run(_ask(*arguments))
