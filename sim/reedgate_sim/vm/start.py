"""Wakes the chip up, then boot.py and main.py. Arguments: read_fd write_fd first_tick_ms
reset_cause seed erase_us file_system.

What a board's own start-up code does before Python, done for the VM: after this the firmware's
files run as they are.
"""

import sys

read_fd, write_fd, first_tick_ms, reset_cause, seed, erase_us = (
    int(word) for word in sys.argv[1:7]
)
file_system = sys.argv[7]

import lockstep  # noqa: E402

lockstep.install(read_fd, write_fd)

import gc  # noqa: E402
import os  # noqa: E402
import socket  # noqa: E402

import board  # noqa: E402 - data only
import flash  # noqa: E402
import lockstep_clock  # noqa: E402
import machine  # noqa: E402

for port in board.PORTS.values():
    lockstep.wire.fifos[port["uart"]] = port.get("rx_fifo", 32)
lockstep_clock.FIRST_TICK_MS = first_tick_ms
machine._reset_cause = reset_cause
os._state = seed % 2147483646 + 1
sys.modules["station.drivers.clock"] = lockstep_clock
sys.modules["usocket"] = socket  # the name by which older libraries ask for it

device = flash.Flash(open("flash.img", "r+b"), lockstep.wire, erase_us)  # noqa: SIM115
try:
    flash.mount(device, file_system)
except OSError as problem:
    print("the flash does not mount:", problem)  # and the firmware finds no file
else:
    flash.provision("provision")
    os.chdir(flash.PLACE)
device.begin_life()
gc.collect()

try:
    import boot  # noqa: F401
    import main  # noqa: F401
except Exception as problem:
    sys.print_exception(problem)
lockstep.sit()  # as a chip does whose program has ended: only its watchdog goes on
