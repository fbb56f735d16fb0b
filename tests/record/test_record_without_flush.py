"""The same cuts on a firmware that does not flush: what they are there to find is found."""

import pytest
from record_rig import Station, journal_is_whole, tapped

from reedgate_contract import records

CLOSED = "        self._file.close()  # an open one keeps a kilobyte of memory\n"
KEPT = "        globals().setdefault('kept', []).append(self._file)\n"
WITHOUT = {"station/app/stream.py": (CLOSED, KEPT)}


def test_without_the_flush_a_kill_loses_what_was_confirmed(tmp_path, monkeypatch):
    tapped(tmp_path / "firmware", monkeypatch, **WITHOUT)
    failed = []
    for kill_s in range(10, 100, 10):
        with Station() as station:
            station.to(kill_s)
            station.rig.power_off()
            station.on()
            station.to(kill_s + 40)
            try:
                journal_is_whole(station)
            except AssertionError as problem:
                failed.append(str(problem))
    assert len(failed) == 9, failed
    assert any("two contents" in each for each in failed)


def test_the_patch_is_all_that_differs(tmp_path, monkeypatch):
    tapped(tmp_path / "firmware", monkeypatch)
    with Station() as station:
        station.to(10)
        station.rig.power_off()
        station.on()
        station.to(50)
        journal_is_whole(station)
        (epoch,) = station.ledger.epochs()
        del station.ledger.records[records.STREAM_EVENTS, epoch, 5]
        with pytest.raises(AssertionError, match="nobody says so"):
            journal_is_whole(station)
