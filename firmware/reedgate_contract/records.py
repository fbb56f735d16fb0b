"""Journal records, segments and batches, as bytes. Both ends pack and unpack by this file.

A stream is `events` or `readings`. A record is 32 bytes and counts by `seq`, which grows for the
life of the journal. A journal is known by its `epoch`, drawn when it is made; `boot_n` counts
starts. A segment is a file: a header of 32 bytes, then records. A start begins new segments, so
the records of a segment share epoch and boot_n, and the seq of its first record is in the header.

An event is 1 to 15 consecutive records ("parts") that are valid only together. A gate's event is
followed, in the parts after the first, by the readings of that scan, two points a part.
"""

import struct

from reedgate_contract.compat import const

STREAM_EVENTS = const(1)
STREAM_READINGS = const(2)
STREAM_NAMES = {1: "events", 2: "readings"}

RECORD_SIZE = const(32)
MOST_PARTS = const(15)

# kind, part << 4 | of (parts count from 1), point, status, seq, uptime_s, 16 bytes of payload,
# CRC-32 of the 28 bytes before it
RECORD = "<BBBBII16sI"
# magic, version, stream, segment number, epoch, boot_n, first_seq, zeros, CRC-32 as above
SEGMENT = "<2sBBIIII8sI"
SEGMENT_MAGIC = b"RJ"
SEGMENT_VERSION = const(1)

KIND_READING = const(1)  # status: status << 4 | flag, the worst; payload: READING
KIND_BOOT = const(16)  # payload: BOOT
KIND_ANCHOR = const(17)  # payload: ANCHOR
KIND_GATE = const(18)  # part 1: GATE; parts 2..: POINTS
KIND_REFUSAL = const(19)  # payload: REFUSAL
KIND_LOST = const(20)  # in place of a record whose CRC is wrong: its seq, and nothing else of it
KIND_LATCHES_UNREADABLE = const(21)  # both copies: they count as set
KIND_TOTALS_UNREADABLE = const(22)  # both copies of what has flowed: it is counted from 0 again
KIND_COMMAND = const(24)  # an order that was taken; payload: COMMAND
# What a scan decided from, before the events of its gates. Part 1: SCAN; parts 2..: its state
KIND_SCAN = const(25)

READING = "<iiii"  # mean, min, max, last, in the point's small unit
READING_NONE = b"\x00\x00\x00\x80" * 4  # in place of them: a period without a usable poll
# uptime_ms (within the second), then the event's own 14 bytes
# reset cause, bad starts in a row before it, the configuration's hash, the firmware's version as
# 00aabbcc
BOOT = "<HBBII4x"
ANCHOR = "<HIHHB5x"  # unix seconds, unix milliseconds, uncertainty in ms, source
# what, gate, rule, target, cause, cause_of, first_out, first_out_of, fault, position, drive,
# alarms (ALARM_ bits)
GATE = "<H12B2x"
WHAT_NAMES = ("start", "ruling", "drive", "position", "alarm")  # what is new in it
# twice: value, status << 4 | flag, detail, age in quarter seconds (AGE_NONE: never read, or
# longer ago); where the points are odd in number the last half is zeros
POINTS = "<iBBHiBBH"
AGE_NONE = const(0xFFFF)
# topic code, reason, the last counter seen, how many were refused since the start: more than there
# are events of, when they come fast; its own counter, where its proof holds (else 0)
REFUSAL = "<HBBIII"
# CRC-32 of the configuration and of its safety keys, hash of the firmware's files (0: it was not
# told); the parts after it are 16 bytes each of what core/snapshot.py says
SCAN = "<HIII2x"
COMMAND = "<HBBHII2x"  # gate, action, hold_s, number of the order (as in envelope.CMD), counter

ANCHOR_FROM_GATEWAY = const(1)

# Why records are missing.
GAP_SPACE = const(1)  # taken from the front when the flash was full
GAP_ROT = const(2)  # a record's CRC was wrong
GAP_ELSEWHERE = const(3)  # the station had them confirmed; the store that did is not this one
GAP_NAMES = {1: "no_space", 2: "bit_rot", 3: "confirmed_elsewhere"}

# A batch, on the topic `journal`: this head, then records of one stream and one start, then
# HMAC-SHA256 with the station's key over: the topic, a zero byte, head and records.
# version, stream, count, epoch, boot_n, first_held, first_seq, uptime_s, uptime_ms
# first_held: the lowest seq that the station still holds; what lies below is gone for good.
BATCH = "<BBHIIIIIH"
BATCH_VERSION = const(1)
HMAC_SIZE = const(32)
MOST_IN_BATCH = const(24)


def unpack_batch(payload):
    """(head as a tuple, records as bytes, proof) or ValueError. The proof is not checked here."""
    size = struct.calcsize(BATCH)
    if len(payload) < size + HMAC_SIZE:
        raise ValueError("batch too short: %d bytes" % len(payload))
    head = struct.unpack(BATCH, payload[:size])
    if head[0] != BATCH_VERSION or head[1] not in STREAM_NAMES:
        raise ValueError("batch of version %d, stream %d" % (head[0], head[1]))
    records = payload[size:-HMAC_SIZE]
    if not 0 < head[2] <= MOST_IN_BATCH or len(records) != head[2] * RECORD_SIZE:
        raise ValueError("batch says %d records and holds %d bytes" % (head[2], len(records)))
    return head, records, payload[-HMAC_SIZE:]
