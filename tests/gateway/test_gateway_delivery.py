"""The record's whole way on real brokers: station, gateway, authority; the gateway is killed."""

import asyncio
import contextlib
import json
import shutil
import sqlite3
import struct

import aiomqtt
import feed
import packer
import pytest
from gateway_rig import DEADLINE_S, DESK, put_key, running_gateway
from station_client import StationClient
from test_gateway_command import free_port, started
from test_gateway_relay import Authority

from reedgate_contract import envelope
from reedgate_gateway.store import Store


def accounted(path, epoch=0x5F3A9C01):
    """{stream: (seqs of records, seqs in gaps)} of one journal."""
    db = sqlite3.connect(path)
    found = {}
    for stream in (packer.EVENTS, packer.READINGS):
        (seqs, gaps) = (
            db.execute(
                f"SELECT {columns} FROM {table} t JOIN journal ON journal.id = t.journal"
                " WHERE epoch = ? AND stream = ?",
                (epoch, stream),
            ).fetchall()
            for table, columns in (("record", "seq"), ("gap", "first, last"))
        )
        lost = [seq for first, last in gaps for seq in range(first, last + 1)]
        found[stream] = (sorted(seq for (seq,) in seqs), sorted(lost))
    db.close()
    return found


def assert_nothing_is_missing(path, journal):
    for stream, (seqs, lost) in accounted(path, journal.epoch).items():
        last = journal.streams[stream].next_seq - 1
        assert sorted(seqs + lost) == list(range(1, last + 1)), f"stream {stream}"


def measure(station, count):
    for _ in range(count):
        station.uptime_ms += 1000
        station.journal.reading("do_mg_l", 7850)


def drive(tmp_path, catalogue, steps):
    async def main():
        async with running_gateway(tmp_path / "data", catalogue) as gateway:
            async with asyncio.timeout(2 * DEADLINE_S):
                await steps(gateway)

    asyncio.run(main())


@pytest.fixture
def station():
    station = feed.Station()
    station.journal.started()
    return station


def store_of(tmp_path):
    return tmp_path / "data" / "gateway.sqlite3"


def test_a_record_is_confirmed_and_the_time_comes_back_as_an_anchor(tmp_path, catalogue, station):
    async def steps(gateway):
        measure(station, 60)
        client = StationClient(station)
        await client.deliver(gateway.mqtt_port)
        while not any(topic.endswith("/time") for topic, _payload in client.down):
            await client.deliver(gateway.mqtt_port)
        await client.deliver(gateway.mqtt_port, birth=False)
        assert station.journal.refused == []
        news = await gateway.until(
            "/live?lang=en", lambda news: "Inlet started" in news.get("events", "")
        )
        assert "≈" not in news["events"]

    drive(tmp_path, catalogue, steps)
    assert_nothing_is_missing(store_of(tmp_path), station.journal)


def test_confirmations_may_be_lost_and_come_twice(tmp_path, catalogue, station):
    async def steps(gateway):
        measure(station, 100)
        heard = []

        def lose(leaf):
            heard.append(leaf)
            return len(heard) % 3 == 0

        client = StationClient(station, patience_s=0.05, lose=lose, double=True)
        await client.deliver(gateway.mqtt_port)
        assert len(heard) > 5

    drive(tmp_path, catalogue, steps)
    assert_nothing_is_missing(store_of(tmp_path), station.journal)
    assert set(station.journal.refused) == {"counter"}, "the second of two is refused"


def test_a_forged_batch_has_no_effect_and_is_counted(tmp_path, catalogue, station):
    async def steps(gateway):
        other = packer.Journal(key=bytes(32))
        other.started()
        await gateway.publish(other.batch(other.events))
        health = await gateway.until(
            "/healthz", lambda body: body["messages"]["rejected"] == {"bad_proof": 1}
        )
        assert health["ok"]
        client = StationClient(station)
        await client.deliver(gateway.mqtt_port, birth=False)
        size = struct.calcsize(envelope.HEAD)
        ((topic, payload),) = client.down
        assert topic.endswith("/ack")
        assert struct.unpack(envelope.ACK, payload[size:-32]) == (
            *(packer.EVENTS, station.journal.epoch, 1),
        )

    drive(tmp_path, catalogue, steps)
    assert accounted(store_of(tmp_path))[packer.EVENTS] == ([1], [])


def test_without_a_key_nothing_is_taken_and_the_page_says_so(tmp_path, catalogue, station):
    async def steps(gateway):
        for language, said in (
            ("en", "This gateway has no key of station Inlet"),
            ("zh", "本网关没有测控站“进水口”的密钥"),
        ):
            await gateway.publish(station.birth(), station.journal.batch(station.journal.events))
            news = await gateway.until(
                f"/live?lang={language}", lambda news, said=said: said in news.get("top", "")
            )
            assert "keys/inlet.key" in news["top"]

    async def main():
        put_key(tmp_path / "data").unlink()
        async with running_gateway(tmp_path / "data", catalogue, key=False) as gateway:
            async with asyncio.timeout(2 * DEADLINE_S):
                await steps(gateway)

    asyncio.run(main())
    assert accounted(store_of(tmp_path))[packer.EVENTS] == ([], [])


def test_a_full_disk_confirms_nothing_and_all_of_it_later(
    tmp_path, catalogue, station, monkeypatch
):
    write = Store.write
    full = [True]

    def write_or_fail(store, rows):
        if full[0]:
            raise sqlite3.OperationalError("database or disk is full")
        return write(store, rows)

    async def steps(gateway):
        monkeypatch.setattr("reedgate_gateway.writer._RETRY_S", 0.01)
        monkeypatch.setattr(Store, "write", write_or_fail)
        measure(station, 30)
        client = StationClient(station, patience_s=0.02)
        delivering = asyncio.create_task(client.deliver(gateway.mqtt_port))
        await gateway.until("/healthz", lambda body: not body["ok"])
        await gateway.until("/live?lang=en", lambda news: "disk is full" in news.get("top", ""))
        assert station.journal.acks == []
        full[0] = False
        await delivering
        await gateway.until("/healthz", lambda body: body["ok"])

    drive(tmp_path, catalogue, steps)
    assert_nothing_is_missing(store_of(tmp_path), station.journal)


def test_a_new_journal_is_an_alarm_on_the_page(tmp_path, catalogue, station):
    async def steps(gateway):
        await StationClient(station).deliver(gateway.mqtt_port)
        renewed = feed.Station(epoch=0xBEEF)
        renewed.journal.started()
        await StationClient(renewed).deliver(gateway.mqtt_port)
        for language, said in (("en", "has begun a new journal"), ("zh", "已启用新的日志")):
            await gateway.until(
                f"/live?lang={language}", lambda news, said=said: said in news.get("top", "")
            )
        gateway.clock.advance(25 * 3_600_000)
        news = await gateway.until("/live?lang=en", lambda news: "top" in news)
        while "has begun a new journal" in news["top"]:
            news = await gateway.until("/live?lang=en", lambda news: "top" in news)

    drive(tmp_path, catalogue, steps)


SITE_WITH_UPSTREAM = """
[gateway.upstreams.authority]
kind = "mqtt"
address = "127.0.0.1:{port}"
prefix = "wet"
"""


class Killed:
    """A gateway process that is killed and started again, beside a station that goes on."""

    def __init__(self, tmp_path, authority_port):
        self.data = tmp_path / "data"
        self.data.mkdir()
        put_key(self.data)
        self.site = tmp_path / "site.toml"
        more = SITE_WITH_UPSTREAM.format(port=authority_port)
        self.site.write_text(DESK.read_text(encoding="utf-8") + more, encoding="utf-8")

    @contextlib.asynccontextmanager
    async def running(self):
        """(process, MQTT port). What waits for the process waits beside the loop."""
        with contextlib.ExitStack() as stack:
            enter = stack.enter_context
            process, lines = await asyncio.to_thread(
                enter, started(self.data, free_port(), site=self.site)
            )
            yield process, int(json.loads(lines[0])["mqtt"].rpartition(":")[2])
            await asyncio.to_thread(stack.close)


async def deliver_until_killed(client, process, port, after):
    """Kills the gateway as soon as so many confirmations have come."""
    delivering = asyncio.create_task(client.deliver(port))
    while len(client.journal.acks) < after and not delivering.done():
        await asyncio.sleep(0)
    process.kill()
    with contextlib.suppress(aiomqtt.MqttError):
        await delivering
    await asyncio.to_thread(process.wait)


def test_killed_three_times_and_restored_the_gateway_has_each_record_once(tmp_path, station):
    async def main():
        authority = Authority()
        async with authority.standing() as authority_port, asyncio.timeout(6 * DEADLINE_S):
            gateway = Killed(tmp_path, authority_port)
            client = StationClient(station, patience_s=1)
            journal = station.journal
            for round_n in range(3):
                measure(station, 300)
                async with gateway.running() as (process, port):
                    await deliver_until_killed(client, process, port, 5 * (round_n + 1))
                if round_n == 1:
                    copy = tmp_path / "copy.sqlite3"
                    db = sqlite3.connect(gateway.data / "gateway.sqlite3")
                    db.execute("VACUUM INTO ?", (str(copy),))
                    db.close()
            measure(station, 100)
            async with gateway.running() as (process, port):
                await client.deliver(port)
                process.kill()
                await asyncio.to_thread(process.wait)
            for name in ("gateway.sqlite3", "gateway.sqlite3-wal", "gateway.sqlite3-shm"):
                (gateway.data / name).unlink(missing_ok=True)
            shutil.copy(copy, gateway.data / "gateway.sqlite3")
            journal.drop_front(journal.readings, journal.readings.confirmed - 200)
            station.uptime_ms += 60_000
            measure(station, 50)
            async with gateway.running() as (process, port):
                await client.deliver(port)
                await client.deliver(port)
                last = journal.readings.next_seq - 1
                await authority.until(lambda: last in authority.seqs())
                await authority.until(lambda: covered(authority) >= set(range(1, last + 1)))
            return authority

    def covered(authority):
        gaps = [range(each["first"], each["last"] + 1) for each in authority.of("gap")]
        return set(authority.seqs()) | {seq for gap in gaps for seq in gap}

    authority = asyncio.run(main())
    path = tmp_path / "data" / "gateway.sqlite3"
    assert_nothing_is_missing(path, station.journal)
    _seqs, lost = accounted(path)[packer.READINGS]
    assert lost, "the copy lacked what the station had forgotten"
    said = {each["reason"] for each in authority.of("gap")}
    assert said == {"confirmed_elsewhere"}
    kept = {}
    for body in authority.of("readings"):
        key = (body["epoch"], body["seq"])
        content = (body["mean"], body["uptime_ms"], body["point"])
        assert kept.setdefault(key, content) == content, "the same key, another record"
    assert set(station.journal.refused) <= {"counter"}
