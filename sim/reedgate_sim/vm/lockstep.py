"""The VM's end of the wire to the simulator: one request, one answer, and time only from there.

A request carries the VM's now, its next deadline, the last feed of the watchdog, the flash's wear
and every output since the request before. The answer carries now, how far time may run without
asking again (the grant) and every input that changed. Runs on the VM only; the other end is
reedgate_sim.vm_process.
"""

import struct
from asyncio import core

PIN = 1
UART_DATA = 2
UART_SETUP = 3
SOCKET_OPEN = 4  # answered: connected
SOCKET_DATA = 5
SOCKET_CLOSE = 6
SOCKET_ROOM = 7
WATCHDOG = 8
RESET = 9
POWER_CUT = 10  # the flash has done its last operation
CUT_AT = 11  # answered: which one shall be the last

_REQUEST = "<IQQQQQQ"
_ANSWER = "<IQQ"
_ITEM = "<BBH"
_NEVER_US = 1 << 62
_SEND_ROOM = 5840  # bytes that a chip's network stack takes before it says "not now"


class Wear:
    """What was done to the flash since the start, and when the power goes in the middle of it."""

    def __init__(self):
        self.operations = 0  # pages programmed and blocks erased
        self.bytes = 0  # programmed
        self.erases = 0
        self.cut_in = 0  # the operation, counted from the next one, that the cut meets; 0: none
        self.cut_torn = False


class Wire:
    def __init__(self, read_fd, write_fd):
        self.now_us = 0
        self.grant_us = 0
        self.fed_us = 0
        self.wear = Wear()
        self.levels = bytearray(256)  # of every input pin
        self.received = {}  # uart: bytearray of bytes not yet read
        self.sockets = {}  # slot: Channel
        self._in = open(read_fd, "rb")  # noqa: SIM115 - for the life of the VM
        self._out = open(write_fd, "wb")  # noqa: SIM115
        self._head = bytearray(struct.calcsize(_ANSWER))
        self._items = []

    def put(self, kind, number, data=b""):
        self._items.append(struct.pack(_ITEM, kind, number, len(data)) + data)

    def has_news(self):
        return bool(self._items)

    def ask(self, deadline_us):
        """Hand over what has happened and take in what has; now has moved when this returns."""
        body = b"".join(self._items)
        self._items.clear()
        size = struct.calcsize(_REQUEST) - 4 + len(body)
        wear = self.wear
        head = struct.pack(
            _REQUEST,
            size,
            self.now_us,
            deadline_us,
            self.fed_us,
            wear.operations,
            wear.bytes,
            wear.erases,
        )
        self._out.write(head + body)
        if self._in.readinto(self._head) != len(self._head):
            raise SystemExit  # the simulator has gone: so does its VM
        size, self.now_us, self.grant_us = struct.unpack(_ANSWER, self._head)
        body = self._in.read(size - 16) if size > 16 else b""
        at = 0
        while at < len(body):
            kind, number, length = struct.unpack_from(_ITEM, body, at)
            at += 4
            self._take(kind, number, body[at : at + length])
            at += length

    def stand_still(self, us):
        """Time passes in which the chip runs nothing: nor feeds it, so a grant does not count."""
        until_us = self.now_us + us
        while self.now_us < until_us:
            self.ask(until_us)

    def _take(self, kind, number, data):
        if kind == PIN:
            self.levels[number] = data[0]
        elif kind == CUT_AT:
            self.wear.cut_in = struct.unpack("<I", data)[0]
            self.wear.cut_torn = bool(number)
        elif kind == UART_DATA:
            self.received.setdefault(number, bytearray()).extend(data)
        elif number in self.sockets:
            self.sockets[number].take(kind, data)


class Channel:
    """One connection, as far as the VM sees it."""

    def __init__(self):
        self.connected = False
        self.closed = False
        self.received = bytearray()
        self.room = _SEND_ROOM

    def take(self, kind, data):
        if kind == SOCKET_OPEN:
            self.connected = True
        elif kind == SOCKET_DATA:
            self.received.extend(data)
        elif kind == SOCKET_CLOSE:
            self.closed = True
        elif kind == SOCKET_ROOM:
            self.room += struct.unpack("<I", data)[0]


class Waits:
    """Tasks that wait, in the place of asyncio's poller: it is asked when nothing can run."""

    def __init__(self, wire):
        self._wire = wire
        self._waits = []  # (deadline_us, number, source or None, event), earliest first
        self._number = 0

    def add(self, deadline_us, source, event):
        wait = (deadline_us, self._number, source, event)
        self._number += 1
        at = len(self._waits)
        while at and self._waits[at - 1][0] > deadline_us:
            at -= 1
        self._waits.insert(at, wait)

    def register(self, *_):
        pass

    modify = unregister = register

    def ipoll(self, timeout_ms):
        """asyncio's question. 0: tasks are ready to run, so no time passes; else until one is."""
        if timeout_ms != 0:
            while not self._wake():
                self._advance()
        return ()

    def _advance(self):
        wire = self._wire
        deadline_us = self._waits[0][0] if self._waits else _NEVER_US
        if wire.has_news() or deadline_us > wire.grant_us:
            wire.ask(deadline_us)
        elif deadline_us > wire.now_us:
            wire.now_us = deadline_us

    def _wake(self):
        """Set the event of every wait that is over; gives whether there was one."""
        now_us = self._wire.now_us
        over = [
            wait
            for wait in self._waits
            if wait[0] <= now_us or (wait[2] is not None and wait[2].any())
        ]
        for wait in over:
            self._waits.remove(wait)
            wait[3].set()
        return bool(over)


wire = None
waits = None


def install(read_fd, write_fd):
    """Connect to the simulator and put its time in the place of asyncio's."""
    global wire, waits
    wire = Wire(read_fd, write_fd)
    waits = Waits(wire)
    core._io_queue.poller = waits
    core._io_queue.map[0] = [None, None, None]  # asyncio never believes that it has nothing left
    wire.ask(0)


def sit():
    """Nothing more happens here; the pins stand as they are."""
    while True:
        wire.ask(_NEVER_US)
