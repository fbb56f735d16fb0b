"""The gateway's own MQTT client: hands every message of the site on, comes back when thrown out.

What a message means is `ingest`'s and `state`'s to say; what goes down is made in `downlink`.
"""

import asyncio
import logging
import socket
from collections import deque
from collections.abc import Callable

import aiomqtt

from reedgate_contract import topics

# Without it a small packet waits up to 40 ms for TCP's acknowledgement of the one before it.
NO_DELAY = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
RETRY_S = 1.0
_KEEPALIVE_S = 10  # a broker that hangs without closing is noticed after one and a half
_MOST_QUEUED = 2000
_log = logging.getLogger(__name__)

Handle = Callable[[str, bytes, bool], None]  # topic, payload, retained
LEAVES = (topics.BIRTH, topics.ONLINE, topics.LIVE, topics.JOURNAL)


class Down:
    """What waits to go down. Bounded: what is dropped here the stations ask for again."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, bytes]] = deque(maxlen=_MOST_QUEUED)
        self._some = asyncio.Event()

    def put(self, topic: str, payload: bytes) -> None:
        self._waiting.append((topic, payload))
        self._some.set()

    async def send(self, client: aiomqtt.Client) -> None:
        """Never retained: it is for the station as it runs now."""
        while True:
            await self._some.wait()
            self._some.clear()
            while self._waiting:
                topic, payload = self._waiting.popleft()
                await client.publish(topic, payload, qos=1)


async def receive(
    port: int,
    site: str,
    handle: Handle,
    down: Down,
    ready: asyncio.Event,
    retry_s: float = RETRY_S,
) -> None:
    """Runs until it is cancelled. ready: set once the subscription stands."""
    while True:
        try:
            async with aiomqtt.Client(
                "127.0.0.1",
                port,
                keepalive=_KEEPALIVE_S,
                max_queued_incoming_messages=_MOST_QUEUED,
                socket_options=NO_DELAY,
            ) as client:
                await client.subscribe([(topics.topic(site, "+", leaf), 1) for leaf in LEAVES])
                ready.set()
                sending = asyncio.create_task(down.send(client))
                try:
                    await _hand_on(client, handle, sending)
                finally:
                    sending.cancel()
                    await asyncio.gather(sending, return_exceptions=True)
        except aiomqtt.MqttError as exc:
            _log.warning("broker on port %d lost: %s; again in %g s", port, exc, retry_s)
        await asyncio.sleep(retry_s)


async def _hand_on(client: aiomqtt.Client, handle: Handle, sending: asyncio.Task[None]) -> None:
    async for message in client.messages:
        if sending.done():
            sending.result()  # its fault is the connection's
        payload = message.payload if isinstance(message.payload, bytes) else b""
        handle(str(message.topic), payload, message.retain)
