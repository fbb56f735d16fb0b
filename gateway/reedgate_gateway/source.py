"""The gateway's own MQTT client: hands every message of the site on, comes back when thrown out.

What a message means is `ingest`'s and `state`'s to say.
"""

import asyncio
import logging
from collections.abc import Callable

import aiomqtt

from reedgate_contract import topics

RETRY_S = 1.0
_KEEPALIVE_S = 10  # a broker that hangs without closing is noticed after one and a half
_MOST_QUEUED = 2000
_log = logging.getLogger(__name__)

Handle = Callable[[str, bytes, bool], None]  # topic, payload, retained


async def receive(
    port: int, site: str, handle: Handle, ready: asyncio.Event, retry_s: float = RETRY_S
) -> None:
    """Runs until it is cancelled. ready: set once the subscription stands."""
    while True:
        try:
            async with aiomqtt.Client(
                "127.0.0.1",
                port,
                keepalive=_KEEPALIVE_S,
                max_queued_incoming_messages=_MOST_QUEUED,
            ) as client:
                await client.subscribe(topics.topic(site, "+", "+"), qos=1)
                ready.set()
                async for message in client.messages:
                    payload = message.payload if isinstance(message.payload, bytes) else b""
                    handle(str(message.topic), payload, message.retain)
        except aiomqtt.MqttError as exc:
            _log.warning("broker on port %d lost: %s; again in %g s", port, exc, retry_s)
        await asyncio.sleep(retry_s)
