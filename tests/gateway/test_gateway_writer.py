"""The writer: in batches, in order, and patient with a disk that is full."""

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from reedgate_gateway import writer as writer_module
from reedgate_gateway.journal_write import Journaled
from reedgate_gateway.naming import Boot
from reedgate_gateway.store import Sample, SeriesKey
from reedgate_gateway.writer import Writer

SERIES = SeriesKey("inlet", "point", "do_mg_l", "mg/L", 3)


class Disk:
    """A store that can be full."""

    def __init__(self):
        self.full = False
        self.kept = []
        self.tries = 0
        self.owed = []

    def write(self, rows):
        self.tries += 1
        if self.full:
            raise sqlite3.OperationalError("database or disk is full")
        self.kept.extend(rows)
        return [row for row in rows if isinstance(row, Journaled)]  # stands for what is owed


def samples(first, count):
    return [Sample(SERIES, second, 1) for second in range(first, first + count)]


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(writer_module, "_RETRY_S", 0)


def run(steps, disk):
    async def main():
        with ThreadPoolExecutor(1) as thread:
            writer = Writer(disk, thread, lambda: None, disk.owed.extend)
            task = asyncio.create_task(writer.run())
            try:
                await steps(writer)
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                await writer.finish()

    asyncio.run(main())


async def settled(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)


def test_rows_are_written_in_their_order():
    disk = Disk()

    async def steps(writer):
        writer.put(samples(0, 3))
        writer.put(samples(3, 3))

    run(steps, disk)
    assert disk.kept == samples(0, 6)


@pytest.mark.usefixtures("quick")
def test_a_full_disk_is_said_and_its_rows_wait():
    disk = Disk()

    async def steps(writer):
        disk.full = True
        writer.put(samples(0, 2))
        await settled(lambda: writer.trouble is not None)
        assert writer.trouble == "database or disk is full"
        writer.put(samples(2, 2))
        disk.full = False
        await settled(lambda: writer.trouble is None)

    run(steps, disk)
    assert disk.kept == samples(0, 4)


@pytest.mark.usefixtures("quick")
def test_what_waits_is_bounded_and_the_rest_is_counted(monkeypatch):
    monkeypatch.setattr(writer_module, "MOST_WAITING", 5)
    disk = Disk()
    disk.full = True

    async def steps(writer):
        writer.put(samples(0, 9))
        assert writer.dropped == 4
        disk.full = False

    run(steps, disk)
    assert disk.kept == samples(0, 5)


def test_an_end_with_a_broken_disk_ends_all_the_same():
    disk = Disk()
    disk.full = True

    async def steps(writer):
        writer.put(samples(0, 1))

    run(steps, disk)
    assert disk.kept == []
    assert disk.tries == 1


def batch():
    return Journaled(0, None, Boot(1, 1))


@pytest.mark.usefixtures("quick")
def test_nothing_is_confirmed_before_it_is_on_disk():
    disk = Disk()
    row = batch()

    async def steps(writer):
        disk.full = True
        writer.put([row])
        await settled(lambda: disk.tries > 3)
        assert disk.owed == []
        disk.full = False
        await settled(lambda: disk.owed)

    run(steps, disk)
    assert disk.owed == [row]


@pytest.mark.usefixtures("quick")
def test_batches_that_wait_are_bounded_and_their_stations_send_them_again(monkeypatch):
    monkeypatch.setattr(writer_module, "MOST_BATCHES", 3)
    disk = Disk()
    disk.full = True

    async def steps(writer):
        for _ in range(9):
            writer.put([batch()])
        assert writer.dropped == 0
        disk.full = False
        await settled(lambda: len(disk.owed) == 3)
        writer.put([batch()])
        await settled(lambda: len(disk.owed) == 4)

    run(steps, disk)
