"""A batch at the door: proved before it has any effect, and then every seq of it accounted for."""

import struct

import feed
import packer
import pytest
from gateway_rig import KEYS
from hypothesis import given
from hypothesis import strategies as st

from reedgate_boards.site.user_error import UserError
from reedgate_contract import records
from reedgate_gateway.batch import Batch, Key, Record
from reedgate_gateway.ingest import Rejected, parse
from reedgate_gateway.keys import load_keys


def reading_batch(count=3):
    journal = packer.Journal()
    for number in range(count):
        journal.reading("do_mg_l", 7000 + number)
    return journal.batch(journal.readings)


def parsed(catalogue, message, keys=KEYS):
    return parse(message[0], message[1], catalogue, keys)


def test_a_batch_passes_with_its_records(catalogue):
    batch = parsed(catalogue, reading_batch())
    assert isinstance(batch, Batch)
    assert (batch.stream, batch.epoch, batch.boot_n) == (2, 0x5F3A9C01, 1)
    assert (batch.first_held, batch.first_seq, batch.last_seq) == (1, 1, 3)
    assert batch.uptime_ms == 1840
    assert batch.lost == ()
    assert batch.records[1] == Record(
        2, records.KIND_READING, 1, 1, 1, 1, 1, struct.pack("<iiii", *[7001] * 4)
    )


@given(st.data())
def test_no_changed_byte_passes(catalogue, data):
    topic, payload, _qos, _retain = reading_batch()
    at = data.draw(st.integers(0, len(payload) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    forged = payload[:at] + bytes([payload[at] ^ bit]) + payload[at + 1 :]
    rejected = parse(topic, forged, catalogue, KEYS)
    assert isinstance(rejected, Rejected)
    assert rejected.reason in ("bad_proof", "bad_batch")


@given(st.binary(max_size=1200))
def test_no_bytes_raise(catalogue, payload):
    assert isinstance(parse(reading_batch()[0], payload, catalogue, KEYS), Rejected)


def test_another_stations_key_or_topic_proves_nothing(catalogue):
    topic, payload, _qos, _retain = reading_batch()
    assert parsed(catalogue, (topic, payload), {"inlet": Key(bytes(32))}).reason == "bad_proof"
    assert parsed(catalogue, (topic, payload), {}).reason == "no_key"
    elsewhere = packer.sealed(packer.KEY, "reedgate/1/desk/outlet/journal", payload[:-32])
    assert parsed(catalogue, (topic, elsewhere)).reason == "bad_proof"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"version": 2}, "bad_batch"),
        ({"stream": 3}, "bad_batch"),
        ({"count": 2}, "bad_batch"),
        ({"count": 0}, "bad_batch"),
        ({"first_held": 0}, "bad_batch"),
        ({"first_held": 2}, "bad_batch"),  # it sends what it says is gone
        ({"first_seq": 0xFFFFFFFE}, "bad_batch"),
        ({"uptime_ms": 1000}, "bad_batch"),
    ],
)
def test_a_head_that_cannot_be_is_refused_even_when_it_is_sealed(catalogue, changed, reason):
    topic, payload, _qos, _retain = reading_batch()
    names = (
        *("version", "stream", "count", "epoch", "boot_n", "first_held", "first_seq"),
        *("uptime_s", "uptime_ms"),
    )
    size = struct.calcsize(records.BATCH)
    head = dict(zip(names, struct.unpack(records.BATCH, payload[:size]), strict=True)) | changed
    body = struct.pack(records.BATCH, *head.values()) + payload[size:-32]
    sealed = packer.sealed(packer.KEY, topic, body)
    assert parsed(catalogue, (topic, sealed)).reason == reason


def test_a_record_that_is_not_whole_is_lost_and_stops_nothing(catalogue):
    """Given up by the station, of another seq, or with a wrong CRC within a proved batch."""
    journal = packer.Journal()
    for _ in range(5):
        journal.reading("do_mg_l", 7000)
    held = journal.readings.held
    journal.rot(journal.readings, 2)
    held[3] = (1, held[5][1])
    held[4] = (1, held[4][1][:-1] + bytes([held[4][1][-1] ^ 1]))
    batch = parsed(catalogue, journal.batch(journal.readings))
    assert [record.seq for record in batch.records] == [1, 5]
    assert batch.lost == (2, 3, 4)


def test_a_key_is_never_printed(catalogue):
    key = Key(b"secret of thirty-two bytes here!")
    assert "secret" not in f"{key} {key!r} {KEYS}"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "inlet.key").write_bytes(packer.KEY)
    (tmp_path / "inlet.key").chmod(0o600)
    return tmp_path


def test_the_keys_that_are_there_are_read(folder):
    assert load_keys(folder, ["inlet", "outlet"]) == KEYS
    assert load_keys(folder / "none", ["inlet"]) == {}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_refused(folder, mode):
    (folder / "inlet.key").chmod(mode)
    with pytest.raises(UserError) as caught:
        load_keys(folder, ["inlet"])
    for language in ("en", "zh"):
        assert f"chmod 600 {folder / 'inlet.key'}" in caught.value.lines(language)[1]


@pytest.mark.parametrize("content", [b"", bytes(31), bytes(33)])
def test_a_key_of_another_size_is_refused_and_not_shown(folder, content):
    (folder / "inlet.key").write_bytes(content)
    with pytest.raises(UserError, match="not 32 bytes"):
        load_keys(folder, ["inlet"])


def test_a_forged_batch_does_nothing_but_count(state, clock):
    topic, payload, _qos, _retain = feed.Station().event("main", "ruling", feed.TRIPPED["main"])
    forged = parse(topic, payload[:-1] + bytes(1), state.catalogue, KEYS)
    assert state.apply(forged, False, clock()) == []
    assert state.rejected == {"bad_proof": 1}
    assert state.stations["inlet"].rulings == {}
