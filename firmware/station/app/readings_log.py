"""Readings for the journal: mean, least, most and last of each point over `record_s`.

Polls are gathered as they come; a record is due when the period is over or the status has changed,
and is then appended in the scan.
"""

import struct

from reedgate_contract import records


class Gathering:
    """One point between two records."""

    def __init__(self, readings, point):
        self._readings = readings
        self._point = point
        # the sum is mean * count + rest; as one number it would need the heap
        self._mean = self._rest = 0
        self._least = self._most = self._last = 0
        self._count = 0
        self._asked = 0  # polls, answered or not
        self._worst = 0  # status << 4 | flag
        self._current = -1  # of the last poll, in this period or before it
        self.changed = False
        readings.watch(point, self)

    def poll(self, now_ms, usable, value):
        readings = self._readings
        quality = readings.status[self._point] << 4 | readings.flag[self._point]
        if self._current >= 0 and quality != self._current:
            self.changed = True  # told with the next scan; this poll still belongs to the period
        self._current = quality
        if not self._asked or quality >> 4 > self._worst >> 4:
            self._worst = quality
        self._asked += 1
        if usable:
            self._least = value if not self._count else min(self._least, value)
            self._most = value if not self._count else max(self._most, value)
            self._last = value
            self._count += 1
            self._rest += value - self._mean
            self._mean += self._rest // self._count
            self._rest %= self._count

    def write(self, stream, uptime):
        """Append the record; whether memory had room. A period without a poll gives none."""
        if not self._asked:
            return True
        if not stream.reserve(1):
            return False
        at = stream.append(records.KIND_READING, 0x11, self._point, self._worst, uptime.seconds)
        if self._count:
            struct.pack_into(
                records.READING, stream.buffer, at, self._mean, self._least, self._most, self._last
            )
        else:
            struct.pack_into("<16s", stream.buffer, at, records.READING_NONE)
        self._begin()
        return True

    def _begin(self):
        self._mean = self._rest = 0
        self._least = self._most = self._last = 0
        self._count = 0
        self._asked = 0
        self._worst = 0
        self.changed = False


class ReadingsLog:
    """All points of a station."""

    def __init__(self, readings, stream, uptime, record_s):
        self._stream = stream
        self._uptime = uptime
        self._record_s = record_s
        self._due_s = record_s
        self._points = [Gathering(readings, point) for point in range(len(readings.points))]

    def note(self):
        """Once a scan."""
        due = self._uptime.seconds >= self._due_s
        if due:
            self._due_s = self._uptime.seconds + self._record_s
        for point in self._points:
            if due or point.changed:
                point.write(self._stream, self._uptime)
