"""The input table: one row for each point, never a value without status, flag and age.

The poller takes polls in here between scans; a scan only ages them. What judges a value by its
neighbours is in quality.py, what knows whether its probe is in the water in wet.py.
"""

from array import array

from reedgate_contract import codes
from reedgate_contract import config as layout
from reedgate_contract.compat import const
from station.core import fixed

_MASK = const(0x3FFFFFFF)  # as in ticks
_HALF = const(0x20000000)
_OUT_OF_SPECIFICATION = (
    codes.DETAIL_OUT_OF_RANGE,
    codes.DETAIL_NOT_WET,
    codes.DETAIL_SUSPECT_TOO_LONG,
)
_AGE_CAP_MS = const(86400000)  # an age is told up to a day; ticks could not tell more than six


class Point:
    """What the configuration says of one point; nothing of it changes while the station runs."""

    def __init__(self, name, fields, max_age_ms):
        self.name = name
        self.quantity = fields["quantity"]
        self.word = fields["word"]
        self.data_type = fields["data_type"]
        self.decimals = fields["decimals"]
        self.num = fields["num"]
        self.den = fields["den"]
        self.offset = fields["offset"]
        self.gross_min = fields["gross_min"]
        self.gross_max = fields["gross_max"]
        self.max_age_ms = max_age_ms
        self.error_word = layout.NONE  # where its own status stands in the reply
        self.sentinels = []
        self.quality = None  # a Quality, where the configuration has thresholds
        self.wet = None  # a Wet, where the probe is not always under water
        self.derived = False  # reckoned from others, and always told as such


class Readings:
    """value, status, flag, detail and age of every point; 0 where the flag says there is none."""

    def __init__(self, points):
        count = len(points)
        self.points = points
        self.value = array("i", (0 for _ in range(count)))
        self.status = bytearray(codes.STATUS_FAILURE for _ in range(count))
        self.flag = bytearray(codes.FLAG_MISSING for _ in range(count))
        self.detail = bytearray(codes.DETAIL_NEVER_READ for _ in range(count))
        self.age_ms = array("i", (-1 for _ in range(count)))  # -1: never read
        self.ever_good = bytearray(count)
        self.frozen = bytearray(count)  # its probe wipes: the row stands as it is
        self.freezes = []
        self._doubted = bytearray(count)  # redundant probes disagree
        self._served = bytearray(count)  # bypassed at the station
        self._taken_ms = array("i", (0 for _ in range(count)))
        self._limits = [[] for _ in range(count)]  # who is told of each poll of a point

    def watch(self, point, limit):
        self._limits[point].append(limit)

    def watching(self, point):
        """Who is told of each poll of a point: limits, flood points, the record."""
        return self._limits[point]

    def freeze_of(self, points):
        """The freeze of the probe that gives these points, or None."""
        for freeze in self.freezes:
            if freeze.points == points:
                return freeze
        return None

    def doubt(self, point, doubted):
        """SUSPECT from the next poll on."""
        self._doubted[point] = doubted

    def serve(self, point, served):
        """Under work from the next poll on: it counts against limits and permits nothing."""
        self._served[point] += 1 if served else -1

    def usable(self, point):
        """GOOD or SUSPECT and fresh: what may count against a limit."""
        flag = self.flag[point]
        return flag == codes.FLAG_GOOD or flag == codes.FLAG_SUSPECT

    def good(self, point):
        """GOOD in flag and status: what alone may permit an opening."""
        return self.flag[point] == codes.FLAG_GOOD and self.status[point] == codes.STATUS_GOOD

    def take(self, now_ms, point, raw):
        """One poll of a point that was answered. raw: scaled integer or a code of `fixed`."""
        row = self.points[point]
        detail = self._fault_in(row, raw)
        if detail == codes.DETAIL_NONE:
            value = fixed.scaled_by(raw, row.num, row.den)
            if fixed.is_number(value):
                self._take_number(now_ms, point, value + row.offset)
                return
            detail = codes.DETAIL_OUT_OF_RANGE
        self.miss(now_ms, point, detail)

    def miss(self, now_ms, point, detail):
        """One poll of a point that gave no number that may be believed; detail says why."""
        quality = self.points[point].quality
        if quality is not None:
            quality.missed(now_ms)
        self._fail(now_ms, point, detail)

    def _take_number(self, now_ms, point, value):
        """A number may be wrong by its probe in air, by its past, or by its span."""
        row = self.points[point]
        wet, quality = row.wet, row.quality
        if wet is not None and not wet.known(self, point, value):
            self.miss(now_ms, point, codes.DETAIL_NOT_WET)
            return
        inside = row.gross_min <= value <= row.gross_max
        flag = codes.FLAG_GOOD
        detail = codes.DETAIL_NONE
        if quality is not None:
            over_span = quality.saturates and value > row.gross_max
            detail = quality.judge(now_ms, value, over_span)
            flag = quality.flag
            if over_span:
                value = row.gross_max
                inside = True
        if not inside:
            self._fail(now_ms, point, codes.DETAIL_OUT_OF_RANGE)
        elif flag == codes.FLAG_FAIL:
            self._fail(now_ms, point, detail)
        else:
            self._accept(now_ms, point, value, flag, detail)

    def _accept(self, now_ms, point, value, flag, detail):
        """A number that counts, with what its company says of it: doubted, or set aside."""
        if self._doubted[point]:
            flag = codes.FLAG_SUSPECT
        status = codes.STATUS_GOOD
        if flag == codes.FLAG_SUSPECT:
            status = codes.STATUS_OUT_OF_SPECIFICATION
        if self._served[point]:
            status = codes.STATUS_FUNCTION_CHECK
        self._store(now_ms, point, value, status, flag, detail)

    def _fail(self, now_ms, point, detail):
        answered = detail >= codes.DETAIL_NOT_A_NUMBER
        flag = codes.FLAG_FAIL if answered else codes.FLAG_MISSING
        status = codes.STATUS_FAILURE
        if detail in _OUT_OF_SPECIFICATION:
            status = codes.STATUS_OUT_OF_SPECIFICATION
        elif detail == codes.DETAIL_WARMING_UP:
            status = codes.STATUS_FUNCTION_CHECK
            flag = codes.FLAG_NOT_EVALUATED
        elif detail == codes.DETAIL_NOT_ASKED:
            flag = codes.FLAG_MISSING
        self._store(now_ms, point, 0, status, flag, detail)

    def age(self, now_ms):
        """Once a scan: ages, and what became too old to be used; it stays so until a poll."""
        ages = self.age_ms
        taken = self._taken_ms
        points = self.points
        for point in range(len(ages)):
            known = ages[point]
            if known < 0 or known >= _AGE_CAP_MS:
                continue
            # elapsed_ms() written out: this runs for every point of a scan
            age = (((now_ms - taken[point]) & _MASK) ^ _HALF) - _HALF
            if age < 0:
                age = 0  # taken after this scan's time was: below 0 it would never age again
            ages[point] = age if age < _AGE_CAP_MS else _AGE_CAP_MS
            if age >= points[point].max_age_ms and self.usable(point) and not self.frozen[point]:
                self.expire(point)

    def expire(self, point):
        """What is in the row is too old to be used."""
        self.status[point] = codes.STATUS_FAILURE
        self.flag[point] = codes.FLAG_MISSING
        self.detail[point] = codes.DETAIL_STALE
        self.value[point] = 0

    def put(self, now_ms, point, value, status, flag, detail):
        """A row that was reckoned from others. value: 0 where the flag says there is none."""
        self._store(now_ms, point, value, status, flag, detail)

    def _store(self, now_ms, point, value, status, flag, detail):
        self.value[point] = value
        self.status[point] = status
        self.flag[point] = flag
        self.detail[point] = detail
        self._taken_ms[point] = now_ms
        self.age_ms[point] = 0
        if flag == codes.FLAG_GOOD:
            self.ever_good[point] = 1
        usable = self.usable(point)
        for limit in self._limits[point]:
            limit.poll(now_ms, usable, value)

    def _fault_in(self, row, raw):
        if not fixed.is_number(raw):
            if raw == fixed.NOT_A_NUMBER:
                return codes.DETAIL_NOT_A_NUMBER
            return codes.DETAIL_OUT_OF_RANGE
        for sentinel in row.sentinels:
            if raw == sentinel:
                return codes.DETAIL_SENTINEL
        return codes.DETAIL_NONE
