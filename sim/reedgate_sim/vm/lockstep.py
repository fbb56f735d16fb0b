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
_NO_END = 1 << 30
_REQUEST_SIZE = struct.calcsize(_REQUEST)
_ANSWER_SIZE = struct.calcsize(_ANSWER)
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
    """All that is put before a question happened at its stamp: time moves in ask(), or in a grant
    while nothing waits to be told."""

    def __init__(self, read_fd, write_fd):
        self.now_us = 0
        self.grant_us = 0
        self.fed_us = 0
        self.wear = Wear()
        self.levels = bytearray(256)  # of every input pin
        self.received = {}  # uart: bytearray of bytes not yet read
        self.rings = {}  # uart: how many of them there is room for
        self.fifos = {}  # uart: bytes that it holds by itself while the program stands still
        self.overrun = 0  # bytes that found no room in one of the two
        self.sockets = {}  # slot: Channel
        self._held = None  # uart: bytes in its fifo since the program stands still; None: it runs
        self._in = open(read_fd, "rb")  # noqa: SIM115 - for the life of the VM
        self._out = open(write_fd, "wb")  # noqa: SIM115
        self._head = bytearray(_ANSWER_SIZE)
        self._request = bytearray(_REQUEST_SIZE + 512)
        self._size = _REQUEST_SIZE
        self._body = memoryview(bytearray(1024))

    def put(self, kind, number, data=b""):
        at = self._size
        length = len(data)
        self._size = at + 4 + length
        if self._size > len(self._request):
            self._request.extend(bytes(self._size - len(self._request)))
        struct.pack_into(_ITEM, self._request, at, kind, number, length)
        self._request[at + 4 : at + 4 + length] = data

    def has_news(self):
        return self._size > _REQUEST_SIZE

    def ask(self, deadline_us):
        """Hand over what has happened and take in what has; now has moved when this returns."""
        wear = self.wear
        struct.pack_into(
            _REQUEST,
            self._request,
            0,
            self._size - 4,
            self.now_us,
            deadline_us,
            self.fed_us,
            wear.operations,
            wear.bytes,
            wear.erases,
        )
        self._out.write(self._request, self._size)
        self._size = _REQUEST_SIZE
        if self._in.readinto(self._head) != _ANSWER_SIZE:
            raise SystemExit  # the simulator has gone: so does its VM
        size, self.now_us, self.grant_us = struct.unpack(_ANSWER, self._head)
        size -= _ANSWER_SIZE - 4
        if not size:
            return
        if size > len(self._body):
            self._body = memoryview(bytearray(size))
        body = self._body
        self._in.readinto(body, size)
        at = 0
        while at < size:
            kind, number, length = struct.unpack_from(_ITEM, body, at)
            at += 4
            self._take(kind, number, body[at : at + length])
            at += length

    def stand_still(self, us):
        """Time passes in which the chip runs nothing: nor feeds it, so a grant does not count."""
        until_us = self.now_us + us
        self._held = {}
        while self.now_us < until_us:
            self.ask(until_us)
        self._held = None

    def _take(self, kind, number, data):
        if kind == PIN:
            self.levels[number] = data[0]
        elif kind == CUT_AT:
            self.wear.cut_in = struct.unpack("<I", data)[0]
            self.wear.cut_torn = bool(number)
        elif kind == UART_DATA:
            self._take_bytes(number, data)
        elif number in self.sockets:
            self.sockets[number].take(kind, data)

    def _take_bytes(self, uart, data):
        """Bytes for a UART. No interrupt empties its fifo while the flash is being erased."""
        received = self.received.setdefault(uart, bytearray())
        room = self.rings.get(uart, _NO_END) - len(received)
        if self._held is not None:
            held = self._held.get(uart, 0)
            room = min(room, self.fifos.get(uart, _NO_END) - held)
            self._held[uart] = held + len(data)
        taken = max(min(len(data), room), 0)
        self.overrun += len(data) - taken
        received.extend(data[:taken])


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
        self._waits = []  # [deadline_us, source or None, task], earliest first
        self._spare = []  # used again: the heap is searched for each new one, from its front

    def add(self, deadline_us, source, task):
        """The task that runs now will yield until the deadline, or until source.any()."""
        wait = self._spare.pop() if self._spare else [0, None, None]
        wait[0] = deadline_us
        wait[1] = source
        wait[2] = task
        waits = self._waits
        at = len(waits)
        while at and waits[at - 1][0] > deadline_us:
            at -= 1
        waits.insert(at, wait)
        task.data = self  # where a cancelled task is taken out again

    def remove(self, task):
        """asyncio cancels it."""
        self._waits[:] = [wait for wait in self._waits if wait[2] is not task]

    def register(self, *_):
        pass

    modify = unregister = register

    def ipoll(self, timeout_ms):
        """asyncio's question. 0: tasks are ready to run, so no time passes; else until one is."""
        if timeout_ms:
            looks = True  # a source changes by what a task did or what the wire brought
            while not self._wake(looks):
                looks = self._advance()
        return ()

    def _advance(self):
        """Let time pass; gives whether the wire was asked."""
        wire = self._wire
        deadline_us = self._waits[0][0] if self._waits else _NEVER_US
        if deadline_us > wire.grant_us or wire.has_news():
            wire.ask(deadline_us)
            return True
        if deadline_us > wire.now_us:
            wire.now_us = deadline_us
        return False

    def _wake(self, looks):
        """Make every task ready whose wait is over; gives whether there was one."""
        now_us = self._wire.now_us
        waits = self._waits
        woken = False
        at = 0
        while at < len(waits):
            wait = waits[at]
            source = wait[1]
            if wait[0] <= now_us or (looks and source is not None and source.any()):
                core._task_queue.push(wait[2])
                self._spare.append(waits.pop(at))
                woken = True
            elif looks:
                at += 1
            else:
                break  # those behind it wait for longer
        return woken


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
