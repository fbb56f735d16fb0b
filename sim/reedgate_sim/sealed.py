"""The far end of sealed runs: an MQTT broker in this process, in virtual time, from a seed.

A `Network` of the rig, and everything that can be wrong with one. It knows MQTT and nothing of the
firmware or of what the messages mean; two runs of one seed are alike to the last microsecond.
"""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from reedgate_sim import mqtt_packets as mqtt
from reedgate_sim.network import room
from reedgate_sim.vm_process import SOCKET_CLOSE, SOCKET_DATA, SOCKET_OPEN, SOCKET_ROOM, Item
from reedgate_sim.world.bus import NEVER_US

MODES = (
    "ok",
    "mute",  # accepts the connection and never answers
    "silent",  # answers CONNECT and nothing after it
    "refuse",  # new connections are refused; those that stand go on
    "black_hole",  # nothing arrives, and nothing comes back
    "stops_reading",  # the connection stands, but what is sent stays in the sender's hands
)
_READING = ("ok", "mute", "silent", "refuse")


@dataclass(frozen=True)
class Message:
    """One message as the broker would pass it on, a last will too."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    at_us: int


@dataclass
class _Connection:
    slot: int
    inward_us: int = 0  # when the last bytes under way will be here: TCP keeps their order
    outward_us: int = 0
    heard_us: int = 0
    unread: bytearray = field(default_factory=bytearray)
    untold: list[tuple[int, bytes]] = field(default_factory=list)  # until the way is free again
    packets: bytearray = field(default_factory=bytearray)
    client: mqtt.Connect | None = None
    topics: set[str] = field(default_factory=set)  # subscribed to
    accepted: bool = False  # CONNACK is given: from then on it has a last will


class SealedBroker:
    """`messages` in the order of their arrival; `violations`: what broke the protocol."""

    def __init__(
        self, seed: int = 0, mode: str = "ok", latency_us: tuple[int, int] = (1_000, 20_000)
    ):
        """latency_us: of the network, one way, from the shortest to the longest."""
        self.messages: list[Message] = []
        self.violations: list[str] = []
        self.connects = 0  # CONNECT packets read
        self._latency_us = latency_us
        self._chance = Random(f"sealed/{seed}")
        self._now_us = 0
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._event_number = itertools.count()
        self._items: list[Item] = []
        self._connections: dict[int, _Connection] = {}
        self.mode = mode

    @property
    def mode(self) -> str:
        return self._mode

    @mode.setter
    def mode(self, mode: str) -> None:
        if mode not in MODES:
            raise ValueError(f"mode {mode!r} is none of {', '.join(MODES)}")
        self._mode = mode
        for connection in self._connections.values():
            self._at(self._now_us, self._resume, connection)

    @property
    def open_connections(self) -> int:
        return len(self._connections)

    def publish(self, topic: str, payload: bytes, retain: bool = False) -> None:
        """A message with QoS 0 for every station that has subscribed to the topic."""
        packet = mqtt.publish_packet(topic, payload, retain)
        for connection in self._connections.values():
            if topic in connection.topics:
                self._reply(connection, packet)

    def drop(self) -> None:
        """Every connection breaks, as when a broker is started anew."""
        for connection in list(self._connections.values()):
            self._break(connection)

    # What the rig calls.

    def open(self, slot: int, address: str, now_us: int) -> None:
        self._now_us = now_us
        round_trip_us = self._latency() + self._latency()
        if self._mode == "refuse":
            self._at(now_us + round_trip_us, self._items.append, (SOCKET_CLOSE, slot, b""))
        elif self._mode != "black_hole":
            connection = _Connection(slot, inward_us=now_us, outward_us=now_us + round_trip_us)
            self._connections[slot] = connection
            self._at(connection.outward_us, self._tell, connection, SOCKET_OPEN, b"")

    def send(self, slot: int, data: bytes, now_us: int) -> None:
        self._now_us = now_us
        connection = self._connections.get(slot)
        if connection is not None:
            connection.inward_us = max(now_us + self._latency(), connection.inward_us)
            self._at(connection.inward_us, self._arrive, connection, data)

    def close(self, slot: int) -> None:
        connection = self._connections.pop(slot, None)
        if connection is not None:
            self._publish_will(connection)

    def close_all(self) -> None:
        for slot in list(self._connections):
            self.close(slot)
        self._events.clear()
        self._items.clear()

    def next_event_us(self) -> int:
        return self._events[0][0] if self._events else NEVER_US

    def take(self, now_us: int) -> list[Item]:
        self._now_us = max(now_us, self._now_us)
        while self._events and self._events[0][0] <= now_us:
            heapq.heappop(self._events)[2]()
        if not self._items:
            return []
        items = self._items[:]
        self._items.clear()
        return items

    def wait(self, seconds: float) -> bool:
        raise RuntimeError("a sealed broker has no wall clock: run it without pace")

    # Inside.

    def _latency(self) -> int:
        return self._chance.randint(*self._latency_us)

    def _at(self, at_us: int, action: Callable[..., None], *arguments) -> None:
        event = (at_us, next(self._event_number), lambda: action(*arguments))
        heapq.heappush(self._events, event)

    def _stands(self, connection: _Connection) -> bool:
        return self._connections.get(connection.slot) is connection

    def _answer(self, connection: _Connection, kind: int, data: bytes) -> None:
        """Something for the station; it is there a latency later."""
        soonest_us = self._now_us + self._latency()
        connection.outward_us = max(soonest_us, connection.outward_us)
        self._at(connection.outward_us, self._tell, connection, kind, data)

    def _tell(self, connection: _Connection, kind: int, data: bytes) -> None:
        if self._stands(connection):
            connection.untold.append((kind, data))
            self._resume(connection)

    def _resume(self, connection: _Connection) -> None:
        """Whatever waits, in both directions, as far as the mode lets it."""
        if self._mode != "black_hole" and self._stands(connection):
            self._items += [(kind, connection.slot, data) for kind, data in connection.untold]
            connection.untold.clear()
        self._read(connection)

    def _arrive(self, connection: _Connection, data: bytes) -> None:
        connection.unread += data
        self._read(connection)

    def _read(self, connection: _Connection) -> None:
        if not connection.unread or self._mode not in _READING or not self._stands(connection):
            return
        self._answer(connection, SOCKET_ROOM, room(len(connection.unread)))
        connection.packets += connection.unread
        connection.unread.clear()
        try:
            while self._stands(connection) and (packet := mqtt.next_packet(connection.packets)):
                connection.heard_us = self._now_us
                self._handle(connection, *packet)
        except mqtt.PacketError as problem:
            self.violations.append(str(problem))
            self._break(connection)

    def _handle(self, connection: _Connection, kind: int, flags: int, body: bytes) -> None:
        if (kind == mqtt.CONNECT) != (connection.client is None):
            raise mqtt.PacketError(f"packet of type {kind} before CONNECT, or a second CONNECT")
        if kind == mqtt.PUBLISH:
            message = mqtt.publish_of(flags, body)
            self._publish(message)
            if message.qos:
                self._reply(connection, mqtt.puback(message.packet_id))
        elif kind == mqtt.SUBSCRIBE:
            packet_id, topics = mqtt.subscribe_of(flags, body)
            connection.topics |= set(topics)
            self._reply(connection, mqtt.suback(packet_id, len(topics)))
        elif flags:
            raise mqtt.PacketError(f"packet of type {kind} with flags {flags}")
        elif kind == mqtt.CONNECT:
            self.connects += 1
            connection.client = mqtt.connect_of(body)
            self._reply(connection, mqtt.CONNACK)
            self._look_later(connection)
        elif kind == mqtt.PINGREQ:
            self._reply(connection, mqtt.PINGRESP)
        elif kind == mqtt.DISCONNECT:
            del self._connections[connection.slot]
        else:
            raise mqtt.PacketError(f"packet of type {kind}, which a station never sends")

    def _reply(self, connection: _Connection, packet: bytes) -> None:
        if self._mode == "mute" or (self._mode == "silent" and packet != mqtt.CONNACK):
            return
        connection.accepted |= packet == mqtt.CONNACK
        self._answer(connection, SOCKET_DATA, packet)

    def _look_later(self, connection: _Connection) -> None:
        """A client that says nothing for one and a half times its keepalive is put out."""
        if not self._stands(connection) or not connection.client.keepalive_s:
            return
        limit_us = connection.heard_us + connection.client.keepalive_s * 1_500_000
        if self._now_us < limit_us or self._mode != "ok":
            again_us = max(limit_us, self._now_us + 1_000_000)
            self._at(again_us, self._look_later, connection)
        else:
            self.violations.append("a client kept silent for longer than its keepalive allows")
            self._break(connection)

    def _break(self, connection: _Connection) -> None:
        at_us = self._now_us + self._latency()
        self._at(at_us, self._items.append, (SOCKET_CLOSE, connection.slot, b""))
        self.close(connection.slot)

    def _publish_will(self, connection: _Connection) -> None:
        if connection.accepted and connection.client.will is not None:
            self._publish(connection.client.will)

    def _publish(self, message: mqtt.Publish) -> None:
        self.messages.append(
            Message(message.topic, message.payload, message.qos, message.retain, self._now_us)
        )
