"""The gateway's part of sealed runs: takes the journal in, and confirms it as the gateway does.

Written from the contract alone. It checks every proof, keeps every record once, and sends `ack`
after every batch, also for one that it has already.
"""

import hashlib
import hmac
import json
import struct
from dataclasses import dataclass

from reedgate_contract import codes, envelope, records, topics
from reedgate_sim.sealed import SealedBroker

_AHEAD_S = 30


@dataclass(frozen=True)
class Event:
    """One event of the journal, whole."""

    kind: int
    boot_n: int
    seq: int
    uptime_ms: int
    payload: bytes  # of its first part, without the milliseconds
    points: bytes  # the payloads of the parts after it


class Confirmer(SealedBroker):
    """records: {(stream, epoch, seq): (boot_n, the 32 bytes)}.

    confirms: whether it sends acks. commits: whether it keeps what arrives; a gateway that is
    killed does neither.
    """

    def __init__(self, site: str, station: str, key: bytes, seed: int = 0, mode: str = "ok"):
        super().__init__(seed, mode)
        self.records: dict[tuple[int, int, int], tuple[int, bytes]] = {}
        self.doubled = 0
        self.refused = 0
        self.confirms = True
        self.commits = True
        self._topic = topics.topic(site, station, "")
        self._key = key
        self._first: dict[tuple[int, int], int] = {}
        self._complete: dict[tuple[int, int], int] = {}  # as far as was looked: a season is long
        self._counter = 0
        self._boot_n = 0
        self.boot_id: tuple[int, int] | None = None  # (epoch, boot_n) of the last birth

    def _publish(self, message) -> None:
        super()._publish(message)
        if message.topic == self._topic + topics.JOURNAL and self.commits:
            self._take(message.topic, message.payload)
        elif message.topic == self._topic + topics.BIRTH:
            birth = json.loads(message.payload)
            self._boot_n = birth["boot_n"]
            self.boot_id = (birth["epoch"], birth["boot_n"])

    def _proof(self, topic: str, content: bytes) -> bytes:
        return hmac.digest(self._key, topic.encode() + b"\0" + content, hashlib.sha256)

    def _take(self, topic: str, payload: bytes) -> None:
        head, content, proof = records.unpack_batch(payload)
        if not hmac.compare_digest(proof, self._proof(topic, payload[: -len(proof)])):
            self.refused += 1
            return
        _, stream, count, epoch, boot_n, first_held, first_seq, uptime_s, uptime_ms = head
        for index in range(count):
            record = content[index * records.RECORD_SIZE : (index + 1) * records.RECORD_SIZE]
            place = (stream, epoch, first_seq + index)
            self.doubled += place in self.records
            self.records.setdefault(place, (boot_n, record))
        first = self._first.setdefault((stream, epoch), first_held)
        self._first[stream, epoch] = max(first, first_held)
        if self.confirms:
            self.acknowledge(stream, epoch, boot_n, (uptime_s, uptime_ms))

    def first_held(self, stream: int, epoch: int) -> int:
        """The lowest seq that the station still held when it was last heard."""
        return self._first.get((stream, epoch), 1)

    def complete_to(self, stream: int, epoch: int) -> int:
        """The highest seq up to which nothing is missing."""
        looked = self._complete.get((stream, epoch), 0)
        seq = max(looked + 1, self._first.get((stream, epoch), 1))
        while (stream, epoch, seq) in self.records:
            seq += 1
        self._complete[stream, epoch] = seq - 1
        return seq - 1

    def acknowledge(self, stream: int, epoch: int, boot_n: int, uptime: tuple[int, int]) -> None:
        body = struct.pack(envelope.ACK, stream, epoch, self.complete_to(stream, epoch))
        running = self._boot_n or boot_n  # a batch may be of a start before
        self.send_down("ack", body, (epoch, running), uptime)

    def send_down(
        self, leaf: str, body: bytes, boot_id: tuple[int, int], uptime: tuple[int, int]
    ) -> None:
        """An envelope for the start boot_id, good until 30 s after its uptime (s, ms)."""
        self._counter += 1
        code = envelope.TOPIC_CODES[leaf]
        until = (uptime[0] + _AHEAD_S, uptime[1])
        head = envelope.pack_head(code, *boot_id, self._counter, *until)
        topic = self._topic + leaf
        self.publish(topic, head + body + self._proof(topic, head + body))

    def events(self) -> list[Event]:
        """Every whole event, in order."""
        events = records.STREAM_EVENTS
        epochs = sorted({epoch for stream, epoch, _ in self.records if stream == events})
        found = []
        for epoch in epochs:
            first = min(seq for stream, e, seq in self.records if (stream, e) == (events, epoch))
            found += self.events_after(epoch, first - 1)
        return found

    def events_after(self, epoch: int, seq: int) -> list[Event]:
        """The whole events of one journal that follow seq without a hole."""
        found = []
        parts: list[bytes] = []
        place = (records.STREAM_EVENTS, epoch, seq + 1)
        while place in self.records:
            boot_n, record = self.records[place]
            seq = place[2]
            place = (*place[:2], seq + 1)
            kind, part, _point, _status, _seq, uptime_s, payload, _ = struct.unpack(
                records.RECORD, record
            )
            if part >> 4 == 1 or kind == records.KIND_LOST:
                parts = []  # an event that lacks a part is none
            parts.append(payload)
            if part >> 4 == part & 0x0F == len(parts):
                (rest_ms,) = struct.unpack_from("<H", parts[0])
                uptime_ms = uptime_s * 1000 + rest_ms
                first = seq + 1 - len(parts)
                event = Event(kind, boot_n, first, uptime_ms, parts[0][2:], b"".join(parts[1:]))
                found.append(event)
        return found


def gate_event(event: Event, names: dict) -> dict:
    """A gate's event with the names of a birth: what it says, as the page would show it."""
    what, gate, rule, target, cause, of, first_out, first_of, fault, position, drive, alarms = (
        event.payload[:12]
    )
    gates = names["gates"]
    return {
        "uptime_ms": event.uptime_ms,
        "what": records.WHAT_NAMES[what],
        "gate": gates[gate],
        "rule": codes.RULE_NAMES[rule],
        "target": codes.TARGET_NAMES[target],
        "cause": _cause(cause, of, gates[gate], names),
        "first_out": _cause(first_out, first_of, gates[gate], names),
        "fault": codes.CAUSE_NAMES[fault],
        "position": codes.POSITION_NAMES[position],
        "drive": codes.DRIVE_NAMES[drive],
        "alarms": codes.alarm_names(alarms),
    }


def _cause(cause: int, of: int, gate: str, names: dict) -> str:
    name = codes.CAUSE_NAMES[cause]
    if cause in codes.CAUSES_OF_POINT:
        return f"{name}: {list(names['points'])[of]}"
    if cause == codes.CAUSE_FLOOD:
        return f"{name}: {names['floods'][gate][of]}"
    if cause == codes.CAUSE_BYPASS_FOR:
        return f"{name}: {names['gates'][of]}"
    return name
