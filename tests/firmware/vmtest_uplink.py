"""What is sent upwards and in which order, with an MQTT driver that the test answers for."""

from vm_fakes import FakeClock
from vmtest_recorder import Station

from station.app.recorder import Recorder
from station.app.scan import Uptime
from station.app.uplink import Uplink

DAY_MS = 24 * 3600 * 1000


class Setup:
    site_id, station_id, hash = "desk", "one", "0a1b2c3d"
    points = ()
    fields = {"live_ms": 1000}  # noqa: RUF012 - never changed

    def __init__(self, station):
        self.station = station
        self.readings = station.readings


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


def world():
    station = Station(1)
    station.gates[0].name = "main"
    station.gates[0].floods = []
    station.gates[0].wait = station.gates[0].wait_ms = 0
    clock = FakeClock()
    uptime = Uptime(0)
    recorder = Recorder(station, uptime)
    mqtt = Mqtt()
    identity = {"boot": "5f3a9c01", "firmware": "0.1.0"}
    uplink = Uplink(clock, Setup(station), identity, uptime, recorder, mqtt)
    uplink.connected()
    return clock, station, recorder, mqtt, uplink


def settled(mqtt, uplink):
    """Birth and presence are said and acknowledged, live too."""
    for _ in range(3):
        uplink.work()
        mqtt.in_flight = 0
    uplink.work()
    mqtt.in_flight = 0
    mqtt.taken()


def change(station, recorder):
    station.gates[0].cause_of += 1
    recorder.note()


def test_the_will_is_that_the_station_is_gone():
    _, _, _, mqtt, _ = world()
    assert mqtt.will == (b"reedgate/1/desk/one/online", b"0")


def test_birth_then_presence_then_transitions_each_after_the_others_puback():
    _, station, recorder, mqtt, uplink = world()
    recorder.note()
    change(station, recorder)
    story = []
    for _ in range(8):
        uplink.work()
        story += [name for name in mqtt.taken() if name != "live"]
        uplink.work()
        assert [name for name in mqtt.taken() if name != "live"] == []  # nothing before PUBACK
        mqtt.in_flight = 0
    assert story == ["birth", "online", "transition", "transition"]
    assert recorder.pending() == 0


def test_birth_and_live_and_presence_are_retained_and_transitions_not():
    clock, _, recorder, mqtt, uplink = world()
    recorder.note()
    for turn in range(5):
        clock.move_to(turn * 500000)
        uplink.work()
        mqtt.in_flight = 0
    told = {name: (retain, qos) for name, _, retain, qos in mqtt.sent}
    assert told == {
        "birth": (True, 1),
        "online": (True, 1),
        "live": (True, 0),
        "transition": (False, 1),
    }


def test_live_comes_at_its_own_rate():
    clock, _, _, mqtt, uplink = world()
    settled(mqtt, uplink)
    times = []
    for at_ms in range(0, 5000, 50):
        clock.move_to(at_ms * 1000)
        uplink.work()
        if "live" in mqtt.taken():
            times.append(at_ms)
    assert times == [1000, 2000, 3000, 4000]


def test_live_goes_on_while_a_transition_is_in_flight():
    clock, station, recorder, mqtt, uplink = world()
    settled(mqtt, uplink)
    change(station, recorder)
    uplink.work()
    assert mqtt.taken() == ["transition"]
    clock.move_to(1000000)
    uplink.work()
    assert mqtt.taken() == ["live"]


def test_live_waits_while_the_network_takes_nothing():
    clock, _, _, mqtt, uplink = world()
    settled(mqtt, uplink)
    mqtt.unsent = 100
    clock.move_to(3000000)
    uplink.work()
    assert mqtt.taken() == []
    mqtt.unsent = 0
    uplink.work()
    assert mqtt.taken() == ["live"]  # one, not the three that were due


def test_after_days_without_a_broker_live_comes_as_ever():
    for days in (1, 5, 7, 11):
        clock, _, _, mqtt, uplink = world()
        settled(mqtt, uplink)
        clock.move_to(days * DAY_MS * 1000)
        uplink.connected()
        settled(mqtt, uplink)
        clock.move_to(clock.us + 1000000)
        uplink.work()
        assert "live" in mqtt.taken(), days


def test_a_transition_is_forgotten_only_with_its_puback():
    _, station, recorder, mqtt, uplink = world()
    settled(mqtt, uplink)
    change(station, recorder)
    for _ in range(3):
        uplink.work()
        assert recorder.pending() == 1
    mqtt.in_flight = 0
    uplink.work()
    assert recorder.pending() == 0


def test_a_transition_in_flight_at_a_loss_is_sent_again():
    _, station, recorder, mqtt, uplink = world()
    settled(mqtt, uplink)
    change(station, recorder)
    uplink.work()
    first = mqtt.sent[0]
    mqtt.taken()
    mqtt.in_flight = 0  # the driver's, at a loss
    uplink.connected()
    for _ in range(3):
        uplink.work()
        mqtt.in_flight = 0
    assert first in mqtt.sent
    uplink.work()
    assert recorder.pending() == 0


def test_a_row_that_is_dropped_while_in_flight_takes_no_other_with_it():
    _, station, recorder, mqtt, uplink = world()
    settled(mqtt, uplink)
    change(station, recorder)
    uplink.work()
    for _ in range(20):  # the list runs over: the row in flight is gone
        change(station, recorder)
    oldest = recorder.oldest().n
    mqtt.in_flight = 0
    mqtt.taken()
    uplink.work()
    assert recorder.oldest().n == oldest
    assert mqtt.taken() == ["transition"]


def test_there_is_something_to_do_only_when_it_can_be_done():
    _, station, recorder, mqtt, uplink = world()
    settled(mqtt, uplink)
    assert not uplink.any()
    change(station, recorder)
    assert uplink.any()
    for name, value in (("up", False), ("in_flight", 7), ("unsent", 100)):
        before = getattr(mqtt, name)
        setattr(mqtt, name, value)
        assert not uplink.any(), name
        setattr(mqtt, name, before)
    assert uplink.any()


def test_patience_ends_with_what_is_due_next():
    clock, _, _, mqtt, uplink = world()
    settled(mqtt, uplink)
    clock.move_to(300000)
    assert uplink.patience_ms(clock.now_ms()) == 700
    clock.move_to(2000000)
    assert uplink.patience_ms(clock.now_ms()) == 1  # overdue: soon, but never at once
    mqtt.up = False
    assert uplink.patience_ms(clock.now_ms()) == 50
