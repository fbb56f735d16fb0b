"""The running gateway: broker, client, writer, page and web server, started and ended in order.

Here everything is wired and nothing is decided.
"""

import asyncio
import contextlib
import logging
import os
import socket
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from reedgate_boards.site.user_error import UserError
from reedgate_gateway.broker import EmbeddedBroker
from reedgate_gateway.catalogue import Catalogue
from reedgate_gateway.clock import Clock, system_clock
from reedgate_gateway.data_dir import ROOM, DataDir
from reedgate_gateway.ingest import parse
from reedgate_gateway.migrations import NewerStore
from reedgate_gateway.source import receive
from reedgate_gateway.state import BOOTS_KEPT, State
from reedgate_gateway.store import Store
from reedgate_gateway.web.app import Streams, create_app
from reedgate_gateway.web.page import Page
from reedgate_gateway.writer import Writer

PORTS_TRIED = 21  # the one asked for and the next twenty
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Config:
    data: Path
    host: str
    port: int
    language: str | None = None  # of the command line


@dataclass(frozen=True)
class Listening:
    """Where the gateway is; what --ready-fd is told."""

    http: str
    mqtt: str
    pid: int


class _Server(uvicorn.Server):
    """Signals are the command's affair: uvicorn would end and then send them once more."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Service:
    """One gateway. `run` ends when `stop` is set, with nothing left running."""

    def __init__(self, catalogue: Catalogue, config: Config, clock: Clock = system_clock):
        self._catalogue = catalogue
        self._config = config
        self._clock = clock

    async def run(self, on_ready: Callable[[Listening], None], stop: asyncio.Event) -> None:
        with contextlib.ExitStack() as stack:
            data = DataDir(self._config.data)
            stack.callback(data.close)
            listener = _free_listener(self._config.host, self._config.port)
            stack.callback(listener.close)
            store = _open_store(data.store)
            stack.callback(store.close)
            threads = [ThreadPoolExecutor(1, name) for name in ("store-writer", "store-reader")]
            for thread in threads:
                stack.callback(thread.shutdown)
            state = self._state(store)
            page: Page
            writer = Writer(store, threads[0], lambda: page.events_changed())
            page = Page(state, store, self._clock, threads[1], lambda: writer.trouble)
            await self._serve(data, listener, store, state, writer, page, on_ready, stop)

    def _state(self, store: Store) -> State:
        stations = self._catalogue.stations
        state = State(self._catalogue, {name: store.boots(name, BOOTS_KEPT) for name in stations})
        for name, station in stations.items():
            for gate in station.gates:
                ruling = store.last_ruling(name, gate)
                if ruling is not None:
                    state.stations[name].rulings[gate] = ruling
        return state

    async def _serve(
        self,
        data: DataDir,
        listener: socket.socket,
        store: Store,
        state: State,
        writer: Writer,
        page: Page,
        on_ready: Callable[[Listening], None],
        stop: asyncio.Event,
    ) -> None:
        def handle(topic: str, payload: bytes, retained: bool) -> None:
            message = parse(topic, payload, self._catalogue)
            writer.put(state.apply(message, retained, self._clock()))
            page.changed()

        def health() -> dict[str, Any]:
            return {
                "ok": writer.trouble is None,
                "store": writer.trouble or "ok",
                "rows_dropped": writer.dropped,
                "events_in_conflict": store.conflicts,
                "streams": streams.open,
                "messages": {"accepted": state.accepted, "rejected": dict(state.rejected)},
            }

        streams = Streams()
        app = create_app(page, state, self._clock, streams, health, self._config.language)
        server = _server(app)
        broker = EmbeddedBroker()
        mqtt_port = await broker.start()
        subscribed = asyncio.Event()
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(writer.finish)
            stack.push_async_callback(broker.stop)
            tasks = [
                asyncio.create_task(writer.run()),
                asyncio.create_task(page.run()),
                asyncio.create_task(receive(mqtt_port, self._catalogue.site, handle, subscribed)),
            ]
            stack.push_async_callback(_cancelled, tasks)
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            stack.push_async_callback(_ended, server, serving, streams, page)
            stopping = asyncio.create_task(stop.wait())
            stack.push_async_callback(_cancelled, [stopping])
            ready = asyncio.create_task(_when_ready(server, subscribed))
            stack.push_async_callback(_cancelled, [ready])
            watched = {*tasks, serving, stopping}
            await asyncio.wait({*watched, ready}, return_when=asyncio.FIRST_COMPLETED)
            if ready.done() and not stop.is_set():
                where = _where(listener, mqtt_port)
                data.say(where.http)
                on_ready(where)
                await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
            for task in (*tasks, serving):
                if task.done():
                    task.result()  # a part that ended by itself: its fault is the gateway's


async def _when_ready(server: uvicorn.Server, subscribed: asyncio.Event) -> None:
    await subscribed.wait()
    while not server.started:
        await asyncio.sleep(0.005)  # uvicorn has nothing to wait on


async def _cancelled(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _ended(
    server: uvicorn.Server, serving: asyncio.Task[None], streams: Streams, page: Page
) -> None:
    """Streams first: an open one would keep the server waiting for its reader."""
    streams.ending = True
    page.turn()
    server.should_exit = True
    await asyncio.gather(serving, return_exceptions=True)


def _server(app: Any) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=200,
            h11_max_incomplete_event_size=16 * 1024,
            timeout_keep_alive=20,
            timeout_graceful_shutdown=2,
        )
    )


def _open_store(path: Path) -> Store:
    try:
        return Store(path)
    except NewerStore as exc:
        raise UserError(
            ROOM,
            "The store {path} was written by a later version: {reason}.",
            hint="Install that version again, or give another directory with --data.",
            path=path,
            reason=exc,
        ) from exc
    except sqlite3.Error as exc:
        raise UserError(
            ROOM,
            "The store {path} cannot be opened: {reason}.",
            hint="Look at the disk and the file's rights; a damaged file can be moved aside.",
            path=path,
            reason=exc,
        ) from exc


def _free_listener(host: str, port: int) -> socket.socket:
    """The first free port from the one asked for."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    last = port
    for last in range(port, min(port + PORTS_TRIED, 65536)):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, last))
            listener.listen(128)  # without it two could hold the same port
            return listener
        except OSError as exc:
            listener.close()
            reason = exc.strerror or str(exc)
    raise UserError(
        ROOM,
        "No port from {first} to {last} of {host} can be used: {reason}.",
        hint="Give another one with --port.",
        first=port,
        last=last,
        host=host,
        reason=reason,
    )


def _where(listener: socket.socket, mqtt_port: int) -> Listening:
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    shown = f"[{host}]" if ":" in host else host
    return Listening(f"http://{shown}:{port}/", f"127.0.0.1:{mqtt_port}", os.getpid())
