"""From the bytes of a journal batch to records that are proved to be the station's own.

Pure. Nothing of a batch has any effect before its proof holds. What the records say is for
`content` to read; whether they are new is the store's to say.
"""

import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass

from reedgate_contract import records

_HEAD_SIZE = struct.calcsize(records.BATCH)
_CRC_AT = records.RECORD_SIZE - 4


class Key(bytes):
    """A station's key. What is printed of it says nothing."""

    def __repr__(self) -> str:
        return "Key(...)"

    __str__ = __repr__


class BadBatch(Exception):
    """`reason` is one of a fixed few, for counting."""

    def __init__(self, reason: str, detail: str):
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Record:
    seq: int
    kind: int
    part: int  # from 1
    of: int
    point: int
    status: int
    uptime_s: int
    payload: bytes


@dataclass(frozen=True)
class Batch:
    """Records of one stream and one start. `lost`: seq of those that are damaged on the flash."""

    station: str
    stream: int
    epoch: int
    boot_n: int  # of the start that wrote the records, which may be long over
    first_held: int
    first_seq: int
    last_seq: int
    uptime_ms: int  # of the station when it sent them
    records: tuple[Record, ...]
    lost: tuple[int, ...]


def proof(key: bytes, topic: str, body: bytes) -> bytes:
    return hmac.digest(key, topic.encode() + b"\0" + body, hashlib.sha256)


def opened(station: str, topic: str, payload: bytes, key: bytes | None) -> Batch:
    """Raises BadBatch."""
    if key is None:
        raise BadBatch("no_key", "this gateway has no key of the station")
    try:
        head, body, stated = records.unpack_batch(payload)
    except ValueError as exc:
        raise BadBatch("bad_batch", str(exc)) from exc
    if not hmac.compare_digest(proof(key, topic, payload[: -records.HMAC_SIZE]), stated):
        raise BadBatch("bad_proof", "not sealed with the station's key")
    _version, stream, count, epoch, boot_n, first_held, first_seq, uptime_s, uptime_ms = head
    last_seq = first_seq + count - 1
    if not 0 < first_held <= first_seq or last_seq >= 1 << 32 or uptime_ms > 999:
        raise BadBatch("bad_batch", f"first held {first_held}, first {first_seq}, count {count}")
    whole, lost = _records(body, first_seq)
    return Batch(
        station=station,
        stream=stream,
        epoch=epoch,
        boot_n=boot_n,
        first_held=first_held,
        first_seq=first_seq,
        last_seq=last_seq,
        uptime_ms=uptime_s * 1000 + uptime_ms,
        records=whole,
        lost=lost,
    )


def _records(body: bytes, first_seq: int) -> tuple[tuple[Record, ...], tuple[int, ...]]:
    """A record that is not whole is as lost as one that the station itself gave up.

    To refuse the batch for it would stop the stream there for ever.
    """
    whole, lost = [], []
    for number in range(len(body) // records.RECORD_SIZE):
        seq = first_seq + number
        record = record_of(body[number * records.RECORD_SIZE :][: records.RECORD_SIZE], seq)
        if record is None:
            lost.append(seq)
        else:
            whole.append(record)
    return tuple(whole), tuple(lost)


def is_sound(data: bytes, seq: int) -> bool:
    """Whether 32 bytes are the record of this seq as the station has sealed it."""
    _kind, _parts, _point, _status, stated, _uptime_s, _payload, crc = struct.unpack(
        records.RECORD, data
    )
    return stated == seq and binascii.crc32(data[:_CRC_AT]) == crc


def record_of(data: bytes, seq: int) -> Record | None:
    """None for one that is not whole, or that the station has lost."""
    kind, parts, point, status, _stated, uptime_s, payload, _crc = struct.unpack(
        records.RECORD, data
    )
    part, of = parts >> 4, parts & 15
    if kind == records.KIND_LOST or not is_sound(data, seq):
        return None
    if not 0 < part <= of <= records.MOST_PARTS:
        return None
    return Record(seq, kind, part, of, point, status, uptime_s, payload)
