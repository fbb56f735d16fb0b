"""Bits of the journal's files flip on the flash: nothing wrong is taken for a record.

A life without a broker leaves its records on an image; each copy of it gets one flipped bit and
goes on with a broker, which must get every other record as it was, and one told loss.
"""

import os
import random
import shutil

import pytest
from record_flash import STREAMS, on_flash
from record_rig import Station, intact, tapped

from reedgate_boards.site.compiler import Overrides
from reedgate_contract import records
from reedgate_sim import flash

FLIPS = 400 if os.environ.get("POWERCUTS") == "all" else 30
LIFE_S = 150  # of one reading a second of each point: more than a segment of them
DELIVERED_S = 60
OFTEN = Overrides(record_s=1)


@pytest.fixture
def tap(tmp_path, monkeypatch):
    tapped(tmp_path / "firmware", monkeypatch)


@pytest.fixture
def image(tmp_path, tap):
    """Of a life whose records are all on the flash and nowhere else."""
    directory = tmp_path / "life"
    with Station(directory=directory, overrides=OFTEN) as station:
        station.ledger.mode = "refuse"
        station.to(LIFE_S)
        station.rig.power_off()
    return directory / "flash.img"


class After:
    """A copy of the image, damaged, goes on until it has told everything."""

    def __init__(self, image, directory, damage):
        directory.mkdir()
        shutil.copy(image, directory / "flash.img")
        self.damaged = damage(directory / "flash.img")
        with Station(directory=directory, overrides=OFTEN, seed=2) as station:
            done = lambda: station.ledger.open_connections and self._done(station)  # noqa: E731
            station.to(DELIVERED_S, until=done)
            self.told_all = self._done(station)
            self.console = station.rig.console
            self.restored = station.restored_latches()
            self.ledger = station.ledger
        shutil.rmtree(directory)

    def _done(self, station):
        return len(station.flushed()) > 1 and station.everything_told()

    def judge(self, before):
        """Every record of `before` as it was or told lost; gives the lost ones' places."""
        ledger = self.ledger
        assert self.told_all, self.console
        assert ledger.conflicts == ledger.broken == []
        assert ledger.holes() == []
        assert len(ledger.epochs()) == 1
        found = {(stream, seq): record for (stream, _, seq), (_, record) in ledger.records.items()}
        below = {place for place in before if place not in found}
        for stream, seq in below:
            assert seq < max(held for (s, _), held in ledger.gaps.items() if s == stream)
        lost = {(stream, seq) for stream, _, seq in ledger.lost()}
        wrong = [place for place in found if place in before and place not in lost]
        assert [place for place in wrong if found[place] != before[place]] == []
        return (lost | below) & set(before)


def journal_files(image):
    names = flash.read_files(image)
    return sorted(name for name in names if name[0] in STREAMS.values() and "-" in name)


def test_a_flipped_bit_in_a_record_is_one_lost_record(image, tmp_path):
    before = on_flash(image)
    assert len(before) > 600
    assert all(intact(record) for record in before.values())
    names = journal_files(image)
    assert len(names) >= 3
    heads = 0
    for number in range(FLIPS):
        chance = random.Random(number)
        name = names[number % len(names)]
        after = After(image, tmp_path / "rot", lambda at: flash.flip_bit(at, name, chance))  # noqa: B023
        lost = after.judge(before)
        if after.damaged < 32:
            heads += 1
        else:
            stream = next(code for code, prefix in STREAMS.items() if prefix == name[0])
            assert len(lost) == 1, (number, name, after.damaged, sorted(lost)[:9])
            assert next(iter(lost))[0] == stream


def header_of(name):
    def damage(image):
        """The first byte of the header, wherever it stands: a choice that picks offset 0."""
        choices = iter((0, 3))  # the offset, then the bit
        chance = random.Random(0)
        chance.randrange = lambda most: next(choices)
        return flash.flip_bit(image, name, chance)

    return damage


def test_a_damaged_header_is_no_loss(image, tmp_path):
    before = on_flash(image)
    for name in journal_files(image):
        after = After(image, tmp_path / "rot", header_of(name))
        assert after.damaged == 0
        assert after.judge(before) == set(), name


@pytest.mark.parametrize("name", ["journal.a", "latches.a", "latches.b", "cursor.a"])
def test_one_copy_of_a_twin_is_enough(name, tmp_path, tap):
    directory = tmp_path / "life"
    with Station(directory=directory, overrides=OFTEN) as station:
        station.to(55)  # turbid stands, latched since 23 s
        latches = station.kept_latches()
        station.rig.power_off()
        epoch = station.ledger.epochs()
    assert latches is not None
    image = directory / "flash.img"
    if name not in flash.read_files(image):
        pytest.fail(f"{name} was never written")
    for number in range(3):
        chance = random.Random(number)
        after = After(image, tmp_path / "rot", lambda at: flash.flip_bit(at, name, chance))  # noqa: B023
        assert after.restored == (latches, "True")
        if name != "journal.a":  # the other copy knows
            assert after.ledger.epochs() == epoch


def test_both_copies_of_the_latches_damaged_count_as_set(tmp_path, tap):
    directory = tmp_path / "life"
    with Station(directory=directory) as station:
        station.to(100)  # all is well again, and both copies are there
        station.rig.power_off()
    image = directory / "flash.img"
    for name in ("latches.a", "latches.b"):
        flash.flip_bit(image, name, random.Random(name))
    with Station(directory=directory, scenario="turbidity_upset", seed=2) as station:
        station.to(4)
        restored, fits = station.restored_latches()
        assert fits == "False"
        assert int(restored[10:12], 16) == 0b111
        assert not station.closed_since(0)  # the stop counts as set: no motor before the reset
        kinds = [event.kind for event in station.ledger.events()]
        assert kinds.count(records.KIND_LATCHES_UNREADABLE) == 1
