"""A station's journal for the tests: packs batches and judges what comes down, by the contract.

Written from the contract's text and not from the firmware: it keeps all in memory.
"""

import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass, field

from reedgate_contract import codes, envelope, records, topics

SITE, STATION = "desk", "inlet"
KEY = bytes(range(32))
EVENTS, READINGS = records.STREAM_EVENTS, records.STREAM_READINGS
POINTS = ("turbidity_ntu", "do_mg_l", "water_temperature_c", "conductivity_us_cm", "stage_mm")
GATES = ("main", "around")
FLOODS = {"main": ("river_high",)}
DECIMALS = {"turbidity_ntu": 3, "do_mg_l": 3, "water_temperature_c": 2, "conductivity_us_cm": 1}
CONFIG_HASH = 0x0A1B2C3D


def record(kind, seq, uptime_s, payload, *, part=0x11, point=0, status=0):
    body = struct.pack("<BBBBII16s", kind, part, point, status, seq, uptime_s, payload)
    return body + struct.pack("<I", binascii.crc32(body))


def lost(seq):
    return record(records.KIND_LOST, seq, 0, b"", part=0)


def sealed(key, topic, body):
    return body + hmac.new(key, topic.encode() + b"\0" + body, hashlib.sha256).digest()


def cause_numbers(text, gate):
    """ "quality: turbidity_ntu" as code and number."""
    name, _colon, subject = text.partition(": ")
    code = codes.CAUSE_NAMES.index(name)
    names = {"flood": FLOODS.get(gate, ()), "bypass_for": GATES}.get(name, POINTS)
    return code, names.index(subject) if subject in names else 200


@dataclass
class Stream:
    code: int
    first_held: int = 1
    confirmed: int = 0
    held: dict = field(default_factory=dict)  # seq: (boot_n, record)
    next_seq: int = 1


class Journal:
    """Both streams, one epoch; `boot_n` grows with restart()."""

    def __init__(self, epoch=0x5F3A9C01, key=KEY, boot_n=1):
        self.epoch, self.key, self.boot_n = epoch, key, boot_n
        self.events, self.readings = Stream(EVENTS), Stream(READINGS)
        self.streams = {EVENTS: self.events, READINGS: self.readings}
        self.uptime_ms = 1840
        self.counter = 0
        self.acks = []  # (stream, seq) of each that was taken
        self.refused = []
        self.topic = topics.topic(SITE, STATION, topics.JOURNAL)

    @property
    def boot(self):
        return f"{self.epoch:08x}-{self.boot_n}"

    def restart(self):
        self.boot_n += 1
        self.uptime_ms = 1840
        self.counter = 0

    def append(self, stream, kind, *payloads, **fields):
        for number, payload in enumerate(payloads, start=1):
            part = number << 4 | len(payloads)
            made = record(
                kind, stream.next_seq, self.uptime_ms // 1000, payload, part=part, **fields
            )
            stream.held[stream.next_seq] = (self.boot_n, made)
            stream.next_seq += 1

    def started(self, reset=codes.RESET_POWER_ON, config_hash=CONFIG_HASH):
        payload = struct.pack(
            records.BOOT, self.uptime_ms % 1000, reset, 0, config_hash, 0x00000100
        )
        self.append(self.events, records.KIND_BOOT, payload)

    def anchor(self, unix_ms, uncertainty_ms=1000):
        payload = struct.pack(
            records.ANCHOR,
            self.uptime_ms % 1000,
            unix_ms // 1000,
            unix_ms % 1000,
            uncertainty_ms,
            records.ANCHOR_FROM_GATEWAY,
        )
        self.append(self.events, records.KIND_ANCHOR, payload)

    def gate(self, name, what, now, drive="stopped", points=None):
        """now, points: as in `live`."""
        head = struct.pack(
            records.GATE,
            self.uptime_ms % 1000,
            records.WHAT_NAMES.index(what),
            GATES.index(name),
            codes.RULE_NAMES.index(now["rule"]),
            codes.TARGET_NAMES.index(now["target"]),
            *cause_numbers(now["cause"], name),
            *cause_numbers(now["first_out"], name),
            codes.CAUSE_NAMES.index(now["fault"]),
            codes.POSITION_NAMES.index(now["position"]),
            codes.DRIVE_NAMES.index(drive),
            sum(bit for bit, name in codes.ALARM_NAMES.items() if name in now["alarms"]),
        )
        halves = [_half(name, (points or {})[name]) for name in POINTS if points]
        halves += [bytes(8)] * (len(halves) % 2)
        parts = [halves[at] + halves[at + 1] for at in range(0, len(halves), 2)]
        self.append(self.events, records.KIND_GATE, head, *parts)

    def reading(self, point, value, *, low=None, high=None, status=0, flag=1):
        """value: in the point's small unit; None writes what a period without any gives."""
        payload = records.READING_NONE
        if value is not None:
            least, most = value if low is None else low, value if high is None else high
            payload = struct.pack(records.READING, value, least, most, value)
        self.append(
            self.readings,
            records.KIND_READING,
            payload,
            point=POINTS.index(point),
            status=status << 4 | flag,
        )

    def drop_front(self, stream, first_held):
        """The flash was full."""
        for seq in range(stream.first_held, first_held):
            del stream.held[seq]
        stream.first_held = first_held

    def rot(self, stream, seq):
        stream.held[seq] = (stream.held[seq][0], lost(seq))

    def pending(self, stream):
        return stream.next_seq - 1 > max(stream.confirmed, stream.first_held - 1)

    def batch(self, stream, first=None, most=records.MOST_IN_BATCH):
        """(topic, payload, qos, retain) of what follows the confirmed, of one start."""
        first = first or max(stream.confirmed + 1, stream.first_held)
        boot_n = stream.held[first][0]
        found = []
        for seq in range(first, min(first + most, stream.next_seq)):
            if stream.held[seq][0] != boot_n:
                break
            found.append(stream.held[seq][1])
        head = struct.pack(
            records.BATCH,
            records.BATCH_VERSION,
            stream.code,
            len(found),
            self.epoch,
            boot_n,
            stream.first_held,
            first,
            self.uptime_ms // 1000,
            self.uptime_ms % 1000,
        )
        return self.topic, sealed(self.key, self.topic, head + b"".join(found)), 1, False

    def all_batches(self):
        """Everything unconfirmed, as if each were confirmed at once."""
        made = []
        for stream in (self.events, self.readings):
            first = max(stream.confirmed + 1, stream.first_held)
            while first < stream.next_seq:
                message = self.batch(stream, first)
                made.append(message)
                first += message[1][2]
        return made

    def take(self, topic, payload, retained=False):
        """What the station does with a message from above; the reason when it refuses."""
        reason = self._refusal(topic, payload, retained)
        if reason is not None:
            self.refused.append(envelope.REFUSAL_NAMES[reason])
        return reason

    def _refusal(self, topic, payload, retained):
        code = envelope.TOPIC_CODES[topic.rpartition("/")[2]]
        size = struct.calcsize(envelope.HEAD)
        version, stated, epoch, boot_n, counter, not_after_s, not_after_ms = struct.unpack(
            envelope.HEAD, payload[:size]
        )
        if retained:
            return envelope.REFUSED_RETAINED
        if sealed(self.key, topic, payload[:-32]) != payload:
            return envelope.REFUSED_PROOF
        if (version, stated) != (envelope.VERSION, code):
            return envelope.REFUSED_FORM
        if (epoch, boot_n) != (self.epoch, self.boot_n):
            return envelope.REFUSED_BOOT
        if counter <= self.counter:
            return envelope.REFUSED_COUNTER
        left_ms = not_after_s * 1000 + not_after_ms - self.uptime_ms
        if left_ms < 0:
            return envelope.REFUSED_LATE
        if left_ms > 31_000:
            return envelope.REFUSED_AHEAD
        self.counter = counter
        body = payload[size:-32]
        if code == envelope.TOPIC_TIME:
            unix_s, unix_ms, _uncertainty = struct.unpack(envelope.TIME, body)
            self.anchor(unix_s * 1000 + unix_ms)
            return None
        stream_code, epoch, seq = struct.unpack(envelope.ACK, body)
        stream = self.streams[stream_code]
        if epoch != self.epoch or seq >= stream.next_seq:
            return envelope.REFUSED_CONTENT
        stream.confirmed = seq
        self.acks.append((stream_code, seq))
        return None


def _half(name, reading):
    value = reading["value"]
    small = 0 if value is None else round(value * 10 ** DECIMALS.get(name, 0))
    status = codes.STATUS_NAMES.index(reading["status"])
    detail = codes.DETAIL_NAMES.index(reading["detail"])
    age = reading["age_ms"]
    quarters = records.AGE_NONE if age is None else min(age // 250, records.AGE_NONE)
    return struct.pack("<iBBH", small, status << 4 | reading["flag"], detail, quarters)
