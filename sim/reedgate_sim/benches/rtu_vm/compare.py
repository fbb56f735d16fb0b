"""Runs on the VM, started by the bench `rtu`: one master, and beside it a loop of 20 ms.

Arguments: reedgate or umodbus, file numbers of the line's two pipes, baud, requests, units,
registers, time-out and guard in ms. Each request's outcome, how long it took in µs, the heap that
it took in bytes and, in hex, what it gave are printed at the end; behind them how late the loop
came at most, in µs.
"""

import asyncio
import binascii
import gc
import sys
import time

import machine

_LOOP_MS = 20
_READ = 3


class _Reedgate:
    """The firmware's own driver on its own clock."""

    def __init__(self, baud, timeout_ms, guard_ms):
        from reedgate_contract import config as layout
        from station.drivers import rtu_master
        from station.drivers.clock import Clock
        from station.drivers.rs485 import Rs485

        port = Rs485({"uart": 0}, baud, layout.PARITY_NONE, 1)
        self.master = rtu_master.RtuMaster(port, Clock(), guard_ms)
        self._ok = rtu_master.OK
        self._timeout_ms = timeout_ms

    def read(self, unit, registers):
        return self.master.read(unit, _READ, 0, registers, self._timeout_ms)

    def taken(self, outcome, registers):
        if outcome != self._ok:
            return b""
        return self.master.reply[self.master.start + 3 : self.master.start + 3 + 2 * registers]


class _Umodbus:
    """As its examples use it. It knows no time-out of its caller's, and it blocks."""

    def __init__(self, baud, _timeout_ms, _guard_ms):
        from umodbus.serial import Serial

        self._host = Serial(uart_id=0, baudrate=baud, pins=(0, 1))
        self._values = ()

    async def read(self, unit, registers):
        try:
            self._values = self._host.read_holding_registers(unit, 0, registers, False)
        except Exception:  # OSError, ValueError, and IndexError where a frame is cut
            return 1
        return 0

    def taken(self, outcome, _registers):
        if outcome:
            return b""
        taken = bytearray()
        for value in self._values:
            taken.extend(bytes((value >> 8, value & 0xFF)))
        return taken


class _Loop:
    """A control loop that does nothing."""

    latest_us = 0

    async def run(self):
        due_us = time.ticks_us()
        while True:
            late_us = time.ticks_diff(time.ticks_us(), due_us)
            if late_us > self.latest_us:
                self.latest_us = late_us
            due_us = time.ticks_add(due_us, _LOOP_MS * 1000)
            left_ms = time.ticks_diff(due_us, time.ticks_us()) // 1000
            if left_ms < 0:
                due_us = time.ticks_us()
            await asyncio.sleep_ms(left_ms if left_ms > 0 else 0)


async def _run(master, requests, units, registers):
    loop = _Loop()
    beat = asyncio.create_task(loop.run())
    said = []
    await asyncio.sleep_ms(100)
    loop.latest_us = 0
    for number in range(requests):
        unit = number % units + 1
        heap = gc.mem_alloc()
        asked_us = time.ticks_us()
        outcome = await master.read(unit, registers)
        took_us = time.ticks_diff(time.ticks_us(), asked_us)
        heap = gc.mem_alloc() - heap
        said.append((outcome, took_us, heap, bytes(master.taken(outcome, registers))))
        await asyncio.sleep_ms(0)
    beat.cancel()
    for outcome, took_us, heap, taken in said:
        print(outcome, took_us, heap, binascii.hexlify(taken).decode())
    print(loop.latest_us)


def main(name, read_fd, write_fd, baud, requests, units, registers, timeout_ms, guard_ms):
    machine.ends = (open(int(read_fd), "rb"), open(int(write_fd), "wb"))  # noqa: SIM115
    kind = {"reedgate": _Reedgate, "umodbus": _Umodbus}[name]
    master = kind(int(baud), int(timeout_ms), int(guard_ms))
    gc.collect()
    gc.disable()  # what it takes is to be seen
    asyncio.run(_run(master, int(requests), int(units), int(registers)))


if __name__ == "__main__":
    main(*sys.argv[1:])
