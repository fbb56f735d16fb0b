"""Tests of a number by the numbers before it: rate of change, spike and flat line, after QARTOD.

Judged at a poll, never in a scan; causal, so a spike is told by its two predecessors. Rate and
spike make a reading SUSPECT at most, a flat line makes it FAIL. Where ours differ from QARTOD's
says docs/quality.md. Integers in the point's own small unit; nothing here grows.
"""

from reedgate_contract import codes
from reedgate_contract.compat import const
from station.core.ticks import Hold, elapsed_ms

_LARGEST = const(1073741823)  # 2**30 - 1
_FARTHEST = const(536870911)
_MINUTE_CS = const(6000)


class Quality:
    """The thresholds of one point and what they need of its past. A threshold of 0: no such test.

    The rate is over at least rate_ms: shorter polls would take a probe's noise for a change.
    gap_ms: numbers further apart are no neighbours.
    """

    def __init__(self, fields, gap_ms):
        self.flag = codes.FLAG_NOT_EVALUATED  # of the last number judged
        self.saturates = fields["saturates"]
        self._rate = fields["rate"]  # per minute
        self._rate_ms = fields["rate_ms"]
        self._spike = fields["spike"]
        self._flat_polls = fields["flat_polls"]
        self._gap_ms = gap_ms
        self._known = 0  # how many neighbours there are before the next number: 0, 1 or 2
        self._last = 0
        self._last_ms = 0
        self._before = 0
        self._base = 0  # what the rate is reckoned from
        self._base_ms = 0
        self._same = 0  # polls in a row that gave the same digits
        self._flat = Hold(fields["flat_ms"])
        self._suspect = Hold(fields["suspect_ms"] + 1)  # for longer than that

    def judge(self, now_ms, value, over_span):
        """One poll that gave a number: what is worst about it as a code DETAIL_*, and `flag`."""
        value = min(_FARTHEST, max(-_FARTHEST, value))  # so that differences stay small ints
        if self._known and elapsed_ms(now_ms, self._last_ms) > self._gap_ms:
            self._known = 0
        detail = codes.DETAIL_NONE
        if over_span:
            detail = codes.DETAIL_OVER_SPAN
        elif self._changes_too_fast(now_ms, value):
            detail = codes.DETAIL_RATE_OF_CHANGE
        elif self._stands_out(value):
            detail = codes.DETAIL_SPIKE
        flat = self._is_flat(now_ms, value)
        suspect = detail != codes.DETAIL_NONE
        too_long = self._suspect.update(now_ms, suspect)
        self._remember(now_ms, value)
        self.flag = codes.FLAG_SUSPECT if suspect else codes.FLAG_GOOD
        if flat or too_long:
            self.flag = codes.FLAG_FAIL
            detail = codes.DETAIL_FLAT_LINE if flat else codes.DETAIL_SUSPECT_TOO_LONG
        return detail

    def missed(self, now_ms):
        """One poll without a number: it is no neighbour. What is flat or suspect stays so."""
        self._known = 0
        self._flat.update(now_ms, self._flat.running)
        self._suspect.update(now_ms, self._suspect.running)

    def _changes_too_fast(self, now_ms, value):
        if not self._rate or not self._known:
            return False
        change = abs(value - self._base)
        return change > self._most_change(elapsed_ms(now_ms, self._base_ms))

    def _most_change(self, time_ms):
        """rate * time, rounded down, in hundredths of a second so that each product is small."""
        rate = self._rate
        time_cs = (time_ms if time_ms > self._rate_ms else self._rate_ms) // 10
        minutes = time_cs // _MINUTE_CS
        rest_cs = time_cs - minutes * _MINUTE_CS
        if minutes >= _LARGEST // (2 * rate):
            return _LARGEST
        whole = rate // _MINUTE_CS
        part = (rate - whole * _MINUTE_CS) * rest_cs // _MINUTE_CS
        return rate * minutes + whole * rest_cs + part

    def _stands_out(self, value):
        """Above both of its neighbours, or below both: by more than the threshold and than these
        two differ, for a fall that goes on is no spike."""
        if not self._spike or self._known < 2:
            return False
        rise = value - self._last
        rise_before = value - self._before
        if rise < 0:
            rise = -rise
            rise_before = -rise_before
        nearest = min(rise, rise_before)
        return nearest > self._spike and nearest > abs(rise - rise_before)

    def _is_flat(self, now_ms, value):
        if not self._flat.hold_ms:
            return False
        if not self._same or value != self._last:
            self._same = 0
            self._flat.stop()
        if self._same <= self._flat_polls:
            self._same += 1
        return self._flat.update(now_ms, True) and self._same > self._flat_polls

    def _remember(self, now_ms, value):
        if not self._known or elapsed_ms(now_ms, self._base_ms) >= self._rate_ms:
            self._base = value
            self._base_ms = now_ms
        self._before = self._last
        self._last = value
        self._last_ms = now_ms
        if self._known < 2:
            self._known += 1
