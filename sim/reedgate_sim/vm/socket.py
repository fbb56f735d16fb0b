"""The chip's `socket` on the virtual rig: TCP as lwIP gives it, carried by the simulator.

setblocking(True) clears a time-out, as it does there. A call that would block cannot be waited for
here (no time passes inside a call), so it fails loudly instead: firmware must not block.
"""

import errno
import io

import lockstep

AF_INET, SOCK_STREAM, SOL_SOCKET, SO_REUSEADDR = 2, 1, 1, 2
_STREAM_POLL, _STREAM_CLOSE = 3, 4
_POLL_READ, _POLL_WRITE, _POLL_ERROR, _POLL_HANGUP = 1, 4, 8, 16

_next_slot = 0


def getaddrinfo(host, port, *_):
    for part in host.split("."):
        if not part.isdigit():
            raise OSError(-2)  # a name look-up blocks on a board
    return [(AF_INET, SOCK_STREAM, 0, "", (host, port))]


class socket(io.IOBase):
    def __init__(self, *_):
        global _next_slot
        self._slot = _next_slot
        _next_slot = (_next_slot + 1) % 256
        self._blocking = True
        self._channel = None

    def setblocking(self, blocking):
        self._blocking = blocking

    def settimeout(self, seconds):
        self._blocking = seconds != 0

    def setsockopt(self, *_):
        pass

    def connect(self, address):
        self._channel = lockstep.Channel()
        lockstep.wire.sockets[self._slot] = self._channel
        target = "%s:%d" % address
        lockstep.wire.put(lockstep.SOCKET_OPEN, self._slot, target.encode())
        self._would_block(errno.EINPROGRESS)

    def _would_block(self, code):
        if self._blocking:
            raise RuntimeError("a blocking socket call on the scan's own thread")
        raise OSError(code)

    def readinto(self, buffer, size=None):
        channel = self._channel
        size = min(len(channel.received), len(buffer) if size is None else size)
        if not size:  # most often: it is asked each time that nothing else can run
            if channel.closed:
                return 0
            return None if not self._blocking else self._would_block(errno.EAGAIN)
        buffer[:size] = channel.received[:size]
        channel.received[:size] = b""
        return size

    def read(self, size=-1):
        buffer = bytearray(len(self._channel.received) if size < 0 else size)
        size = self.readinto(buffer)
        return None if size is None else bytes(buffer[:size])

    recv = read

    def write(self, data):
        channel = self._channel
        if channel.closed:
            raise OSError(errno.ECONNRESET)
        if not channel.connected:
            raise OSError(errno.ENOTCONN)
        size = min(len(data), channel.room)
        if not size:
            return None if not self._blocking else self._would_block(errno.EAGAIN)
        channel.room -= size
        lockstep.wire.put(lockstep.SOCKET_DATA, self._slot, bytes(data[:size]))
        return size

    send = write

    def close(self):
        if self._channel is not None:
            lockstep.wire.put(lockstep.SOCKET_CLOSE, self._slot)
            lockstep.wire.sockets.pop(self._slot, None)
            self._channel = None

    def ioctl(self, request, argument):
        if request == _STREAM_CLOSE:
            self.close()
            return 0
        if request != _STREAM_POLL:
            return -1  # above all it has no file number, so that select asks here
        channel = self._channel
        if channel is None:
            return 0
        ready = 0
        if channel.received or channel.closed:
            ready |= _POLL_READ
        if channel.connected and channel.room and not channel.closed:
            ready |= _POLL_WRITE
        if channel.closed and not channel.connected:
            ready |= _POLL_ERROR | _POLL_HANGUP
        return ready & (argument | _POLL_ERROR | _POLL_HANGUP)
