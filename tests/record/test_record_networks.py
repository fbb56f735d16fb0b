"""Confirmations that are lost, doubled or forged, and a broker that is gone for long."""

import os
import struct

import pytest
from record_rig import Ledger, Station, journal_is_whole, tapped
from station_rig import KEY

from reedgate_boards.site.compiler import Overrides
from reedgate_contract import envelope, records

ALL = os.environ.get("POWERCUTS") == "all"
EVENTS, READINGS = records.STREAM_EVENTS, records.STREAM_READINGS
OUTAGE_S = 86_400 if ALL else 1_800
SLOW = Overrides(record_s=60, poll_ms=60_000, max_age_ms=200_000, scan_ms=1000, live_ms=60_000)
POINTS = 5
UNIX_S = 1_800_000_000


@pytest.fixture(autouse=True)
def tap(tmp_path, monkeypatch):
    tapped(tmp_path / "firmware", monkeypatch)


class Bad(Ledger):
    """`each_ack(packet)`: how often each confirmation is really sent, 0 for lost."""

    def __init__(self, times):
        super().__init__()
        self._times = times
        self.acks = 0

    def publish(self, topic, payload, retain=False):
        if not topic.endswith("/ack"):
            super().publish(topic, payload, retain)
            return
        self.acks += 1
        for _ in range(self._times(self.acks)):
            super().publish(topic, payload, retain)


def refusals(ledger):
    """[(topic code, reason)] of the journal's own events."""
    found = [each for each in ledger.events() if each.kind == records.KIND_REFUSAL]
    return [struct.unpack_from("<BB", each.payload) for each in found]


def anchors(ledger):
    return [each for each in ledger.events() if each.kind == records.KIND_ANCHOR]


def boot_of(station):
    (epoch,) = station.ledger.epochs()
    return epoch, 1


def uptime(station):
    return round(station.now_s), 0


def forged(ledger, send):
    """What send() sends goes out under another key."""
    ledger._key = bytes(32)
    send()
    ledger._key = KEY


def test_lost_confirmations_are_asked_for_again():
    with Station(ledger=Bad(lambda number: int(number % 3 == 0))) as station:
        station.to(200)
        assert station.ledger.acks > 10
        assert station.ledger.doubled > 0
        assert station.everything_told()
        journal_is_whole(station)
        assert refusals(station.ledger) == []


def test_a_confirmation_that_comes_twice_counts_once_and_is_one_refusal():
    with Station(ledger=Bad(lambda number: 1 + (number == 3))) as station:
        station.to(120)
        assert station.ledger.acks > 5
        assert refusals(station.ledger) == [(envelope.TOPIC_ACK, envelope.REFUSED_COUNTER)]
        assert station.everything_told()
        journal_is_whole(station)


def test_forged_orders_have_no_effect_but_one_refusal_each():
    with Station() as station:
        ledger = station.ledger
        station.to(15)
        epoch = boot_of(station)[0]
        ledger.confirms = False  # a forged confirmation would be the only one
        time = struct.pack(envelope.TIME, UNIX_S, 0, 1000)
        station.to(35)
        unconfirmed = ledger.doubled
        ack = struct.pack(envelope.ACK, EVENTS, epoch, ledger.complete_to(EVENTS, epoch))
        for leaf, body in (("ack", ack), ("time", time), ("time", time)):
            forged(
                ledger,
                lambda: ledger.send_down(leaf, body, boot_of(station), uptime(station)),  # noqa: B023
            )
            station.to(station.now_s + 2)
        station.to(80)
        assert ledger.doubled > unconfirmed, "the same batch again: nothing was confirmed"
        ledger.confirms = True
        station.to(120)
        no = envelope.REFUSED_PROOF
        expected = [(envelope.TOPIC_ACK, no), (envelope.TOPIC_TIME, no), (envelope.TOPIC_TIME, no)]
        assert refusals(ledger) == expected
        assert anchors(ledger) == []
        journal_is_whole(station)


def test_what_was_forged_would_have_worked_under_the_right_key():
    with Station() as station:
        station.to(15)
        body = struct.pack(envelope.TIME, UNIX_S, 0, 1000)
        station.ledger.send_down("time", body, boot_of(station), uptime(station))
        station.to(30)
        assert len(anchors(station.ledger)) == 1
        assert refusals(station.ledger) == []


def test_a_connection_that_hangs_for_a_minute_delays_and_loses_nothing():
    with Station() as station:
        for mode, from_s in (("black_hole", 15), ("ok", 75), ("stops_reading", 110), ("ok", 170)):
            station.to(from_s)
            station.ledger.mode = mode
        station.to(230)
        assert station.everything_told()
        journal_is_whole(station)
        assert refusals(station.ledger) == []


def test_a_broker_that_is_gone_for_long_gets_every_record_when_it_is_back():
    with Station(overrides=SLOW) as station:
        station.to(100)
        station.ledger.mode = "refuse"
        station.ledger.drop()
        station.to(OUTAGE_S)
        flushed = station.flushed()[READINGS][1]
        assert flushed >= POINTS * (OUTAGE_S // 60 - 5), "as many as were sampled"
        station.ledger.mode = "ok"
        station.to(OUTAGE_S + 1800)  # a batch for two scans, of a second each
        assert station.everything_told()
        journal_is_whole(station)
        assert set(station.ledger.gaps.values()) == {1}
        assert station.rig.resets == []
        assert refusals(station.ledger) == []
