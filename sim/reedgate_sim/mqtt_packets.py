"""MQTT 3.1.1 as a broker reads and answers it: bytes only, no time and no sockets.

Strict, because it also judges the firmware: whatever the standard forbids raises PacketError.
"""

import struct
from dataclasses import dataclass

# Packet types that a station may send.
CONNECT, PUBLISH, SUBSCRIBE, PINGREQ, DISCONNECT = 1, 3, 8, 12, 14

CONNACK = b"\x20\x02\x00\x00"
PINGRESP = b"\xd0\x00"


class PacketError(ValueError):
    """What a client sent is not MQTT 3.1.1, or not what a station may send."""


@dataclass(frozen=True)
class Publish:
    topic: str
    payload: bytes
    qos: int
    retain: bool
    packet_id: int = 0


@dataclass(frozen=True)
class Connect:
    client_id: str
    keepalive_s: int
    clean: bool
    will: Publish | None


def puback(packet_id: int) -> bytes:
    return struct.pack(">BBH", 0x40, 2, packet_id)


def suback(packet_id: int, count: int) -> bytes:
    """Every one of count topics with QoS 0."""
    return struct.pack(">BBH", 0x90, 2 + count, packet_id) + bytes(count)


def publish_packet(topic: str, payload: bytes, retain: bool) -> bytes:
    """A message for a station, with QoS 0."""
    name = topic.encode()
    body = struct.pack(">H", len(name)) + name + payload
    size = bytearray()
    rest = len(body)
    while True:
        rest, digit = divmod(rest, 128)[0], rest % 128
        size.append(digit | (0x80 if rest else 0))
        if not rest:
            return bytes((0x30 | retain,)) + bytes(size) + body


def next_packet(buffer: bytearray) -> tuple[int, int, bytes] | None:
    """Takes one whole packet from the front: (type, flags, body); None while it is incomplete."""
    size = shift = 0
    at = 1
    while True:
        if at >= len(buffer):
            return None
        size |= (buffer[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not buffer[at - 1] & 0x80:
            break
        if at > 4:
            raise PacketError("remaining length of more than four bytes")
    if len(buffer) < at + size:
        return None
    first, body = buffer[0], bytes(buffer[at : at + size])
    del buffer[: at + size]
    return first >> 4, first & 0x0F, body


class _Reader:
    """Takes the fields of a packet's body in their order."""

    def __init__(self, body: bytes):
        self._body = body
        self._at = 0

    def raw(self, size: int) -> bytes:
        if self._at + size > len(self._body):
            raise PacketError("packet ends within a field")
        self._at += size
        return self._body[self._at - size : self._at]

    def number(self) -> int:
        return int.from_bytes(self.raw(2), "big")

    def text(self) -> str:
        try:
            return self.raw(self.number()).decode()
        except UnicodeDecodeError:
            raise PacketError("a text that is not UTF-8") from None

    def rest(self) -> bytes:
        return self.raw(len(self._body) - self._at)


def connect_of(body: bytes) -> Connect:
    reader = _Reader(body)
    if reader.raw(7) != b"\x00\x04MQTT\x04":
        raise PacketError("CONNECT of another protocol or version")
    (flags,) = reader.raw(1)
    if flags & 0xC1:
        raise PacketError("CONNECT with a reserved flag, or with a name and password")
    keepalive_s = reader.number()
    client_id = reader.text()
    will = _will_of(reader, flags) if flags & 0x04 else None
    if not flags & 0x04 and flags & 0x38:
        raise PacketError("CONNECT with flags of a will that it has not")
    if reader.rest():
        raise PacketError("CONNECT with bytes behind its last field")
    return Connect(client_id, keepalive_s, bool(flags & 0x02), will)


def _will_of(reader: _Reader, flags: int) -> Publish:
    topic = reader.text()
    message = reader.raw(reader.number())
    return Publish(_checked(topic), message, _qos_of(flags >> 3), bool(flags & 0x20))


def subscribe_of(flags: int, body: bytes) -> tuple[int, list[str]]:
    """(packet id, topics); a station asks for QoS 0 only."""
    reader = _Reader(body)
    packet_id = reader.number()
    if flags != 2 or not packet_id:
        raise PacketError("SUBSCRIBE with wrong flags or without a packet id")
    topics = []
    rest = reader.rest()
    while rest:
        inner = _Reader(rest)
        topics.append(_checked(inner.text()))
        if inner.raw(1) != b"\0":
            raise PacketError("SUBSCRIBE for another QoS than 0")
        rest = inner.rest()
    if not topics:
        raise PacketError("SUBSCRIBE without a topic")
    return packet_id, topics


def publish_of(flags: int, body: bytes) -> Publish:
    reader = _Reader(body)
    qos = _qos_of(flags >> 1)
    topic = _checked(reader.text())
    packet_id = reader.number() if qos else 0
    if qos and not packet_id:
        raise PacketError("PUBLISH with packet id 0")
    return Publish(topic, reader.rest(), qos, bool(flags & 0x01), packet_id)


def _qos_of(bits: int) -> int:
    qos = bits & 0x03
    if qos > 1:
        raise PacketError(f"QoS {qos}, where a station uses 0 and 1")
    return qos


def _checked(topic: str) -> str:
    if not topic or any(character in topic for character in "+#\0"):
        raise PacketError(f"topic {topic!r}")
    return topic
