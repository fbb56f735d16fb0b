"""The far end of a campaign: a gateway that keeps books on what must never be.

Beside the records it can be down while the broker goes on, and send what must have no effect.
"""

import binascii
import json
import struct
from collections.abc import Callable

from reedgate_contract import envelope, records, topics
from reedgate_sim.campaign.account import VALID, Order
from reedgate_sim.confirmer import Confirmer

_FAR_S = 1 << 30
_AHEAD_S = 25  # of at most 30, for what is known of a station's uptime


class Books(Confirmer):
    """wrong: what came that must never come, each once."""

    def __init__(self, site: str, station: str, key: bytes, seed: int):
        super().__init__(site, station, key, seed=seed)
        self.awake = True  # the gateway; the broker has its own modes
        self.wrong: list[str] = []
        self.first_held: dict[tuple[int, int], int] = {}  # (stream, epoch): the highest told
        self.on_open: Callable[[int], None] = lambda now_us: None
        self._sent: list[bytes] = []
        self.names: dict | None = None  # of the last birth
        self._last_order = b""  # that was valid
        self._last: tuple[int, int, int] = (0, 0, 0)  # epoch, boot_n, uptime_s of a batch

    def open(self, slot: int, address: str, now_us: int) -> None:
        self.on_open(now_us)
        super().open(slot, address, now_us)

    def publish(self, topic: str, payload: bytes, retain: bool = False) -> None:
        self._sent.append(payload)
        super().publish(topic, payload, retain)

    def _publish(self, message) -> None:
        super()._publish(message)
        if message.topic == self._topic + topics.BIRTH:
            self.names = json.loads(message.payload)

    def _take(self, topic: str, payload: bytes) -> None:
        if not self.awake:
            return
        head, content, _ = records.unpack_batch(payload)
        _, stream, count, epoch, boot_n, first_held, first_seq, uptime_s, _ = head
        self._last = (epoch, boot_n, uptime_s)
        held = self.first_held.get((stream, epoch), 0)
        self.first_held[stream, epoch] = max(held, first_held)
        for index in range(count):
            record = content[index * records.RECORD_SIZE : (index + 1) * records.RECORD_SIZE]
            self._check(stream, epoch, boot_n, first_seq + index, record)
        refused = self.refused
        super()._take(topic, payload)
        if self.refused > refused:
            self.note("a batch whose proof is wrong")

    def _check(self, stream: int, epoch: int, boot_n: int, seq: int, record: bytes) -> None:
        if not intact(record) or seq_of(record) != seq:
            self.note(f"record {seq} of stream {stream} is not what its batch says")
        known = self.records.get((stream, epoch, seq), (boot_n, record))
        if known != (boot_n, record):
            self.note(f"record {seq} of stream {stream} came twice, with two contents")

    def note(self, problem: str) -> None:
        if problem not in self.wrong:
            self.wrong.append(problem)

    def holes(self) -> list[tuple[int, int]]:
        """(stream, seq) that are missing below what is there, and that nobody said are gone."""
        found = []
        for (stream, epoch), first in self.first_held.items():
            there = {seq for s, e, seq in self.records if (s, e) == (stream, epoch)}
            missing = set(range(first, max(there, default=0))) - there
            found += [(stream, seq) for seq in sorted(missing)]
        return found

    def epochs(self) -> set[int]:
        return {epoch for _, epoch, _ in self.records}

    def send_order(self, order: Order, gate: int, uptime_s: int) -> None:
        """An order for a gate. uptime_s: of the station, no less than it is there."""
        if self.boot_id is None:
            return
        (action,) = (code for code, name in envelope.ACTION_NAMES.items() if name == order.action)
        body = struct.pack(envelope.CMD, gate, action, order.hold_s, order.number)
        epoch, boot_n = self.boot_id
        boot_n += order.form == "other boot"
        ahead_s = {"late": -3, "ahead": 45}.get(order.form, _AHEAD_S)
        if order.form == "replayed":
            payload = self._last_order
        else:
            self._counter += 1
            until_s = max(uptime_s + ahead_s, 0)
            code = envelope.TOPIC_CODES["cmd"]
            head = envelope.pack_head(code, epoch, boot_n, self._counter, until_s, 0)
            payload = head + body + self._proof(self._topic + topics.CMD, head + body)
        if order.form == "forged":
            payload = payload[:-1] + bytes((payload[-1] ^ 1,))
        elif order.form == VALID:
            self._last_order = payload
        if payload:
            super().publish(self._topic + topics.CMD, payload)

    def send_command(self, form: str) -> None:
        """Something on a topic of commands that a station must not act on."""
        epoch, boot_n, uptime_s = self._last
        code = envelope.TOPIC_CODES["ack"]
        if form == "unknown topic":
            code = max(envelope.TOPIC_CODES.values()) + 1
        until_s = 0 if form == "late" else uptime_s + 30
        boot_n += form == "other boot"
        head = envelope.pack_head(code, epoch, boot_n, _FAR_S, until_s, 0)
        body = struct.pack(envelope.ACK, records.STREAM_EVENTS, epoch, _FAR_S)
        leaf = "cmd" if form == "unknown topic" else topics.ACK
        topic = self._topic + leaf
        proof = self._proof(topic, head + body)
        payload = head + body + proof
        if form == "forged":
            payload = payload[:-1] + bytes((payload[-1] ^ 1,))
        elif form == "replayed" and self._sent:
            payload = self._sent[0]
        elif form == "noise":
            payload = payload[5:37]
        super().publish(topic, payload)


def intact(record: bytes) -> bool:
    return binascii.crc32(record[:-4]) == int.from_bytes(record[-4:], "little")


def seq_of(record: bytes) -> int:
    return int.from_bytes(record[4:8], "little")


def journal_of(files: dict[str, bytes]) -> dict[tuple[int, int, int], bytes]:
    """{(stream, epoch, seq): record} of every intact record in a flash's files."""
    found = {}
    head_size = struct.calcsize(records.SEGMENT)
    for content in files.values():
        head = content[:head_size]
        if len(head) < head_size or head[:2] != records.SEGMENT_MAGIC or not intact(head):
            continue
        _, _, stream, _, epoch, _, first_seq, _, _ = struct.unpack(records.SEGMENT, head)
        rows = content[head_size:]
        for index in range(len(rows) // records.RECORD_SIZE):
            record = rows[index * records.RECORD_SIZE : (index + 1) * records.RECORD_SIZE]
            if intact(record) and seq_of(record) == first_seq + index:
                found[stream, epoch, first_seq + index] = record
    return found
