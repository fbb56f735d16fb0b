"""What the firmware's TCP connections lead to: nothing, a real network, or a peer in this process.

A network is told of open, send and close, and is asked with take() for what has come back. The VM
itself never has a socket.
"""

import contextlib
import errno
import selectors
import socket
import struct
import time
from typing import Protocol

from reedgate_sim.vm_process import SOCKET_CLOSE, SOCKET_DATA, SOCKET_OPEN, SOCKET_ROOM, Item
from reedgate_sim.world.bus import NEVER_US


class Network(Protocol):
    def open(self, slot: int, address: str, now_us: int) -> None: ...

    def send(self, slot: int, data: bytes, now_us: int) -> None: ...

    def close(self, slot: int) -> None: ...

    def close_all(self) -> None: ...

    def next_event_us(self) -> int: ...

    def take(self, now_us: int) -> list[Item]: ...

    def wait(self, seconds: float) -> bool: ...


def room(size: int) -> bytes:
    """Data of a SOCKET_ROOM item: so many bytes more may be sent."""
    return struct.pack("<I", size)


class NoNetwork:
    """Radio off: a connection is tried and nothing ever comes of it."""

    def open(self, slot: int, address: str, now_us: int) -> None:
        pass

    def send(self, slot: int, data: bytes, now_us: int) -> None:
        pass

    def close(self, slot: int) -> None:
        pass

    def close_all(self) -> None:
        pass

    def next_event_us(self) -> int:
        return NEVER_US

    def take(self, now_us: int) -> list[Item]:
        return []

    def wait(self, seconds: float) -> bool:
        time.sleep(seconds)
        return False


class _Connection:
    def __init__(self, stream: socket.socket):
        self.stream = stream
        self.connected = False
        self.unsent = bytearray()


class RealNetwork:
    """Carries the bytes over this machine's own sockets. For paced runs."""

    def __init__(self, redirect: dict[str, str] | None = None):
        """redirect: what to connect to instead, by address."""
        self._redirect = redirect or {}
        self._selector = selectors.DefaultSelector()
        self._connections: dict[int, _Connection] = {}
        self._items: list[Item] = []

    def open(self, slot: int, address: str, now_us: int) -> None:
        host, _, port = self._redirect.get(address, address).partition(":")
        stream = socket.socket()
        stream.setblocking(False)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = stream.connect_ex((host, int(port)))
        if code not in (0, errno.EINPROGRESS):
            stream.close()
            self._items.append((SOCKET_CLOSE, slot, b""))
            return
        self._connections[slot] = _Connection(stream)
        self._watch(slot)

    def send(self, slot: int, data: bytes, now_us: int) -> None:
        if slot in self._connections:
            self._connections[slot].unsent += data
            self._flush(slot)

    def close(self, slot: int) -> None:
        connection = self._connections.pop(slot, None)
        if connection is not None:
            self._selector.unregister(connection.stream)
            connection.stream.close()

    def close_all(self) -> None:
        for slot in list(self._connections):
            self.close(slot)
        self._items.clear()

    def next_event_us(self) -> int:
        return NEVER_US  # nobody knows: wait() sees it when it comes

    def take(self, now_us: int) -> list[Item]:
        self.wait(0)
        items, self._items = self._items, []
        return items

    def wait(self, seconds: float) -> bool:
        """Let the sockets work for at most so long; whether there is news for the VM."""
        if not self._selector.get_map():
            if seconds > 0:
                time.sleep(seconds)
            return bool(self._items)
        for key, events in self._selector.select(max(seconds, 0)):
            self._serve(key.data, events)
        return bool(self._items)

    def _serve(self, slot: int, events: int) -> None:
        connection = self._connections[slot]
        if not connection.connected:
            code = connection.stream.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                self._lost(slot)
                return
            connection.connected = True
            self._items.append((SOCKET_OPEN, slot, b""))
        if events & selectors.EVENT_WRITE:
            self._flush(slot)
        if events & selectors.EVENT_READ and slot in self._connections:
            self._read(slot)

    def _read(self, slot: int) -> None:
        try:
            data = self._connections[slot].stream.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._items.append((SOCKET_DATA, slot, data))
        else:
            self._lost(slot)

    def _flush(self, slot: int) -> None:
        connection = self._connections[slot]
        if connection.connected and connection.unsent:
            sent = 0
            with contextlib.suppress(BlockingIOError):
                try:
                    sent = connection.stream.send(connection.unsent)
                except (ConnectionError, TimeoutError):
                    self._lost(slot)
                    return
            del connection.unsent[:sent]
            if sent:
                self._items.append((SOCKET_ROOM, slot, room(sent)))
        self._watch(slot)

    def _watch(self, slot: int) -> None:
        connection = self._connections[slot]
        events = selectors.EVENT_READ
        if not connection.connected or connection.unsent:
            events |= selectors.EVENT_WRITE
        try:
            self._selector.modify(connection.stream, events, slot)
        except KeyError:
            self._selector.register(connection.stream, events, slot)

    def _lost(self, slot: int) -> None:
        self.close(slot)
        self._items.append((SOCKET_CLOSE, slot, b""))
