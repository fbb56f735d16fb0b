"""A station with one inlet and its bypass, at a small plant, told forward in time.

For the tests of this folder; runs on both Pythons. The site is made of contract entries, so the
station is built as a board builds it. Every scan is also judged: see core_law.py.
"""

import binascii

from core_law import Judge
from core_plant import Leaf

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
SENTINEL = 999999

_TURBIDITY = {"gross_min": 0, "gross_max": 1000000}
_OXYGEN = {"gross_min": 0, "gross_max": 20000}
_STAGE = {"gross_min": -1000, "gross_max": 5000}
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


def merged(*parts):
    whole = {}
    for part in parts:
        whole.update(part)
    return whole


def river_high(**changes):
    """(fields, points, contacts) of a flood cause: the stage, and the contact "flood"."""
    return merged(FLOOD, changes), [STAGE], [(CONTACT, b"flood")]


def _sensor():
    keys = layout.LAYOUT[layout.SENSOR][1]
    return merged(dict.fromkeys(keys, 1), {"max_age_ms": 3000})


def _point(changes):
    fields = {"quantity": 1, "word": 0, "data_type": 1, "decimals": 3, "num": 1, "den": 1}
    return merged(fields, {"offset": 0}, changes)


def _site(gate, bypass, trips, floods, bypass_floods, grace_ms, more):
    def put(kind, fields, name=b""):
        body.append(layout.pack_entry(kind, fields, name))

    def put_terminals(functions):
        for function in functions:
            name = "bypass_" if len(body) > bypass_from else ""
            number = layout.FUNCTION_NAMES[function]
            put(layout.TERMINAL, {"function": number}, (name + function).encode())

    def put_floods(causes):
        for fields, points, contacts in causes:
            put(layout.FLOOD, fields, b"high")
            for point in points:
                put(layout.FLOOD_POINT, point)
            for contact, terminal in contacts:
                put(layout.FLOOD_CONTACT, contact, terminal)

    def put_gate(fields, name):
        put(layout.GATE, fields, name)
        two_relay = fields["drive"] == layout.DRIVE_TWO_RELAY
        put_terminals(("open", "close") if two_relay else ("out",))
        put_terminals(("at_open", "at_closed"))

    body = []
    bypass_from = 1000
    station = {"scan_ms": 100, "start_grace_ms": grace_ms, "live_ms": 1000, "record_s": 60}
    put(layout.STATION, station, b"a/b")
    put_terminals(("estop", "reset"))
    put(layout.BUS, {"baud": 9600, "parity": 0, "stop_bits": 1, "guard_ms": 100}, b"bus")
    put(layout.SENSOR, _sensor(), b"probe")
    put(layout.POINT, _point(_TURBIDITY), b"turbidity")
    put(layout.SENTINEL, {"value": SENTINEL})
    put(layout.POINT, _point(_OXYGEN), b"oxygen")
    put(layout.POINT, _point(_STAGE), b"stage")
    put_gate(gate, b"main")
    put_floods(floods)
    for number in range(len(trips)):
        put(layout.TRIP, trips[number], b"trip")
    body += [layout.pack_entry(*entry) for entry in more]
    bypass_from = len(body)
    put_gate(bypass, b"around")
    put_floods(bypass_floods)
    whole = b"".join(body)
    return layout.pack_file(whole, binascii.crc32(whole))


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
    ):
        """gate, bypass, trip: changes of the defaults. opening: of the inlet, permille.

        more: (kind, fields, name) of further entries of the inlet, behind its trips.
        """
        self.gate_fields = merged(_GATE, gate or {})
        self.bypass_fields = merged(_GATE, _BYPASS, bypass or {})
        if trips is None:
            trips = [merged(TRIP, trip or {})]
        self.trip_fields = trips
        floods = [river_high()] if floods is None else floods
        self.blob = _site(
            self.gate_fields, self.bypass_fields, trips, floods, bypass_floods, grace_ms, more
        )
        self.scan_ms = scan_ms
        self.poll_ms = poll_ms
        self.passed_ms = 0
        self.start_ticks = start_ticks
        self.water = list(GOOD)
        self.polling = True
        self.levels = {"estop": 1, "reset": 0, "flood": 1}  # of inputs that are no limit switch
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
        self.levels["reset"] = 1
        self.scan()
        self.levels["reset"] = 0
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
