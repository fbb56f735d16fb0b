"""What has to be on flash, in its order; and a flash that refuses ends nothing."""

import errno
import hashlib
import os

from vm_fakes import FakeClock
from vm_flash import EPOCH, Chip, again, append, flushed, mount, started

from reedgate_contract import records
from station.app.delivery import Delivery
from station.app.housekeeping import Housekeeping
from station.app.scan import Uptime
from station.app.store import Store
from station.drivers.flash import Twin

EVENTS = records.STREAM_EVENTS


class Latches:
    def __init__(self):
        self.content = b"clean"
        self.changed = False

    def change(self, content):
        self.content = content
        self.changed = True

    def look(self):
        changed, self.changed = self.changed, False
        return changed


class Memory:
    def __init__(self):
        self.collected = 0

    def collect(self):
        self.collected += 1
        return True


def copies_of(content):
    """How many files hold the latches as they are."""
    count = 0
    for name in ("latches.a", "latches.b"):
        if name in os.listdir():
            with open(name, "rb") as stored:
                count += stored.read()[10 : 10 + len(content)] == content
    return count


class World:
    def __init__(self, chip=None, most_segments=(6, 6), has_uplink=True):
        self.chip = mount(Chip()) if chip is None else chip
        self.journal = started(most_segments)
        self.latches = Latches()
        self.twin = Twin("latches")
        self.delivery = None
        if has_uplink:
            parts = (Uptime(0), bytes(32), hashlib.sha256, "desk", "one")
            self.delivery = Delivery(FakeClock(), self.journal, *parts)
        self.store = Store(self.latches, self.twin, self.journal, self.delivery)
        for _ in range(2):
            assert self.store.urgent_step()  # a start keeps its latches, as they are

    def step(self):
        """One step as the housekeeping slot takes it, by what it did."""
        before = self.state()
        if not self.store.urgent_step():
            self.store.further_step()
        after = self.state()
        return [name for name in after if after[name] != before[name]]

    def state(self):
        events, readings = self.journal.streams
        return {
            "latches": copies_of(self.latches.content),
            "events": events.waiting,
            "room": len(events.segments) + len(readings.segments),
            "batch": self.delivery and self.delivery.batch,
            "failed": self.store.failed,
        }


def test_latches_events_the_latches_other_copy_room_and_the_batch_one_in_each_step():
    chip = mount(Chip())
    for _ in range(2):
        journal = started((1, 1))
        flushed(journal, journal.readings, 3)
        chip = again(chip)
    world = World(chip, (1, 1))
    append(world.journal.events, 3)
    world.latches.change(b"trip")
    world.store.note()
    story = []
    while world.store.due():
        story.append(world.step())
        assert len(story) < 10
    assert story == [["latches"], ["events", "room"], ["latches"], ["room"], ["batch"]]
    assert Twin("latches").read() == b"trip"
    assert copies_of(b"trip") == 2


def test_a_start_keeps_its_latches_though_none_has_changed():
    world = World()
    assert copies_of(b"clean") == 2
    assert world.store.failed == 0


def test_latches_that_the_flash_refuses_let_events_and_readings_pass():
    world = World()
    keep = world.twin.write
    world.latches.change(b"trip")
    world.store.note()

    def refuse(content):
        raise OSError(errno.EIO)

    world.twin.write = refuse
    append(world.journal.events, 3)
    append(world.journal.readings, 3)
    story = [world.step() for _ in range(4)]
    assert story == [["failed"], ["events", "room"], ["failed"], ["batch"]]
    world.twin.write = keep
    assert world.step() == world.step() == ["latches"]


class RefusedTrial:
    due = True

    def step(self):
        raise OSError(errno.EIO)


def test_a_trial_that_the_flash_refuses_lets_the_record_go_up():
    world = World()
    world.store = Store(world.latches, world.twin, world.journal, world.delivery, RefusedTrial())
    for _ in range(2):
        world.step()  # the latches of a start
    flushed(world.journal, world.journal.events, 5)
    assert [world.step() for _ in range(3)] == [["failed"], ["batch"], ["failed"]]


def test_nothing_is_due_where_nothing_has_changed():
    world = World()
    world.store.note()
    assert not world.store.due()
    append(world.journal.readings, 7)
    assert not world.store.due()  # they have a pace of their own
    assert world.store.readings_waiting() == 7
    world.store.flush_readings()
    assert world.store.readings_waiting() == 0


def test_a_station_without_an_uplink_keeps_its_record():
    world = World(has_uplink=False)
    append(world.journal.events, 3)
    assert world.step() == ["events", "room"]
    assert not world.store.due()
    assert world.step() == []


def test_the_cursor_is_written_in_a_step_of_its_own():
    world = World()
    flushed(world.journal, world.journal.events, 300)
    for seq in range(24, 265, 24):
        assert Twin("cursor").read() is None
        assert world.step() == ["batch"]
        assert world.delivery.confirm(EVENTS, EPOCH, seq)
    assert world.step() == []
    assert Twin("cursor").read() is not None
    assert world.step() == ["batch"]


def test_latches_that_a_flash_refused_stay_due_until_they_are_on_it():
    world = World()
    world.latches.change(b"trip")
    world.store.note()
    world.chip.fails = errno.EIO
    for _ in range(3):
        assert world.step() == ["failed"]
        assert world.step() == []  # the others' turn
        assert world.store.due()
    world.chip.fails = 0
    assert world.step() == world.step() == ["latches"]
    assert Twin("latches").read() == b"trip"
    assert not world.store.due()


def test_a_flash_that_refuses_everything_raises_nothing_and_loses_nothing():
    world = World()
    flushed(world.journal, world.journal.events, 5)
    world.latches.change(b"trip")
    world.store.note()
    append(world.journal.events, 3)
    append(world.journal.readings, 3)
    world.chip.fails = errno.EIO
    for _ in range(20):
        world.step()
        world.store.flush_readings()
    assert world.store.failed == 40
    assert (world.journal.events.waiting, world.journal.readings.waiting) == (3, 3)
    world.chip.fails = 0
    world.step()
    world.step()
    world.store.flush_readings()
    again(world.chip)
    journal = started()
    assert Twin("latches").read() == b"trip"
    assert (journal.events.flushed_seq, journal.readings.flushed_seq) == (8, 3)


def test_a_flash_that_cannot_be_read_ends_no_scan():
    world = World()
    flushed(world.journal, world.journal.events, 5)
    world.chip.cannot_read = True
    for _ in range(3):
        world.store.urgent_step()
        world.store.further_step()
    assert not world.store.due()


def test_room_that_cannot_be_made_ends_no_scan():
    chip = mount(Chip())
    for _ in range(3):
        journal = started((1, 1))
        flushed(journal, journal.readings, 3)
        chip = again(chip)
    world = World(chip, (1, 1), has_uplink=False)
    chip.fails = errno.EIO
    assert world.step() == ["failed"]
    assert world.journal.readings.first_held == 1
    chip.fails = 0
    assert world.step() == ["room"]
    assert world.step() == ["room"]
    assert world.journal.readings.first_held == 7


def test_readings_are_flushed_while_a_long_backlog_goes_up():
    """A gateway that confirms at once: every slot has a batch to seal."""
    chip = mount(Chip(24))
    journal = started()
    flushed(journal, journal.events, 500)
    world = World(again(chip))
    housekeeping = Housekeeping(Memory(), [], world.store)
    events, readings = world.journal.streams
    slot = 0
    while events.confirmed < 500:
        if readings.reserve(1):
            readings.append(records.KIND_READING, 0x11, 0, 0, 0)
        housekeeping.slot(slot * 200)
        slot += 1
        batch = world.delivery.batch
        if batch is not None:
            head = records.unpack_batch(bytes(batch))[0]
            world.delivery.was_sent()
            world.delivery.confirm(head[1], EPOCH, head[6] + head[2] - 1)
        assert slot < 100
    assert readings.refused == 0
    assert readings.flushed_seq >= 16
