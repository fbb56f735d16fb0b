"""A serial device server by RFC 2217, pyserial's own far end of it; behind it one slave."""

import contextlib
import socket
import threading

import serial
from serial.rfc2217 import PortManager


class SerialServer:
    """As a context it gives its address. answer(request) -> bytes or None; port: its settings."""

    def __init__(self, answer):
        self._answer = answer
        self.port = serial.serial_for_url("loop://")
        self._connection = None

    def __enter__(self):
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        host, port = self._listening.getsockname()
        return f"{host}:{port}"

    def _serve(self):
        try:
            self._connection, _ = self._listening.accept()
        except OSError:  # nobody has come
            return
        with self._connection as connection:
            manager = PortManager(self.port, self)
            while data := connection.recv(1024):
                request = b"".join(manager.filter(data))
                if request and (answer := self._answer(request)):
                    self.write(b"".join(manager.escape(answer)))

    def write(self, data):
        """For the manager's own words too."""
        self._connection.sendall(data)

    def __exit__(self, *_):
        for each in (self._listening, self._connection):
            with contextlib.suppress(OSError):  # it is closed
                each and each.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()
        self.port.close()
