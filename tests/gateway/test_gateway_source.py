"""The gateway's own client: it comes back after its broker was lost, and says what was kept."""

import asyncio
import socket

import aiomqtt
import feed
from gateway_rig import DEADLINE_S
from wire import Wire

from reedgate_gateway.broker import EmbeddedBroker
from reedgate_gateway.source import Down, receive


def test_after_a_cut_it_comes_back_and_knows_what_is_retained():
    async def main():
        broker = EmbeddedBroker()
        port = await broker.start()
        wire = Wire(port)
        heard = asyncio.Queue()

        def handle(topic, payload, retained):
            heard.put_nowait((topic.rpartition("/")[2], retained))

        ready = asyncio.Event()
        client = asyncio.create_task(
            receive(await wire.open(), "desk", handle, Down(), ready, 0.01)
        )
        station = feed.Station()
        async with asyncio.timeout(DEADLINE_S):
            await ready.wait()
            async with aiomqtt.Client("127.0.0.1", port) as publisher:
                await feed.publish(publisher, station.birth(), station.live())
                first = [await heard.get() for _ in range(2)]
                wire.cut()
                kept = {await heard.get() for _ in range(2)}
                await feed.publish(publisher, station.live())
                while ("live", False) not in kept:
                    kept.add(await heard.get())
        client.cancel()
        await asyncio.gather(client, return_exceptions=True)
        await wire.close()
        await broker.stop()
        return first, kept

    first, kept = asyncio.run(main())
    assert sorted(first) == [("birth", False), ("live", False)]
    assert kept == {("birth", True), ("live", True), ("live", False)}


class Looking(Down):
    """Notes whether its connection holds small packets back."""

    def __init__(self):
        super().__init__()
        self.holds_back = asyncio.get_running_loop().create_future()

    async def send(self, client):
        option = client._client.socket().getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        self.holds_back.set_result(not option)


def test_a_confirmation_does_not_wait_for_other_packets():
    async def main():
        broker = EmbeddedBroker()
        down = Looking()
        ready = asyncio.Event()
        port = await broker.start()
        client = asyncio.create_task(receive(port, "desk", lambda *_: None, down, ready))
        async with asyncio.timeout(DEADLINE_S):
            holds_back = await down.holds_back
        client.cancel()
        await asyncio.gather(client, return_exceptions=True)
        await broker.stop()
        return holds_back

    assert asyncio.run(main()) is False


def test_a_client_gets_of_what_is_kept_only_what_it_subscribed_to():
    async def main():
        broker = EmbeddedBroker()
        port = await broker.start()
        got = []
        async with aiomqtt.Client("127.0.0.1", port) as gateway:
            await gateway.subscribe("reedgate/1/desk/+/birth", qos=1)
            await feed.publish(gateway, feed.Station().birth())
            async with aiomqtt.Client("127.0.0.1", port) as station:
                await station.subscribe("reedgate/1/desk/inlet/ack", qos=1)
                await gateway.publish("reedgate/1/desk/inlet/ack", b"last", qos=1)
                async with asyncio.timeout(DEADLINE_S):
                    async for message in station.messages:
                        got.append(str(message.topic).rpartition("/")[2])
                        if message.payload == b"last":
                            break
        await broker.stop()
        return got

    assert asyncio.run(main()) == ["ack"]
