"""Points that no probe gives: reckoned from others at each poll of the first of them.

Their status is the worst of what they were reckoned from. Integers only: see fixed.py.
"""

from reedgate_contract import codes
from reedgate_contract import config as layout
from reedgate_contract.compat import const
from station.core import fixed

_MILLION_DIGITS = const(6)
_MILLION = const(1000000)
_LEAST_DIVISOR = const(100000)  # 1 + alpha (T - 25) of a tenth: no water is so far from 25 degrees
_ROOM_TEMPERATURE = const(2500)  # 25.00 degrees
_LARGEST = const(1000000000)


def millionths_of(value, divisor):
    """round(value * 10**6 / divisor), half up, by long division; OUT_OF_RANGE where it does not
    fit. value from 0 up; divisor below 10**8.
    """
    whole = value // divisor
    rest = value - whole * divisor
    for _ in range(_MILLION_DIGITS):
        if whole > _LARGEST // 10:
            return fixed.OUT_OF_RANGE
        rest *= 10
        digit = rest // divisor
        rest -= digit * divisor
        whole = whole * 10 + digit
    return whole + 1 if rest * 2 >= divisor else whole


def ec25(conductivity, temperature, alpha):
    """At 25 degrees. temperature in 0.01 degrees, alpha in 0.0001 a degree; linear."""
    divisor = _MILLION + alpha * (temperature - _ROOM_TEMPERATURE)
    if divisor < _LEAST_DIVISOR or conductivity < 0:
        return fixed.OUT_OF_RANGE
    return millionths_of(conductivity, divisor)


class Derived:
    """One point of the table."""

    def __init__(self, readings, number, fields):
        self._readings = readings
        self._number = number
        self._kind = fields["kind"]
        self._num = fields["num"]
        self._den = fields["den"]
        sources = (fields["first"], fields["second"], fields["third"])
        self._sources = [source for source in sources if source != layout.NONE]
        self._values = [0, 0, 0]
        if self._kind < layout.DERIVED_FLOW:
            readings.watch(self._sources[0], self)

    def poll(self, now_ms, usable, value):
        if self._kind == layout.DERIVED_MEDIAN:
            self._take_median(now_ms)
            return
        readings = self._readings
        source = self._sources[0]
        for each in self._sources:
            if not readings.usable(each):
                source = each
        if not readings.usable(source):
            status, flag = readings.status[source], readings.flag[source]
            readings.put(now_ms, self._number, 0, status, flag, readings.detail[source])
            return
        if self._kind == layout.DERIVED_EC25:
            value = ec25(value, readings.value[self._sources[1]], self._num)
        elif self._kind == layout.DERIVED_TDS:
            value = fixed.scaled_by(value, self._num, self._den)
        else:
            value = fixed.OUT_OF_RANGE
        self._put(now_ms, value)

    def _put(self, now_ms, value):
        readings = self._readings
        if not fixed.is_number(value):
            status = codes.STATUS_OUT_OF_SPECIFICATION
            detail = codes.DETAIL_OUT_OF_RANGE
            readings.put(now_ms, self._number, 0, status, codes.FLAG_FAIL, detail)
            return
        status = codes.STATUS_GOOD
        flag = codes.FLAG_GOOD
        for source in self._sources:
            if readings.usable(source):
                status = max(status, readings.status[source])
                flag = max(flag, readings.flag[source])
        readings.put(now_ms, self._number, value, status, flag, codes.DETAIL_NONE)

    def _take_median(self, now_ms):
        """Of those that are usable: the middle one, or halfway between two."""
        readings = self._readings
        values = self._values
        count = 0
        for source in self._sources:
            if readings.usable(source):
                value = readings.value[source]
                at = count
                while at and values[at - 1] > value:
                    values[at] = values[at - 1]
                    at -= 1
                values[at] = value
                count += 1
        if not count:
            first = self._sources[0]
            status, flag = readings.status[first], readings.flag[first]
            readings.put(now_ms, self._number, 0, status, flag, readings.detail[first])
            return
        low = values[(count - 1) // 2]
        self._put(now_ms, low + (values[count // 2] - low) // 2)

    def tell(self, now_ms, load):
        """Of a gate's load: its flow, or what has passed it and is kept."""
        readings = self._readings
        lost = load.flow_cl < 0
        if self._kind == layout.DERIVED_VOLUME:
            flag = codes.FLAG_SUSPECT if lost else codes.FLAG_GOOD
            status = codes.STATUS_OUT_OF_SPECIFICATION if lost else codes.STATUS_GOOD
            readings.put(now_ms, self._number, load.kept_m3, status, flag, codes.DETAIL_NONE)
        elif lost:
            status, flag = codes.STATUS_FAILURE, codes.FLAG_MISSING
            readings.put(now_ms, self._number, 0, status, flag, codes.DETAIL_STALE)
        else:
            status, flag = codes.STATUS_GOOD, codes.FLAG_GOOD
            readings.put(now_ms, self._number, load.flow_cl, status, flag, codes.DETAIL_NONE)
