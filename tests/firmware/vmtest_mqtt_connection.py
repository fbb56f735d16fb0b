"""The MQTT driver connects, stays connected, and lets go of a broker that is none."""

from vm_fakes import FakeClock, run_for
from vm_mqtt import (
    CONNACK,
    CONNECT,
    KEEPALIVE_S,
    LONGEST,
    PINGREQ,
    PINGRESP,
    Link,
    Mqtt,
    Owner,
    nothing,
    session,
)


def test_connect_is_what_the_standard_says():
    link, mqtt, owner = session(1000, nothing)
    assert link.sent == CONNECT
    assert mqtt.up
    assert owner.connects == 1


def test_nothing_is_said_before_connack():
    link, mqtt, owner = session(4000, nothing, up=False)
    assert link.sent == CONNECT
    assert not mqtt.up
    assert owner.connects == 0
    assert not mqtt.publish(b"t", b"m")


def test_a_broker_that_never_answers_is_left_after_five_seconds_and_tried_again():
    times = []

    def prepare(clock, link, mqtt, owner):
        opened = link.open
        link.open = lambda host, port: (times.append(clock.us // 1000), opened(host, port))

    _, mqtt, _ = session(100000, prepare, up=False)
    # five seconds and 1, 2, 4, 8, 16, at the longest 30
    assert times == [0, 6000, 13000, 22000, 35000, 56000, 91000]
    assert mqtt.losses == 0


def test_a_connection_that_is_refused_at_once_is_tried_again():
    def prepare(clock, link, mqtt, owner):
        link.refuses = True
        clock.at_ms(2500, lambda: setattr(link, "refuses", False))
        clock.at_ms(3500, lambda: link.says(CONNACK))

    link, mqtt, _ = session(4000, prepare, up=False)
    assert mqtt.up
    assert link.opened == 3


def test_a_refusing_connack_is_no_connection():
    for code in (1, 2, 5):

        def prepare(clock, link, mqtt, owner, code=code):
            for at_ms in (10, 1500, 4000):
                clock.at_ms(at_ms, lambda: link.says(b"\x20\x02\x00" + bytes((code,))))

        link, mqtt, owner = session(6000, prepare, up=False)
        assert owner.connects == 0
        assert not mqtt.up
        assert link.closed == 3


def test_the_backoff_starts_anew_after_a_good_connection():
    def prepare(clock, link, mqtt, owner):
        link.refuses = True
        clock.at_ms(8000, lambda: setattr(link, "refuses", False))
        clock.at_ms(15500, lambda: link.says(CONNACK))  # opened at 1, 3, 7, 15 s
        clock.at_ms(20000, lambda: setattr(link, "gone", True))
        clock.at_ms(21500, lambda: link.says(CONNACK))

    _, mqtt, owner = session(22000, prepare, up=False)
    assert owner.connects == 2
    assert mqtt.losses == 1


def test_a_connection_at_rest_is_pinged_and_kept():
    pings = []

    def prepare(clock, link, mqtt, owner):
        sent = link.send

        def answer_pings(view):
            if bytes(view) == PINGREQ:
                pings.append(clock.us // 1000)
                clock.at_ms(clock.us // 1000 + 30, lambda: link.says(PINGRESP))
            return sent(view)

        link.send = answer_pings

    _, mqtt, _ = session(60000, prepare)
    assert mqtt.up
    assert mqtt.losses == 0
    gaps = [pings[number] - pings[number - 1] for number in range(1, len(pings))]
    assert len(pings) >= 7
    assert max(gaps) <= KEEPALIVE_S * 1000


def test_a_broker_that_falls_silent_is_left_after_one_and_a_half_keepalives():
    lost_ms = []

    def prepare(clock, link, mqtt, owner):
        closed = link.close
        link.close = lambda: (lost_ms.append(clock.us // 1000), closed())

    for first_ms in (0, 2**30 - 8000):  # and across the wrap of the ticks
        lost_ms.clear()
        _, mqtt, _ = session(60000, prepare, first_ms=first_ms)
        assert mqtt.losses == 1
        assert 22500 <= lost_ms[0] - 10 <= 23000


def test_garbage_is_no_broker():
    garbage = (
        b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n",
        b"\xff\xff\xff\xff\xff\xff\xff\xff",
        bytes(300),
        b"\x40\x02\x00",
        b"\x20\x82\x80\x80\x80\x01",  # a length of more than four bytes
    )
    for data in garbage:

        def prepare(clock, link, mqtt, owner, data=data):
            clock.at_ms(10, lambda: link.says(data))

        _, mqtt, owner = session(5500, prepare, up=False)
        assert owner.connects == 0, data
        assert not mqtt.up


def test_a_length_of_five_bytes_ends_the_connection_at_once():
    def prepare(clock, link, mqtt, owner):
        clock.at_ms(100, lambda: link.says(b"\x30\xff\xff\xff\xff\x01"))

    _, mqtt, _ = session(200, prepare)
    assert mqtt.losses == 1
    assert not mqtt.up


def test_what_the_end_of_a_connection_had_in_its_hands_is_gone():
    def prepare(clock, link, mqtt, owner):
        def publish_and_lose():
            link.room = 0
            mqtt.publish(b"t", b"old", False, 1)
            link.gone = True

        clock.at_ms(100, publish_and_lose)
        clock.at_ms(500, lambda: setattr(link, "room", 1 << 20))
        clock.at_ms(1200, lambda: link.says(CONNACK))

    link, mqtt, owner = session(2000, prepare)
    assert owner.connects == 2
    assert link.sent == CONNECT
    assert mqtt.in_flight == 0


def test_a_task_that_is_started_anew_after_a_fault_begins_from_nothing():
    clock = FakeClock()
    link = Link()
    mqtt = Mqtt(clock, link, b"station", "10.0.0.2:1883", KEEPALIVE_S, LONGEST)
    mqtt.set_last_will(b"desk/one/online", b"0")
    owner = Owner(mqtt)
    clock.at_ms(10, lambda: link.says(CONNACK))

    def fail():
        raise ValueError("a fault of the owner")

    owner.on_work = fail
    failed = False
    try:
        run_for(clock, mqtt.run(owner), 1000)
    except ValueError:
        failed = True
    assert failed
    assert not mqtt.up
    assert link.closed == link.opened == 1
    owner.on_work = None
    run_for(clock, mqtt.run(owner), 1000)
    assert not mqtt.up  # before a new CONNACK
