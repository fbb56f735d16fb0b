"""The MQTT driver publishes without ever waiting, and matches what comes back."""

from vm_mqtt import PINGREQ, PINGRESP, session


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


def packet_of(size, topic=b"topic", first=0x30):
    """A PUBLISH to us with a message of size bytes, in which PUBACKs seem to stand."""
    length = bytearray()
    left = size + 2 + len(topic)
    while True:
        length.append(left & 0x7F | (0x80 if left > 0x7F else 0))
        left >>= 7
        if not left:
            break
    head = bytes((first,)) + bytes(length) + bytes((0, len(topic))) + topic
    return head + b"\x40\x02\x00\x01" * (size // 4) + bytes(size % 4)


def test_packets_too_long_to_keep_are_skipped_to_the_byte_and_the_others_handed_over():
    """The inbox holds 256 bytes, of which three and the topic's seven are not the message's."""
    sizes = (0, 1, 119, 120, 121, 122, 245, 246, 247, 248, 249, 1000, 16376, 16377, 20000)
    for size in sizes:
        seen = []
        came = []

        def prepare(clock, link, mqtt, owner, size=size, seen=seen, came=came):
            owner.received = lambda *parts, came=came: came.append(parts)

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
        message = b"\x40\x02\x00\x01" * (size // 4) + bytes(size % 4)
        assert came == ([(b"topic", message, False)] if size <= 246 else []), size


def test_a_retained_message_is_handed_over_as_such():
    came = []

    def prepare(clock, link, mqtt, owner):
        owner.received = lambda *parts, came=came: came.append(parts)
        clock.at_ms(100, lambda: link.says(packet_of(3, b"a", 0x31) + packet_of(0, b"b", 0x30)))

    session(300, prepare)
    assert came == [(b"a", bytes(3), True), (b"b", b"", False)]


def test_a_message_that_is_none_ends_the_connection():
    for packet in (
        packet_of(8, first=0x32),  # QoS 1, which nobody asked for
        packet_of(8, first=0x34),
        b"\x30\x02\x00\x01",  # ends within its topic
        b"\x30\x03\xff\xff\x41",
        b"\x30\x00",
        b"\x30\x01\x00",
    ):
        came = []

        def prepare(clock, link, mqtt, owner, packet=packet, came=came):
            owner.received = lambda *parts, came=came: came.append(parts)
            clock.at_ms(100, lambda: link.says(packet))

        _, mqtt, _ = session(300, prepare)
        assert mqtt.losses == 1, packet
        assert came == []


def test_subscribing_waits_for_nothing_and_asks_for_qos_0():
    def prepare(clock, link, mqtt, owner):
        def subscribe():
            link.sent = b""
            assert mqtt.subscribe(b"ack")
            assert mqtt.subscribe(b"time")
            assert mqtt.in_flight == 0
            assert mqtt.publish(b"t", b"m", False, 1)
            assert mqtt.in_flight == 3  # packet ids are of all three

        clock.at_ms(100, subscribe)
        clock.at_ms(200, lambda: link.says(b"\x90\x03\x00\x01\x00\x90\x03\x00\x02\x80"))

    link, mqtt, _ = session(1000, prepare)
    assert link.sent == (
        b"\x82\x08\x00\x01\x00\x03ack\x00"
        b"\x82\x09\x00\x02\x00\x04time\x00"
        b"\x32\x06\x00\x01t\x00\x03m"
    )
    assert mqtt.up
    assert mqtt.in_flight == 3


def test_a_subscription_that_does_not_go_now_is_refused():
    answers = []

    def prepare(clock, link, mqtt, owner):
        answers.append(mqtt.subscribe(b"early"))

        def fill():
            link.room = 0
            while mqtt.publish(b"t", bytes(100)):
                pass
            while mqtt.publish(b"t", b""):
                pass
            answers.append(mqtt.subscribe(b"a topic that no longer fits"))

        clock.at_ms(100, fill)

    _, mqtt, _ = session(300, prepare)
    assert answers == [False, False]
    assert mqtt.up


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
