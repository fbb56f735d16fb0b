"""A simulated line as a serial port of this machine, in real time.

A pty keeps the speed that was set, and no parity: the line's must have none.
"""

import contextlib
import os
import select
import termios
import threading
import time
import tty

from reedgate_sim.world.line import Line

_BAUDS = {getattr(termios, f"B{baud}"): baud for baud in (4800, 9600, 19200, 38400, 57600, 115200)}
_SPEED = 5  # of tcgetattr's list
_LOOK_S = 0.1


class PtyBus:
    """As a context it gives the name of the port."""

    def __init__(self, bus):
        self._bus = bus
        self.asked = threading.Event()

    def __enter__(self):
        self._near, self._far = os.openpty()
        tty.setraw(self._far)
        self._wake, self._end = os.pipe()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return os.ttyname(self._far)

    def _serve(self):
        begin = time.monotonic()
        while True:
            now_us = int((time.monotonic() - begin) * 1e6)
            if data := self._bus.receive(now_us):
                os.write(self._near, data)
            left_s = (self._bus.next_event_us() - now_us) / 1e6
            ends = [self._near, self._wake]
            ready, _, _ = select.select(ends, [], [], min(max(left_s, 0), _LOOK_S))
            if self._wake in ready:
                return
            if self._near in ready:
                now_us = int((time.monotonic() - begin) * 1e6)
                baud = _BAUDS[termios.tcgetattr(self._far)[_SPEED]]
                self._bus.transmit(now_us, os.read(self._near, 256), Line(baud))
                self.asked.set()
                if getattr(self._bus, "unplugged", False):
                    os.close(self._near)  # who has the port open reads an error
                    self._near = -1
                    return

    def __exit__(self, *_):
        os.close(self._end)
        self._thread.join()
        for each in (self._near, self._far, self._wake):
            with contextlib.suppress(OSError):  # unplugged
                os.close(each)
