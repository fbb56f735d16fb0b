"""Behind the station in open runs: the gateway and the authority's broker, each a process.

Started, killed and looked into from outside: a database, a page of health, a subscriber. What the
station does is not known here.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import sys
import threading
import time
import urllib.request

import aiomqtt
from station_rig import DESK, KEY
from wire import Wire

from reedgate_contract import records
from reedgate_sim.desk.child import Child

PATIENCE_S = 20  # of wall time
_DATABASE = "gateway.sqlite3"
_PREFIX = "wet"
_UPSTREAM = """
[gateway.upstreams.authority]
kind = "mqtt"
address = "127.0.0.1:{port}"
prefix = "{prefix}"
"""


class Authority:
    """The authority's broker behind a wire, and what its one subscriber has received."""

    def __init__(self, folder):
        self.got = []  # (leaf, body)
        self._places = set()  # (stream, epoch, seq) of records and gaps
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
                body = json.loads(message.payload)
                self.got.append((leaf, body))
                self._places |= _places_of(leaf, body)
                self._news.notify_all()

    def stop(self):
        """Cut off first; then all that it has acknowledged reaches the subscriber."""
        self._do(self._wire.take_down())
        self._do(self._client.publish(f"{_PREFIX}/last", b"{}", qos=1))
        with self._news:
            assert self._news.wait_for(lambda: self.got[-1][0] == "last", PATIENCE_S)
            self.got.pop()
        self._do(self._unsubscribe())
        self._child.stop()

    async def _unsubscribe(self):
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        with contextlib.suppress(aiomqtt.MqttError):
            await self._client.__aexit__(None, None, None)

    def close(self):
        if self.port is not None:
            self._do(self._wire.close())
        if self._child is not None and not self._child.ended():
            self._do(self._unsubscribe())
            self._child.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def until_all(self, places):
        """Until all of these have arrived; not if nothing arrives for PATIENCE_S."""
        with self._news:
            while missing := places - self._places:
                assert self._news.wait(PATIENCE_S), f"{len(missing)} are not upstream"

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
            place: body["reason"]
            for leaf, body in list(self.got)
            if leaf == "gap"
            for place in _places_of(leaf, body)
        }


def _places_of(leaf, body):
    """{(stream, epoch, seq)} of a message of the authority's."""
    if leaf in records.STREAM_NAMES.values():
        return {(leaf, body["epoch"], body["seq"])}
    if leaf == "gap":
        seqs = range(body["first"], body["last"] + 1)
        return {(body["stream"], body["epoch"], seq) for seq in seqs}
    return set()


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
        with contextlib.closing(sqlite3.connect(self.data / _DATABASE)) as db:
            db.execute("VACUUM INTO ?", (str(target),))

    def restore_database(self, copy):
        for suffix in ("", "-wal", "-shm"):
            (self.data / (_DATABASE + suffix)).unlink(missing_ok=True)
        shutil.copy(copy, self.data / _DATABASE)

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
        with contextlib.closing(sqlite3.connect(self.data / _DATABASE)) as db:
            return db.execute(sql).fetchall()
