"""What goes down to a station, sealed: confirmations of its records, the time of day, and orders.

Pure. The counter comes from the store, which gives each one once.
"""

import struct
from dataclasses import dataclass

from reedgate_contract import envelope, topics
from reedgate_gateway.batch import proof
from reedgate_gateway.naming import Boot

VALID_FOR_MS = 30_000
COMMAND_VALID_FOR_MS = 20_000  # its uptime is reckoned: never more than 30 s ahead of the true one
UNCERTAINTY_MS = 1000  # of the time: how long it may be on its way before the station notes it


@dataclass(frozen=True)
class Order:
    """Something for the station as it runs since one start, with its own counter."""

    station: str
    boot: Boot
    uptime_ms: int  # of the station, as it last said it
    counter: int


@dataclass(frozen=True)
class Ack(Order):
    stream: int
    epoch: int
    through: int  # the highest seq up to which nothing is missing


@dataclass(frozen=True)
class Time(Order):
    pass


@dataclass(frozen=True)
class Command(Order):
    gate: int
    action: int
    hold_s: int
    number: int  # of its audit line
    asked: int  # as of orders.Given; not sent


Owed = Ack | Time | Command


def sealed(order: Owed, site: str, key: bytes, now_ms: int) -> tuple[str, bytes]:
    """(topic, payload). now_ms: unix, for a Time."""
    valid_for_ms = VALID_FOR_MS
    if isinstance(order, Ack):
        leaf = topics.ACK
        body = struct.pack(envelope.ACK, order.stream, order.epoch, order.through)
    elif isinstance(order, Command):
        leaf = topics.CMD
        valid_for_ms = COMMAND_VALID_FOR_MS
        body = struct.pack(envelope.CMD, order.gate, order.action, order.hold_s, order.number)
    else:
        leaf = topics.TIME
        body = struct.pack(envelope.TIME, now_ms // 1000, now_ms % 1000, UNCERTAINTY_MS)
    until_ms = order.uptime_ms + valid_for_ms
    head = envelope.pack_head(
        envelope.TOPIC_CODES[leaf],
        order.boot.epoch,
        order.boot.boot_n,
        order.counter,
        until_ms // 1000,
        until_ms % 1000,
    )
    topic = topics.topic(site, order.station, leaf)
    return topic, head + body + proof(key, topic, head + body)
