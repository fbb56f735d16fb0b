"""What comes down: each reason against it once, one event for each, and nothing else happens."""

import hashlib
import struct

from vm_fakes import FakeClock
from vm_flash import EPOCH, Chip, flushed, mount, started

from reedgate_contract import envelope, records
from station.app.delivery import Delivery
from station.app.downlink import Downlink
from station.app.scan import Uptime
from station.core.proof import hmac_sha256

KEY = bytes(range(32))
ACK, TIME = b"reedgate/1/desk/one/ack", b"reedgate/1/desk/one/time"
CMD = b"reedgate/1/desk/one/cmd"
NOW_S, NOW_MS = 100, 500
UNIX_S = 1790000000


class World:
    """A station with five flushed events, 100.5 s after its start."""

    def __init__(self):
        mount(Chip())
        self.journal = started()
        flushed(self.journal, self.journal.events, 5)
        self.uptime = Uptime(0)
        self.uptime.advance(NOW_S * 1000 + NOW_MS)
        parts = (self.uptime, KEY, hashlib.sha256, "desk", "one")
        self.delivery = Delivery(FakeClock(), self.journal, *parts)
        self.delivery.prepare()
        self.downlink = Downlink(self.journal, self.delivery, None, *parts)

    def take(self, topic, message, retained=False):
        """The events that came of it, as (kind, payload)."""
        events = self.journal.events
        before = events.waiting
        self.downlink.take(topic, message, retained)
        found = []
        for index in range(before, events.waiting):
            kind, part, _, _, _, uptime_s, payload, _ = struct.unpack_from(
                records.RECORD, events.buffer, index * 32
            )
            assert (part, uptime_s) == (0x11, NOW_S)
            found.append((kind, payload))
        return found

    def refused(self, topic, message, reason, counter=0, retained=False):
        """It is refused for that reason, with one event, and nothing else has happened."""
        state = self.state()
        before = self.downlink.refused
        self.downlink._may_tell = 1  # how many are told is another test's matter
        [(kind, payload)] = self.take(topic, message, retained)
        assert kind == records.KIND_REFUSAL
        code = {ACK: 1, TIME: 2, CMD: 3}.get(topic, 0)
        told = struct.unpack(records.REFUSAL, payload)
        assert told[:5] == (NOW_MS, code, reason, counter, before + 1), told
        proven = reason not in (
            envelope.REFUSED_FORM,
            envelope.REFUSED_PROOF,
            envelope.REFUSED_RETAINED,
        )
        own = struct.unpack(envelope.HEAD, message[:20])[4] if len(message) >= 20 else 0
        assert told[5] in ((own,) if proven else (0, own)), told
        assert self.state() == state
        assert self.downlink.refused == before + 1

    def state(self):
        events, readings = self.journal.streams
        batch = self.delivery.batch
        return events.confirmed, readings.confirmed, batch is None or bytes(batch)


def sealed(topic, head, body, key=KEY):
    return head + body + hmac_sha256(hashlib.sha256, key, (topic, b"\0", head + body))


def head(code=envelope.TOPIC_ACK, epoch=EPOCH, boot_n=1, counter=1, until=(NOW_S + 30, 0)):
    return envelope.pack_head(code, epoch, boot_n, counter, *until)


def ack(seq=3, stream=records.STREAM_EVENTS, epoch=EPOCH, **fields):
    return sealed(ACK, head(**fields), struct.pack(envelope.ACK, stream, epoch, seq))


def time(unix_s=UNIX_S, unix_ms=250, uncertainty_ms=40, **fields):
    body = struct.pack(envelope.TIME, unix_s, unix_ms, uncertainty_ms)
    return sealed(TIME, head(envelope.TOPIC_TIME, **fields), body)


def test_it_listens_to_what_the_contract_names():
    assert sorted(World().downlink.topics) == [ACK, CMD, TIME]


def test_an_ack_confirms_and_leaves_no_event():
    world = World()
    assert world.take(ACK, ack(3)) == []
    assert world.journal.events.confirmed == 3
    assert world.take(ACK, ack(5, counter=2)) == []
    assert world.journal.events.confirmed == 5
    assert world.downlink.refused == 0


def test_a_time_is_an_anchor_and_nothing_else():
    world = World()
    state = world.state()
    [(kind, payload)] = world.take(TIME, time())
    assert kind == records.KIND_ANCHOR
    assert struct.unpack(records.ANCHOR, payload) == (
        NOW_MS,
        UNIX_S,
        250,
        40,
        records.ANCHOR_FROM_GATEWAY,
    )
    assert payload[11:] == bytes(5)
    assert world.state() == state


def test_counters_may_leave_some_out_and_are_of_both_topics_together():
    world = World()
    assert world.take(ACK, ack(2, counter=7)) == []
    world.refused(TIME, time(counter=7), envelope.REFUSED_COUNTER, 7)
    assert len(world.take(TIME, time(counter=8))) == 1
    assert world.take(ACK, ack(3, counter=0xFFFFFFFF)) == []


def test_what_is_replayed_is_refused():
    world = World()
    message = ack(3)
    assert world.take(ACK, message) == []
    for _ in range(3):
        world.refused(ACK, message, envelope.REFUSED_COUNTER, 1)
    world.refused(ACK, ack(5, counter=0), envelope.REFUSED_COUNTER, 1)


def test_what_has_no_form_is_refused():
    world = World()
    world.refused(ACK, b"", envelope.REFUSED_FORM)
    world.refused(ACK, bytes(51), envelope.REFUSED_FORM)
    world.refused(b"reedgate/1/desk/one/config", ack(), envelope.REFUSED_FORM)
    other_version = b"\x02" + head()[1:]
    body = struct.pack(envelope.ACK, 1, EPOCH, 3)
    world.refused(ACK, sealed(ACK, other_version, body), envelope.REFUSED_FORM)
    # the topic that it states is another than the one by which it came
    stated = sealed(ACK, head(envelope.TOPIC_TIME), body)
    world.refused(ACK, stated, envelope.REFUSED_FORM)


def test_any_flipped_bit_is_refused():
    world = World()
    message = ack(3)
    for at in range(len(message)):
        forged = bytearray(message)
        forged[at] ^= 1 << at % 8
        world.refused(ACK, bytes(forged), envelope.REFUSED_PROOF)
        world.journal.flush(world.journal.events)
    assert world.take(ACK, message) == []  # and none of them took its counter


def test_what_is_sealed_with_another_key_or_for_another_topic_is_refused():
    world = World()
    body = struct.pack(envelope.ACK, 1, EPOCH, 3)
    world.refused(ACK, sealed(ACK, head(), body, b"k" * 32), envelope.REFUSED_PROOF)
    for topic in (TIME, b"reedgate/1/desk/two/ack", b"reedgate/1/other/one/ack"):
        world.refused(ACK, sealed(topic, head(), body), envelope.REFUSED_PROOF)


def test_what_was_meant_for_another_start_or_journal_is_refused():
    world = World()
    for fields in ({"boot_n": 0}, {"boot_n": 2}):
        world.refused(ACK, ack(3, **fields), envelope.REFUSED_BOOT)
    body = struct.pack(envelope.ACK, 1, EPOCH, 3)
    world.refused(ACK, sealed(ACK, head(epoch=EPOCH ^ 1), body), envelope.REFUSED_BOOT)


def test_what_comes_too_late_is_refused():
    world = World()
    for until in ((0, 0), (NOW_S - 1, 999), (NOW_S, NOW_MS - 1)):
        world.refused(ACK, ack(3, until=until), envelope.REFUSED_LATE)
    assert world.take(ACK, ack(3, until=(NOW_S, NOW_MS))) == []


def test_what_would_be_good_for_too_long_is_refused():
    world = World()
    for until in ((NOW_S + 30, NOW_MS + 1), (NOW_S + 31, 0), (0xFFFFFFFF, 0)):
        world.refused(ACK, ack(3, until=until), envelope.REFUSED_AHEAD)
    assert world.take(ACK, ack(3, until=(NOW_S + 30, NOW_MS))) == []


def test_what_a_broker_kept_is_refused():
    world = World()
    world.refused(ACK, ack(3), envelope.REFUSED_RETAINED, retained=True)
    world.refused(TIME, time(), envelope.REFUSED_RETAINED, retained=True)
    assert world.take(ACK, ack(3)) == []  # the counter is still to be had


def test_what_says_the_impossible_is_refused_and_cannot_come_again():
    world = World()
    body = struct.pack(envelope.ACK, 1, EPOCH, 3)
    cases = (
        (ACK, ack(6, counter=1)),  # more than the station has on flash
        (ACK, ack(3, stream=9, counter=2)),
        (ACK, ack(3, epoch=EPOCH ^ 1, counter=3)),
        (ACK, sealed(ACK, head(counter=4), body + b"\0")),
        (ACK, sealed(ACK, head(counter=5), b"")),
        (TIME, time(unix_s=1699999999, counter=6)),
        (TIME, time(unix_ms=1000, counter=7)),
        (TIME, sealed(TIME, head(envelope.TOPIC_TIME, counter=8), b"short")),
    )
    for index in range(len(cases)):
        topic, message = cases[index]
        world.refused(topic, message, envelope.REFUSED_CONTENT, index + 1)
        world.refused(topic, message, envelope.REFUSED_COUNTER, index + 1)


def test_a_flood_of_forged_messages_becomes_a_few_events_that_tell_how_many_there_were():
    world = World()
    state = world.state()
    for _ in range(100):
        world.downlink.take(ACK, bytes(60), False)
    assert world.downlink.refused == 100
    assert world.journal.events.waiting == 8
    world.uptime.advance((NOW_S + 60) * 1000)
    for _ in range(100):
        world.downlink.take(ACK, bytes(60), False)
    assert world.journal.events.waiting == 9
    told = struct.unpack_from(records.REFUSAL, world.journal.events.buffer, 8 * 32 + 12)
    assert told[4] == 101
    assert world.journal.events.refused == 0
    assert world.state() == state
    assert world.take(ACK, ack(3, until=(NOW_S + 70, 0))) == []
    assert world.journal.events.confirmed == 3


def test_a_time_for_which_memory_has_no_room_is_refused_as_such():
    world = World()
    for _ in range(24):
        assert world.journal.events.reserve(1)
        world.journal.events.append(records.KIND_BOOT, 0x11, 0, 0, 0)
    assert world.take(TIME, time()) == []
    assert world.downlink.refused == 1
