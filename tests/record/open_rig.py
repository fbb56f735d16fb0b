"""Open runs of the record: the real firmware, the real gateway and the authority's broker.

The gateway and the broker are processes of their own, as on the desk; only the station's time is
virtual. What has to come of it is judged on the station's flash, the gateway's database and what
a subscriber at the authority's broker has received.
"""

import asyncio
import contextlib
import hashlib
import hmac
import json
import os
import shutil
import signal
import sqlite3
import struct
import sys
import threading
import time
import urllib.request

import aiomqtt
from record_rig import TappedRun, on_flash
from station_rig import DESK, KEY, QUIET
from wire import Wire

from reedgate_contract import envelope, records, topics
from reedgate_sim.desk.child import Child
from reedgate_sim.open_network import OpenNetwork

PATIENCE_S = 20  # of wall time, for what is not on the station's connection
DATABASE = "gateway.sqlite3"
_COUNTERS_A_SECOND = 16  # of the gateway's downlink: the counter runs ahead with the uptime
_ENVELOPE_HEAD = struct.calcsize(envelope.HEAD)
_PREFIX = "wet"
_UPSTREAM = """
[gateway.upstreams.authority]
kind = "mqtt"
address = "127.0.0.1:{port}"
prefix = "{prefix}"
"""


def seal(key, leaf, content):
    topic = topics.topic("desk", "inlet", leaf).encode()
    return hmac.digest(key, topic + b"\0" + content, hashlib.sha256)


class Authority:
    """The authority's broker behind a wire, and what its one subscriber has received."""

    def __init__(self, folder):
        self.got = []  # (leaf, body)
        self._log = folder / "authority.log"
        self._news = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._wire = Wire(None)
        self._child = None
        self.port = None

    def _do(self, step):
        return asyncio.run_coroutine_threadsafe(step, self._loop).result(PATIENCE_S)

    def start(self):
        """The subscription stands before anything can arrive."""
        command = [sys.executable, "-m", "reedgate_sim.desk.authority", "{ready_fd}"]
        self._child = Child("The authority's broker", command, self._log)
        port = int(self._child.ready["mqtt"].rpartition(":")[2])
        self._do(self._subscribe(port))
        if self.port is None:
            self._wire = Wire(port)
            self.port = self._do(self._wire.open())
        else:
            self._do(self._wire.put_up(port))

    async def _subscribe(self, port):
        self._client = aiomqtt.Client("127.0.0.1", port, timeout=PATIENCE_S)
        await self._client.__aenter__()
        await self._client.subscribe(f"{_PREFIX}/#", qos=1)
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self):
        async for message in self._client.messages:
            leaf = str(message.topic).rpartition("/")[2]
            with self._news:
                self.got.append((leaf, json.loads(message.payload)))
                self._news.notify_all()

    def stop(self):
        """Cut off first; then all that it has acknowledged reaches the subscriber."""
        self._do(self._wire.take_down())
        self._do(self._client.publish(f"{_PREFIX}/last", b"{}", qos=1))
        self.until(lambda: self.got[-1][0] == "last", "the broker's last message")
        self.got.pop()
        self._do(self._unsubscribe())
        self._child.stop()

    async def _unsubscribe(self):
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        with contextlib.suppress(aiomqtt.MqttError):
            await self._client.__aexit__(None, None, None)

    def close(self):
        if self._child is not None and not self._child.ended():
            self._do(self._wire.close())
            self._do(self._unsubscribe())
            self._child.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def until(self, condition, what):
        with self._news:
            assert self._news.wait_for(condition, PATIENCE_S), f"not upstream: {what}"

    def records(self):
        """{(stream, epoch, seq): [body]} of what came, as often as it came."""
        found = {}
        for leaf, body in list(self.got):
            if leaf in records.STREAM_NAMES.values():
                found.setdefault((leaf, body["epoch"], body["seq"]), []).append(body)
        return found

    def gaps(self):
        """{(stream, epoch, seq): reason}."""
        return {
            (body["stream"], body["epoch"], seq): body["reason"]
            for leaf, body in list(self.got)
            if leaf == "gap"
            for seq in range(body["first"], body["last"] + 1)
        }


class Gateway:
    """`reedgate gateway run` as a process, on one data directory, with the authority upstream."""

    def __init__(self, folder, authority_port):
        self.data = folder / "data"
        (self.data / "keys").mkdir(parents=True)
        key = self.data / "keys" / "inlet.key"
        key.write_bytes(KEY)
        key.chmod(0o600)
        self._log = folder / "gateway.log"
        self._site = folder / "site.toml"
        more = _UPSTREAM.format(port=authority_port, prefix=_PREFIX)
        self._site.write_text(DESK.read_text(encoding="utf-8") + more, encoding="utf-8")
        self._child = None

    def start(self):
        """Gives where its broker is."""
        command = [sys.executable, "-m", "reedgate_boards", "gateway", "run"]
        command += ["--site", str(self._site), "--data", str(self.data), "--ready-fd"]
        self._child = Child("The gateway", [*command, "{ready_fd}"], self._log)
        return self.mqtt

    @property
    def mqtt(self):
        return self._child.ready["mqtt"]

    def kill(self):
        os.kill(self._child.ready["pid"], signal.SIGKILL)
        self._child.stop()  # it waits for the end

    def stop(self):
        if self._child is not None:
            self._child.stop()

    def health(self):
        with urllib.request.urlopen(self._child.ready["http"] + "healthz", timeout=5) as answer:
            return json.load(answer)

    def until(self, found):
        """Asks for the gateway's health until it is as it should be."""
        give_up = time.monotonic() + PATIENCE_S
        while not found(health := self.health()):
            assert time.monotonic() < give_up, health

    def copy_database(self, target):
        """As a backup would, while the gateway runs or not."""
        with contextlib.closing(sqlite3.connect(self.data / DATABASE)) as db:
            db.execute("VACUUM INTO ?", (str(target),))

    def restore_database(self, copy):
        for suffix in ("", "-wal", "-shm"):
            (self.data / (DATABASE + suffix)).unlink(missing_ok=True)
        shutil.copy(copy, self.data / DATABASE)

    def records(self):
        """{(stream, epoch, seq): (boot_n, payload)}."""
        rows = self._rows(
            "SELECT stream, epoch, seq, boot_n, payload FROM record"
            " JOIN journal ON journal.id = record.journal JOIN run ON run.id = record.run"
        )
        return {
            (records.STREAM_NAMES[stream], *place): (boot_n, payload)
            for stream, *place, boot_n, payload in rows
        }

    def gaps(self):
        """{(stream, epoch, seq): reason}."""
        rows = self._rows(
            "SELECT stream, epoch, first, last, reason FROM gap"
            " JOIN journal ON journal.id = gap.journal"
        )
        return {
            (records.STREAM_NAMES[stream], epoch, seq): reason
            for stream, epoch, first, last, reason in rows
            for seq in range(first, last + 1)
        }

    def _rows(self, sql):
        with contextlib.closing(sqlite3.connect(self.data / DATABASE)) as db:
            return db.execute(sql).fetchall()


class OpenSite(TappedRun):
    """Station, gateway and authority. `flash`: each journal's records as they stand on flash."""

    def __init__(self, folder, **options):
        quiet = folder / "quiet.toml"
        quiet.write_text(QUIET, encoding="utf-8")
        with contextlib.ExitStack() as stack:
            self.authority = Authority(folder)
            stack.callback(self.authority.close)
            self.authority.start()
            self.gateway = Gateway(folder, self.authority.port)
            stack.callback(self.gateway.stop)
            self.network = OpenNetwork(self.gateway.start())
            super().__init__(quiet, self.network, **options)
            self.passes = lambda packet: 1  # as OpenNetwork.on_answer
            self.network.on_answer = self._answer
            self._sent_down = b""  # the last by a test, which always arrives
            self._confirmed = {}  # {(epoch, stream): seq}, by what reached the station
            self._flash = {}  # {(stream, epoch, seq): the 32 bytes} of journals that are gone
            self._children = stack.pop_all()

    def __exit__(self, *_):
        super().__exit__()
        self._children.close()

    def pass_time(self, seconds):
        self.to(self.now_s + seconds)

    def pass_all(self):
        """No packet is lost or looked at any more."""
        self.network.on_sent = lambda packet: None
        self.passes = lambda packet: 1

    def cut_off(self):
        """The station's broker is gone; the gateway goes on."""
        self.network.broker = None

    def connect(self):
        self.network.broker = self.gateway.mqtt

    def kill_gateway(self):
        """Its broker goes with it."""
        self.gateway.kill()
        self.network.broker = None

    def stop_gateway(self):
        self.network.broker = None
        self.gateway.stop()

    def start_gateway(self):
        self._confirmed.clear()  # it may have another store than the one before
        self.network.broker = self.gateway.start()

    def _answer(self, packet):
        if packet.payload and packet.payload == self._sent_down:
            return 1
        times = self.passes(packet)
        if times and packet.leaf == topics.ACK:
            body = packet.payload[_ENVELOPE_HEAD : -envelope.HMAC_SIZE]
            stream, epoch, through = struct.unpack(envelope.ACK, body)
            self._confirmed[epoch, stream] = through
        return times

    def catch_up(self, within_s=3600):
        """Run until the station has been told that all that it has is at the gateway."""
        until_s = self.now_s + within_s
        while any(
            self._confirmed.get((epoch, stream)) != seq
            for stream, (epoch, seq) in self.flushed().items()
        ):
            assert self.now_s < until_s, f"unconfirmed after {within_s} s"
            self.to(self.now_s + 2)

    def publish(self, leaf, payload):
        """As another client of the gateway's broker; it has it when this returns."""

        async def publish():
            host, _, port = self.network.broker.rpartition(":")
            async with aiomqtt.Client(host, int(port)) as client:
                await client.publish(topics.topic("desk", "inlet", leaf), payload, qos=1)

        asyncio.run(publish())

    def send_down(self, leaf, body, key):
        """An envelope for the station as it runs now, sealed with a key; it has arrived there."""
        (epoch, _) = self.flushed()[records.STREAM_EVENTS]
        until_s = round(self.now_s) + 25
        code = envelope.TOPIC_CODES[leaf]
        counter = int(self.now_s + 1) * _COUNTERS_A_SECOND  # between the gateway's last and next
        head = envelope.pack_head(code, epoch, self.boot_n(), counter, until_s, 0)
        payload = self._sent_down = head + body + seal(key, leaf, head + body)
        self.publish(leaf, payload)
        self.network.hold_until(lambda packet: packet.payload == payload, f"the {leaf} of a test")

    def boot_n(self):
        """Of the start that runs: the highest that the gateway has seen of this journal."""
        return max(boot_n for boot_n, _payload in self.gateway.records().values())

    def events(self, kind):
        """What the authority has of the events of a kind, in the order of their numbers."""
        found = [bodies[0] for bodies in self.authority.records().values()]
        return sorted((each for each in found if each["kind"] == kind), key=lambda each: each["n"])

    def refusals(self):
        return [(each["message"], each["reason"]) for each in self.events("refusal")]

    def reflash(self):
        """Erased and made anew, as a technician would with a chip that is beyond use."""
        self.rig.power_off()
        self._flash |= self._on_flash()
        image = self.rig.flash_image
        image.write_bytes(b"\xff" * image.stat().st_size)
        self.rig.provision("config.bin", self.config)
        self.rig.provision("key.bin", KEY)
        self.on()

    def _on_flash(self):
        epochs = {stream: epoch for stream, (epoch, _) in self.flushed().items()}
        return {
            (records.STREAM_NAMES[stream], epochs[stream], seq): record
            for (stream, seq), record in on_flash(self.rig.flash_image).items()
        }

    def flushed_places(self):
        """Every (stream, epoch, seq) whose flush has returned."""
        return {
            (records.STREAM_NAMES[stream], epoch, seq)
            for (epoch, stream), last in self.all_flushed().items()
            for seq in range(1, last + 1)
        }

    def judge(self):
        """What has to hold at the end of every run; gives {place: reason} of the gaps."""
        flushed, flash = self.flushed_places(), self._flash | self._on_flash()
        held, gaps = self.gateway.records(), self.gateway.gaps()
        assert set(held) | set(gaps) == flushed, "missing at the gateway, or invented"
        assert not set(held) & set(gaps), "a record and a gap of the same seq"
        assert not set(flash) & set(gaps), "a gap where the station still has the record"
        for place in set(held) & set(flash):
            assert held[place][1] == struct.unpack(records.RECORD, flash[place])[6], place
        authority = self.authority
        authority.until(
            lambda: set(authority.records()) | set(authority.gaps()) >= flushed, "some records"
        )
        above, said = authority.records(), authority.gaps()
        assert set(above) | set(said) == flushed
        for place, bodies in above.items():
            contents = [{**body, "n": 0, "is_historical": 0, "time": 0} for body in bodies]
            assert all(each == contents[0] for each in contents), f"one key, two contents: {place}"
        return gaps
