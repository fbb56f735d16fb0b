"""The journal's way up: what is sealed, when it is sealed again, and what a confirmation does."""

import hashlib
import struct

from vm_fakes import FakeClock
from vm_flash import EPOCH, Chip, again, append, flip, flushed, mount, segment, started

from reedgate_contract import records
from station.app.delivery import Delivery
from station.app.scan import Uptime
from station.core.proof import hmac_sha256

KEY = bytes(range(32))
TOPIC = b"reedgate/1/desk/one/journal"
EVENTS, READINGS = records.STREAM_EVENTS, records.STREAM_READINGS


def over(journal):
    """(clock, uptime, delivery) of a journal."""
    clock, uptime = FakeClock(), Uptime(0)
    return clock, uptime, Delivery(clock, journal, uptime, KEY, hashlib.sha256, "desk", "one")


def world():
    mount(Chip())
    journal = started()
    clock, uptime, delivery = over(journal)
    return journal, clock, uptime, delivery


def told(delivery):
    """(stream, boot_n, first_held, first, count, uptime) of the sealed batch; its proof holds."""
    batch = bytes(delivery.batch)
    head, content, proof = records.unpack_batch(batch)
    assert proof == hmac_sha256(hashlib.sha256, KEY, (TOPIC, b"\0", batch[:-32]))
    version, stream, count, epoch, boot_n, first_held, first, uptime_s, uptime_ms = head
    assert (version, epoch) == (records.BATCH_VERSION, EPOCH)
    for index in range(count):
        assert struct.unpack_from("<I", content, index * 32 + 4)[0] == first + index
    return stream, boot_n, first_held, first, count, (uptime_s, uptime_ms)


def test_a_batch_says_what_it_is_and_is_sealed():
    journal, _, uptime, delivery = world()
    assert delivery.topic == TOPIC
    flushed(journal, journal.events, 3)
    uptime.advance(61240)
    delivery.prepare()
    assert told(delivery) == (EVENTS, 1, 1, 1, 3, (61, 240))


def test_nothing_is_sealed_where_nothing_is_on_flash():
    journal, _, _, delivery = world()
    assert not delivery.wants_to_prepare()
    append(journal.events, 3)
    assert not delivery.wants_to_prepare()
    assert not delivery.due()
    journal.flush(journal.events)
    assert delivery.wants_to_prepare()


def test_events_come_before_readings():
    journal, _, _, delivery = world()
    flushed(journal, journal.readings, 5)
    flushed(journal, journal.events, 2)
    story = []
    while delivery.wants_to_prepare():
        delivery.prepare()
        stream, _, _, first, count, _ = told(delivery)
        story.append((stream, first, count))
        assert delivery.confirm(stream, EPOCH, first + count - 1)
    assert story == [(EVENTS, 1, 2), (READINGS, 1, 5)]


def test_a_batch_takes_24_records_and_those_of_one_start():
    chip = mount(Chip())
    for count in (30, 4):
        journal = started()
        flushed(journal, journal.events, count)
        chip = again(chip)
    journal = started()
    _, _, delivery = over(journal)
    story = []
    while delivery.wants_to_prepare():
        delivery.prepare()
        _, boot_n, _, first, count, _ = told(delivery)
        story.append((boot_n, first, count))
        delivery.confirm(EVENTS, EPOCH, first + count - 1)
    assert story == [(1, 1, 24), (1, 25, 6), (2, 31, 4)]


def test_a_batch_tells_from_where_on_the_station_still_has_records():
    chip = mount(Chip())
    for count in (5, 6, 7):
        journal = started((1, 1))
        flushed(journal, journal.events, count)
        chip = again(chip)
    journal = started((1, 1))
    while journal.make_room():
        pass
    _, _, delivery = over(journal)
    delivery.prepare()
    assert told(delivery)[2:5] == (12, 12, 7)


def test_a_batch_goes_once_until_it_waits_too_long_and_is_then_sealed_anew():
    journal, clock, uptime, delivery = world()
    flushed(journal, journal.events, 2)
    delivery.prepare()
    assert delivery.due()
    assert not delivery.wants_to_prepare()
    clock.move_to(60_000_000)  # not sent: it waits for the network and for nothing else
    assert not delivery.wants_to_prepare()
    delivery.was_sent()
    assert not delivery.due()
    clock.move_to(69_999_000)
    assert not delivery.wants_to_prepare()
    clock.move_to(70_000_000)
    assert delivery.wants_to_prepare()
    uptime.advance(70000)
    delivery.prepare()
    assert delivery.due()
    assert told(delivery) == (EVENTS, 1, 1, 1, 2, (70, 0))


def test_a_new_connection_seals_anew():
    journal, _, uptime, delivery = world()
    flushed(journal, journal.events, 2)
    delivery.prepare()
    delivery.was_sent()
    uptime.advance(5000)
    delivery.connected()
    assert not delivery.due()
    assert delivery.wants_to_prepare()
    delivery.prepare()
    assert told(delivery)[5] == (5, 0)


def test_a_confirmation_of_a_part_goes_on_behind_it():
    journal, _, _, delivery = world()
    flushed(journal, journal.events, 9)
    delivery.prepare()
    delivery.was_sent()
    assert delivery.confirm(EVENTS, EPOCH, 4)
    assert not delivery.due()
    delivery.prepare()
    assert told(delivery)[3:5] == (5, 5)
    assert delivery.confirm(EVENTS, EPOCH, 9)
    assert not delivery.wants_to_prepare()


def test_a_confirmation_that_confirms_nothing_leaves_the_batch_that_is_under_way():
    journal, _, _, delivery = world()
    flushed(journal, journal.events, 30)
    delivery.prepare()
    delivery.was_sent()
    assert delivery.confirm(EVENTS, EPOCH, 24)
    delivery.prepare()
    delivery.was_sent()
    assert delivery.confirm(EVENTS, EPOCH, 24)  # the one before, once more
    assert delivery.batch is not None
    assert not delivery.due()
    assert told(delivery)[3:5] == (25, 6)


def test_a_gateway_that_lost_some_gets_them_again():
    journal, _, _, delivery = world()
    flushed(journal, journal.events, 30)
    for last in (24, 30):
        delivery.prepare()
        assert delivery.confirm(EVENTS, EPOCH, last)
    flushed(journal, journal.events, 1)
    delivery.prepare()
    delivery.was_sent()
    assert told(delivery)[3] == 31
    assert delivery.confirm(EVENTS, EPOCH, 10)  # its store is an older copy
    delivery.prepare()
    assert told(delivery)[3:5] == (11, 21)


def test_a_confirmation_that_cannot_be_does_nothing():
    journal, _, _, delivery = world()
    flushed(journal, journal.events, 5)
    append(journal.events, 2)
    delivery.prepare()
    delivery.was_sent()
    for code, epoch, seq in (
        (EVENTS, EPOCH, 6),  # not on flash, so never sent
        (EVENTS, EPOCH, 0xFFFFFFFF),
        (EVENTS, EPOCH ^ 1, 5),
        (READINGS, EPOCH, 1),
        (3, EPOCH, 1),
        (0, EPOCH, 0),
    ):
        assert not delivery.confirm(code, epoch, seq), (code, epoch, seq)
    assert journal.events.confirmed == 0
    assert told(delivery)[3:5] == (1, 5)


def test_the_other_streams_confirmation_leaves_the_batch():
    journal, _, _, delivery = world()
    flushed(journal, journal.readings, 5)
    delivery.prepare()
    delivery.confirm(READINGS, EPOCH, 5)
    flushed(journal, journal.events, 5)
    delivery.prepare()
    delivery.was_sent()
    assert delivery.confirm(READINGS, EPOCH, 5)
    assert delivery.batch is not None


def test_a_rotten_record_is_sealed_as_lost():
    journal, _, _, delivery = world()
    flushed(journal, journal.events, 3)
    flip(segment("e0000001"), 70)
    delivery.prepare()
    assert told(delivery)[4] == 3
    _, content, _ = records.unpack_batch(bytes(delivery.batch))
    kinds = [content[at] for at in (0, 32, 64)]
    assert kinds == [records.KIND_READING, records.KIND_LOST, records.KIND_READING]


def test_the_age_of_the_oldest_is_told_where_it_is_known():
    journal, _, uptime, delivery = world()
    assert delivery.oldest_s(journal.events) is None
    append(journal.events, 1, uptime_s=7)
    journal.flush(journal.events)
    uptime.advance(61000)
    delivery.prepare()
    assert delivery.oldest_s(journal.events) == 54
    assert delivery.oldest_s(journal.readings) is None
    delivery.confirm(EVENTS, EPOCH, 1)
    assert delivery.oldest_s(journal.events) is None


def test_the_age_of_a_record_of_another_start_is_not_known():
    chip = mount(Chip())
    journal = started()
    flushed(journal, journal.events, 2)
    again(chip)
    journal = started()
    _, _, delivery = over(journal)
    delivery.prepare()
    assert told(delivery)[1] == 1
    assert delivery.oldest_s(journal.events) is None
