"""Passes the record on to one MQTT broker, at its pace; a dead one is tried again for ever.

The cursor moves only after the broker's acknowledgement, and is on disk before the next messages
go. Nothing here is lost: what is not acknowledged is sent again, under the same key.
"""

import asyncio
import contextlib
import logging
import sqlite3
from concurrent.futures import Executor
from typing import Any

import aiomqtt

from reedgate_gateway.catalogue import Catalogue, Upstream
from reedgate_gateway.clock import Clock
from reedgate_gateway.source import NO_DELAY
from reedgate_gateway.store import Store
from reedgate_gateway.upstream.message import Entry, RecordEntry, message
from reedgate_gateway.upstream.spans import Span, cut, moved, waiting
from reedgate_gateway.view.record_view import UpstreamNow

AT_ONCE = 50  # messages under way
LATEST_MS = 10_000  # what came in before is backlog when a connection stands again
HOLD_MS = 3_000  # how long a record waits for the first anchor of its start
RETRY_S = 2.0
_LOOK_S = 1.0
_KEEPALIVE_S = 20
_TIMEOUT_S = 5
_log = logging.getLogger(__name__)


class Relay:
    """One upstream. `run` ends when it is cancelled."""

    def __init__(
        self,
        upstream: Upstream,
        catalogue: Catalogue,
        store: Store,
        clock: Clock,
        writing: Executor,
        reading: Executor,
        retry_s: float = RETRY_S,
    ):
        """writing, reading: the threads that the store's users share."""
        self._upstream = upstream
        self._catalogue = catalogue
        self._store = store
        self._clock = clock
        self._writing = writing
        self._reading = reading
        self._retry_s = retry_s
        self._spans: tuple[Span, ...] = store.spans_of(upstream.name)
        self._oldest: tuple[int, int | None] = (-1, None)  # of which n, and when it came
        self._news = asyncio.Event()
        self._connected = False
        self._said: str | None = None  # the last trouble, so that it is logged once

    def now(self) -> UpstreamNow:
        oldest_n, oldest_ms = self._oldest
        return UpstreamNow(
            name=self._upstream.name,
            connected=self._connected,
            waiting=waiting(self._spans, self._store.last_n),
            oldest_ms=oldest_ms if oldest_n == self._spans[0].after + 1 else None,
        )

    def news(self) -> None:
        """The store has more."""
        self._news.set()

    async def run(self) -> None:
        while True:
            try:
                await self._look_at_oldest()
                await self._connection()
            except (aiomqtt.MqttError, OSError, sqlite3.Error) as exc:
                if str(exc) != self._said:
                    _log.warning("upstream %s: %s; trying again", self._upstream.name, exc)
                self._said = str(exc)
            self._connected = False
            await asyncio.sleep(self._retry_s)

    async def _connection(self) -> None:
        async with aiomqtt.Client(
            self._upstream.host,
            self._upstream.port,
            identifier=f"reedgate-{self._catalogue.site}-{self._upstream.name}",
            keepalive=_KEEPALIVE_S,
            socket_options=NO_DELAY,
            timeout=_TIMEOUT_S,
        ) as client:
            client.pending_calls_threshold = AT_ONCE
            self._connected = True
            self._said = None
            latest_ms = self._clock().unix_ms - LATEST_MS
            await self._keep(
                cut(self._spans, await self._read(self._store.last_before, latest_ms))
            )
            listening = asyncio.create_task(_until_lost(client))
            sending = asyncio.create_task(self._send(client))
            try:
                await asyncio.wait({listening, sending}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (listening, sending):
                    task.cancel()
                results = await asyncio.gather(listening, sending, return_exceptions=True)
            for result in results:
                if isinstance(result, Exception):
                    raise result

    async def _send(self, client: aiomqtt.Client) -> None:
        """In turn: what is live first, then as much of the backlog."""
        while True:
            self._news.clear()
            sent = await self._send_some(client, self._spans[-1])
            if len(self._spans) > 1:
                sent |= await self._send_some(client, self._spans[0])
            if not sent:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_S):
                        await self._news.wait()

    async def _send_some(self, client: aiomqtt.Client, lane: Span) -> bool:
        entries = await self._read(self._store.entries, lane, AT_ONCE)
        now_ms = self._clock().unix_ms
        ready = _ready(entries, now_ms)
        if not ready:
            if not entries and lane.until is not None:
                await self._keep(moved(self._spans, lane, lane.until))
            return False
        results = await asyncio.gather(
            *(self._publish(client, entry, now_ms) for entry in ready), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result
        await self._keep(moved(self._spans, lane, ready[-1].n))
        await self._look_at_oldest()
        return True

    async def _publish(self, client: aiomqtt.Client, entry: Entry, now_ms: int) -> None:
        topic, payload = message(self._catalogue, self._upstream.prefix, entry, now_ms)
        await client.publish(topic, payload, qos=1)

    async def _look_at_oldest(self) -> None:
        first = self._spans[0].after + 1
        if first != self._oldest[0] or self._oldest[1] is None:
            self._oldest = (first, await self._read(self._store.received_ms, first))

    async def _keep(self, spans: tuple[Span, ...]) -> None:
        if spans == self._spans:
            return
        loop = asyncio.get_running_loop()
        name = self._upstream.name
        # Shielded: what is on disk and what is in memory have to agree.
        await asyncio.shield(
            loop.run_in_executor(self._writing, self._store.keep_spans, name, spans)
        )
        self._spans = spans

    async def _read(self, read: Any, *values: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._reading, read, *values)


def _ready(entries: list[Entry], now_ms: int) -> list[Entry]:
    """Those before the first whose time is only about to be known."""
    for at, entry in enumerate(entries):
        unanchored = isinstance(entry, RecordEntry) and entry.unanchored
        if unanchored and 0 <= now_ms - entry.received_ms < HOLD_MS:
            return entries[:at]
    return entries


async def _until_lost(client: aiomqtt.Client) -> None:
    async for _message in client.messages:
        pass
