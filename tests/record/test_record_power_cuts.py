"""Power cuts at every operation of the flash, and at any instant: nothing flushed is lost.

`make test` takes a share of the cuts; POWERCUTS=all (`make powercuts`) takes each of them.
"""

import itertools
import os
import random

import pytest
from record_flash import on_flash
from record_rig import Station, journal_is_whole, tapped
from station_rig import S

from reedgate_sim import flash

ALL = os.environ.get("POWERCUTS") == "all"
RUN_S = 120
LEAST_OPERATIONS = 80  # of a run of RUN_S: fewer, and these tests look at nothing
AFTER_S = 25  # the grace, the confirmation of a trip, a travel and a resend
JUDGED_S = 20.0
BAD_NTU = 10.0  # the limit of the trip `turbid`
KILLS = 200 if ALL else 10
KILLS_IN_A_LIFE = 20


@pytest.fixture
def tap(tmp_path, monkeypatch):
    tapped(tmp_path / "firmware", monkeypatch)


def uncut():
    """(flash operations, the contents of the latches in their order) of the run without a cut."""
    with Station() as station:
        station.to(RUN_S)
        return station.rig.flash_operations, station.all_kept_latches()


class Cut:
    """What stood when the power went."""

    def __init__(self, station):
        self.at_us = station.rig.now_us
        self.confirmed = dict(station.ledger.records)
        self.flushed = station.flushed()
        self.latches = station.kept_latches()
        self.turbidity_ntu = station.plant.truth().water["turbidity_ntu"]
        self.was_closing = bool(station.closed_since(0))
        self.mounts = flash.mounts(station.rig.flash_image)
        self.on_flash = on_flash(station.rig.flash_image) if self.mounts else {}


def judge_at_the_cut(cut):
    assert cut.mounts
    assert cut.turbidity_ntu >= 0
    for stream, (_, seq) in cut.flushed.items():
        there = [each for code, each in cut.on_flash if code == stream]
        assert max(there, default=0) >= seq, "a flush had returned, and its records are not there"
    # what the far end confirmed is the same on the flash, as far as it is still held
    for (stream, _, seq), (_, record) in cut.confirmed.items():
        assert cut.on_flash.get((stream, seq), record) == record


def judge_after(station, cut):
    journal_is_whole(station)
    for place, content in cut.confirmed.items():
        assert station.ledger.records[place] == content
    for stream, (epoch, seq) in cut.flushed.items():
        first = station.ledger.gaps.get((stream, epoch), 1)
        for each in range(first, seq + 1):
            assert (stream, epoch, each) in station.ledger.records
    assert station.everything_told()
    if cut.flushed:
        assert len(station.ledger.epochs()) == 1, "a journal with records was made anew"


def judge_gate(station, cut, contents):
    """Rule 6 and the latches. Judged on the relays and on the plant's own switches."""
    judged_us = cut.at_us + round(JUDGED_S * S)
    judge_latches(station.restored_latches(), cut.latches, contents)
    still_bad = station.plant.truth().water["turbidity_ntu"] > BAD_NTU
    if cut.was_closing and still_bad:
        # the latch was flushed or not: no opening of the gate, and it stands closed in the end
        assert [at for at in station.opened_since(cut.at_us) if at <= judged_us] == []
        assert station.plant.truth().gates["main"].at_closed
        assert station.plant.truth().gates["around"].at_open


def judge_latches(restored, kept, contents):
    """kept: what was flushed last. The write that the cut met may have landed whole, too."""
    following = [after for each, after in itertools.pairwise([None, *contents]) if each == kept]
    allowed = [None if each is None else (each, "True") for each in (kept, *following)]
    assert restored in allowed, f"flushed was {kept}, restored {restored}"


def cut_at(number, torn, contents):
    """One run with the power cut at this operation, and all that is judged of it."""
    with Station() as station:
        station.rig.cut_at_operation(number, torn=torn)
        station.to(RUN_S + 60, until=lambda: not station.rig.has_power)
        assert not station.rig.has_power, "the operation never came"
        cut = Cut(station)
        judge_at_the_cut(cut)
        station.on()
        station.to(cut.at_us / S + JUDGED_S)
        judge_gate(station, cut, contents)
        station.to(cut.at_us / S + JUDGED_S + AFTER_S)
        judge_after(station, cut)
        assert station.rig.resets == []


def test_a_cut_at_any_operation_of_the_flash_loses_nothing(tap):
    most, contents = uncut()
    assert most >= LEAST_OPERATIONS
    step = 1 if ALL else 7
    for number in range(1, most + 1, step):
        for torn in (False, True) if ALL else (bool(number // step % 2),):
            try:
                cut_at(number, torn, contents)
            except AssertionError as problem:
                raise AssertionError(f"cut at operation {number}, torn {torn}") from problem


def test_cuts_at_the_trip_set_the_latch_or_close_the_gate(tap):
    """The operations around the first write of the latches, all of them."""
    _, contents = uncut()
    with Station() as station:
        station.to(RUN_S, until=lambda: bool(station.closed_since(0)))
        closing_s = station.now_s
    with Station() as station:
        before = station.to(closing_s - 1).rig.flash_operations
        after = station.to(closing_s + 1).rig.flash_operations
    assert after - before >= 4
    for number in range(before + 1, after + 1):
        for torn in (False, True) if ALL else (bool(number % 2),):
            cut_at(number, torn, contents)


@pytest.mark.parametrize("life", range(max(1, KILLS // KILLS_IN_A_LIFE)))
def test_a_station_that_is_killed_again_and_again_loses_nothing(life, tap):
    chance = random.Random(life)
    kills = min(KILLS, KILLS_IN_A_LIFE)
    with Station(seed=life) as station:
        for _ in range(kills):
            station.to(station.now_s + chance.uniform(0.06, 20))
            station.rig.power_off()
            judge_at_the_cut(Cut(station))
            station.on(chance.uniform(0.0, 2.0))
        station.to(station.now_s + 60)
        journal_is_whole(station)
        assert station.everything_told()
        for place in station.ledger.gaps:
            there = station.ledger.seqs(*place)
            assert there == list(range(1, len(there) + 1)), "the flash was never near full"
        boots = {boot_n for boot_n, _ in station.ledger.records.values()}
        assert len(boots) > kills // 2, "most starts have told of themselves"
        assert station.rig.resets == []
