"""The gateway's own client: it comes back after its broker was lost, and says what was kept."""

import asyncio
import contextlib

import aiomqtt
import feed
from gateway_rig import DEADLINE_S

from reedgate_gateway.broker import EmbeddedBroker
from reedgate_gateway.source import receive


class Wire:
    """Carries bytes to the broker until it is cut."""

    def __init__(self, broker_port):
        self._broker_port = broker_port
        self._writers = []

    async def open(self):
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        return self._server.sockets[0].getsockname()[1]

    async def _carry(self, reader, writer):
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._broker_port)
        self._writers = [writer, far_writer]
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))

    def cut(self):
        for writer in self._writers:
            writer.close()

    async def close(self):
        self.cut()
        self._server.close()
        await self._server.wait_closed()


async def _pump(reader, writer):
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(4096):
            writer.write(data)
    writer.close()


def test_after_a_cut_it_comes_back_and_knows_what_is_retained():
    async def main():
        broker = EmbeddedBroker()
        port = await broker.start()
        wire = Wire(port)
        heard = asyncio.Queue()

        def handle(topic, payload, retained):
            heard.put_nowait((topic.rpartition("/")[2], retained))

        ready = asyncio.Event()
        client = asyncio.create_task(receive(await wire.open(), "desk", handle, ready, 0.01))
        station = feed.Station()
        async with asyncio.timeout(DEADLINE_S):
            await ready.wait()
            async with aiomqtt.Client("127.0.0.1", port) as publisher:
                await feed.publish(publisher, station.birth(), station.live())
                first = [await heard.get() for _ in range(2)]
                wire.cut()
                kept = {await heard.get() for _ in range(2)}
                await feed.publish(publisher, station.live())
                while ("live", False) not in kept:  # this broker sends what it has kept twice
                    kept.add(await heard.get())
        client.cancel()
        await asyncio.gather(client, return_exceptions=True)
        await wire.close()
        await broker.stop()
        return first, kept

    first, kept = asyncio.run(main())
    assert sorted(first) == [("birth", False), ("live", False)]
    assert kept == {("birth", True), ("live", True), ("live", False)}
