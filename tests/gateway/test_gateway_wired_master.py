"""The master of a line that several stations share."""

import asyncio

import pytest

from reedgate_gateway.catalogue import Wire
from reedgate_gateway.naming import UNNAMED
from reedgate_gateway.wired import master as module
from reedgate_gateway.wired.master import Master


class Client:
    connected = True


@pytest.mark.parametrize("baud", [1200, 9600, 19200, 115200])
def test_a_turn_begins_after_the_silence_that_ends_the_frame_before(baud, monkeypatch):
    """A station hears the answers of the others too: it takes what follows too soon for the rest
    of one. pymodbus leaves no silence by itself.
    """
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    async def story():
        monkeypatch.setattr(module, "AsyncModbusTcpClient", lambda *_, **__: Client())
        wire = Wire("127.0.0.1:1", baud, "even", 7, 0, UNNAMED)
        master = Master(wire)
        monkeypatch.setattr(module.asyncio, "sleep", sleep)
        await master.open()

    asyncio.run(story())
    characters_ms = -(-4 * 11 * 1000 // baud)
    station_ms = max(characters_ms, 2) + 2  # rtu_slave.py: the silence it waits for
    assert sum(slept) * 1000 > station_ms
