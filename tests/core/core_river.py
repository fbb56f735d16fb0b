"""A turbidity trip with witnesses, told row by row: for the tests of doubt."""

from core_parts import POINT, changed

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.core.doubt import Doubt
from station.core.readings import Point, Readings
from station.core.ticks import later
from station.core.trip import Trip

QUARTER_MS = 900000
DAY_MS = 86400000
TRIP = {
    "point": 0,
    "side": layout.SIDE_ABOVE,
    "limit": 10000,
    "deadband": 1,
    "polls": 2,
    "of": 2,
    "delay_ms": 120000,
    "lost_hold_ms": 60000,
    "clears": layout.CLEARS_HOLD_THEN_CLEAR,
    "clear_hold_ms": 1800000,
    "flow_past": layout.FLOW_PAST_BYPASS,
}
DOUBT = {
    "point": 1,
    "most": 50,
    "window_ms": 3600000,
    "spike": 5000,
    "apart_ms": 600000,
    "memory_ms": 2 * DAY_MS,
}


class River:
    """Turbidity (point 0) and its witness (point 1), a row each quarter of an hour."""

    def __init__(self, start_ms=0, entries=(DOUBT,)):
        points = [Point(f"p{number}", changed(POINT), 2250000) for number in range(3)]
        self.readings = Readings(points)
        self.trip = Trip(self.readings, TRIP)
        if entries:
            self.trip.limit.doubt = Doubt(self.readings, 0, entries)
        self.now_ms = start_ms

    def row(self, turbidity, witness=4000, third=100):
        self.now_ms = later(self.now_ms, QUARTER_MS)
        for point, raw in enumerate((turbidity, witness, third)):
            if raw is None:
                self.readings.miss(self.now_ms, point, codes.DETAIL_NO_ANSWER)
            else:
                self.readings.take(self.now_ms, point, raw)
        self.readings.age(self.now_ms)
        self.trip.scan(self.now_ms, False, True)
        return "trip" if self.trip.latched else "lost" if self.trip.limit.lost else ""

    def rows(self, series, witness=4000):
        return [self.row(turbidity, witness) for turbidity in series]
