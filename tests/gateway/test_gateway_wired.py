"""A station on a wire: the real firmware on the VM, the real gateway, a serial device server."""

import asyncio
import contextlib
import json
import sqlite3
import struct

import pytest
from device_server import DeviceServer, PtyLine, Spoiler
from gateway_rig import running_gateway
from record_flash import on_flash
from slave_rig import SlaveRun, wired_site

from reedgate_contract import envelope, records
from reedgate_gateway.catalogue import catalogue_of
from reedgate_gateway.clock import system_clock
from reedgate_gateway.wired import master, poller

PATIENCE_S = 40


def site_on(line):
    """Without parity: a pty takes none."""
    return wired_site(line, record_s=2, live_s=0.2, parity="none")


class Wired:
    """One run: a station that was alone for a while, then a gateway."""

    def __init__(self, folder, alone_s=60):
        self._folder = folder
        self._alone_s = alone_s
        self.database = folder / "gateway.sqlite3"
        self.spoils = lambda frame: [frame]

    async def __aenter__(self):
        self._stack = contextlib.AsyncExitStack()
        self.run = self._stack.enter_context(SlaveRun(site=site_on("127.0.0.1:1")))
        self.run.to(self._alone_s)
        self.server = DeviceServer(self.run, spoils=lambda frame: self.spoils(frame))
        self.line = await self.server.open()
        self._stack.push_async_callback(self.server.close)
        return self

    async def __aexit__(self, *problem):
        await self._stack.__aexit__(*problem)

    def gateway(self, scan_ms=200, **options):
        """scan_ms: of the gateway's site file; the station's is 200."""
        site = site_on(self.line)
        station = site.stations["inlet"].model_copy(update={"scan_ms": scan_ms})
        catalogue = catalogue_of(site.model_copy(update={"stations": {"inlet": station}}))
        return running_gateway(self._folder, catalogue, clock=system_clock, **options)

    def stored(self):
        """{(stream, seq): (boot_n, payload)} of the gateway's store, and {(stream, seq)} lost."""
        with contextlib.closing(sqlite3.connect(self.database)) as db:
            rows = db.execute(
                "SELECT stream, seq, boot_n, payload FROM record JOIN run ON run.id = record.run"
            ).fetchall()
            gaps = db.execute("SELECT stream, first, last FROM gap").fetchall()
        held = {(stream, seq): (boot_n, payload) for stream, seq, boot_n, payload in rows}
        assert len(held) == len(rows)
        lost = {(stream, seq) for stream, first, last in gaps for seq in range(first, last + 1)}
        return held, lost

    def refusals(self):
        """Events of the station that tell of a message it has refused."""
        flashed = on_flash(self.run.rig.flash_image).values()
        return [each for each in flashed if each[0] == records.KIND_REFUSAL]

    def flashed(self):
        """{(stream, seq): payload} of all that the station has on its flash."""
        return {
            place: struct.unpack(records.RECORD, record)[6]
            for place, record in on_flash(self.run.rig.flash_image).items()
        }

    async def until_all_is_there(self):
        """Until the gateway has what was on flash when this was called, or a gap for it."""
        wanted = set(self.flashed())

        def there():
            held, lost = self.stored()
            return wanted <= set(held) | lost

        await until(there)

    def judge(self):
        """Every record of the station once, as it is on flash; gives those that are lost."""
        held, lost = self.stored()
        flashed = self.flashed()
        assert set(held) <= set(flashed)
        assert not set(held) & lost
        assert {place: payload for place, (_, payload) in held.items()} == {
            place: flashed[place] for place in held
        }
        return lost


async def until(holds):
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0.05)  # the gateway's own pace is in real time


@pytest.fixture
def wired(tmp_path, monkeypatch):
    monkeypatch.setattr(master, "TIMEOUT_S", 0.6)  # the server answers at once, or never
    monkeypatch.setattr(master, "GUARD_S", 0.01)
    monkeypatch.setattr(poller, "_ABSENT_S", 0.2)
    return Wired(tmp_path)


def test_the_gateway_gets_every_record_once_and_the_station_its_confirmation(wired):
    async def story():
        async with wired:
            async with wired.gateway() as gateway:
                await wired.until_all_is_there()
                health = await gateway.until("/healthz", lambda each: each["ok"])
                assert health["records_in_conflict"] == 0
                assert health["messages"]["rejected"] == {}
            assert wired.judge() == set()
            assert len(wired.stored()[0]) > 150
            events = wired.run.stream()
            assert events["confirmed"] >= 40
            assert wired.refusals() == []
            assert wired.run.rig.resets == []

    asyncio.run(story())


def test_a_line_that_loses_doubles_and_garbles_answers_loses_and_doubles_no_record(wired):
    async def story():
        async with wired:
            wired.spoils = spoiler = Spoiler(seed=5)
            async with wired.gateway() as gateway:
                await wired.until_all_is_there()
                health = await gateway.until("/healthz", lambda each: each["ok"])
                assert health["records_in_conflict"] == 0
            assert wired.judge() == set()
            assert wired.refusals() == []
            assert min(spoiler.done.values()) >= 1, spoiler.done

    asyncio.run(story())


def test_an_answer_that_comes_a_second_time_in_the_next_ones_place_is_no_record(wired):
    """The line gives each answer one request late, for a while: every frame is sound."""
    held_back = []

    def late(frame):
        held_back.append(frame)
        return [held_back.pop(0)] if len(held_back) > 1 else [frame]

    async def story():
        async with wired:
            wired.spoils = late
            async with wired.gateway():
                await until(lambda: wired.server.requests > 20)
                assert wired.stored() == ({}, set())
                wired.spoils = lambda frame: [frame]
                await wired.until_all_is_there()
            assert wired.judge() == set()

    asyncio.run(story())


def test_a_gateway_that_comes_back_goes_on_where_its_store_ends(wired):
    async def story():
        async with wired:
            async with wired.gateway():
                await until(lambda: len(wired.stored()[0]) >= 56)
            async with wired.gateway() as gateway:
                await wired.until_all_is_there()
                health = await gateway.until("/healthz", lambda each: each["ok"])
                assert health["records_in_conflict"] == 0
            assert wired.judge() == set()
            assert wired.refusals() == []

    asyncio.run(story())


def test_a_station_that_restarts_is_born_again(wired):
    async def story():
        async with wired:
            async with wired.gateway():
                await until(lambda: len(wired.stored()[0]) >= 28)
                wired.run.rig.power_off()
                wired.run.rig.power_on()
                await until(lambda: any(boot_n == 2 for boot_n, _ in wired.stored()[0].values()))
                await wired.until_all_is_there()
            assert wired.judge() == set()
            # what was on its way down when the station went is for a start that is over
            assert {each[15] for each in wired.refusals()} <= {envelope.REFUSED_BOOT}

    asyncio.run(story())


def test_the_page_shows_what_the_station_says_and_that_it_is_gone(wired):
    def inlet(answer):
        return answer["stations"]["inlet"]

    async def story():
        async with wired, wired.gateway() as gateway:
            answer = await gateway.until("/api/live", lambda each: inlet(each)["fresh"])
            truth = wired.run.plant.truth()
            stage = inlet(answer)["points"]["stage_mm"]
            assert stage["state"] == "good"
            assert abs(stage["value"] - truth.points["stage_mm"]) < 30
            main = inlet(answer)["gates"]["main"]
            assert (main["rule"], main["cause"]) == ("quality", "quality: turbidity_ntu")
            await wired.server.close()
            await gateway.until("/api/live", lambda each: inlet(each)["online"] is False)

    asyncio.run(story())


def test_without_the_stations_key_nothing_is_read_or_confirmed(wired):
    async def story():
        async with wired:
            async with wired.gateway(key=False) as gateway:
                await gateway.until(
                    "/healthz", lambda each: each["messages"]["rejected"].get("no_key")
                )
            assert wired.stored() == ({}, set())
            assert wired.run.stream()["confirmed"] == 0
            assert wired.refusals() == []

    asyncio.run(story())


def test_a_station_with_another_configuration_gives_its_record_and_no_values(wired):
    async def story():
        async with wired:
            async with wired.gateway(scan_ms=100) as gateway:
                await wired.until_all_is_there()
                health = await gateway.until("/healthz", lambda each: each["ok"])
                assert set(health["messages"]["rejected"]) == {"other_config"}
            assert wired.judge() == set()

    asyncio.run(story())


def test_over_a_serial_port_too(wired):
    async def story():
        async with wired:
            with PtyLine(wired.run) as wired.line:
                async with wired.gateway() as gateway:
                    await wired.until_all_is_there()
                    health = await gateway.until("/healthz", lambda each: each["ok"])
                    assert health["messages"]["rejected"] == {}
            assert wired.judge() == set()
            assert wired.refusals() == []

    asyncio.run(story())


def test_the_store_says_by_which_way_a_start_told_its_records(wired):
    async def story():
        async with wired, wired.gateway():
            await wired.until_all_is_there()

    asyncio.run(story())
    with contextlib.closing(sqlite3.connect(wired.database)) as db:
        ((body,),) = db.execute("SELECT body FROM boot").fetchall()
    assert json.loads(body)["way"] == "modbus"
