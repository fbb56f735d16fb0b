"""The way upstream: each record once and none lost, whatever happens to the connection."""

import asyncio
import contextlib
import dataclasses
import json
import socket
from collections import Counter

import aiomqtt
import feed
import packer
import pytest
from gateway_rig import DEADLINE_S, StandingClock, running_gateway
from hypothesis import given
from hypothesis import strategies as st
from station_client import StationClient
from wire import Wire

from reedgate_contract import codes
from reedgate_gateway.broker import EmbeddedBroker
from reedgate_gateway.catalogue import Upstream
from reedgate_gateway.content import Mean, Unknown
from reedgate_gateway.upstream import relay as relay_module
from reedgate_gateway.upstream.message import RecordEntry, message
from reedgate_gateway.upstream.spans import MOST, NEW, Span, cut, moved, waiting


class TestSpans:
    def test_what_gathered_becomes_the_backlog(self):
        assert cut(NEW, 40) == (Span(0, 40), Span(40))
        assert cut((Span(10, 40), Span(60)), 90) == (Span(10, 40), Span(60, 90), Span(90))

    def test_a_live_lane_that_never_moved_is_not_cut_twice(self):
        assert cut((Span(10, 40), Span(40)), 90) == (Span(10, 90), Span(90))
        assert cut((Span(10, 40), Span(40)), 40) == (Span(10, 40), Span(40))

    def test_a_span_that_is_done_is_gone(self):
        spans = (Span(0, 40), Span(60))
        assert moved(spans, spans[0], 39) == (Span(39, 40), Span(60))
        assert moved(spans, spans[0], 40) == (Span(60),)
        assert moved(spans, spans[1], 70) == (Span(0, 40), Span(70))
        assert waiting(spans, 65) == 45

    @given(
        st.lists(
            st.one_of(
                st.tuples(st.just("grow"), st.integers(1, 30)),
                st.tuples(st.just("cut"), st.integers(0, 10)),
                st.tuples(st.just("live"), st.integers(1, 8)),
                st.tuples(st.just("backlog"), st.integers(1, 8)),
            ),
            max_size=120,
        )
    )
    def test_every_n_is_sent_once_in_whatever_order(self, steps):
        spans, last_n, sent = NEW, 0, Counter()
        for what, count in [*steps, *[("backlog", 500), ("live", 500)] * (MOST + 1)]:
            if what == "grow":
                last_n += count
            elif what == "cut":
                spans = cut(spans, max(last_n - count, 0))
            else:
                lane = spans[-1] if what == "live" else spans[0]
                end = min(lane.after + count, last_n if lane.until is None else lane.until)
                if end > lane.after:
                    sent.update(range(lane.after + 1, end + 1))
                    spans = moved(spans, lane, end)
            assert len(spans) <= MOST
            assert waiting(spans, last_n) == last_n - len(sent)
        assert sent == Counter(range(1, last_n + 1))


def test_a_record_of_which_little_is_known_is_passed_on_all_the_same(catalogue):
    record = packer.Journal()
    record.reading("do_mg_l", 1)
    common = {
        "n": 1,
        "station": "inlet",
        "time_ms": 0,
        "received_ms": 0,
        "stream": 2,
        "epoch": 1,
        "boot_n": 1,
        "uptime_ms": 0,
        "uncertain": True,
        "unanchored": False,
        "record": dataclasses.make_dataclass("R", ["seq", "part", "of"])(1, 1, 1),
    }
    entry = RecordEntry(**common, content=Mean("#3", 0, 1, 5, 4, 6, 5))
    body = json.loads(message(catalogue, "wet", entry, 0)[1])
    assert (body["point"], body["unit"], body["mean"]) == ("#3", None, 5)
    entry = RecordEntry(**common, content=Unknown(99, "0a"))
    body = json.loads(message(catalogue, "wet", entry, 0)[1])
    assert (body["kind"], body["code"], body["payload"]) == ("unknown", 99, "0a")


class Authority:
    """A broker of the next level behind a wire, and what arrived there."""

    def __init__(self):
        self.got = []  # (topic, body)
        self._news = asyncio.Event()

    @contextlib.asynccontextmanager
    async def standing(self):
        self._broker = EmbeddedBroker()
        port = await self._broker.start()
        self.wire = Wire(port)
        try:
            async with aiomqtt.Client("127.0.0.1", port) as client:
                await client.subscribe("wet/#", qos=1)
                listening = asyncio.create_task(self._listen(client))
                try:
                    yield await self.wire.open()
                finally:
                    listening.cancel()
                    await asyncio.gather(listening, return_exceptions=True)
        finally:
            await self.wire.close()
            await self._broker.stop()

    async def _listen(self, client):
        async for arrived in client.messages:
            self.got.append((str(arrived.topic), json.loads(arrived.payload)))
            self._news.set()

    async def until(self, condition):
        async with asyncio.timeout(DEADLINE_S):
            while not condition():
                self._news.clear()
                await self._news.wait()

    def of(self, leaf):
        return [body for topic, body in self.got if topic == f"wet/desk/inlet/{leaf}"]

    def seqs(self, leaf="readings"):
        return [body["seq"] for body in self.of(leaf)]

    def keys(self):
        return {
            (topic, body.get("epoch"), body.get("seq", body.get("first", body.get("boot_n"))))
            for topic, body in self.got
        }


def drive(tmp_path, catalogue, steps, clock=None):
    """steps(gateway, authority): gateway() is the context of a gateway on the same data."""

    async def main():
        authority = Authority()
        async with authority.standing() as port:
            upstream = Upstream("authority", "127.0.0.1", port, "wet")
            site = dataclasses.replace(catalogue, upstreams=(upstream,))

            def gateway():
                return running_gateway(tmp_path / "data", site, clock=clock or StandingClock())

            async with asyncio.timeout(3 * DEADLINE_S):
                await steps(gateway, authority)

    asyncio.run(main())


async def until_acknowledged(running):
    """What has arrived upstream may come again until then."""
    await running.until("/healthz", lambda body: body["upstreams"]["authority"]["waiting"] == 0)


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(relay_module, "RETRY_S", 0.02)
    monkeypatch.setattr(relay_module.Relay.__init__, "__defaults__", (0.02,))


@pytest.fixture
def clock():
    return StandingClock()


@pytest.fixture
def station(clock):
    """Its start is anchored at the clock."""
    station = feed.Station()
    station.journal.started()
    station.journal.anchor(clock.unix_ms)
    return station


def measure(station, count):
    for _ in range(count):
        station.uptime_ms += 1000
        station.journal.reading("turbidity_ntu", 6800, low=6700, high=6900)


def test_what_is_stored_goes_on_once_with_names_times_and_values(
    tmp_path, catalogue, clock, station
):
    async def steps(gateway, authority):
        async with gateway() as running:
            measure(station, 3)
            station.journal.gate(
                "main", "ruling", feed.TRIPPED["main"], points=feed.readings(turbidity_ntu=61.2)
            )
            station.journal.reading("stage_mm", None, status=4, flag=codes.FLAG_MISSING)
            await StationClient(station).deliver(running.mqtt_port)
            await authority.until(lambda: len(authority.got) >= 12)
        assert authority.seqs("readings") == [1, 2, 3, 4]
        events = authority.of("events")
        assert [each["kind"] for each in events][:6] == [
            *("boot", "anchor", "gate", "points", "points", "points")
        ]
        assert [each["part"] for each in events][2:6] == [1, 2, 3, 4]
        assert events[2]["cause"] == "quality: turbidity_ntu"
        assert events[3]["points"]["turbidity_ntu"]["value"] == 61.2
        (birth,) = authority.of("birth")
        assert (birth["boot"], birth["firmware"]) == ("5f3a9c01-1", "0.1.0")
        first = authority.of("readings")[0]
        first.pop("n")
        assert first == {
            "site": "desk",
            "station": "inlet",
            "time": "2026-09-21T14:13:20.160+00:00",
            "is_historical": False,
            "stream": "readings",
            "epoch": 0x5F3A9C01,
            "seq": 1,
            "boot_n": 1,
            "uptime_ms": 2000,
            "time_uncertain": False,
            "kind": "reading",
            "part": 1,
            "of": 1,
            "point": "turbidity_ntu",
            "unit": "NTU",
            "status": "good",
            "flag": 1,
            "mean": 6.8,
            "min": 6.7,
            "max": 6.9,
            "last": 6.8,
        }
        last = authority.of("readings")[-1]
        assert (last["mean"], last["last"], last["flag"]) == (None, None, 9)

    drive(tmp_path, catalogue, steps, clock)


def test_a_message_does_not_wait_for_other_packets(tmp_path, catalogue, monkeypatch):
    options = []
    send = relay_module.Relay._send

    async def look_and_send(relay, client):
        look = client._client.socket().getsockopt
        options.append(look(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        await send(relay, client)

    async def steps(gateway, authority):
        async with gateway() as running:
            await running.until("/healthz", lambda _body: options)

    monkeypatch.setattr(relay_module.Relay, "_send", look_and_send)
    drive(tmp_path, catalogue, steps)
    assert options == [1]


def test_a_dead_upstream_loses_and_doubles_nothing_and_what_is_new_goes_first(
    tmp_path, catalogue, clock, station
):
    async def steps(gateway, authority):
        client = StationClient(station)
        async with gateway() as running:
            await authority.until(lambda: True)
            measure(station, 5)
            await client.deliver(running.mqtt_port)
            await authority.until(lambda: len(authority.seqs()) == 5)
            await until_acknowledged(running)
            await authority.wire.take_down()
            await running.until(
                "/healthz", lambda body: not body["upstreams"]["authority"]["connected"]
            )
            measure(station, 400)
            await client.deliver(running.mqtt_port, birth=False)
            health = await running.until(
                "/healthz", lambda body: body["upstreams"]["authority"]["waiting"] == 400
            )
            assert not health["upstreams"]["authority"]["connected"]
            news = await running.until(
                "/live?lang=en", lambda news: "400 messages wait" in news.get("record", "")
            )
            assert "not connected" in news["record"]
            clock.advance(90_000)
            measure(station, 3)
            await client.deliver(running.mqtt_port, birth=False)
            await authority.wire.put_up()
            await authority.until(lambda: len(authority.seqs()) == 408)
            await until_acknowledged(running)
        seqs = authority.seqs()
        assert seqs[5:8] == [406, 407, 408], "the latest before the backlog"
        assert seqs[8:] == list(range(6, 406)), "the backlog in its order"

    drive(tmp_path, catalogue, steps, clock)


def test_the_cursor_outlives_the_gateway(tmp_path, catalogue, clock, station):
    async def steps(gateway, authority):
        client = StationClient(station)
        for count in (7, 14, 21):
            async with gateway() as running:
                measure(station, 7)
                await client.deliver(running.mqtt_port)
                await authority.until(lambda count=count: len(authority.seqs()) >= count)
                await until_acknowledged(running)
        assert authority.seqs() == list(range(1, 22))

    drive(tmp_path, catalogue, steps, clock)


@pytest.mark.parametrize("cut", [True, False], ids=["cut", "silent"])
def test_without_its_acknowledgement_a_message_comes_again_under_its_key(
    tmp_path, catalogue, clock, station, monkeypatch, cut
):
    monkeypatch.setattr(relay_module, "_TIMEOUT_S", 5 if cut else 0.5)

    async def steps(gateway, authority):
        async with gateway() as running:
            await running.until(
                "/healthz", lambda body: body["upstreams"]["authority"]["connected"]
            )
            client = StationClient(station)
            await client.deliver(running.mqtt_port)
            await until_acknowledged(running)
            authority.wire.deaf = True
            measure(station, 3)
            await client.deliver(running.mqtt_port, birth=False)
            await authority.until(lambda: len(authority.seqs()) == 3)
            authority.wire.deaf = False
            if cut:
                authority.wire.cut()
            await authority.until(lambda: len(authority.seqs()) == 6)
        assert authority.seqs() == [1, 2, 3, 1, 2, 3]
        assert len({json.dumps(body) for body in authority.of("readings")}) == 3

    drive(tmp_path, catalogue, steps, clock)


def test_a_gap_goes_on_with_its_reason(tmp_path, catalogue, clock, station):
    async def steps(gateway, authority):
        async with gateway() as running:
            measure(station, 9)
            station.journal.drop_front(station.journal.readings, 5)
            station.journal.rot(station.journal.readings, 7)
            await StationClient(station).deliver(running.mqtt_port)
            await authority.until(lambda: len(authority.seqs()) == 4)
            await authority.until(lambda: len(authority.of("gap")) == 2)
        gaps = [(each["first"], each["last"], each["reason"]) for each in authority.of("gap")]
        assert gaps == [(1, 4, "no_space"), (7, 7, "bit_rot")]
        assert authority.seqs() == [5, 6, 8, 9]

    drive(tmp_path, catalogue, steps, clock)


def test_what_is_old_when_it_is_sent_is_historical(tmp_path, catalogue, clock, station):
    async def steps(gateway, authority):
        clock.advance(3_600_000)
        async with gateway() as running:
            measure(station, 2)
            await StationClient(station).deliver(running.mqtt_port)
            await authority.until(lambda: len(authority.seqs()) == 2)
        assert {body["is_historical"] for body in authority.of("readings")} == {True}

    drive(tmp_path, catalogue, steps, clock)


def test_the_first_records_of_a_start_wait_a_moment_for_its_anchor(tmp_path, catalogue, clock):
    async def steps(gateway, authority):
        station = feed.Station()
        station.journal.started()
        async with gateway() as running:
            await running.publish(station.journal.batch(station.journal.events))
            await running.until(
                "/healthz", lambda body: body["upstreams"]["authority"]["waiting"] == 1
            )
            station.journal.anchor(clock.unix_ms)
            await running.publish(station.journal.batch(station.journal.events))
            await authority.until(lambda: len(authority.seqs("events")) == 2)
            station.journal.restart()
            station.journal.started()
            first = station.journal.events.next_seq - 1
            await running.publish(station.journal.batch(station.journal.events, first))
            await running.until(
                "/healthz", lambda body: body["upstreams"]["authority"]["waiting"] == 1
            )
            clock.advance(relay_module.HOLD_MS)
            await authority.until(lambda: len(authority.seqs("events")) == 3)
        assert [each["time_uncertain"] for each in authority.of("events")] == [
            *(False, False, True)
        ]

    drive(tmp_path, catalogue, steps, clock)
