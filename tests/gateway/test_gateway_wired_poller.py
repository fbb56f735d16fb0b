"""The poller of a line against a line that fails: what it costs and what it must not end."""

import asyncio
from types import SimpleNamespace

import pytest

from reedgate_contract import registers
from reedgate_gateway.naming import UNNAMED
from reedgate_gateway.wired import blocks
from reedgate_gateway.wired.blocks import LineFault, standing_of
from reedgate_gateway.wired.poller import Polled, Poller

TURNS = 400  # of the event loop: many more than a round takes


def standing_words(points=0, gates=0):
    """How a station stands that has nothing to tell."""
    words = [0] * blocks.STANDING_REGISTERS
    words[0] = registers.MAP_VERSION
    words[2:4] = points, gates
    words[5] = 1  # epoch
    for at in (registers.EVENTS_AT, registers.READINGS_AT):
        words[at + 1] = words[at + 3] = words[at + 7] = 1
    return words


class Line:
    """A master of a line that does not open, or on which a station has nothing to tell."""

    def __init__(self, opens=True):
        self.opens = opens
        self.on_deliver = lambda: None

    async def open(self):
        if not self.opens:
            raise LineFault("the line cannot be opened")

    async def deliver(self, unit_id, message):
        self.on_deliver()
        return {"result": 0}

    async def read_input(self, unit_id, address, count, tries=3):
        return standing_words()[:count]

    def close(self):
        pass


class Counted(Poller):
    rests = 0

    async def _rest(self, seconds):
        self.rests += 1
        await super()._rest(seconds)


def rests_of(line, polled):
    async def story():
        poller = Counted([polled], line, lambda message: None)
        task = asyncio.create_task(poller.run())
        for _ in range(TURNS):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return poller.rests

    return asyncio.run(story())


def station():
    wire = SimpleNamespace(unit_id=7, config_crc32=0, naming=UNNAMED)
    known = SimpleNamespace(name="inlet", wire=wire, live_ms=60000, board="RPI_PICO")
    return Polled(known, keyed=True)


def test_a_line_that_is_gone_with_a_letter_waiting_is_no_reason_to_spin():
    polled = station()
    polled.put("", b"letter")
    assert rests_of(Line(opens=False), polled) <= 3
    assert not polled.letters


def test_a_letter_that_comes_while_another_is_brought_is_no_reason_to_spin():
    polled = station()
    polled.put("", b"first")
    line = Line()
    more = [b"second"]
    line.on_deliver = lambda: more and polled.put("", more.pop())
    assert rests_of(line, polled) <= 4
    assert not polled.letters


@pytest.mark.parametrize(("points", "gates"), [(0xFFFF, 1), (1, 0xFFFF), (481, 1), (1, 316)])
def test_more_points_or_gates_than_the_map_has_room_for_are_a_fault_of_the_line(points, gates):
    """They would be asked for beyond the last address, which pymodbus answers with an error of
    the program: it would end the whole gateway."""
    with pytest.raises(LineFault, match="points"):
        standing_of(standing_words(points, gates))
    assert standing_of(standing_words(480, 315)).points == 480
