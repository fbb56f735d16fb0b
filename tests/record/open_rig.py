"""Open runs of the record: the real firmware, the real gateway and the authority's broker.

Only the station's time is virtual. What has to come of a run is judged on the station's flash, in
the gateway's database and by what a subscriber at the authority's broker has received.
"""

import asyncio
import contextlib
import hashlib
import hmac
import struct

import aiomqtt
from far_end import Authority, Gateway
from record_flash import on_flash
from record_rig import TappedRun
from station_rig import KEY, QUIET

from reedgate_contract import envelope, records, topics
from reedgate_sim.open_network import OpenNetwork

_COUNTERS_A_SECOND = 16  # of the gateway's downlink: the counter runs ahead with the uptime
_ENVELOPE_HEAD = struct.calcsize(envelope.HEAD)


def seal(key, leaf, content):
    topic = topics.topic("desk", "inlet", leaf).encode()
    return hmac.digest(key, topic + b"\0" + content, hashlib.sha256)


class OpenSite(TappedRun):
    """Station, gateway and authority.

    passes: called with each packet for the station, as OpenNetwork.on_answer; all by default.
    """

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
            self.passes = lambda packet: 1
            self.network.on_answer = self._answer
            self._sent_down = b""  # the last by a test, which always arrives
            self._confirmed = {}  # {(epoch, stream): seq}, by what reached the station
            self._flash = {}  # {(stream, epoch, seq): the 32 bytes} of journals that are gone
            self._children = stack.pop_all()

    def __exit__(self, *_):
        with self._children:
            super().__exit__()

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
        assert self.gateway.health()["records_in_conflict"] == 0
        self.authority.until_all(flushed)
        above, said = self.authority.records(), self.authority.gaps()
        assert set(above) | set(said) == flushed
        for place, bodies in above.items():
            contents = [{**body, "n": 0, "is_historical": 0, "time": 0} for body in bodies]
            assert all(each == contents[0] for each in contents), f"one key, two contents: {place}"
        return gaps
