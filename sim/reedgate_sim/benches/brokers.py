"""Real TCP servers on loopback that are good or bad brokers, each a process of its own.

A process, so that what it does takes no time from who is measured. It ends with its stdin.
"""

import contextlib
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

from reedgate_sim import mqtt_packets as mqtt

SITUATIONS = (
    "healthy",
    "mute",  # accepts, and never answers
    "silent",  # answers CONNECT, and nothing after it
    "stops_reading",  # answers for a while, then leaves what is sent in the sender's hands
    "refused",  # nobody listens
)
_READ_BEFORE_STOP = 2  # messages
_SMALL_BUFFER = 2048  # bytes of the receiver: so that it is soon full


@contextlib.contextmanager
def broker(situation: str) -> Iterator[int]:
    """A broker for as long as the context lasts; gives its port on 127.0.0.1."""
    command = [sys.executable, "-m", __name__, situation]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for us: our end is its end
    ) as process:
        yield int(process.stdout.readline())
        process.stdin.close()


def _answer(kind: int, flags: int, body: bytes) -> bytes:
    if kind == mqtt.CONNECT:
        return mqtt.CONNACK
    if kind == mqtt.PINGREQ:
        return mqtt.PINGRESP
    message = mqtt.publish_of(flags, body) if kind == mqtt.PUBLISH else None
    return mqtt.puback(message.packet_id) if message and message.qos else b""


def _converse(stream: socket.socket, situation: str) -> None:
    buffer = bytearray()
    published = 0
    while data := stream.recv(4096):
        if situation == "mute":
            continue
        buffer += data
        while packet := mqtt.next_packet(buffer):
            published += packet[0] == mqtt.PUBLISH
            if situation != "silent" or packet[0] == mqtt.CONNECT:
                stream.sendall(_answer(*packet))
        if situation == "stops_reading" and published >= _READ_BEFORE_STOP:
            return


def _serve(listener: socket.socket, situation: str) -> None:
    kept = []  # a stream that is let go would be closed, which the station would see
    while True:
        stream, _ = listener.accept()
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        kept.append(stream)
        with contextlib.suppress(OSError):
            _converse(stream, situation)
        if situation != "stops_reading":
            kept.pop().close()


def main(situation: str) -> None:
    listener = socket.socket()
    if situation == "stops_reading":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
    listener.bind(("127.0.0.1", 0))
    if situation != "refused":
        listener.listen()
        threading.Thread(target=_serve, args=(listener, situation), daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
