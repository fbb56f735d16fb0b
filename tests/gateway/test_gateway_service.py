"""The whole gateway with its real broker: what a station publishes is stored and shown."""

import asyncio
import contextlib
import json
import sqlite3
import threading

import feed
import httpx
import pytest
from gateway_rig import DEADLINE_S, running_gateway

from reedgate_gateway.store import Store
from reedgate_gateway.web.app import Streams


def drive(tmp_path, catalogue, steps, **options):
    """Runs a gateway for the steps; afterwards nothing of it may be left."""

    async def main():
        before = asyncio.all_tasks()
        async with running_gateway(tmp_path / "data", catalogue, **options) as gateway:
            async with asyncio.timeout(2 * DEADLINE_S):
                await steps(gateway)
        left = asyncio.all_tasks() - before
        assert not left, left

    threads = threading.active_count()
    asyncio.run(main())
    assert threading.active_count() == threads


def test_a_trip_reaches_page_stream_json_and_store(tmp_path, catalogue):
    async def steps(gateway):
        station = gateway.station
        await gateway.publish(station.birth(), station.online(), station.started(), station.live())
        news = await gateway.until(
            "/live?lang=en", lambda news: "gate-inlet is-open" in news.get("gates", "")
        )
        assert "The water is good: every measurement is inside its limit." in news["gates"]
        tripped = station.live(feed.readings(turbidity_ntu=61.2), feed.TRIPPED)
        await gateway.publish(*feed.trip_messages(station), tripped)
        news = await gateway.until(
            "/live?lang=zh", lambda news: "gate-inlet is-closed" in news.get("gates", "")
        )
        assert "已关闭" in news["gates"]
        assert "浊度 61.2 NTU，高于限值 10 NTU" in news["gates"]
        await gateway.until(
            "/live?lang=en", lambda news: "gate-inlet is-closed" in news.get("gates", "")
        )
        page = await gateway.http.get("/?lang=en")
        assert page.status_code == 200
        assert "Turbidity 61.2 NTU is above the limit of 10 NTU" in page.text
        live = await gateway.until(
            "/api/live", lambda body: body["stations"]["inlet"]["points"]["stage_mm"]["value"]
        )
        inlet = live["stations"]["inlet"]
        assert inlet["points"]["turbidity_ntu"] == {
            "value": 61.2,
            "unit": "NTU",
            "state": "good",
            "status": "good",
            "detail": "none",
            "age_ms": 350,
            "beyond_limit": True,
        }
        assert inlet["gates"]["main"]["cause"] == "quality: turbidity_ntu"
        assert live["messages"] == {"accepted": 9, "rejected": {}}
        events = await gateway.until(
            "/live?lang=en", lambda news: "ordered closed" in news.get("events", "")
        )
        assert "Station Inlet started (power on), firmware 0.1.0." in events["events"]

    drive(tmp_path, catalogue, steps)
    store = Store(tmp_path / "data" / "gateway.sqlite3")
    assert len(store.events(100)) == 6
    assert store.boots("inlet", 5) == ["5f3a9c01-1"]
    store.close()


def test_a_silent_station_leaves_no_value_on_page_and_json(tmp_path, catalogue):
    async def steps(gateway):
        await gateway.publish(gateway.station.live())
        await gateway.until("/live?lang=en", lambda news: "3.2" in news["cards"])
        gateway.clock.advance(3100)
        news = await gateway.until("/live?lang=en", lambda news: "is-stale" in news["cards"])
        assert "3.2" not in news["cards"] + news["mimic"]
        body = (await gateway.http.get("/api/live")).json()["stations"]["inlet"]
        assert not body["fresh"]
        assert {point["value"] for point in body["points"].values()} == {None}
        assert body["gates"] == {"main": None, "around": None}

    drive(tmp_path, catalogue, steps)


def test_the_gateway_knows_after_a_restart_what_it_knew(tmp_path, catalogue):
    station = feed.Station()

    async def first(gateway):
        started = station.started(gateway.clock.unix_ms)
        await gateway.publish(
            station.birth(), station.live(), started, *feed.trip_messages(station)
        )
        await gateway.until("/live?lang=en", lambda news: "ordered" in news.get("events", ""))

    async def second(gateway):
        gateway.clock.advance(60_000)
        page = (await gateway.http.get("/?lang=en")).text
        assert "ordered closed" in page
        assert "Not known" in page, "what the gate did before the restart is not now"
        now = feed.TRIPPED["main"] | {"wait": "clear_hold", "wait_ms": 1}
        await gateway.publish(station.live(None, feed.gates(main=now)))
        news = await gateway.until(
            "/live?lang=en", lambda news: "gate-inlet is-closed" in news["gates"]
        )
        assert "(61.2 NTU at 22:13:20); now 3.2 NTU." in news["gates"]

    drive(tmp_path, catalogue, first)
    drive(tmp_path, catalogue, second)


def test_a_store_that_cannot_be_read_takes_nothing_from_what_is_live(
    tmp_path, catalogue, monkeypatch
):
    def broken(*_arguments):
        raise sqlite3.OperationalError("disk I/O error")

    async def steps(gateway):
        monkeypatch.setattr(Store, "trend", broken)
        monkeypatch.setattr(Store, "write", broken)
        await gateway.publish(gateway.station.live())
        news = await gateway.until("/live?lang=en", lambda news: "I/O" in news.get("top", ""))
        assert "The gateway&#39;s store has a fault: disk I/O error." in news["top"]
        page = await gateway.http.get("/?lang=en")
        assert page.status_code == 200
        assert '<span class="number">3.2</span>' in page.text
        health = await gateway.until("/healthz", lambda body: not body["ok"])
        assert health["store"] == "disk I/O error"
        assert (await gateway.http.get("/healthz")).status_code == 503

    drive(tmp_path, catalogue, steps)


BAD = [
    (feed.Station().live()[0], b"\xff", "not_utf8"),
    (feed.Station().live()[0], b'{"boot": NaN}', "not_finite"),
    (feed.Station().live()[0], b"x" * 300_000, "too_large"),
    ("reedgate/1/desk/nowhere/live", b"{}", "unknown_station"),
    (feed.Station().started()[0], b"{}", "bad_batch"),
    (feed.Station().started()[0], feed.Station().started()[1][:-1] + b"x", "bad_proof"),
]


def test_bad_messages_are_counted_by_reason_and_harm_nothing(tmp_path, catalogue):
    async def steps(gateway):
        for topic, payload, _reason in BAD:
            await gateway.mqtt.publish(topic, payload, qos=1)
        await gateway.publish(gateway.station.live())
        body = await gateway.until("/api/live", lambda body: body["messages"]["accepted"] == 1)
        assert body["messages"]["rejected"] == dict.fromkeys([row[2] for row in BAD], 1)
        assert (await gateway.http.get("/healthz")).json()["ok"]
        page = (await gateway.http.get("/?lang=en")).text
        assert "Messages not taken: 6" in page

    drive(tmp_path, catalogue, steps)


def test_what_a_station_says_is_escaped(tmp_path, catalogue):
    async def steps(gateway):
        hostile = "<img src=x onerror=alert(1)>&\"'"
        await gateway.publish(gateway.station.birth(firmware=hostile, board=hostile))
        news = await gateway.until("/live?lang=en", lambda news: "img" in news.get("foot", ""))
        page = (await gateway.http.get("/?lang=en")).text
        for html in (news["foot"], page):
            assert "&lt;img src=x" in html
            assert "<img" not in html

    drive(tmp_path, catalogue, steps)


def test_every_answer_has_the_headers_and_nothing_can_be_sent(tmp_path, catalogue):
    async def steps(gateway):
        paths = ("/", "/api/live", "/healthz", "/static/page.js", "/static/nothing", "/nothing")
        for path in paths:
            answer = await gateway.http.get(path)
            policy = answer.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
            assert "unsafe" not in policy
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-content-type-options"] == "nosniff"
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            assert (await gateway.http.request(method, "/")).status_code == 405
        assert (await gateway.http.post("/", content=b"x" * 10)).status_code == 413
        assert (await gateway.http.get("/static/..%2fapp.py")).status_code == 404
        with contextlib.suppress(httpx.TransportError):  # it may hang up before we have read why
            assert (await gateway.http.get("/", headers={"x": "y" * 300_000})).status_code == 400
        assert (await gateway.http.get("/healthz")).status_code == 200

    drive(tmp_path, catalogue, steps)


@pytest.mark.parametrize(
    ("option", "query", "accepted", "language"),
    [
        (None, "", "zh", "en"),  # the site's own before the reader's browser
        ("zh", "", "en", "zh-CN"),
        ("zh", "?lang=en", "zh", "en"),
        (None, "?lang=zh", "en", "zh-CN"),
        (None, "?lang=fr", "zh", "en"),
    ],
)
def test_the_language_is_chosen_in_order(tmp_path, catalogue, option, query, accepted, language):
    async def steps(gateway):
        headers = {"accept-language": accepted}
        page = (await gateway.http.get("/" + query, headers=headers)).text
        assert f'<html lang="{language}">' in page
        assert ("现场" in page) == (language == "zh-CN")

    drive(tmp_path, catalogue, steps, language=option)


def test_live_readers_are_bounded_and_counted(tmp_path, catalogue, monkeypatch):
    monkeypatch.setattr("reedgate_gateway.service.Streams", lambda: Streams(1))

    async def steps(gateway):
        async with gateway.http.stream("GET", "/live") as first:
            await anext(first.aiter_lines())
            assert (await gateway.http.get("/live")).status_code == 503
        await gateway.until("/healthz", lambda body: body["streams"] == 0)
        await gateway.until("/live", lambda news: True)

    drive(tmp_path, catalogue, steps)


def test_an_open_stream_does_not_hold_up_the_end(tmp_path, catalogue, caplog):
    async def main():
        async with httpx.AsyncClient(timeout=DEADLINE_S) as reader:
            async with running_gateway(tmp_path / "data", catalogue) as gateway:
                request = reader.build_request("GET", gateway.url + "live")
                answer = await reader.send(request, stream=True)
                lines = answer.aiter_lines()
                assert json.loads((await anext(lines)).removeprefix("data: "))["top"]
            await answer.aclose()

    asyncio.run(main())
    # The web server says so when it had to break a stream off.
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_spans_trend_is_drawn_from_the_store(tmp_path, catalogue):
    async def steps(gateway):
        for _ in range(4):
            await gateway.publish(gateway.station.live())
            count = gateway.station.live_n
            await gateway.until(
                "/api/live", lambda body, n=count: body["messages"]["accepted"] == n
            )
            gateway.clock.advance(1000)
        for span in ("10m", "1h", "24h", "nonsense"):
            news = await gateway.until(
                f"/live?span={span}&lang=en",
                lambda news: "lane-good" in news.get("trend", "") or gateway.clock.advance(60_000),
            )
            assert news["trend"].count("<figure") == 5

    drive(tmp_path, catalogue, steps)
