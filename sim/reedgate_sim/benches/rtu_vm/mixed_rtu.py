"""Runs on the vm rig in the place of the firmware's tasks: the RTU master and nothing else.

It asks the units 1 to `units` in turn and prints of each request its outcome and, in hex, what
it took. The other end is `mixed.py`.
"""

import asyncio
import binascii
from asyncio import core

import board
import lockstep_clock

from reedgate_contract import config as layout
from station.drivers import rtu_master
from station.drivers.clock import Clock
from station.drivers.rs485 import Rs485

_TURN_US = 200  # of asyncio, in which a chip looks that does not sleep


class _LookingClock(Clock):
    """The rig's clock wakes who waits at the very byte; a board's looks, each source.look_ms."""

    async def wait_readable(self, source, deadline_ms):
        while not source.any():
            left_us = self._us_at(deadline_ms) - self._wire.now_us
            if left_us <= 0:
                return False
            look_us = source.look_ms * 1000 or _TURN_US
            at_us = self._wire.now_us + min(left_us, look_us)
            self._waits.add(at_us, None, core.cur_task)
            await lockstep_clock._pause.begun()
        return True


async def _ask(baud, count, units, registers, timeout_ms, guard_ms):
    port = Rs485(board.PORTS["RS485_1"], baud, layout.PARITY_NONE, 1)
    master = rtu_master.RtuMaster(port, _LookingClock(), guard_ms)
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
