"""A gateway on the desk's site with a clock that stands still, and a station to talk to it."""

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import aiomqtt
import feed
import httpx
from packer import KEY

from reedgate_boards.site.language import translator
from reedgate_gateway.batch import Key
from reedgate_gateway.clock import Instant
from reedgate_gateway.ingest import parse
from reedgate_gateway.service import Config, Service
from reedgate_gateway.view.site_view import Speaker, station_views

DESK = Path(__file__).parents[2] / "sim/reedgate_sim/sites/desk.toml"
NOON_MS = 1_790_000_000_000  # 2026-09-21 22:13:20 in Shanghai
DEADLINE_S = 20
KEYS = {"inlet": Key(KEY)}


@dataclass
class StandingClock:
    """Time passes when a test says so."""

    monotonic_ms: int = 5_000_000
    unix_ms: int = NOON_MS

    def __call__(self):
        return Instant(self.monotonic_ms, self.unix_ms)

    def advance(self, ms):
        self.monotonic_ms += ms
        self.unix_ms += ms


@dataclass
class Running:
    """A gateway that listens, and one station's client on its broker."""

    http: httpx.AsyncClient
    mqtt: aiomqtt.Client
    url: str
    clock: StandingClock
    mqtt_port: int
    station: feed.Station = field(default_factory=feed.Station)

    async def publish(self, *messages):
        await feed.publish(self.mqtt, *messages)

    async def until(self, path, found):
        """The first answer of the live stream, or of a JSON page, that `found` accepts."""
        async with asyncio.timeout(DEADLINE_S):
            if path.startswith("/live"):
                return await self._until_streamed(path, found)
            while True:
                answer = (await self.http.get(path)).json()
                if found(answer):
                    return answer

    async def _until_streamed(self, path, found):
        async with self.http.stream("GET", path) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data: ") and found(news := json.loads(line[6:])):
                    return news
        raise AssertionError("the stream ended")


def put_key(data, content=KEY, mode=0o600):
    path = data / "keys" / "inlet.key"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)
    return path


@contextlib.asynccontextmanager
async def running_gateway(data, catalogue, *, language=None, clock=None, key=True):
    clock = clock or StandingClock()
    if key:
        put_key(data)
    where = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    service = Service(catalogue, Config(data, "127.0.0.1", 18080, language), clock)
    running = asyncio.create_task(service.run(where.set_result, stop))
    try:
        await asyncio.wait({running, where}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        listening = where.result()
        host, port = listening.mqtt.split(":")
        async with (
            httpx.AsyncClient(base_url=listening.http, timeout=DEADLINE_S) as http,
            aiomqtt.Client(host, int(port)) as mqtt,
        ):
            yield Running(http, mqtt, listening.http, clock, int(port))
    finally:
        stop.set()
        async with asyncio.timeout(DEADLINE_S):
            await running


SHANGHAI = ZoneInfo("Asia/Shanghai")


def speaker(language):
    return Speaker(translator("reedgate_gateway", language), language, SHANGHAI)


def take(state, clock, *messages):
    for topic, payload, _qos, _retain in messages:
        state.apply(parse(topic, payload, state.catalogue, KEYS), False, clock())
    assert not state.rejected, state.last_rejected


def view(state, clock, language="en"):
    (station,) = station_views(speaker(language), state, clock())
    return station


def card(state, clock, name, language="en"):
    return next(card for card in view(state, clock, language).cards if card.name == name)


def gate_card(state, clock, name="main", language="en"):
    return next(gate for gate in view(state, clock, language).gates if gate.name == name)
