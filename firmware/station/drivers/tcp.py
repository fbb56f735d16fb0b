"""A TCP connection that never blocks: each call does what can be done now."""

import errno
import socket

from reedgate_contract.compat import const

# Nothing wrong: not connected yet, or nothing there now. The caller has a deadline for both.
_PENDING = (errno.EINPROGRESS, errno.EAGAIN, errno.EALREADY, errno.ENOTCONN)
_AHEAD = const(64)


class TcpLink:
    look_ms = 20

    def __init__(self):
        self._socket = None
        self._ahead = bytearray(_AHEAD)  # read, but not yet taken
        self._ahead_size = 0
        self._problem = None

    def open(self, host, port):
        """Start connecting. host: an IP literal; a name look-up would block."""
        self._ahead_size = 0
        self._problem = None
        self._socket = socket.socket()
        self._socket.setblocking(False)
        address = socket.getaddrinfo(host, port)[0][-1]
        try:
            self._socket.connect(address)
        except OSError as problem:
            if problem.errno not in _PENDING:
                raise

    def any(self):
        """Whether read_into would give something: bytes, or the end of the connection."""
        if self._ahead_size or self._problem is not None:
            return True
        if self._socket is None:
            return False
        try:
            size = self._socket.readinto(self._ahead)
        except OSError as problem:
            if problem.errno not in _PENDING:
                self._problem = problem
        else:
            if size == 0:
                self._problem = OSError(errno.ECONNRESET)
            self._ahead_size = size or 0
        return self._ahead_size > 0 or self._problem is not None

    def read_into(self, buffer):
        """Bytes read, 0 when none are there. Raises OSError when the far end is gone.

        buffer: of 64 bytes or more.
        """
        if not self.any():
            return 0
        if self._ahead_size:
            size = self._ahead_size
            self._ahead_size = 0
            buffer[:size] = self._ahead[:size]
            return size
        raise self._problem

    def send(self, view):
        """Bytes taken by the network, 0 when it takes none now. Raises OSError when it is gone."""
        try:
            return self._socket.write(view) or 0
        except OSError as problem:
            if problem.errno in _PENDING:
                return 0
            raise

    def close(self):
        if self._socket is not None:
            try:
                self._socket.close()
            except OSError:
                pass  # it was broken: that is why it is closed
            self._socket = None
