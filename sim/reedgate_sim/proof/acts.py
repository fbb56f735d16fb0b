"""What may come to the inlet from people, between two scans: orders from afar, and the bypass of a
measurement at the station.

An order is a sealed envelope, given to the station's own downlink, which judges start, counter
and time before the control law sees anything. An act is its words: "close"; or, with what is wrong
with it before the order itself, "late open".
"""

import hashlib
import hmac
import struct
from types import SimpleNamespace

from reedgate_contract import envelope, topics

MASK = "mask"  # the first measurement is bypassed, for as long as may be
MASK_MS = 3_600_000
HOLD = 2  # units for which an order stands
OPEN, CLOSE, KEEP, RELEASE, RESET = "open", "close", "keep", "release", "reset"
LATE, AGAIN, BEFORE, FORGED, AHEAD, ENDLESS = (
    "late",
    "again",
    "before",
    "forged",
    "ahead",
    "endless",
)
ORDERS = (OPEN, CLOSE, KEEP, RELEASE, RESET)
REFUSED = (
    *(f"{LATE} {OPEN}", f"{AGAIN} {OPEN}", f"{BEFORE} {OPEN}", f"{FORGED} {RESET}"),
    *(f"{AHEAD} {OPEN}", f"{ENDLESS} {OPEN}", f"{AGAIN} {RESET}"),
)
_ACTIONS = {
    OPEN: envelope.ACTION_OPEN,
    CLOSE: envelope.ACTION_CLOSE,
    KEEP: envelope.ACTION_CLOSE,  # until it is released
    RELEASE: envelope.ACTION_RELEASE,
    RESET: envelope.ACTION_RESET,
}
_KEY = bytes(range(32))
_UP_S = 1000  # the uptime at which each step takes place
_MOST_AHEAD_S = 30


class Desk:
    """Who gives orders to one station, of which it knows what anybody may know."""

    def __init__(self, site, shipped, station):
        self._hold_s = site.ms(HOLD) // 1000
        # the station's journal: there is always room for one more event, and nobody reads it
        events = SimpleNamespace(
            reserve=lambda _: True, append=lambda *_: 0, buffer=bytearray(256)
        )
        self._journal = SimpleNamespace(events=events, epoch=7, boot_n=2)
        uptime = SimpleNamespace(seconds=_UP_S, rest_ms=0)
        commands = shipped.commands.Commands(station, self._journal, uptime)
        told = (self._journal, None, commands, uptime, _KEY, hashlib.sha256)
        self._downlink = shipped.downlink.Downlink(*told, "p", "p")
        self._topic = topics.topic("p", "p", "cmd").encode()

    def restart(self) -> None:
        """The station's next start."""
        self._journal.boot_n += 1
        self._downlink.counter = 0

    def give(self, act: str) -> bool:
        """Whether it was taken."""
        wrong, _, order = act.rpartition(" ")
        return self._downlink.take(self._topic, self._sealed(wrong, order), False) == 0

    def _sealed(self, wrong: str, order: str) -> bytes:
        hold_s = self._hold_s if order in (OPEN, CLOSE) else 0
        if order == KEEP or wrong == ENDLESS:
            hold_s = envelope.UNTIL_RELEASED
        body = struct.pack(envelope.CMD, 0, _ACTIONS[order], hold_s, 1)
        counter = self._downlink.counter + (wrong != AGAIN)
        boot_n = self._journal.boot_n - (wrong == BEFORE)
        ahead_s = {LATE: -1, AHEAD: _MOST_AHEAD_S + 1}.get(wrong, _MOST_AHEAD_S)
        head = envelope.pack_head(
            envelope.TOPIC_CMD, self._journal.epoch, boot_n, counter, _UP_S + ahead_s, 0
        )
        key = _KEY[1:] if wrong == FORGED else _KEY
        sealed = hmac.digest(key, self._topic + b"\0" + head + body, "sha256")
        return head + body + sealed
