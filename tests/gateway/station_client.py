"""A station on a real broker: sends what its journal holds until all of it is confirmed."""

import asyncio
import contextlib

import aiomqtt
import feed

from reedgate_contract import topics


class StationClient:
    """Sends again what is not confirmed within `patience_s`, as a station does after ten seconds.

    lose: called with each message from above; what it says True of never arrives.
    """

    def __init__(self, station, patience_s=0.5, lose=lambda leaf: False, double=False):
        self.station = station
        self.journal = station.journal
        self._patience_s = patience_s
        self._lose = lose
        self._double = double
        self._heard = asyncio.Event()
        self.down = []  # (topic, payload) of all that came

    async def deliver(self, port, birth=True):
        """Until nothing is pending, or the broker is gone (MqttError)."""
        async with aiomqtt.Client("127.0.0.1", port, timeout=2) as client:
            for leaf in (topics.ACK, topics.TIME):
                await client.subscribe(topics.topic(feed.SITE, feed.STATION, leaf), qos=1)
            self.answers = 0
            listening = asyncio.create_task(self._listen(client))
            try:
                if birth:
                    await feed.publish(client, self.station.birth())
                sent = 0
                while message := self._next():
                    sent += 1
                    await feed.publish(client, message)
                    await self._answer(listening)
                while self.answers < sent:  # each is answered, those sent again too
                    await self._answer(listening)
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)

    def _next(self):
        for stream in self.journal.streams.values():
            if self.journal.pending(stream):
                return self.journal.batch(stream)
        return None

    async def _answer(self, listening):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._patience_s):
                await self._heard.wait()
        self._heard.clear()
        if listening.done():
            listening.result()

    async def _listen(self, client):
        async for message in client.messages:
            topic = str(message.topic)
            self.down.append((topic, message.payload))
            if topic.endswith(topics.ACK):
                self.answers += 1
                self._heard.set()
            if self._lose(topic.rpartition("/")[2]):
                continue
            for _ in range(2 if self._double else 1):
                self.journal.take(topic, message.payload, message.retain)
