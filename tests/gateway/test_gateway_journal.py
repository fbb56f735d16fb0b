"""The record in the store: each seq once or in one gap, and confirmed only as far as that."""

import shutil
import sqlite3

import feed
import packer
import pytest
from gateway_rig import KEYS, NOON_MS

from reedgate_contract import codes
from reedgate_gateway.content import GateEvent, Started
from reedgate_gateway.downlink import sealed
from reedgate_gateway.ingest import parse
from reedgate_gateway.journal_read import Gap, NewJournal
from reedgate_gateway.journal_write import Journaled, TimeOwed
from reedgate_gateway.naming import Boot
from reedgate_gateway.store import Received, Store

READINGS, EVENTS = packer.READINGS, packer.EVENTS


class Gateway:
    """A store that takes a station's batches, and the confirmations it gives."""

    def __init__(self, path, catalogue):
        self.path = path
        self.catalogue = catalogue
        self.store = Store(path)
        self.now_ms = NOON_MS

    def take(self, journal, *messages):
        """What goes down for them, in their order."""
        boot = Boot(journal.epoch, journal.boot_n)
        rows = []
        for topic, payload, *_ in messages:
            batch = parse(topic, payload, self.catalogue, KEYS)
            rows.append(Journaled(self.now_ms, batch, boot))
        return self.store.write(rows)

    def deliver(self, journal, *messages):
        """The same, and the station takes what comes down."""
        for ack in self.take(journal, *messages):
            journal.take(*sealed(ack, "desk", packer.KEY, self.now_ms))

    def deliver_all(self, journal):
        """Until the station has nothing to send."""
        for _ in range(1000):
            waiting = [stream for stream in journal.streams.values() if journal.pending(stream)]
            if not waiting:
                return
            self.deliver(journal, journal.batch(waiting[0]))
        raise AssertionError("the station never comes to an end")

    def birth(self, station):
        topic, payload, *_ = station.birth()
        birth = parse(topic, payload, self.catalogue, KEYS)
        self.store.write([Received(self.now_ms, birth)])

    def accounted(self, stream=READINGS):
        """(seqs of records, seqs in gaps), sorted, with each doubling seen."""
        db = sqlite3.connect(self.path)
        rows = db.execute("SELECT seq FROM record WHERE stream = ? ORDER BY seq", (stream,))
        found = [seq for (seq,) in rows]
        gaps = db.execute("SELECT first, last FROM gap WHERE stream = ?", (stream,)).fetchall()
        db.close()
        return found, sorted(seq for first, last in gaps for seq in range(first, last + 1))

    def gaps(self):
        return [(gap.stream, gap.first, gap.last, gap.reason) for _, gap in self.store.gaps(100)]


@pytest.fixture
def gateway(tmp_path, catalogue):
    gateway = Gateway(tmp_path / "gateway.sqlite3", catalogue)
    yield gateway
    gateway.store.close()


@pytest.fixture
def journal():
    return packer.Journal()


def fill(journal, count, point="do_mg_l"):
    for number in range(count):
        journal.uptime_ms += 1000
        journal.reading(point, 7000 + number)


def test_what_is_stored_is_confirmed_and_only_that(gateway, journal):
    fill(journal, 30)
    (ack,) = gateway.take(journal, journal.batch(journal.readings))
    assert (ack.stream, ack.epoch, ack.through) == (READINGS, journal.epoch, 24)
    gateway.deliver_all(journal)
    assert gateway.accounted() == (list(range(1, 31)), [])


def test_a_batch_that_comes_again_is_confirmed_again_and_stored_once(gateway, journal):
    fill(journal, 5)
    message = journal.batch(journal.readings)
    acks = gateway.take(journal, message, message, message)
    assert [ack.through for ack in acks] == [5, 5, 5]
    assert len({ack.counter for ack in acks}) == 3
    assert gateway.accounted() == ([1, 2, 3, 4, 5], [])


def test_a_batch_ahead_of_a_hole_is_kept_and_the_old_confirmation_repeated(gateway, journal):
    fill(journal, 72)
    first, second, third = (journal.batch(journal.readings, seq) for seq in (1, 25, 49))
    acks = gateway.take(journal, first, third)
    assert [ack.through for ack in acks] == [24, 24]
    (ack,) = gateway.take(journal, second)
    assert ack.through == 72, "the one that was kept joins"
    assert gateway.accounted() == (list(range(1, 73)), [])


def test_what_the_station_had_no_room_for_is_a_gap(gateway, journal):
    fill(journal, 30)
    gateway.deliver(journal, journal.batch(journal.readings, most=5))
    journal.drop_front(journal.readings, 20)
    gateway.deliver_all(journal)
    assert gateway.gaps() == [("readings", 6, 19, "no_space")]
    assert gateway.accounted() == ([*range(1, 6), *range(20, 31)], list(range(6, 20)))
    assert journal.readings.confirmed == 30


def test_what_rotted_is_a_gap_of_its_own_kind(gateway, journal):
    fill(journal, 10)
    for seq in (3, 4, 9):
        journal.rot(journal.readings, seq)
    gateway.deliver_all(journal)
    assert sorted(gateway.gaps()) == [
        ("readings", 3, 4, "bit_rot"),
        ("readings", 9, 9, "bit_rot"),
    ]
    assert gateway.accounted() == ([1, 2, 5, 6, 7, 8, 10], [3, 4, 9])


def test_a_gap_stays_one_even_if_its_records_come_after_all(gateway, journal):
    fill(journal, 3)
    good = journal.batch(journal.readings)
    journal.rot(journal.readings, 2)
    gateway.take(journal, journal.batch(journal.readings), good)
    assert gateway.accounted() == ([1, 3], [2])


def test_rot_after_delivery_makes_no_gap(gateway, journal):
    fill(journal, 3)
    gateway.take(journal, journal.batch(journal.readings))
    journal.rot(journal.readings, 2)
    gateway.take(journal, journal.batch(journal.readings))
    assert gateway.accounted() == ([1, 2, 3], [])


def test_a_restored_copy_asks_again_for_what_the_station_still_holds(
    gateway, journal, tmp_path, catalogue
):
    fill(journal, 40)
    gateway.deliver_all(journal)
    copy = tmp_path / "copy.sqlite3"
    db = sqlite3.connect(gateway.path)
    db.execute("VACUUM INTO ?", (str(copy),))
    db.close()
    fill(journal, 60)
    gateway.deliver_all(journal)
    journal.drop_front(journal.readings, 71)  # it was confirmed: the station may forget it
    fill(journal, 10)
    restored = Gateway(copy, catalogue)
    restored.deliver_all(journal)
    assert restored.gaps() == [("readings", 41, 70, "confirmed_elsewhere")]
    assert restored.accounted() == ([*range(1, 41), *range(71, 111)], list(range(41, 71)))
    assert set(journal.refused) <= {"counter"}
    restored.store.close()


def test_an_empty_store_takes_up_a_journal_that_is_not_at_its_start(gateway, journal):
    fill(journal, 50)
    journal.readings.confirmed = 50  # by a store that is gone
    journal.drop_front(journal.readings, 31)
    fill(journal, 1)
    gateway.deliver_all(journal)
    assert gateway.gaps() == [("readings", 1, 30, "confirmed_elsewhere")]
    assert gateway.accounted() == (list(range(31, 52)), list(range(1, 31)))


def test_a_new_journal_is_told_and_begins_at_one(gateway, journal):
    fill(journal, 3)
    gateway.deliver_all(journal)
    assert gateway.store.new_journal_ms("inlet") is None
    gateway.now_ms += 1000
    other = packer.Journal(epoch=7)
    fill(other, 2)
    gateway.deliver_all(other)
    assert other.readings.confirmed == 2
    assert gateway.store.new_journal_ms("inlet") == NOON_MS + 1000
    (event,) = [each for each in gateway.store.events(9) if isinstance(each.content, NewJournal)]
    assert event.content.epoch == 7
    assert gateway.gaps() == []


def test_the_same_seq_with_other_content_is_counted_and_logged(gateway, journal, caplog):
    fill(journal, 1)
    other = packer.Journal()
    other.reading("do_mg_l", 1)
    gateway.take(journal, journal.batch(journal.readings), other.batch(other.readings))
    assert gateway.store.conflicts == 1
    assert ["others of the same number" in text for text in caplog.messages] == [True]


def test_counters_grow_across_a_restart_and_begin_anew_with_a_start(gateway, journal, catalogue):
    fill(journal, 3)
    message = journal.batch(journal.readings)
    first = [ack.counter for ack in gateway.take(journal, message, message)]
    again = Gateway(gateway.path, catalogue)
    (ack,) = again.take(journal, message)
    assert first[0] < first[1] < ack.counter
    (time,) = again.store.write([TimeOwed("inlet", Boot(journal.epoch, 1), 4000)])
    assert time.counter > ack.counter
    journal.restart()
    (other,) = again.take(journal, message)
    assert other.counter < time.counter
    again.store.close()


def test_a_store_that_was_restored_gives_no_counter_twice(gateway, journal, tmp_path, catalogue):
    """The copy knows fewer of them; the station's uptime has gone on."""
    copy = tmp_path / "copy.sqlite3"
    gateway.store.close()
    shutil.copy(gateway.path, copy)
    gateway.store = Store(gateway.path)
    fill(journal, 300)
    for _ in range(9):
        gateway.deliver(journal, journal.batch(journal.readings))
    journal.uptime_ms += 1000
    restored = Gateway(copy, catalogue)
    restored.deliver(journal, journal.batch(journal.readings))
    assert journal.refused == []
    restored.store.close()


def test_a_transaction_that_fails_confirms_nothing(gateway, journal):
    fill(journal, 3)
    batch = parse(*journal.batch(journal.readings)[:2], gateway.catalogue, KEYS)
    broken = Received(NOON_MS, None)
    with pytest.raises(AttributeError):
        gateway.store.write([Journaled(NOON_MS, batch, Boot(1, 1)), broken])
    assert gateway.accounted() == ([], [])
    assert gateway.store.last_n == 0


class TestEvents:
    """What the record says, with names and times."""

    def test_with_the_names_of_its_configuration_and_its_own_time(self, gateway):
        station = feed.Station()
        gateway.birth(station)
        journal = station.journal
        journal.started()
        journal.anchor(NOON_MS)
        journal.uptime_ms += 60_250
        journal.gate("main", "ruling", feed.TRIPPED["main"], points=feed.readings())
        gateway.now_ms += 3_600_000  # delivered much later
        gateway.deliver_all(journal)
        gate, start = gateway.store.events(9)
        assert isinstance(start.content, Started)
        assert (start.time_ms, start.uncertain) == (NOON_MS, False)
        assert isinstance(gate.content, GateEvent)
        assert gate.time_ms == NOON_MS + 60_250
        assert gate.uptime_ms == 62_090
        assert gate.content.cause.subject == "turbidity_ntu"
        values = {name: reading.value for name, reading in gate.content.points.items()}
        assert values == {
            "turbidity_ntu": 3200,
            "do_mg_l": 7850,
            "water_temperature_c": 1840,
            "conductivity_us_cm": 9125,
            "stage_mm": 1240,
        }
        assert gate.content.points["stage_mm"].age_ms == 250
        assert gateway.store.last_ruling("inlet", "main") == gate
        assert gateway.store.last_ruling("inlet", "around") is None

    def test_numbers_where_the_naming_is_not_known(self, gateway, journal):
        journal.started(config_hash=0xFFFFFFFF)
        journal.gate("around", "drive", feed.gate(), points=feed.readings())
        gateway.deliver_all(journal)
        gate, _start = gateway.store.events(9)
        assert gate.content.gate == "#1"
        assert set(gate.content.points) == {"#0", "#1", "#2", "#3", "#4"}

    def test_by_its_birth_when_the_event_of_the_start_is_gone(self, gateway):
        station = feed.Station()
        gateway.birth(station)
        station.journal.started()
        station.journal.gate("around", "drive", feed.gate())
        station.journal.drop_front(station.journal.events, 2)
        gateway.deliver_all(station.journal)
        found = [each.content for each in gateway.store.events(9)]
        assert [each.gate for each in found if isinstance(each, GateEvent)] == ["around"]
        assert [each.reason for each in found if isinstance(each, Gap)] == ["no_space"]

    def test_only_whole(self, gateway, journal):
        journal.started()
        journal.gate("main", "drive", feed.gate(), points=feed.readings())  # 2 to 5
        gateway.deliver(journal, journal.batch(journal.events, most=3))
        assert len(gateway.store.events(9)) == 1
        gateway.deliver_all(journal)
        assert len(gateway.store.events(9)) == 2

    def test_not_at_all_when_a_part_is_lost(self, gateway, journal):
        journal.gate("main", "drive", feed.gate(), points=feed.readings())
        journal.rot(journal.events, 3)
        gateway.deliver_all(journal)
        assert [type(each.content) for each in gateway.store.events(9)] == [Gap]

    def test_uncertain_until_an_anchor_comes(self, gateway, journal):
        journal.started()
        gateway.deliver_all(journal)
        assert [each.uncertain for each in gateway.store.events(9)] == [True]
        journal.anchor(NOON_MS)
        gateway.deliver_all(journal)
        assert [each.uncertain for each in gateway.store.events(9)] == [False]


class TestReadings:
    @pytest.fixture
    def station(self, gateway):
        station = feed.Station(uptime_ms=0)
        gateway.birth(station)
        station.journal.started()
        station.journal.anchor(NOON_MS)
        return station

    def read(self, gateway, point="do_mg_l"):
        found = gateway.store.readings("inlet", point, NOON_MS - 600_000, NOON_MS + 3_600_000)
        return [
            ((each.from_ms - NOON_MS) // 1000, (each.until_ms - NOON_MS) // 1000, each.mean.mean)
            for each in found
        ]

    def test_cover_the_time_since_the_one_before(self, gateway, station):
        for value in (7000, 7100, 7200):
            station.uptime_ms += 60_000
            station.journal.reading("do_mg_l", value)
            station.journal.reading("stage_mm", 1200)
        gateway.deliver_all(station.journal)
        assert self.read(gateway) == [(60, 60, 7000), (60, 120, 7100), (120, 180, 7200)]

    def test_never_cover_what_is_missing(self, gateway, station):
        for value in range(7000, 7006):
            station.uptime_ms += 60_000
            station.journal.reading("stage_mm", 1200)
            station.journal.reading("do_mg_l", value)
        for seq in (6, 7):  # the third of the oxygen, the fourth of the stage
            station.journal.rot(station.journal.readings, seq)
        gateway.deliver_all(station.journal)
        assert self.read(gateway) == [
            *[(60, 60, 7000), (60, 120, 7001)],
            *[(240, 240, 7003), (240, 300, 7004), (300, 360, 7005)],
        ]

    def test_are_no_value_where_no_poll_was_usable(self, gateway, station):
        station.uptime_ms += 60_000
        station.journal.reading("do_mg_l", None, status=4, flag=codes.FLAG_MISSING)
        station.journal.reading("stage_mm", 0)
        gateway.deliver_all(station.journal)
        assert self.read(gateway) == [(60, 60, None)]
        assert self.read(gateway, "stage_mm") == [(60, 60, 0)]
