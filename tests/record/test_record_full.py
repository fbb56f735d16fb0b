"""A flash that has no room left: readings go first, events stay, and what went is counted."""

import pytest
from record_rig import Station, journal_is_whole, tapped

from reedgate_boards.site.compiler import Overrides
from reedgate_contract import records
from reedgate_sim.rigs.chip_flash import FlashChip

OFTEN = Overrides(record_s=1)
OUTAGE_S = 800  # 4000 readings: more than any flash here takes
EVENTS, READINGS = records.STREAM_EVENTS, records.STREAM_READINGS
SEGMENTS = 'JOURNAL_SEGMENTS = {"events": 6, "readings": 44}'


def outage(station):
    """Fill the flash without a broker, a power cut in the middle of it, then tell everything."""
    station.ledger.mode = "refuse"
    station.to(OUTAGE_S)
    flushed = station.flushed()
    station.rig.power_off()
    station.on()
    station.to(station.now_s + 30)
    station.ledger.mode = "ok"
    station.to(station.now_s + 300)
    assert station.rig.resets == []
    assert station.everything_told()
    journal_is_whole(station)
    return flushed


def judge(station, flushed):
    ledger = station.ledger
    (epoch,) = ledger.epochs()
    assert flushed[READINGS][1] > 3000
    assert ledger.gaps[EVENTS, epoch] == 1, "events outlive readings"
    events = ledger.seqs(EVENTS, epoch)
    assert events == list(range(1, len(events) + 1))
    held = ledger.gaps[READINGS, epoch]
    readings = ledger.seqs(READINGS, epoch)
    assert held > 1000, "the flash was full"
    # sampled = told to be gone + here
    assert held - 1 + len([seq for seq in readings if seq >= held]) == readings[-1]
    assert ledger.lost() == set()


def test_a_full_flash_gives_up_readings_and_counts_them(tmp_path, monkeypatch):
    tapped(tmp_path / "firmware", monkeypatch)
    with Station(flash=FlashChip(blocks=24), overrides=OFTEN) as station:
        judge(station, outage(station))


def test_a_board_with_few_segments_gives_up_readings_and_counts_them(tmp_path, monkeypatch):
    few = SEGMENTS.replace("6", "2").replace("44", "3")
    tapped(tmp_path / "firmware", monkeypatch, **{"board.py": (SEGMENTS, few)})
    with Station(overrides=OFTEN) as station:
        judge(station, outage(station))


def test_power_cuts_without_a_broker_lose_no_event_while_there_is_room(tmp_path, monkeypatch):
    tapped(tmp_path / "firmware", monkeypatch)
    with Station() as station:
        station.ledger.mode = "refuse"
        for _ in range(10):
            station.to(station.now_s + 10)
            station.rig.power_off()
            station.on()
        station.ledger.mode = "ok"
        station.to(station.now_s + 60)
        journal_is_whole(station)
        (epoch,) = station.ledger.epochs()
        assert station.ledger.gaps[EVENTS, epoch] == 1


@pytest.mark.parametrize("blocks", [12, 13, 14])
def test_a_chip_that_is_hardly_large_enough_still_decides(blocks, tmp_path, monkeypatch):
    """No room for the record is no reason to stop: the gate closes as ever."""
    tapped(tmp_path / "firmware", monkeypatch)
    with Station(flash=FlashChip(blocks=blocks), overrides=OFTEN) as station:
        station.ledger.mode = "refuse"
        station.to(300)
        assert station.rig.resets == []
        assert station.closed_since(0)
        station.rig.power_off()
        station.on()
        station.to(station.now_s + 20)
        assert station.rig.resets == []
        assert station.rig.console.count("restored") == 1
