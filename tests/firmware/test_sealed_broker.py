"""The judge itself: packets read as the standard has them, and each way in which it misbehaves."""

import pytest

from reedgate_sim import mqtt_packets as mqtt
from reedgate_sim.sealed import MODES, Message, SealedBroker
from reedgate_sim.vm_process import SOCKET_CLOSE, SOCKET_DATA, SOCKET_OPEN, SOCKET_ROOM
from reedgate_sim.world.bus import NEVER_US

CONNECT = bytes.fromhex("1013 0004 4d515454 04 02 0001 0007 73746174696f6e")
WITH_WILL = bytes.fromhex("1019 0004 4d515454 04 2e 000f 0004 64657361 0004 61626364 0001 30")
PUBLISH_0 = bytes.fromhex("30 05 0001 74 6869")
PUBLISH_1 = bytes.fromhex("33 07 0001 74 000a 6869")
PUBACK = bytes.fromhex("40 02 000a")
FAST = (1000, 1000)  # a latency that is always the same


def test_packets_of_the_standard_are_read():
    buffer = bytearray(CONNECT + PUBLISH_1 + b"\xc0\x00" + PUBLISH_0[:3])
    kind, flags, body = mqtt.next_packet(buffer)
    assert (kind, flags) == (mqtt.CONNECT, 0)
    assert mqtt.connect_of(body) == mqtt.Connect("station", 1, True, None)
    kind, flags, body = mqtt.next_packet(buffer)
    assert mqtt.publish_of(flags, body) == mqtt.Publish("t", b"hi", 1, True, 10)
    assert mqtt.next_packet(buffer) == (mqtt.PINGREQ, 0, b"")
    assert mqtt.next_packet(buffer) is None
    assert buffer == PUBLISH_0[:3]


def test_a_will_is_read():
    _, _, body = mqtt.next_packet(bytearray(WITH_WILL))
    will = mqtt.Publish("abcd", b"0", 1, True)
    assert mqtt.connect_of(body) == mqtt.Connect("desa", 15, True, will)


@pytest.mark.parametrize("size", [0, 127, 128, 16383, 16384, 2097151, 2097152])
def test_lengths_of_one_to_four_bytes(size):
    length = b""
    left = size
    while True:
        length += bytes((left & 0x7F | (0x80 if left > 0x7F else 0),))
        left >>= 7
        if not left:
            break
    buffer = bytearray(b"\x30" + length + bytes(size))
    assert mqtt.next_packet(buffer) == (mqtt.PUBLISH, 0, bytes(size))
    assert not buffer


@pytest.mark.parametrize(
    "packet",
    [
        "30 ffffffff01",  # a length of five bytes
        "1013 0004 4d515454 05 02 0001 0007 73746174696f6e",  # protocol level 5
        "1013 0004 4d515458 04 02 0001 0007 73746174696f6e",  # MQTX
        "1013 0004 4d515454 04 03 0001 0007 73746174696f6e",  # a reserved flag
        "1013 0004 4d515454 04 0a 0001 0007 73746174696f6e",  # a will's QoS without a will
        "1014 0004 4d515454 04 02 0001 0007 73746174696f6e00",  # a byte too many
        "1012 0004 4d515454 04 02 0001 0007 73746174696f",  # ends within the client's id
        "33 07 0001 74 0000 6869",  # packet id 0
        "34 07 0001 74 000a 6869",  # QoS 2
        "30 05 0001 23 6869",  # a topic with a wildcard
        "30 04 0000 6869",  # no topic
        "30 05 0001 ff 6869",  # a topic that is no UTF-8
        "20 02 0000",  # a packet that only a broker sends
        "c1 00",  # flags where none are allowed
    ],
)
def test_what_the_standard_forbids_ends_the_connection(packet):
    broker = SealedBroker(latency_us=FAST)
    broker.open(0, "10.0.0.2:1883", 0)
    data = bytes.fromhex(packet)
    data = data if data[0] & 0xF0 == 0x10 else CONNECT + data
    broker.send(0, data, 2000)
    assert answers(broker, 100_000)[-1] == (4000, SOCKET_CLOSE, b"")
    assert len(broker.violations) == 1
    assert broker.open_connections == 0


def test_publishing_before_connect_is_forbidden():
    broker = SealedBroker(latency_us=FAST)
    broker.open(0, "10.0.0.2:1883", 0)
    broker.send(0, PUBLISH_0, 2000)
    broker.take(10_000)
    assert len(broker.violations) == 1


def test_a_client_that_falls_silent_is_put_out():
    broker = connected()
    answers(broker, 1_502_000)  # one and a half seconds after CONNECT was read
    assert broker.open_connections == 1
    answers(broker, 1_503_000)
    assert broker.open_connections == 0
    assert len(broker.violations) == 1


def connected(mode="ok", packet=CONNECT, latency_us=FAST):
    """A broker with one connection, CONNECT sent at 2 ms and read."""
    broker = SealedBroker(mode=mode, latency_us=latency_us)
    broker.open(0, "10.0.0.2:1883", 0)
    broker.take(2000)
    broker.send(0, packet, 2000)
    return broker


def answers(broker, until_us):
    """[(at_us, kind, data)] up to an instant, SOCKET_ROOM left out."""
    found = []
    while (at_us := broker.next_event_us()) <= until_us:
        found += [(at_us, kind, data) for kind, _, data in broker.take(at_us)]
    return [answer for answer in found if answer[1] != SOCKET_ROOM]


def test_a_good_broker_answers_after_its_latency_and_keeps_what_it_is_told():
    broker = SealedBroker(latency_us=FAST)
    broker.open(0, "10.0.0.2:1883", 0)
    assert answers(broker, 5000) == [(2000, SOCKET_OPEN, b"")]
    for packet, at_us, answer in (
        (CONNECT, 10_000, mqtt.CONNACK),
        (PUBLISH_1, 20_000, PUBACK),
        (b"\xc0\x00", 30_000, mqtt.PINGRESP),
    ):
        broker.send(0, packet, at_us)
        assert answers(broker, at_us + 9000) == [(at_us + 2000, SOCKET_DATA, answer)]
    assert broker.messages == [Message("t", b"hi", 1, True, 21_000)]
    assert broker.violations == []


def test_bytes_keep_their_order_whatever_the_latency():
    for seed in range(20):
        broker = SealedBroker(seed, latency_us=(1, 50_000))
        broker.open(0, "10.0.0.2:1883", 0)
        broker.take(200_000)
        broker.send(0, CONNECT, 200_000)
        for number in range(20):
            broker.send(0, b"\x30\x04\x00\x01t" + bytes((number,)), 200_001 + number)
        answers(broker, 1_000_000)
        assert [message.payload[0] for message in broker.messages] == list(range(20))


def test_what_is_read_makes_room_again():
    broker = connected()
    items = broker.take(3000) + broker.take(4000)
    assert (SOCKET_ROOM, 0, len(CONNECT).to_bytes(4, "little")) in items


def test_mute_takes_everything_and_says_nothing():
    broker = connected("mute")
    broker.send(0, b"\xc0\x00", 3000)
    assert answers(broker, 1_000_000) == []
    assert broker.open_connections == 1


def test_silent_answers_connect_and_nothing_more():
    broker = connected("silent")
    broker.send(0, PUBLISH_1 + b"\xc0\x00", 3000)
    assert [data for _, _, data in answers(broker, 100_000)] == [mqtt.CONNACK]
    assert len(broker.messages) == 1


def test_refuse_ends_the_connection_before_it_stands():
    broker = SealedBroker(mode="refuse", latency_us=FAST)
    broker.open(0, "10.0.0.2:1883", 0)
    assert answers(broker, 100_000) == [(2000, SOCKET_CLOSE, b"")]


def test_a_black_hole_never_completes_a_connection_and_carries_nothing():
    broker = SealedBroker(mode="black_hole", latency_us=FAST)
    broker.open(0, "10.0.0.2:1883", 0)
    assert broker.next_event_us() == NEVER_US
    broker = connected()
    answers(broker, 10_000)
    broker.mode = "black_hole"
    broker.send(0, PUBLISH_1, 11_000)
    assert answers(broker, 100_000) == []
    assert broker.messages == []
    broker.mode = "ok"  # TCP sends again what did not arrive
    assert [data for _, _, data in answers(broker, 200_000)] == [PUBACK]


def test_stops_reading_gives_no_room_and_reads_on_when_it_may():
    broker = connected()
    answers(broker, 10_000)
    broker.mode = "stops_reading"
    broker.send(0, PUBLISH_1, 11_000)
    assert broker.take(200_000) == []
    assert broker.messages == []
    broker.mode = "ok"
    assert [data for _, _, data in answers(broker, 300_000)] == [PUBACK]


def test_the_last_will_is_told_when_a_client_goes_without_a_word():
    for end, told in (
        (lambda broker: broker.close(0), True),
        (lambda broker: broker.close_all(), True),
        (lambda broker: broker.drop(), True),
        (lambda broker: (broker.send(0, b"\xe0\x00", 20_000), broker.take(30_000)), False),
    ):
        broker = connected(packet=WITH_WILL)
        broker.take(10_000)
        end(broker)
        assert [message.topic for message in broker.messages] == ["abcd"] * told


def test_a_client_that_was_never_accepted_has_no_will():
    broker = connected("mute", WITH_WILL)
    broker.take(10_000)
    broker.close(0)
    assert broker.messages == []


def test_after_a_drop_nothing_more_comes_of_the_connection():
    broker = connected()
    broker.drop()
    assert [kind for _, kind, _ in answers(broker, 1_000_000)] == [SOCKET_CLOSE]
    broker.send(0, PUBLISH_1, 10_000)
    assert answers(broker, 1_000_000) == []


def test_a_mode_that_does_not_exist_is_an_error():
    with pytest.raises(ValueError, match="'deaf' is none of ok, mute"):
        SealedBroker(mode="deaf")
    assert len(MODES) == 6
