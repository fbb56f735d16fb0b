"""The page in a real Chromium: live without reload, readable on a phone, honest when cut off."""

import asyncio
import contextlib
import itertools
import os
import shutil

import feed
import pytest
from gateway_rig import DEADLINE_S, running_gateway

async_api = pytest.importorskip("playwright.async_api", reason="no playwright: NO BROWSER TESTS")
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium on PATH: NO BROWSER TESTS (`make tools` installs it)"
)

DESK_PC = {"width": 1280, "height": 900}
SMALL_PHONE = {"width": 360, "height": 740}
INLET = "article.gate-inlet"


@contextlib.asynccontextmanager
async def browser():
    async with async_api.async_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's own rule for root
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            yield running
        finally:
            await running.close()


@contextlib.asynccontextmanager
async def opened(running, url, size=DESK_PC, **options):
    """A page, and what its console said."""
    page = await running.new_page(viewport=size, **options)
    page.set_default_timeout(DEADLINE_S * 1000)
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    await page.goto(url)
    try:
        yield page, said
    finally:
        await page.close()


def run(tmp_path, catalogue, steps):
    async def main():
        async with running_gateway(tmp_path / "data", catalogue) as gateway, browser() as running:
            await gateway.publish(gateway.station.birth(), gateway.station.live())
            await gateway.until("/live", lambda news: "3.2" in news.get("cards", ""))
            async with asyncio.timeout(3 * DEADLINE_S):
                await steps(gateway, running)

    asyncio.run(main())


async def trip(gateway):
    station = gateway.station
    live = station.live(feed.readings(turbidity_ntu=61.2), feed.TRIPPED)
    await gateway.publish(*feed.trip_messages(station), live)


@pytest.mark.parametrize(
    ("language", "opened_text", "closed_text", "event"),
    [
        (
            "en",
            "The water is good: every measurement is inside its limit.",
            "Turbidity 61.2 NTU is above the limit of 10 NTU",
            "Inlet gate: ordered closed.",
        ),
        (
            "zh",
            "水质良好：各项测量值都在限值以内。",
            "浊度 61.2 NTU，高于限值 10 NTU",
            "进水闸：指令关闭。",
        ),
    ],
    ids=["en", "zh"],
)
def test_a_trip_appears_without_a_reload(
    tmp_path, catalogue, language, opened_text, closed_text, event
):
    async def steps(gateway, running):
        async with opened(running, f"{gateway.url}?lang={language}") as (page, said):
            expect = async_api.expect
            await expect(page.locator(INLET)).to_contain_text(opened_text)
            await page.evaluate("window.notReloaded = true")
            await trip(gateway)
            await expect(page.locator(INLET)).to_contain_text(closed_text)
            await expect(page.locator("#live-events")).to_contain_text(event)
            await expect(page.locator(".mimic.wide .leaf.inlet.is-closed")).to_have_count(1)
            assert await page.evaluate("window.notReloaded")
            assert said == []

    run(tmp_path, catalogue, steps)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("tripped", [False, True])
def test_a_small_phone_shows_it_all_without_scrolling_sideways(
    tmp_path, catalogue, language, tripped
):
    async def steps(gateway, running):
        if tripped:
            await trip(gateway)
        async with opened(running, f"{gateway.url}?lang={language}", SMALL_PHONE) as (page, _said):
            state = "is-closed" if tripped else "is-open"
            await async_api.expect(page.locator(f"{INLET}.{state}")).to_be_visible()
            beyond = await page.evaluate(
                "[...document.querySelectorAll('main *')].filter("
                "e => e.getBoundingClientRect().right > innerWidth + 1"
                " && !e.closest('svg')).map(e => e.outerHTML.slice(0, 80))"
            )
            assert beyond == []
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            figure = await page.evaluate(
                "parseFloat(getComputedStyle(document.querySelector('.number')).fontSize)"
            )
            assert figure >= 32
            await async_api.expect(page.locator(".mimic.tall")).to_be_visible()
            await async_api.expect(page.locator(".mimic.wide")).to_be_hidden()

    run(tmp_path, catalogue, steps)


def test_a_page_that_is_cut_off_says_so_and_shows_no_old_value(tmp_path, catalogue):
    async def main():
        expect = async_api.expect
        async with browser() as running:
            async with running_gateway(tmp_path / "data", catalogue) as gateway:
                await gateway.publish(gateway.station.live())
                page = await running.new_page(viewport=DESK_PC)
                await page.clock.install()
                await page.goto(f"{gateway.url}?lang=en")
                await expect(page.locator(".number").first).to_be_visible()
                await expect(page.locator("#lost")).to_be_hidden()
            await page.clock.fast_forward(10_000)
            await expect(page.locator("#lost")).to_be_visible()
            await expect(page.locator("#lost")).to_contain_text("Not live since 22:13:20")
            await expect(page.locator(".number").first).to_be_hidden()
            await expect(page.locator(f"{INLET} .why")).to_be_hidden()
            async with running_gateway(tmp_path / "data", catalogue) as gateway:
                await gateway.publish(gateway.station.live())
                await page.clock.run_for(10_000)
                await expect(page.locator("#lost")).to_be_hidden(timeout=DEADLINE_S * 1000)
                await expect(page.locator(".number").first).to_be_visible()
            await page.close()

    asyncio.run(main())


def test_a_reader_without_motion_or_script_is_served_too(tmp_path, catalogue):
    async def steps(gateway, running):
        calm = {"reduced_motion": "reduce"}
        async with opened(running, f"{gateway.url}?lang=en", **calm) as (page, said):
            moving = await page.evaluate(
                "document.getAnimations().filter(a => a.playState === 'running').length"
            )
            assert moving == 0
            assert said == []
        async with opened(running, f"{gateway.url}?lang=en", java_script_enabled=False) as (
            page,
            said,
        ):
            await async_api.expect(page.locator(INLET)).to_contain_text("Open")
            assert await page.locator("noscript").inner_html()

    run(tmp_path, catalogue, steps)


def test_every_picture_and_icon_has_a_name_or_is_hidden(tmp_path, catalogue):
    async def steps(gateway, running):
        async with opened(running, f"{gateway.url}?lang=zh") as (page, _said):
            nameless = await page.evaluate(
                "[...document.querySelectorAll('svg')].filter("
                "e => e.getAttribute('aria-hidden') !== 'true' && !e.getAttribute('aria-label'))"
                ".map(e => e.outerHTML.slice(0, 80))"
            )
            assert nameless == []
            label = await page.locator(".mimic.wide").get_attribute("aria-label")
            assert label == "进水闸：已开启。 旁通闸：已关闭。"
            headings = await page.evaluate(
                "[...document.querySelectorAll('h1,h2,h3,h4')].map(e => +e.tagName[1])"
            )
            steps_down = itertools.pairwise(headings)
            assert headings[0] == 1
            assert all(after - before <= 1 for before, after in steps_down)

    run(tmp_path, catalogue, steps)
