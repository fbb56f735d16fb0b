"""The hydraulic load of the wetland behind one inlet, and the water that has passed it.

The flow is known by a stage and a rating. It is added up each second: into hours of uptime, of
which the last 24 are the load, and into a total that only grows. An unknown flow adds nothing.
"""

from array import array

from reedgate_contract import codes
from reedgate_contract import config as layout
from reedgate_contract.compat import const
from station.core.opening import UNKNOWN
from station.core.rating import Rating
from station.core.ticks import Hold, elapsed_ms

_SECOND_MS = const(1000)
_MOST_MS = const(60000)  # taken in at once: longer was no running
_HOUR_MS = const(3600000)
_HOURS = const(24)
_ML_A_DAL = const(10000)
_DAL_A_M3 = const(100)
_WIDE_OPEN = const(1000)
_LEAST_CAP = const(50)  # a cap below would be a gate that is as good as closed
_MONTH_H = const(744)  # so long a month is believed
_LARGE = const(1000000)


def share_of(value, permille):
    """Of a value below 2**30; one below a million exactly."""
    if value < _LARGE:
        return value * permille // 1000
    return value // 1000 * permille


class Load:
    """The governor. scan() gives the cap in permille; `cause` says why it is one."""

    def __init__(self, readings, fields, opening):
        self.cause = codes.CAUSE_NONE
        self.flow_cl = UNKNOWN  # cL/s
        self.total_m3 = 0
        self.kept_m3 = 0  # of it that is on flash: what is told never falls again
        self.rest_dal = 0  # of the next m3
        self.hours_dal = array("i", (0 for _ in range(_HOURS)))  # the last is the running one
        self.day_dal = 0  # their sum
        self.month = 0  # 1 to 12; 0: nobody has told
        self._readings = readings
        self._opening = opening
        self._point = fields["point"]
        self._by_opening = fields["by_opening"]
        self._datum = fields["datum"]
        self._rating = Rating(fields["name"])
        self._fields = fields
        self._cold_point = fields["cold_point"]
        self._deadband = fields["deadband_permille"]
        self._lost_permille = fields["lost_permille"]
        self._cap = _WIDE_OPEN
        self._full = False  # the day's load is reached
        self._lost = False  # the flow is unknown; not so before the first poll was due
        self.points = []  # DERIVED that tell of it
        self._rest_ml = 0
        self._rest_ms = 0  # that were not a tenth of a second
        self._hour_ms = 0
        self._month_h = 0
        self._last_ms = None
        self._dry = Hold(readings.points[self._point].max_age_ms)
        self._settle = Hold(fields["settle_ms"])
        self._limit_dal = fields["day_dal"]
        self._limit_cl = fields["peak_cl"]
        readings.watch(self._point, self)

    def restore(self, total_m3, rest_dal, hours_dal):
        """As they were kept. Hours are of uptime: the time without power is none of them."""
        self.total_m3 = self.kept_m3 = total_m3
        self.rest_dal = rest_dal
        for index in range(min(_HOURS, len(hours_dal))):
            self.hours_dal[index] = hours_dal[index]
        self.day_dal = sum(self.hours_dal)

    def tell_month(self, month):
        self.month = month
        self._month_h = 0

    def poll(self, now_ms, usable, value):
        """One poll of the stage."""
        if usable:
            self._dry.restart(now_ms)
            self._rate(value)

    def _rate(self, value):
        flow = self._rating.flow_cl(value - self._datum)
        if self._by_opening and flow > 0:
            permille = self._opening.permille
            flow = UNKNOWN if permille == UNKNOWN else flow // 10 * permille // 100
        self.flow_cl = flow
        self._lost = flow == UNKNOWN

    def scan(self, now_ms):
        """Once a scan: the cap in permille."""
        if self._dry.update(now_ms, True):
            self.flow_cl = UNKNOWN
            self._lost = True
        if self._last_ms is None:
            self._last_ms = now_ms
        passed_ms = elapsed_ms(now_ms, self._last_ms)
        if passed_ms >= _SECOND_MS:
            self._last_ms = now_ms
            self._add(min(passed_ms, _MOST_MS))
            self._choose_limits()
            self._govern(now_ms)
            for point in self.points:
                point.tell(now_ms, self)
        return self._permille()

    def _add(self, passed_ms):
        self._hour_ms += passed_ms
        if self._hour_ms >= _HOUR_MS:
            self._hour_ms -= _HOUR_MS
            self._next_hour()
        self._rest_ms += passed_ms
        tenths = self._rest_ms // 100
        self._rest_ms -= tenths * 100
        if self.flow_cl <= 0:
            return
        self._rest_ml += self.flow_cl * tenths
        dal = self._rest_ml // _ML_A_DAL
        self._rest_ml -= dal * _ML_A_DAL
        self.hours_dal[_HOURS - 1] += dal
        self.day_dal += dal
        self.rest_dal += dal
        whole = self.rest_dal // _DAL_A_M3
        self.rest_dal -= whole * _DAL_A_M3
        self.total_m3 += whole

    def _next_hour(self):
        hours = self.hours_dal
        self.day_dal -= hours[0]
        for index in range(_HOURS - 1):
            hours[index] = hours[index + 1]
        hours[_HOURS - 1] = 0
        self._month_h += 1
        if self._month_h > _MONTH_H:
            self.month = 0

    def _choose_limits(self):
        """The least of those that apply; what nobody knows counts as cold, and as winter."""
        fields = self._fields
        day = fields["day_dal"]
        peak = fields["peak_cl"]
        if self._cold_point != layout.NONE:
            readings = self._readings
            known = readings.usable(self._cold_point)
            if not known or readings.value[self._cold_point] < fields["cold_below"]:
                day = min(day, fields["cold_day_dal"])
                peak = min(peak, fields["cold_peak_cl"])
        months = fields["winter_months"]
        if months and (not self.month or months >> (self.month - 1) & 1):
            day = min(day, fields["winter_day_dal"])
            peak = min(peak, fields["winter_peak_cl"])
        self._limit_dal = day
        self._limit_cl = peak

    def _govern(self, now_ms):
        """The cap, a step at a time: between two of them the water has to settle."""
        if self.day_dal >= self._limit_dal:
            self._full = True
        elif self.day_dal < share_of(self._limit_dal, 1000 - self._deadband):
            self._full = False
        flow = self.flow_cl
        limit = self._limit_cl
        at = self._opening.permille
        less = flow < share_of(limit, 1000 - self._deadband) and self._cap < _WIDE_OPEN
        moves = flow > 0 and at > 0 and (flow > limit or less)
        if not self._settle.update(now_ms, moves):
            return
        self._settle.restart(now_ms)
        if flow > _LARGE:  # both, so that the product below stays a small int
            flow >>= 5
            limit >>= 5
        # the flow is taken to go with the opening
        self._cap = min(max(limit * at // flow, _LEAST_CAP), _WIDE_OPEN)

    def _permille(self):
        if self._full:
            self.cause = codes.CAUSE_LOAD_DAY
            return 0
        if self._lost:
            self.cause = codes.CAUSE_FLOW_UNKNOWN
            return min(self._lost_permille, self._cap)
        self.cause = codes.CAUSE_LOAD_PEAK
        return self._cap
