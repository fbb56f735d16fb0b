"""The MQTT driver with a link of which the test decides what it takes and gives."""

from vm_fakes import FakeClock, find_umqtt, run_for

find_umqtt()

from station.drivers.mqtt import Mqtt  # noqa: E402 - it imports umqtt

CONNECT = (
    b"\x10\x27\x00\x04MQTT\x04\x2e\x00\x0f"  # clean session, will retained with QoS 1, 15 s
    b"\x00\x07station\x00\x0fdesk/one/online\x00\x010"
)
CONNACK = b"\x20\x02\x00\x00"
PINGREQ = b"\xc0\x00"
PINGRESP = b"\xd0\x00"
KEEPALIVE_S = 15
LONGEST = 2000


class Link:
    """A TCP connection: takes up to `room` bytes, gives what the test says()."""

    look_ms = 20

    def __init__(self):
        self.opened = 0
        self.closed = 0
        self.room = 1 << 20
        self.sent = b""
        self.refuses = False
        self.gone = False
        self._waiting = b""

    def says(self, data):
        self._waiting += data

    def open(self, host, port):
        assert (host, port) == ("10.0.0.2", 1883)
        assert self.opened == self.closed, "a second connection beside the first"
        self.opened += 1
        self.sent = b""
        self._waiting = b""
        self.gone = False
        if self.refuses:
            raise OSError(111)

    def any(self):
        return bool(self._waiting) or self.gone

    def read_into(self, buffer):
        if not self._waiting:
            if self.gone:
                raise OSError(104)
            return 0
        size = min(len(buffer), len(self._waiting))
        buffer[:size] = self._waiting[:size]
        self._waiting = self._waiting[size:]
        return size

    def send(self, view):
        size = min(len(view), self.room)
        self.room -= size
        self.sent += bytes(view[:size])
        return size

    def close(self):
        self.closed = self.opened


class Owner:
    """Who publishes; looked after by the driver as the uplink is."""

    def __init__(self, mqtt):
        self.connects = 0
        self.wants = False
        self.on_work = None
        self._mqtt = mqtt

    def any(self):
        return self._mqtt.any() or self.wants

    def patience_ms(self, now_ms):
        return 50

    def connected(self):
        self.connects += 1

    def work(self):
        if self.on_work is not None:
            self.on_work()


def session(for_ms, prepare, up=True, first_ms=0):
    """One driver from its start for for_ms; prepare(clock, link, mqtt, owner) scripts it."""
    clock = FakeClock(first_ms)
    link = Link()
    mqtt = Mqtt(clock, link, b"station", "10.0.0.2:1883", KEEPALIVE_S, LONGEST)
    mqtt.set_last_will(b"desk/one/online", b"0")
    owner = Owner(mqtt)
    if up:
        clock.at_ms(10, lambda: link.says(CONNACK))
    prepare(clock, link, mqtt, owner)
    run_for(clock, mqtt.run(owner), for_ms)
    return link, mqtt, owner


def nothing(*_):
    pass


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


def test_a_message_with_qos_1_is_in_flight_until_its_own_puback():
    seen = []

    def prepare(clock, link, mqtt, owner):
        def publish():
            link.sent = b""
            assert mqtt.publish(b"birth", b"{}0", True, 1)
            assert mqtt.in_flight == 1
            assert not mqtt.publish(b"birth", b"{}0", True, 1), "a second one in flight"

        clock.at_ms(100, publish)
        clock.at_ms(200, lambda: seen.append(link.sent))
        for at_ms, packet in ((300, b"\x40\x02\x00\x02"), (400, b"\x40\x02\x01\x00")):
            clock.at_ms(at_ms, lambda packet=packet: link.says(packet))
        clock.at_ms(500, lambda: seen.append(mqtt.in_flight))
        clock.at_ms(600, lambda: link.says(b"\x40\x02\x00\x01"))
        clock.at_ms(700, lambda: seen.append(mqtt.in_flight))

    session(1000, prepare)
    assert seen == [b"\x33\x0c\x00\x05birth\x00\x01{}0", 1, 0]


def test_packet_ids_stay_valid_for_ever():
    ids = []

    def prepare(clock, link, mqtt, owner):
        mqtt._client.pid = 64990

        def work():
            if not mqtt.in_flight:
                link.sent = b""
                assert mqtt.publish(b"t", b"m", False, 1)
                mqtt._flush()
                ids.append(link.sent[5] << 8 | link.sent[6])
                assert mqtt.in_flight == ids[-1]
                link.says(b"\x40\x02" + link.sent[5:7])

        for at_ms in range(100, 1100, 50):
            clock.at_ms(at_ms, work)

    session(1200, prepare)
    assert len(ids) == 20
    assert ids == [64991 + count for count in range(10)] + list(range(1, 11))


def test_qos_0_and_qos_1_go_side_by_side():
    def prepare(clock, link, mqtt, owner):
        def publish():
            link.sent = b""
            assert mqtt.publish(b"t", b"one", False, 1)
            assert mqtt.publish(b"t", b"two", True, 0)

        clock.at_ms(100, publish)

    link, _, _ = session(300, prepare)
    assert link.sent == b"\x32\x08\x00\x01t\x00\x01one" + b"\x31\x06\x00\x01ttwo"


def test_what_has_no_room_is_refused_whole_and_harms_nothing():
    answers = []

    def prepare(clock, link, mqtt, owner):
        def stop_taking():
            link.room = 0
            link.sent = b""

        clock.at_ms(100, stop_taking)
        for at_ms in range(200, 260):
            clock.at_ms(at_ms, lambda: answers.append(mqtt.publish(b"t", bytes(200), False, 0)))
        clock.at_ms(300, lambda: setattr(link, "room", 1 << 20))
        clock.at_ms(400, lambda: answers.append(mqtt.publish(b"t", b"fresh", False, 0)))

    link, mqtt, _ = session(500, prepare)
    fitted = answers[:60].index(False)
    assert 0 < fitted < 60
    assert not any(answers[fitted:60])
    assert answers[60]
    message = b"\x30\xcb\x01\x00\x01t" + bytes(200)
    assert link.sent == message * fitted + b"\x30\x08\x00\x01tfresh"
    assert mqtt.unsent == 0


def test_a_message_that_can_never_fit_is_refused_and_nothing_spins():
    asked = []

    def prepare(clock, link, mqtt, owner):
        owner.wants = True
        owner.on_work = lambda: asked.append(mqtt.publish(b"t", bytes(70000), False, 1))

    _, mqtt, _ = session(2000, prepare)
    assert mqtt.up
    assert mqtt.in_flight == 0
    assert not any(asked)
    assert len(asked) < 2000


def test_a_network_that_takes_a_byte_at_a_time_gets_all_in_order():
    def prepare(clock, link, mqtt, owner):
        def publish():
            link.room = 0
            link.sent = b""
            mqtt.publish(b"topic", b"payload", False, 1)
            for at_ms in range(60, 1200, 60):
                clock.at_ms(clock.us // 1000 + at_ms, lambda: setattr(link, "room", 1))

        clock.at_ms(100, publish)

    link, _, _ = session(3000, prepare)
    assert link.sent == b"\x32\x10\x00\x05topic\x00\x01payload"


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


def test_a_message_that_is_never_acknowledged_ends_the_connection():
    """A broker may lose what it has in flight and go on answering pings."""

    def prepare(clock, link, mqtt, owner):
        sent = link.send

        def answer_pings(view):
            if bytes(view) == PINGREQ:
                clock.at_ms(clock.us // 1000 + 30, lambda: link.says(PINGRESP))
            return sent(view)

        link.send = answer_pings
        clock.at_ms(100, lambda: mqtt.publish(b"t", b"m", False, 1))

    link, mqtt, _ = session(30000, prepare)
    assert mqtt.losses == 1
    assert mqtt.in_flight == 0
    assert link.opened >= 2


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


def packet_of(size):
    """A PUBLISH to us with a body of size bytes, which we never asked for."""
    length = bytearray()
    left = size
    while True:
        length.append(left & 0x7F | (0x80 if left > 0x7F else 0))
        left >>= 7
        if not left:
            break
    return b"\x30" + bytes(length) + b"\x40\x02\x00\x01" * (size // 4) + bytes(size % 4)


def test_packets_too_long_to_keep_are_skipped_to_the_byte():
    for size in (0, 1, 127, 128, 129, 252, 253, 254, 255, 256, 1000, 16383, 16384, 20000):
        seen = []

        def prepare(clock, link, mqtt, owner, size=size, seen=seen):
            def publish():
                mqtt.publish(b"t", b"m", False, 1)
                link.says(packet_of(size))

            clock.at_ms(100, publish)
            clock.at_ms(3000, lambda: seen.append(mqtt.in_flight))
            clock.at_ms(3000, lambda: link.says(b"\x40\x02\x00\x01"))

        _, mqtt, _ = session(3500, prepare)
        assert seen == [1], size  # nothing within it was taken for the PUBACK
        assert mqtt.in_flight == 0, size
        assert mqtt.losses == 0


def test_a_flood_of_bytes_leaves_the_other_tasks_their_turn():
    turns = []

    def prepare(clock, link, mqtt, owner):
        owner.on_work = lambda: turns.append(clock.us)
        link.any = lambda: mqtt.up or bool(link._waiting)
        first_read = link.read_into
        reads = []

        def flooded(buffer):
            if not mqtt.up:
                return first_read(buffer)
            buffer[:] = PINGRESP * (len(buffer) // 2)
            reads.append(clock.us)
            assert reads[-500:].count(clock.us) < 500, "reads on and on at one instant"
            return len(buffer)

        link.read_into = flooded

    _, mqtt, _ = session(300, prepare)
    assert mqtt.up
    assert len(turns) > 100


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
