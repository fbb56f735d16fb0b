"""Several stations on one line: turns, one that does not answer, and letters."""

import asyncio
from dataclasses import replace

import pytest

from reedgate_contract import registers
from reedgate_gateway.catalogue import Wire
from reedgate_gateway.ingest import Birth, Live, Online
from reedgate_gateway.naming import Naming
from reedgate_gateway.wired.blocks import STANDING_REGISTERS, LineFault
from reedgate_gateway.wired.poller import Polled, Poller

POINTS, GATES = ("a", "b"), ("main",)
NAMING = Naming(POINTS, GATES, {"main": ()})


class Master:
    """Units answer or they do not; no records wait for anybody."""

    def __init__(self, *silent):
        self.silent = set(silent)
        self.asked = []  # unit ids
        self.letters = []  # (unit id, letter)
        self.uptime_s = 100
        self.closed = False

    async def open(self):
        pass

    def close(self):
        self.closed = True

    async def read_input(self, unit_id, address, count, tries=3):
        self.asked.append(unit_id)
        await asyncio.sleep(0)
        if unit_id in self.silent:
            raise LineFault("no answer")
        if address == 0:
            assert count == STANDING_REGISTERS
            self.uptime_s += 1
            return self._standing()
        return [0, 0, 0, 1, 0, 1, 0, 5] * 2 if address == registers.POINTS_AT else [0] * count

    def _standing(self):
        stream = [0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]
        header = [registers.MAP_VERSION, 0, 2, 1, 0, 9, 0, 1, 0, self.uptime_s]
        station = [*header, 0, 0, 0, 7, 0, 0x100]
        return station + stream + stream

    async def deliver(self, unit_id, letter):
        if unit_id in self.silent:
            raise LineFault("no answer")
        self.letters.append((unit_id, letter))
        return {"ticket": 1, "result": 0, "last_counter": 1, "refused": 0}


@pytest.fixture
def line(catalogue):
    """Two stations, "first" and "second", of units 1 and 2."""
    station = catalogue.stations["inlet"]
    return [
        Polled(
            replace(
                station,
                name=name,
                live_ms=10,
                wire=Wire("/dev/none", 19200, "even", unit_id, 7, NAMING),
            ),
            keyed=True,
        )
        for unit_id, name in enumerate(("first", "second"), 1)
    ]


def polled(line, master, until, before=lambda: None):
    """What came of it, until that holds for what came."""
    took = []

    async def story():
        polling = asyncio.create_task(Poller(line, master, took.append).run())
        before()
        async with asyncio.timeout(10):
            while not until(took):
                assert not polling.done(), polling.exception()
                await asyncio.sleep(0.002)  # rounds are due in real time
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)

    asyncio.run(story())
    assert master.closed
    return took


def lives(took, name):
    return [each for each in took if isinstance(each, Live) and each.station == name]


def test_each_is_born_once_and_lives_in_turn(line):
    def enough(took):
        return min(len(lives(took, "first")), len(lives(took, "second"))) >= 5

    took = polled(line, Master(), enough)
    births = [each.station for each in took if isinstance(each, Birth)]
    assert births == ["first", "second"]
    first = lives(took, "first")
    assert [each.n for each in first] == list(range(1, len(first) + 1))
    assert first[0].points["a"].age_ms == 5
    assert first[0].boot == "00000009-1"


def test_one_that_does_not_answer_is_told_of_and_asked_seldom(line):
    master = Master(2)
    took = polled(line, master, lambda took: len(lives(took, "first")) >= 30)
    assert [each for each in took if each.station == "second"] == [Online("second", False)]
    assert master.asked.count(2) == 2


def test_a_letter_is_brought_before_the_round_is_due(line):
    line[0].due_s = line[1].due_s = 1e12  # nothing else is due for ages
    master = Master()
    polled(line, master, lambda _: master.letters, before=lambda: line[1].put("topic", b"letter"))
    assert master.letters == [(2, b"letter")]


def test_letters_for_one_that_does_not_answer_are_let_go(line):
    """The store makes new ones: an old one would be refused."""
    line[1].put("topic", b"letter")
    master = Master(2)
    polled(line, master, lambda took: len(lives(took, "first")) >= 5)
    assert not line[1].letters
