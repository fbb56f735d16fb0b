"""Bytes on a bus while the flash is being erased: a UART keeps its own few, the rest is lost."""

import pytest
from flash_rig import Nothing, S, numbers, program

from reedgate_sim.rigs.chip_flash import FlashChip
from reedgate_sim.rigs.vm import VmRig
from reedgate_sim.world.bus import NEVER_US

ERASE_US = 45_000
FIFO = 32  # of the desk's board
PORT = "RS485_1"

# One file of several blocks: each is erased before it is programmed.
LISTENS = """
import asyncio, lockstep
from machine import UART
from station.drivers.clock import Clock
uart = UART(0, rxbuf={ring})
async def main():
    clock = Clock()
    await clock.sleep_until(clock.now_ms() + 100)
    if {erases}:
        with open("long", "wb") as stream:
            stream.write(bytes({erases} * 4096))
    await clock.sleep_until(clock.now_ms() + 400)
    print("read", uart.any(), "lost", lockstep.wire.overrun)
    print("bytes", *uart.read() or b"")
asyncio.run(main())
"""


class Talker(Nothing):
    """Something on the bus that sends a byte each millisecond from from_us on."""

    buses = {PORT: None}  # noqa: RUF012 - never written

    def __init__(self, from_us, count):
        self._stamps = [from_us + 1000 * number for number in range(count)]
        self._given = 0

    def next_event_us(self):
        return self._stamps[self._given] if self._given < len(self._stamps) else NEVER_US

    def receive(self, _port, now_us):
        first = self._given
        while self.next_event_us() <= now_us:
            self._given += 1
        return bytes(number & 0xFF for number in range(first, self._given))


@pytest.fixture
def heard(tmp_path, monkeypatch):
    """heard(...): (bytes that the program has read, how many were lost)."""

    def run(from_us, count, ring=512, erases=0, erase_us=ERASE_US):
        folder = tmp_path / f"program{len(list(tmp_path.iterdir()))}"
        with monkeypatch.context() as patch:
            program(folder, patch, LISTENS.format(ring=ring, erases=erases))
            chip = FlashChip(blocks=16, erase_us=erase_us)
            with VmRig(Talker(from_us, count), b"config", "HOST", flash=chip) as rig:
                rig.run(2 * S)
                said = rig.console
        [got] = numbers(said, "read")
        words = said.split("bytes", 1)[1].split()
        assert len(words) == got
        return [int(word) for word in words], int(said.split("lost ")[1].split()[0])

    return run


def test_a_chip_that_runs_takes_in_all(heard):
    assert heard(110_000, 120) == (list(range(120)), 0)


def test_while_it_erases_it_keeps_what_its_fifo_holds(heard):
    got, lost = heard(101_000, FIFO, erases=1)
    assert (got, lost) == (list(range(FIFO)), 0)


def test_what_comes_beyond_that_is_lost_and_not_what_comes_after(heard):
    got, lost = heard(101_000, 60, erases=1)
    assert got[:FIFO] == list(range(FIFO))
    assert lost == 60 - len(got) == pytest.approx(ERASE_US // 1000 - FIFO, abs=1)
    assert got[FIFO:] == list(range(FIFO + lost, 60)), "it runs again"


def test_an_erase_that_takes_no_time_loses_none(heard):
    assert heard(101_000, 60, erases=1, erase_us=0) == (list(range(60)), 0)


def test_what_nobody_reads_fills_the_ring_and_no_more(heard):
    assert heard(110_000, 100, ring=64) == (list(range(64)), 36)
