"""A story of which every scan is taken down, and decided again from that alone. CPython only."""

import importlib.util
import struct
from pathlib import Path

import reedgate_sim
from station.core.latches import Latches
from station.core.snapshot import Snapshot


def _rerun():
    path = Path(reedgate_sim.__file__).parent / "vm" / "rerun.py"
    spec = importlib.util.spec_from_file_location("rerun", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


rerun = _rerun()


class Twin:
    """A story of which every scan is taken down, and decided again from that alone."""

    def __init__(self, story):
        self.story = story
        self.plain_scan = story.scan
        story.scan = self.scan  # whoever lets time pass
        self.seen = set()
        self.causes = set()
        self._begin()

    def _begin(self):
        story = self.story
        self._station = story.station
        self.latches = Latches(story.station, b"site")
        self.snapshot = Snapshot(story.station, self.latches, len(story.inputs))
        assert self.snapshot.parts

    def scan(self):
        """Fails where the record, decided again, gives anything else."""
        story = self.story
        if story.station is not self._station:  # it was started anew
            self._begin()
        self.plain_scan()
        self.snapshot.take()
        self.latches.look()
        self.snapshot.look()
        points = self.points()
        content = bytes(self.snapshot.content)
        again, outputs, targets = rerun.decide_again(story.blob, content, points)
        rows, decided = rerun._said(story.station)
        assert rerun._said(again) == (rows, decided), story.text()
        assert outputs == decided
        assert targets == [gate.target for gate in story.station.gates]
        self.seen |= {(row[0], row[1]) for row in rows} | {row[6] + 100 for row in rows}
        self.causes = self.causes | {row[2] for row in rows}

    def points(self):
        readings = self.story.readings
        rows = []
        for number in range(len(readings.points)):
            quality = readings.status[number] << 4 | readings.flag[number]
            age_ms = readings.age_ms[number]
            quarters = 0xFFFF if age_ms < 0 else min(age_ms // 250, 0xFFFF)
            row = (readings.value[number], quality, readings.detail[number], quarters)
            rows.append(struct.pack("<iBBH", *row))
        return b"".join(rows)
