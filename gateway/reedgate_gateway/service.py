"""The running gateway: broker, client, writer, page and web server, started and ended in order.

Here everything is wired and nothing is decided.
"""

import asyncio
import contextlib
import logging
import os
import socket
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from reedgate_boards.site.user_error import UserError
from reedgate_gateway.alarm_desk import AlarmDesk
from reedgate_gateway.alarms import Alarms
from reedgate_gateway.asking import Asking
from reedgate_gateway.batch import Key
from reedgate_gateway.broker import EmbeddedBroker
from reedgate_gateway.catalogue import Catalogue
from reedgate_gateway.clock import Clock, system_clock
from reedgate_gateway.control import Control
from reedgate_gateway.data_dir import ROOM, DataDir
from reedgate_gateway.downlink import Command, Owed, sealed
from reedgate_gateway.ingest import Message, Rejected, parse
from reedgate_gateway.keys import load_keys
from reedgate_gateway.migrations import NewerStore
from reedgate_gateway.source import Down, receive
from reedgate_gateway.state import BOOTS_KEPT, State
from reedgate_gateway.store import Store
from reedgate_gateway.upstream.relay import Relay
from reedgate_gateway.web.app import Streams, create_app
from reedgate_gateway.web.page import Page
from reedgate_gateway.wired.master import Master
from reedgate_gateway.wired.poller import Polled, Poller, Take
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


@dataclass(frozen=True)
class _Parts:
    """What one run of the gateway consists of, apart from its tasks."""

    data: DataDir
    listener: socket.socket
    store: Store
    keys: Mapping[str, Key]
    down: Down
    state: State
    writer: Writer
    page: Page
    relays: list[Relay]
    control: Control
    polled: dict[str, Polled]  # stations on a wire


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
            keys = load_keys(data.keys, self._catalogue.stations)
            down = Down()
            polled = {
                name: Polled(station, name in keys)
                for name, station in self._catalogue.stations.items()
                if station.wire is not None
            }

            asking: Asking

            def send_down(owed: list[Owed]) -> None:
                for order in owed:
                    letter = sealed(
                        order, self._catalogue.site, keys[order.station], self._clock().unix_ms
                    )
                    polled.get(order.station, down).put(*letter)
                    if isinstance(order, Command):
                        asking.sent(order)

            state = self._state(store, keys)
            page: Page
            relays: list[Relay] = []

            def stored() -> None:
                page.events_changed()
                asking.news()
                for relay in relays:
                    relay.news()

            writer = Writer(store, threads[0], stored, send_down)
            asking = Asking(state, store, keys, self._clock, writer.put, threads[1])
            relays += [
                Relay(upstream, self._catalogue, store, self._clock, *threads)
                for upstream in self._catalogue.upstreams
            ]
            page = Page(
                state,
                store,
                self._clock,
                threads[1],
                lambda: writer.trouble,
                lambda: [relay.now() for relay in relays],
                Alarms(store.seen_alarms(), writer.put),
            )
            control = Control(
                data.path, {"order": asking.order, "alarm": AlarmDesk(page.alarms, self._clock)}
            )
            parts = _Parts(
                data, listener, store, keys, down, state, writer, page, relays, control, polled
            )
            await self._serve(parts, on_ready, stop)

    def _state(self, store: Store, keys: Mapping[str, Key]) -> State:
        stations = self._catalogue.stations
        boots = {name: store.boots(name, BOOTS_KEPT) for name in stations}
        state = State(self._catalogue, boots, keys)
        for name, station in stations.items():
            for gate in station.gates:
                ruling = store.last_ruling(name, gate)
                if ruling is not None:
                    state.stations[name].rulings[gate] = ruling
                closing = store.last_ruling(name, gate, "closed")
                if closing is not None:
                    state.stations[name].closings[gate] = closing
        return state

    async def _serve(
        self, parts: _Parts, on_ready: Callable[[Listening], None], stop: asyncio.Event
    ) -> None:
        state, writer, page = parts.state, parts.writer, parts.page

        def handle(topic: str, payload: bytes, retained: bool) -> None:
            take(parse(topic, payload, self._catalogue, parts.keys), retained)

        def take(message: Message | Rejected, retained: bool = False) -> None:
            rows = state.apply(message, retained, self._clock())
            if isinstance(message, Rejected):
                _log_rejected(message, state.rejected[message.reason])
            writer.put(rows)
            page.changed()

        streams = Streams()
        app = create_app(
            page,
            state,
            self._clock,
            streams,
            lambda: _health(parts, streams),
            self._config.language,
        )
        server = _server(app)
        broker = EmbeddedBroker()
        mqtt_port = await broker.start()
        subscribed = asyncio.Event()
        receiving = receive(mqtt_port, self._catalogue.site, handle, parts.down, subscribed)
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(writer.finish)
            stack.push_async_callback(broker.stop)
            await parts.control.start()
            stack.push_async_callback(parts.control.stop)
            tasks = [
                asyncio.create_task(writer.run()),
                asyncio.create_task(page.run()),
                asyncio.create_task(receiving),
                *(asyncio.create_task(relay.run()) for relay in parts.relays),
                *(asyncio.create_task(poller.run()) for poller in _pollers(parts.polled, take)),
            ]
            stack.push_async_callback(_cancelled, tasks)
            serving = asyncio.create_task(server.serve(sockets=[parts.listener]))
            stack.push_async_callback(_ended, server, serving, streams, page)
            stopping = asyncio.create_task(stop.wait())
            stack.push_async_callback(_cancelled, [stopping])
            ready = asyncio.create_task(_when_ready(server, subscribed))
            stack.push_async_callback(_cancelled, [ready])
            watched = {*tasks, serving, stopping}
            await asyncio.wait({*watched, ready}, return_when=asyncio.FIRST_COMPLETED)
            if ready.done() and not stop.is_set():
                where = _where(parts.listener, mqtt_port)
                parts.data.say(where.http)
                on_ready(where)
                await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
            for task in (*tasks, serving):
                if task.done():
                    task.result()  # a part that ended by itself: its fault is the gateway's


def _pollers(polled: Mapping[str, Polled], take: Take) -> list[Poller]:
    """One for each line: its stations take turns."""
    lines: dict[str, list[Polled]] = {}
    for each in polled.values():
        lines.setdefault(each.station.wire.line, []).append(each)
    return [Poller(each, Master(each[0].station.wire), take) for each in lines.values()]


def _health(parts: _Parts, streams: Streams) -> dict[str, Any]:
    state, writer = parts.state, parts.writer
    return {
        "ok": writer.trouble is None,
        "store": writer.trouble or "ok",
        "rows_dropped": writer.dropped,
        "records_in_conflict": parts.store.conflicts,
        "upstreams": {
            now.name: {"connected": now.connected, "waiting": now.waiting}
            for now in (relay.now() for relay in parts.relays)
        },
        "streams": streams.open,
        "messages": {"accepted": state.accepted, "rejected": dict(state.rejected)},
    }


def _log_rejected(message: Rejected, count: int) -> None:
    """The first of a kind, and then each time they have doubled: nobody fills the log."""
    if count & (count - 1) == 0:
        _log.warning(
            "message not taken, %s: %s (station %s, %d of this kind)",
            message.reason,
            message.detail,
            message.station,
            count,
        )


async def _when_ready(server: uvicorn.Server, subscribed: asyncio.Event) -> None:
    await subscribed.wait()
    while not server.started:
        await asyncio.sleep(0.005)  # uvicorn has nothing to wait on


async def _cancelled(tasks: list[asyncio.Task[Any]]) -> None:
    """Until they have ended: asyncio.wait_for, which pymodbus waits by, swallows a cancellation
    that meets the answer (Python 3.11, https://github.com/python/cpython/issues/86296).
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _done, left = await asyncio.wait(left, timeout=0.2)
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
