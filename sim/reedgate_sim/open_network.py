"""Open runs: the firmware in virtual time, with a real broker and the real gateway behind it.

Relays the bytes between the VM's connection and this machine's sockets, and holds virtual time
(by not returning) until what the station asked for is answered and the gateway has settled:

    CONNECT, SUBSCRIBE, QoS 1 PUBLISH, PINGREQ     the broker's own answer
    a batch on `journal`                           an `ack` for its stream and epoch
    a `birth`                                      a `time`

Nobody waits for a broker or a gateway of which the test has said that it is stopped. What the
broker sends unasked is stamped when the rig next looks; so is the `time` that a gateway sends each
hour, which can be too late for the station when an hour passes in a blink.

Outcomes of open runs can be judged, hashes of them cannot. No wall clock goes to the VM from here.
"""

import select
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from reedgate_contract import envelope, records, topics
from reedgate_sim import mqtt_packets as mqtt
from reedgate_sim.network import room
from reedgate_sim.vm_process import SOCKET_CLOSE, SOCKET_DATA, SOCKET_OPEN, SOCKET_ROOM, Item
from reedgate_sim.world.bus import NEVER_US

PUBACK, SUBACK = 4, 9
_ANSWERS = {2: "CONNACK", PUBACK: "PUBACK", SUBACK: "SUBACK", 13: "PINGRESP"}
_ENVELOPE_HEAD = struct.calcsize(envelope.HEAD)

Awaited = tuple[str | int, ...]  # the answer's name, then what tells it from others of the name


class NotAnswered(RuntimeError):
    """A real broker or gateway kept virtual time waiting for too long, or is gone."""


@dataclass(frozen=True)
class Packet:
    """An MQTT packet on its way; topic and payload are a PUBLISH's."""

    kind: int
    topic: str = ""
    payload: bytes = b""

    @property
    def leaf(self) -> str:
        return self.topic.rpartition("/")[2]


@dataclass
class _Connection:
    slot: int
    stream: socket.socket
    upward: bytearray = field(default_factory=bytearray)  # the begin of a packet
    downward: bytearray = field(default_factory=bytearray)
    awaited: list[Awaited] = field(default_factory=list)


class OpenNetwork:
    """A Network of the rig, for one station.

    broker: "host:port" of the real one, whatever address the firmware has; None: it is stopped,
    its connections break and new ones are refused. gateway_stands: False while none confirms.

    on_sent(packet) is called when a packet of the station has gone to the broker and its answers
    are still to come; on_answer(packet), when one has come for the station, says how often it is
    passed on: 0 is lost, 2 is doubled. In both the broker may be stopped.
    """

    def __init__(self, broker: str | None, patience_s: float = 10.0):
        """patience_s: of wall time, for each answer."""
        self.gateway_stands = True
        self.on_sent: Callable[[Packet], None] = lambda packet: None
        self.on_answer: Callable[[Packet], int] = lambda packet: 1
        self._broker = broker
        self._patience_s = patience_s
        self._connections: dict[int, _Connection] = {}
        self._items: list[Item] = []

    @property
    def broker(self) -> str | None:
        return self._broker

    @broker.setter
    def broker(self, broker: str | None) -> None:
        self._broker = broker
        for slot in list(self._connections):
            self._lost(slot)

    def hold_until(self, found: Callable[[Packet], bool], what: str) -> None:
        """Until something comes for the station that nobody has to answer; what: in words."""
        if not self._connections:
            raise NotAnswered(f"the station has no connection on which to wait for: {what}")
        connection = next(reversed(self._connections.values()))
        give_up = time.monotonic() + self._patience_s
        packets: list[Packet] = []
        while not any(found(packet) for packet in packets):
            packets = self._read(connection, give_up, [(what,)])
            if not self._stands(connection):
                raise NotAnswered(f"the connection to {self._broker} broke before: {what}")

    # What the rig calls.

    def open(self, slot: int, address: str, now_us: int) -> None:
        if self._broker is None:
            self._items.append((SOCKET_CLOSE, slot, b""))
            return
        host, _, port = self._broker.rpartition(":")
        try:
            stream = socket.create_connection((host, int(port)), self._patience_s)
        except OSError:
            self._items.append((SOCKET_CLOSE, slot, b""))
            return
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connections[slot] = _Connection(slot, stream)
        self._items.append((SOCKET_OPEN, slot, b""))

    def send(self, slot: int, data: bytes, now_us: int) -> None:
        connection = self._connections.get(slot)
        if connection is None:
            return
        try:
            connection.stream.sendall(data)
        except OSError as problem:
            self._gone(connection, str(problem))
            return
        self._items.append((SOCKET_ROOM, slot, room(len(data))))
        connection.upward += data
        while packet := mqtt.next_packet(connection.upward):
            connection.awaited += self._answers_to(*packet)
            self.on_sent(_packet(*packet))
            if not self._stands(connection):
                return
        self._settle(connection)

    def close(self, slot: int) -> None:
        connection = self._connections.pop(slot, None)
        if connection is not None:
            connection.stream.close()

    def close_all(self) -> None:
        for slot in list(self._connections):
            self.close(slot)
        self._items.clear()

    def next_event_us(self) -> int:
        return 0 if self._items else NEVER_US  # the bytes are here: they wait for nothing

    def take(self, now_us: int) -> list[Item]:
        for connection in list(self._connections.values()):
            while select.select([connection.stream], [], [], 0)[0]:
                self._read(connection, time.monotonic() + self._patience_s, [])
                if not self._stands(connection):
                    break
        items = self._items[:]
        self._items.clear()
        return items

    def wait(self, seconds: float) -> bool:
        raise RuntimeError("an open run is not paced: use RealNetwork for that")

    # Inside.

    def _stands(self, connection: _Connection) -> bool:
        return self._connections.get(connection.slot) is connection

    def _answers_to(self, kind: int, flags: int, body: bytes) -> list[Awaited]:
        if kind == mqtt.CONNECT:
            return [("CONNACK",)]
        if kind == mqtt.PINGREQ:
            return [("PINGRESP",)]
        if kind == mqtt.SUBSCRIBE:
            return [("SUBACK", mqtt.subscribe_of(flags, body)[0])]
        if kind != mqtt.PUBLISH:
            return []
        message = mqtt.publish_of(flags, body)
        answers: list[Awaited] = [("PUBACK", message.packet_id)] if message.qos else []
        leaf = message.topic.rpartition("/")[2]
        if self.gateway_stands and leaf == topics.JOURNAL:
            _, stream, _, epoch, *_ = records.unpack_batch(message.payload)[0]
            answers.append((topics.ACK, stream, epoch))
        elif self.gateway_stands and leaf == topics.BIRTH:
            answers.append((topics.TIME,))
        return answers

    def _settle(self, connection: _Connection) -> None:
        """Each answer has patience_s of its own."""
        left = -1
        while connection.awaited and self._stands(connection):
            if len(connection.awaited) != left:
                left = len(connection.awaited)
                give_up = time.monotonic() + self._patience_s
            self._read(connection, give_up, connection.awaited)

    def _read(
        self, connection: _Connection, give_up: float, awaited: list[Awaited]
    ) -> list[Packet]:
        """What has come, at least a part of a packet, is noted and passed on."""
        left = give_up - time.monotonic()
        if not select.select([connection.stream], [], [], max(left, 0))[0]:
            raise NotAnswered(
                f"no answer in {self._patience_s:g} s of wall time from {self._broker}: "
                f"{_words(awaited)}. If broker or gateway are stopped on purpose, say so to the "
                "OpenNetwork (broker = None, gateway_stands = False); else look at their logs."
            )
        try:
            data = connection.stream.recv(65536)
        except OSError as problem:
            data, reason = b"", str(problem)
        else:
            reason = "it closed the connection"
        if not data:
            self._gone(connection, reason)
            return []
        connection.downward += data
        found = []
        while self._stands(connection) and (taken := _next_with_bytes(connection.downward)):
            packet, key, raw = taken
            found.append(packet)
            if key in connection.awaited:
                connection.awaited.remove(key)
            times = self.on_answer(packet)
            if self._stands(connection):
                self._items += [(SOCKET_DATA, connection.slot, raw)] * times
        return found

    def _gone(self, connection: _Connection, reason: str) -> None:
        self._lost(connection.slot)
        if connection.awaited:
            raise NotAnswered(
                f"broker {self._broker} is gone ({reason}) before {_words(connection.awaited)}. "
                "A test that stops it says so first: OpenNetwork.broker = None."
            )

    def _lost(self, slot: int) -> None:
        self.close(slot)
        self._items.append((SOCKET_CLOSE, slot, b""))


def _words(awaited: list[Awaited]) -> str:
    return ", ".join(" ".join(map(str, answer)) for answer in awaited) or "the rest of a packet"


def _packet(kind: int, flags: int, body: bytes) -> Packet:
    if kind != mqtt.PUBLISH:
        return Packet(kind)
    message = mqtt.publish_of(flags, body)
    return Packet(kind, message.topic, message.payload)


def _next_with_bytes(buffer: bytearray) -> tuple[Packet, Awaited, bytes] | None:
    """(packet, what it answers, its bytes), taken from the front."""
    before = bytes(buffer)
    taken = mqtt.next_packet(buffer)
    if taken is None:
        return None
    kind, flags, body = taken
    packet = _packet(kind, flags, body)
    key: Awaited = (_ANSWERS.get(kind, packet.leaf),)
    if kind in (PUBACK, SUBACK):
        key += (int.from_bytes(body[:2], "big"),)
    elif packet.leaf == topics.ACK:
        # A lower seq than the batch's last is an answer too: the gateway asks for what it lacks.
        key += _stream_and_epoch(packet.payload)
    return packet, key, before[: len(before) - len(buffer)]


def _stream_and_epoch(payload: bytes) -> tuple[int, ...]:
    body = payload[_ENVELOPE_HEAD : -envelope.HMAC_SIZE]
    if len(body) != struct.calcsize(envelope.ACK):
        return ()  # a forged one, say: it answers nothing
    return struct.unpack(envelope.ACK, body)[:2]
