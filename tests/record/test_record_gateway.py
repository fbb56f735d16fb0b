"""The record's whole way: the real firmware, the real gateway and the authority's broker.

Open runs. Whatever happens on the way, what is upstream in the end is what the station flushed,
or a gap that says why; nothing is there twice, and what is forged has no effect.
"""

import os
import struct
from dataclasses import replace

import pytest
from open_rig import OpenSite, seal
from record_rig import tapped
from station_rig import KEY

from reedgate_boards.site.compiler import Overrides
from reedgate_contract import envelope, records, topics
from reedgate_sim.open_network import PUBACK
from reedgate_sim.rigs.chip_flash import FlashChip

ALL = os.environ.get("POWERCUTS") == "all"
AWAY_S = 86_400 if ALL else 3_600
POINTS = 5
EVENTS, READINGS = records.STREAM_EVENTS, records.STREAM_READINGS
# Slow scans, so that a day passes quickly: what is looked at here is not control.
SETUP = Overrides(scan_ms=1000, poll_ms=10_000, max_age_ms=35_000, record_s=60, live_ms=60_000)
UNIX_S = 1_800_000_000
NOT_THE_KEY = bytes(32)


@pytest.fixture
def tap(tmp_path, monkeypatch):
    tapped(tmp_path / "firmware", monkeypatch)


@pytest.fixture
def site(tap, tmp_path):
    with OpenSite(tmp_path, overrides=SETUP) as site:
        site.to(30)
        yield site


def test_a_gateway_that_was_away_for_long_gets_all_of_it(site):
    site.stop_gateway()
    site.pass_time(AWAY_S)
    readings = [place for place in site.flushed_places() if place[0] == "readings"]
    assert len(readings) >= POINTS * (AWAY_S // 60 - 5), "as many as were sampled"
    site.start_gateway()
    site.catch_up()
    assert site.judge() == {}
    assert site.refusals() == []
    assert site.rig.resets == []


def when_sent(site):
    """A batch is on its way to the gateway."""

    def sent(packet):
        if packet.leaf == topics.JOURNAL:
            site.kill_gateway()

    site.network.on_sent = sent


def when_taken(site):
    """Its broker has the batch, its store perhaps."""

    def passes(packet):
        if packet.kind == PUBACK:
            site.kill_gateway()
        return 1

    site.passes = passes


def when_confirmed(site):
    """Its store has the batch, and the station never hears of it."""

    def passes(packet):
        if packet.leaf == topics.ACK:
            site.kill_gateway()
            return 0
        return 1

    site.passes = passes


def kill_over_a_batch(site, when):
    """With a backlog of some batches; then some minutes without a gateway."""
    site.cut_off()
    site.pass_time(600)
    site.connect()
    when(site)
    site.pass_time(120)
    assert site.network.broker is None, "it was not killed"
    site.pass_all()
    site.pass_time(300)
    site.start_gateway()
    site.catch_up()
    assert site.judge() == {}


def restore(site, copy, rows):
    """The store as it was when it had so many rows; the station still holds what came after."""
    before = len(site.gateway.records())
    site.kill_gateway()
    site.gateway.restore_database(copy)
    assert len(site.gateway.records()) == rows < before - 100
    site.pass_time(60)
    site.start_gateway()
    site.catch_up()
    assert len(site.gateway.records()) > before
    assert site.judge() == {}


def without_broker(site):
    site.cut_off()
    site.pass_time(600)
    site.connect()
    site.catch_up()
    assert site.judge() == {}


def without_upstream(site):
    site.authority.stop()
    site.pass_time(600)
    site.catch_up()
    before = len(site.authority.records())
    site.authority.start()
    assert site.judge() == {}
    assert len(site.authority.records()) > before + 40


def lose_and_double_a_confirmation(site):
    heard = []

    def passes(packet):
        if packet.leaf != topics.ACK:
            return 1
        heard.append(packet)
        return {1: 0, 4: 2}.get(len(heard), 1)

    site.passes = passes
    site.pass_time(600)
    site.pass_all()
    site.catch_up()
    assert len(heard) > 5
    assert site.judge() == {}


def make_anew(site):
    site.reflash()
    site.pass_time(300)
    site.catch_up()
    assert site.judge() == {}
    assert len({epoch for _, epoch, _ in site.flushed_places()}) == 2


def test_through_a_life_of_mishaps_each_record_arrives_once(site, tmp_path):
    kill_over_a_batch(site, when_sent)
    copy, rows = tmp_path / "copy.sqlite3", len(site.gateway.records())
    site.gateway.copy_database(copy)
    kill_over_a_batch(site, when_taken)
    kill_over_a_batch(site, when_confirmed)
    restore(site, copy, rows)
    without_broker(site)
    without_upstream(site)
    lose_and_double_a_confirmation(site)
    make_anew(site)
    assert site.refusals() == [("ack", "counter")], "the second of two"
    assert site.rig.resets == []


def test_what_a_full_flash_gave_up_is_a_gap_that_says_why(tap, tmp_path):
    often = replace(SETUP, record_s=10)
    copy = tmp_path / "copy.sqlite3"
    with OpenSite(tmp_path, overrides=often, flash=FlashChip(blocks=16)) as site:
        site.to(30)
        site.catch_up()
        site.gateway.copy_database(copy)
        site.stop_gateway()
        site.pass_time(3_000)
        site.start_gateway()
        site.catch_up()
        lost = site.judge()
        assert {(stream, why) for (stream, _, _), why in lost.items()} == {
            ("readings", "no_space")
        }
        assert len(lost) > 500
        site.kill_gateway()
        site.gateway.restore_database(copy)
        site.start_gateway()
        site.catch_up()
        assert set(site.judge().values()) == {"confirmed_elsewhere"}


def forge_a_confirmation(site, key):
    """Of readings of which every true confirmation is lost; gives whether the station took it."""
    batches = []

    def sent(packet):
        if packet.leaf == topics.JOURNAL:
            (_, stream, _, _, _, _, first_seq, *_), _, _ = records.unpack_batch(packet.payload)
            batches.append((stream, first_seq))

    site.passes = lambda packet: packet.leaf != topics.ACK
    site.network.on_sent = sent
    site.pass_time(90)
    epoch, last = site.flushed()[READINGS]
    unconfirmed = batches[-1]
    assert unconfirmed[0] == READINGS
    site.send_down("ack", struct.pack(envelope.ACK, READINGS, epoch, last), key)
    batches.clear()
    site.passes = lambda packet: 1
    site.catch_up()
    site.pass_all()
    return unconfirmed not in batches


def forge_the_time(site, key):
    """Gives whether the station took it."""
    site.send_down("time", struct.pack(envelope.TIME, UNIX_S, 0, 1000), key)
    site.pass_time(60)
    site.catch_up()
    assert site.judge() == {}
    return UNIX_S in [each["unix_ms"] // 1000 for each in site.events("anchor")]


def forge_a_batch(site, key):
    """A record to come, which would be a gap since it is not sound; gives whether that is so."""
    epoch, last = site.flushed()[EVENTS]
    head = (records.BATCH_VERSION, EVENTS, 1, epoch, 1, 1, last + 1, round(site.now_s), 0)
    content = struct.pack(records.BATCH, *head) + bytes(records.RECORD_SIZE)
    before = site.gateway.health()["messages"]["accepted"]
    site.publish("journal", content + seal(key, "journal", content))
    site.publish("online", b"1")  # behind it, so that it has been judged
    site.gateway.until(lambda health: health["messages"]["accepted"] > before + (key == KEY))
    site.pass_time(60)
    site.catch_up()
    return ("events", epoch, last + 1) in site.gateway.gaps()


def test_what_is_forged_has_no_effect_and_is_refused_once(site):
    site.catch_up()
    assert not forge_a_confirmation(site, NOT_THE_KEY)
    assert not forge_the_time(site, NOT_THE_KEY)
    assert site.refusals() == [("ack", "proof"), ("time", "proof")]
    assert site.gateway.health()["messages"]["rejected"] == {}
    assert not forge_a_batch(site, NOT_THE_KEY)
    assert site.gateway.health()["messages"]["rejected"] == {"bad_proof": 1}
    assert site.judge() == {}


def test_what_was_forged_would_have_worked_under_the_right_key(site):
    site.catch_up()
    assert forge_a_confirmation(site, KEY)
    assert forge_the_time(site, KEY)
    assert forge_a_batch(site, KEY)
