"""Bytes between the VM and a real broker: virtual time stands until they are answered."""

import socket
import struct
import sys

import pytest

from reedgate_contract import envelope, records
from reedgate_sim import mqtt_packets as mqtt
from reedgate_sim.desk.child import Child
from reedgate_sim.network import room
from reedgate_sim.open_network import NotAnswered, OpenNetwork
from reedgate_sim.vm_process import SOCKET_CLOSE, SOCKET_DATA, SOCKET_OPEN, SOCKET_ROOM
from reedgate_sim.world.bus import NEVER_US

SLOT = 3
UP = "reedgate/1/desk/inlet/"
EPOCH = 0x5F3A9C01


def packet(first, body):
    return bytes((first, len(body) & 0x7F | 0x80, len(body) >> 7)) + body


def text(value):
    return struct.pack(">H", len(value)) + value.encode()


CONNECT = packet(0x10, b"\x00\x04MQTT\x04\x02\x00\x1e" + text("inlet"))
PINGREQ = b"\xc0\x00"


def subscribe(packet_id, topic):
    return packet(0x82, struct.pack(">H", packet_id) + text(topic) + b"\0")


def publish(packet_id, leaf, payload):
    return packet(0x32, text(UP + leaf) + struct.pack(">H", packet_id) + payload)


def batch(first_seq=1):
    """One record; its proof is not this network's affair."""
    head = (records.BATCH_VERSION, records.STREAM_EVENTS, 1, EPOCH, 1, 1, first_seq, 9, 0)
    return struct.pack(records.BATCH, *head) + bytes(records.RECORD_SIZE + records.HMAC_SIZE)


def ack(through=1, stream=records.STREAM_EVENTS):
    head = envelope.pack_head(envelope.TOPIC_ACK, EPOCH, 1, 1, 39, 0)
    body = struct.pack(envelope.ACK, stream, EPOCH, through) + bytes(envelope.HMAC_SIZE)
    return mqtt.publish_packet(UP + "ack", head + body, False)


class Peer:
    """A broker that says what the test lets it say, before it is asked."""

    def __init__(self, patience_s):
        self.listener = socket.create_server(("127.0.0.1", 0))
        host, port = self.listener.getsockname()
        self.network = OpenNetwork(f"{host}:{port}", patience_s)
        self.network.open(SLOT, "192.0.2.1:1883", 0)
        self.stream, _ = self.listener.accept()
        assert self.network.take(0) == [(SOCKET_OPEN, SLOT, b"")]

    def says(self, *packets):
        self.stream.sendall(b"".join(packets))

    def sent(self, data):
        """What the station has when its bytes have gone."""
        self.network.send(SLOT, data, 5)
        assert self.network.next_event_us() <= 5
        items = self.network.take(5)
        assert self.network.next_event_us() == NEVER_US
        return items

    def close(self):
        self.network.close_all()
        self.stream.close()
        self.listener.close()


@pytest.fixture
def peer():
    peer = Peer(patience_s=20)
    yield peer
    peer.close()


@pytest.fixture
def hasty():
    """Its network waits for next to nothing."""
    peer = Peer(patience_s=0.05)
    yield peer
    peer.close()


def data(*packets):
    return [(SOCKET_DATA, SLOT, each) for each in packets]


def gone(size):
    return [(SOCKET_ROOM, SLOT, room(size))]


def test_a_real_broker_has_answered_before_time_goes_on(tmp_path):
    command = [sys.executable, "-m", "reedgate_sim.desk.authority", "{ready_fd}"]
    broker = Child("The broker", command, tmp_path / "log")
    network = OpenNetwork(broker.ready["mqtt"])
    network.gateway_stands = False
    try:
        network.open(SLOT, "192.0.2.1:1883", 0)
        said = []
        for each in (CONNECT, subscribe(1, UP + "ack"), publish(2, "journal", batch()), PINGREQ):
            network.send(SLOT, each, 0)
            said += [item[2] for item in network.take(0) if item[0] == SOCKET_DATA]
        assert said == [mqtt.CONNACK, mqtt.suback(1, 1), mqtt.puback(2), mqtt.PINGRESP]
    finally:
        network.close_all()
        broker.stop()


def test_a_packet_in_two_parts_is_waited_for_when_it_is_whole(peer):
    assert peer.sent(CONNECT[:5]) == gone(5)
    peer.says(mqtt.CONNACK)
    assert peer.sent(CONNECT[5:]) == gone(len(CONNECT) - 5) + data(mqtt.CONNACK)
    assert peer.stream.recv(100) == CONNECT


def test_a_batch_is_settled_by_the_confirmation_of_its_stream(hasty):
    question = publish(7, "journal", batch())
    hasty.says(mqtt.puback(7), ack(stream=records.STREAM_READINGS))
    with pytest.raises(NotAnswered, match=f"ack {records.STREAM_EVENTS} {EPOCH}"):
        hasty.sent(question)
    hasty.says(ack())
    hasty.network.send(SLOT, PINGREQ[:1], 0)
    assert data(ack())[0] in hasty.network.take(0)


def test_a_batch_of_which_the_gateway_lacks_the_beginning_is_answered_too(peer):
    question = publish(7, "journal", batch(first_seq=40))
    peer.says(mqtt.puback(7), ack(through=12))
    assert peer.sent(question) == gone(len(question)) + data(mqtt.puback(7), ack(through=12))


def test_a_birth_is_settled_by_the_time(hasty):
    time = mqtt.publish_packet(UP + "time", b"", False)
    question = publish(7, "birth", b"{}")
    hasty.says(mqtt.puback(7), time)
    assert hasty.sent(question) == gone(len(question)) + data(mqtt.puback(7), time)
    hasty.says(mqtt.puback(8))
    with pytest.raises(NotAnswered, match="time"):
        hasty.sent(publish(8, "birth", b"{}"))


def test_nobody_waits_for_a_gateway_that_is_stopped(hasty):
    hasty.network.gateway_stands = False
    question = publish(7, "journal", batch())
    hasty.says(mqtt.puback(7))
    assert hasty.sent(question) == gone(len(question)) + data(mqtt.puback(7))


@pytest.mark.parametrize(
    ("question", "owed"),
    [
        (CONNECT, "CONNACK"),
        (subscribe(1, UP + "ack"), "SUBACK 1"),
        (publish(7, "online", b"1"), "PUBACK 7"),
        (PINGREQ, "PINGRESP"),
    ],
)
def test_a_broker_that_does_not_answer_is_named_with_what_it_owes(hasty, question, owed):
    hasty.says(mqtt.puback(6), mqtt.suback(2, 1))  # answers to others
    words = rf"from {hasty.network.broker}: {owed}\. .*broker = None"
    with pytest.raises(NotAnswered, match=words):
        hasty.sent(question)


def test_a_broker_that_goes_unasked_is_an_error_while_it_owes_something(peer):
    peer.stream.close()
    with pytest.raises(NotAnswered, match=r"is gone .* before PUBACK 7"):
        peer.sent(publish(7, "online", b"1"))


def test_a_broker_that_goes_when_it_owes_nothing_is_a_lost_connection(peer):
    peer.stream.close()
    assert peer.network.take(0) == [(SOCKET_CLOSE, SLOT, b"")]


def test_a_broker_that_is_stopped_refuses_and_is_not_waited_for(peer):
    peer.network.on_sent = lambda packet: setattr(peer.network, "broker", None)
    assert peer.sent(CONNECT) == [*gone(len(CONNECT)), (SOCKET_CLOSE, SLOT, b"")]
    peer.network.open(SLOT + 1, "192.0.2.1:1883", 0)
    assert peer.network.take(0) == [(SOCKET_CLOSE, SLOT + 1, b"")]


def test_nobody_listens_where_the_broker_should_be(peer):
    peer.listener.close()
    peer.network.open(SLOT + 1, "192.0.2.1:1883", 0)
    assert peer.network.take(0) == [(SOCKET_CLOSE, SLOT + 1, b"")]


def test_an_answer_can_be_lost_and_doubled(peer):
    seen = []

    def times(packet):
        seen.append((packet.leaf, len(packet.payload)))
        return 2 if packet.leaf == "ack" else 0

    peer.network.on_answer = times
    question = publish(7, "journal", batch())
    peer.says(mqtt.puback(7), ack())
    assert peer.sent(question) == gone(len(question)) + data(ack(), ack())
    assert seen == [("", 0), ("ack", struct.calcsize(envelope.HEAD) + 9 + envelope.HMAC_SIZE)]


def test_a_test_can_hold_time_for_what_nobody_asked_for(hasty):
    hasty.says(ack(through=5))
    hasty.network.hold_until(lambda packet: packet.leaf == "ack", "the forged ack")
    assert hasty.network.take(9) == data(ack(through=5))
    with pytest.raises(NotAnswered, match="the forged ack"):
        hasty.network.hold_until(lambda packet: packet.leaf == "ack", "the forged ack")
