"""What is sent upwards and in which order, with an MQTT driver that the test answers for."""

from vm_fakes import FakeClock

from station.app import uplink as module
from station.app.scan import Uptime
from station.app.uplink import Uplink


class Setup:
    site_id, station_id = "desk", "one"
    fields = {"live_ms": 1000}  # noqa: RUF012 - never changed


class Messages:
    """In the place of the composing: other tests read the messages."""

    @staticmethod
    def birth(*_):
        return "birth"

    @staticmethod
    def live(*_):
        return "live"


class Mqtt:
    """Takes what it is given; `in_flight` until the test acknowledges."""

    def __init__(self):
        self.up = True
        self.in_flight = 0
        self.unsent = 0
        self.room = True
        self.sent = []

    def set_last_will(self, topic, message):
        self.will = (topic, message)

    def any(self):
        return False

    def ping_left_ms(self, now_ms):
        return 7500

    def subscribe(self, topic):
        if self.room:
            self.sent.append(("subscribe " + topic.decode(), b"", False, 0))
        return self.room

    def publish(self, topic, message, retain=False, qos=0):
        if not self.room or (qos and self.in_flight):
            return False
        if qos:
            self.in_flight = 1
        self.sent.append((topic.decode().rpartition("/")[2], bytes(message), retain, qos))
        return True

    def taken(self):
        names = [name for name, _, _, _ in self.sent]
        self.sent = []
        return names


class Delivery:
    topic = b"reedgate/1/desk/one/journal"
    batch = b"sealed"

    def __init__(self):
        self.is_due = False
        self.sent = 0
        self.lost = 0

    def due(self):
        return self.is_due

    def left_ms(self, now_ms):
        return 10000

    def was_sent(self):
        self.is_due = False
        self.sent += 1

    def connected(self):
        self.lost += 1


class Downlink:
    topics = (b"a/ack", b"a/time")

    def __init__(self):
        self.taken = []

    def take(self, *message):
        self.taken.append(message)


def world():
    module.messages = Messages
    clock = FakeClock()
    mqtt, delivery, downlink = Mqtt(), Delivery(), Downlink()
    identity = {"boot": "5f3a9c01-7"}
    parts = (clock, Setup(), identity, Uptime(0), None, delivery, downlink, mqtt)
    uplink = Uplink(*parts)
    uplink.connected()
    return clock, mqtt, delivery, downlink, uplink


def settled(mqtt, uplink):
    """Subscribed, born and present."""
    for _ in range(3):
        uplink.work()
        mqtt.in_flight = 0
    mqtt.taken()


def test_the_will_is_that_the_station_is_gone():
    _, mqtt, _, _, _ = world()
    assert mqtt.will == (b"reedgate/1/desk/one/online", b"0")


def test_first_it_listens_then_birth_then_presence_each_after_the_others_puback():
    _, mqtt, delivery, _, uplink = world()
    delivery.is_due = True
    uplink.work()
    assert mqtt.taken() == ["subscribe a/ack", "subscribe a/time", "birth"]
    uplink.work()
    assert mqtt.taken() == []
    mqtt.in_flight = 0
    uplink.work()
    assert mqtt.taken() == ["online"]
    mqtt.in_flight = 0
    uplink.work()
    assert mqtt.taken() == ["journal"]
    assert delivery.sent == 1


def test_birth_presence_and_live_are_retained_and_the_journal_is_not():
    clock, mqtt, delivery, _, uplink = world()
    delivery.is_due = True
    kept = {}
    for _ in range(5):
        clock.move_to(clock.us + 1000000)
        uplink.work()
        mqtt.in_flight = 0
        kept.update({name: (retain, qos) for name, _, retain, qos in mqtt.sent})
    assert kept["birth"] == kept["online"] == (True, 1)
    assert kept["live"] == (True, 0)
    assert kept["journal"] == (False, 1)


def test_live_comes_at_its_own_rate_and_waits_while_the_network_takes_nothing():
    clock, mqtt, _, _, uplink = world()
    settled(mqtt, uplink)
    for now_ms in range(100, 3001, 100):
        clock.move_to(now_ms * 1000)
        uplink.work()
    assert mqtt.taken() == ["live"] * 3
    mqtt.unsent = 10
    clock.move_to(9000 * 1000)
    uplink.work()
    assert mqtt.taken() == []


def test_a_batch_is_sent_only_when_there_is_room_for_it():
    _, mqtt, delivery, _, uplink = world()
    settled(mqtt, uplink)
    delivery.is_due = True
    mqtt.room = False
    uplink.work()
    assert delivery.sent == 0
    mqtt.room = True
    uplink.work()
    assert (delivery.sent, mqtt.taken()) == (1, ["journal"])


def test_a_new_connection_starts_over():
    _, mqtt, delivery, _, uplink = world()
    settled(mqtt, uplink)
    lost = delivery.lost
    uplink.connected()
    assert delivery.lost == lost + 1
    uplink.work()
    assert mqtt.taken() == ["subscribe a/ack", "subscribe a/time", "birth"]


def test_there_is_something_to_do_only_when_it_can_be_done():
    _, mqtt, delivery, _, uplink = world()
    settled(mqtt, uplink)
    delivery.is_due = True
    assert uplink.any()
    mqtt.in_flight = 1
    assert not uplink.any()
    mqtt.in_flight, mqtt.unsent = 0, 5
    assert not uplink.any()
    mqtt.unsent, mqtt.up = 0, False
    assert not uplink.any()


def test_patience_ends_with_what_is_due_next():
    clock, mqtt, _, _, uplink = world()
    settled(mqtt, uplink)
    clock.move_to(400 * 1000)
    assert uplink.patience_ms(clock.now_ms()) == 600
    mqtt.unsent = 1
    assert uplink.patience_ms(clock.now_ms()) == 50


def test_what_comes_down_is_handed_over():
    _, _, _, downlink, uplink = world()
    uplink.received(b"a/ack", b"x", True)
    assert downlink.taken == [(b"a/ack", b"x", True)]
