"""A station with one inlet and its bypass, at a small plant, told forward in time.

For the tests of this folder; runs on both Pythons. The site is made of contract entries, so the
station is built as a board builds it. Every scan is also judged: see core_law.py.
"""

from core_law import Judge
from core_plant import Leaf
from core_site import CLOSED_WHEN_WELL, Site, merged

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.app.config import Setup
from station.core import fixed
from station.core.ticks import TICKS_MASK

SCAN_MS = 100
POLL_MS = 1000
NO_ANSWER = None

GOOD = (5000, 8000, 1000)
TURBID, AIRLESS, HIGH = 12000, 1000, 2400

_GATE = {
    "role": layout.ROLE_INLET,
    "drive": layout.DRIVE_TWO_RELAY,
    "spring": 0,
    "bypass": 1,
    "travel_ms": 4000,
    "travel_timeout_ms": 6000,
    "reverse_dead_ms": 500,
    "backoff_ms": 1000,
    "retries": 2,
    "reopen_hold_ms": 5000,
    "min_closed_ms": 3000,
    "openings_per_hour": 12,
    "closes_on_battery": 0,
    "leave_ms": 0,
    "travel_min_ms": 0,
    "proof_test_days": 0,
}
_BYPASS = {
    "role": layout.ROLE_BYPASS,
    "drive": layout.DRIVE_SPRING_RETURN,
    "spring": codes.TARGET_OPEN,
    "bypass": layout.NONE,
    "travel_ms": 3000,
    "travel_timeout_ms": 5000,
}
TRIP = {
    "point": 0,
    "side": layout.SIDE_ABOVE,
    "limit": 10000,
    "deadband": 2000,
    "polls": 2,
    "of": 3,
    "delay_ms": 2000,
    "lost_hold_ms": 3000,
    "clears": layout.CLEARS_HOLD_THEN_CLEAR,
    "clear_hold_ms": 4000,
    "flow_past": layout.FLOW_PAST_BYPASS,
}
OXYGEN_TRIP = {"point": 1, "side": layout.SIDE_BELOW, "limit": 2000, "deadband": 500}
FLOOD = {"position": codes.TARGET_OPEN, "stage_lost": layout.STAGE_LOST_CONTACT, "clear_ms": 5000}
STAGE = {"point": 2, "side": layout.SIDE_ABOVE, "limit": 2350, "deadband": 50}
CONTACT = {"active_open": 1, "debounce_ms": 2000}


def river_high(**changes):
    """(fields, points, contacts) of a flood cause: the stage, and the contact "flood"."""
    return merged(FLOOD, changes), [STAGE], [(CONTACT, b"flood")]


class Story:
    """The station at `now_ms`; `water`: what each point's probe would answer at its next poll."""

    def __init__(
        self,
        gate=None,
        bypass=None,
        trip=None,
        trips=None,
        floods=None,
        bypass_floods=(),
        grace_ms=2500,
        start_ticks=0,
        scan_ms=SCAN_MS,
        poll_ms=POLL_MS,
        opening=1000,
        more=(),
        wired=(),
        leak=None,
    ):
        """gate, bypass, trip: changes of the defaults. opening: of the inlet, permille.

        more: (kind, fields, name) of further entries of the inlet, behind its trips.
        wired: functions beside the usual ones, of the station and the inlet, "bypass_…" of the
        bypass.
        """
        self.gate_fields = merged(_GATE, gate or {})
        self.bypass_fields = merged(_GATE, _BYPASS, bypass or {})
        if trips is None:
            trips = [merged(TRIP, trip or {})]
        self.trip_fields = trips
        floods = [river_high()] if floods is None else floods
        site = Site(wired)
        site.station(grace_ms)
        site.gate(self.gate_fields, b"main", floods)
        for fields in trips:
            site.put(layout.TRIP, fields, b"trip")
        for kind, fields, name in more:
            site.put(kind, fields, name)
        if leak:
            site.put(layout.LEAK, leak)
        site.gate(self.bypass_fields, b"around", bypass_floods, "bypass_")
        self.blob = site.packed()
        self.scan_ms = scan_ms
        self.poll_ms = poll_ms
        self.passed_ms = 0
        self.start_ticks = start_ticks
        self.water = list(GOOD)
        self.polling = True
        self.levels = {"reset": 0}  # of inputs that are no limit switch
        for name in ("estop", "flood") + tuple(wired):  # noqa: RUF005 - MicroPython has no [*…]
            of_gate = name[7:] if name.startswith("bypass_") else name
            self.levels[name] = 1 if of_gate in CLOSED_WHEN_WELL else 0
        self.leaf = Leaf(self.gate_fields, opening)
        self.bypass_leaf = Leaf(self.bypass_fields, 1000 - opening)
        self.power_up()

    def power_up(self):
        """A start of the station's; the plant stays as it is."""
        setup = Setup(self.blob)
        self.setup = setup
        self.station = setup.station
        self.readings = setup.readings
        self.inlet, self.bypass = setup.station.gates
        self.inputs = bytearray(len(setup.input_terminals))
        self.outputs = self.station.outputs
        self.judge = Judge(self)
        self.opened = []  # when the open relay went on, with the rule that ruled

    @property
    def now_ms(self):
        return (self.start_ticks + self.passed_ms) & TICKS_MASK

    def output(self, name):
        return self.outputs[self.setup.output_terminals.index(name)]

    def scan(self):
        """The plant moves for one scan's time, the probes are polled, the station decides."""
        self.passed_ms += self.scan_ms
        self.leaf.move(self, "", self.scan_ms)
        self.bypass_leaf.move(self, "bypass_", self.scan_ms)
        if self.polling and self.passed_ms % self.poll_ms < self.scan_ms:
            self.poll()
        self.judge.before()
        terminals = self.setup.input_terminals
        for index in range(len(terminals)):
            self.inputs[index] = self._level(terminals[index])
        self.station.decide(self.now_ms, self.inputs)
        self.judge.after()

    def _level(self, name):
        if name.startswith("bypass_at_"):
            return self.bypass_leaf.switch(name[7:])
        return self.leaf.switch(name) if name.startswith("at_") else self.levels[name]

    def poll(self):
        for point in range(len(self.water)):
            raw = self.water[point]
            if raw is NO_ANSWER:
                self.readings.miss(self.now_ms, point, codes.DETAIL_NO_ANSWER)
            else:
                self.readings.take(self.now_ms, point, raw)
            self.judge.polled(point, raw)

    def run(self, for_ms):
        for _ in range(for_ms // self.scan_ms):
            self.scan()
        return self

    def until(self, condition, within_ms):
        """Scans until condition(story) holds; the time it took. It must within within_ms."""
        begun_ms = self.passed_ms
        while self.passed_ms - begun_ms < within_ms:
            self.scan()
            if condition(self):
                return self.passed_ms - begun_ms
        raise AssertionError(f"not within {within_ms} ms; {self.text()}")

    def never(self, condition, for_ms):
        for _ in range(for_ms // self.scan_ms):
            self.scan()
            assert not condition(self), self.text()
        return self

    def press_reset(self):
        self.press("reset")

    def press(self, button):
        self.levels[button] = 1
        self.scan()
        self.levels[button] = 0
        self.scan()

    def text(self):
        rule, target = codes.RULE_NAMES[self.inlet.rule], codes.TARGET_NAMES[self.inlet.target]
        position = codes.POSITION_NAMES[self.inlet.drive.position]
        return f"at {self.passed_ms} ms: {rule} wants {target}, the inlet is {position}"


def is_closing(story):
    return story.output("close") == 1


def is_opening(story):
    return story.output("open") == 1


def is_shut(story):
    return story.leaf.at_ms == 0


def is_open(story):
    return story.leaf.at_ms == story.leaf.travel_ms


def rules(rule):
    return lambda story: story.inlet.rule == rule


def no_number(raw):
    return raw is NO_ANSWER or not fixed.is_number(raw)


def opened_story(**changes):
    """A story in which good water has opened the inlet and closed its bypass."""
    story = Story(**changes)
    hold_ms = story.gate_fields["reopen_hold_ms"]
    story.until(lambda one: one.inlet.target == codes.TARGET_OPEN, hold_ms + 20000)
    story.run(story.bypass_fields["travel_ms"] + 1000)
    return story


def tripped_story(**changes):
    """Turbid water has closed the inlet; the water is good again."""
    story = opened_story(**changes)
    story.water[0] = TURBID
    story.until(is_shut, 20000)
    story.water[0] = 5000
    return story
