"""Every rule that a site can have is in the record of a scan: random lives, decided again."""

from core_events import MOTOR, QUICK_GATE, QUICK_TRIP, WIRED, Draw, worry
from core_story import CONTACT, FLOOD, NO_ANSWER, OXYGEN_TRIP, STAGE, TRIP, Story, merged
from core_twin import Twin

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.core.bypassed import SET
from station.core.freeze import Freeze
from station.core.snapshot import untold

_WATCHED = {
    "travel_ms": 3000,
    "travel_timeout_ms": 4000,
    "leave_ms": 1000,
    "travel_min_ms": 1400,
    "closes_on_battery": 1,
}
_HASTY = merged(_WATCHED, {"travel_min_ms": 3200})
_FLOODS = [(merged(FLOOD, {"clear_ms": 1000}), [STAGE], [(merged(CONTACT, {}), b"flood")])]
_CONDITION = {"point": 1, "side": layout.SIDE_BELOW, "limit": 2500, "deadband": 500}
_AGREE = {"second": 1, "third": 2, "agree": 6000, "agree_ms": 2000}
_DOUBT = {
    "point": 1,
    "most": 7000,
    "window_ms": 1500,
    "spike": 3000,
    "apart_ms": 500,
    "memory_ms": 60000,
}
_POND = {
    "point": 2,
    "side": layout.SIDE_ABOVE,
    "limit": 2000,
    "deadband": 50,
    "polls": 1,
    "of": 3,
    "delay_ms": 0,
    "lost_hold_ms": 1000,
    "cause": codes.CAUSE_POND_FULL,
    "permille": 0,
    "lost_permille": 300,
}
_LEAK = {"point": 2, "side": layout.SIDE_ABOVE, "limit": 2200, "hold_ms": 1500}
_ACTUATOR = {
    "unit_id": 7,
    "baud": 9600,
    "parity": 0,
    "stop_bits": 1,
    "guard_ms": 100,
    "poll_ms": 500,
    "timeout_ms": 200,
    "silence_ms": 1500,
    "function_code": 3,
    "address": 0,
    "count": 1,
    "word": 0,
    "at_closed": 0,
    "at_open": 1000,
    "tolerance": 5,
}
_WIPE = {"every_ms": 300000, "takes_ms": 1000, "freeze_max_ms": 3000, "name": b"", "reply_size": 8}


class _Nobody:
    def __getattr__(self, name):
        return lambda *_: None


class _Lived(Story):
    """Judged by nobody: core_law.py knows a site of plain trips."""

    def power_up(self):
        super().power_up()
        self.judge = _Nobody()


def _life(seed, trips, more=(), worries=50, between=lambda twin, draw: None, **changes):
    """The twin after its life. between: what else may happen."""
    draw = Draw(seed)
    changes = merged({"wired": WIRED, "floods": _FLOODS}, changes)
    gate = merged(QUICK_GATE, draw.of(({}, _WATCHED, _HASTY)), changes.pop("gate", {}))
    story = _Lived(
        gate=gate,
        bypass=merged(QUICK_GATE, draw.of(({}, MOTOR))),
        trips=[merged(TRIP, QUICK_TRIP, each) for each in trips],
        more=more,
        grace_ms=1000,
        scan_ms=500,
        poll_ms=500,
        opening=draw.of((0, 1000)),
        **changes,
    )
    twin = Twin(story)
    for _ in range(worries):
        worry(story, draw)
        between(twin, draw)
        for _ in range(1 + draw.below(9)):
            story.scan()
    return twin


def _seen(twins):
    rules, causes, faults = set(), set(), set()
    for twin in twins:
        rules |= {row[0] for row in twin.seen if isinstance(row, tuple)}
        faults |= {each - 100 for each in twin.seen if isinstance(each, int)}
        causes |= twin.causes
    return rules, causes, faults


def test_hands_service_contacts_and_watched_drives():
    def hands(twin, draw):
        story = twin.story
        if draw.below(12) == 0:
            story.press("service")
        elif draw.below(8) == 0:
            for level in ("estop", "local", "flood", "emergency_close", "upstream_alarm"):
                story.levels[level] = 0 if level == "local" else 1
            story.water[:] = [5000, 8000, 1000]
            story.press("reset")
            story.levels["mains_ok"] = 0

    twins = [_life(seed, [{}, OXYGEN_TRIP], between=hands, leak=_LEAK) for seed in range(12)]
    rules, causes, faults = _seen(twins)
    known = {codes.RULE_ESTOP, codes.RULE_LOCAL, codes.RULE_FLOOD, codes.RULE_QUALITY}
    assert known <= rules, known - rules
    told = {codes.CAUSE_LOCAL, codes.CAUSE_SERVICE, codes.CAUSE_MAINS_LOST}
    told |= {codes.CAUSE_EMERGENCY_CLOSE, codes.CAUSE_UPSTREAM_ALARM}
    assert told <= causes, told - causes
    broken = {codes.CAUSE_OVERLOAD, codes.CAUSE_SWITCHES, codes.CAUSE_LEAK}
    broken |= {codes.CAUSE_NOT_LEFT, codes.CAUSE_TOO_EARLY}
    assert broken <= faults, broken - faults


def test_a_trip_of_several_conditions():
    more = [(layout.CONDITION, _CONDITION, b"")]
    rules, _, _ = _seen([_life(seed, [{}], more, wired=()) for seed in range(6)])
    assert rules >= {codes.RULE_QUALITY, codes.RULE_UNKNOWN, codes.RULE_AUTOMATIC}


def test_redundant_probes_that_agree_and_do_not():
    suspect = set()

    def look(twin, draw):
        twin.story.water[2] = draw.of((5000, 9000, 12000, 12000))
        suspect.add(twin.story.inlet.trips[0].limit.suspect)

    more = [(layout.AGREE, _AGREE, b"")]
    lives = [_life(seed, [{}], more, between=look, wired=(), floods=[]) for seed in range(6)]
    rules, _, _ = _seen(lives)
    assert rules >= {codes.RULE_QUALITY, codes.RULE_UNKNOWN, codes.RULE_AUTOMATIC}
    assert suspect == {False, True}


def test_a_trip_that_is_doubted():
    doubted = set()

    def upset(twin, draw):
        """The probe stands off once and comes back; then the limit is exceeded."""
        story = twin.story
        story.water[1] = draw.of((8000, 8000, 1000))
        for raw in (5000, 5000, 5000, 5000, 30000, 5000, 5000, 12000, 12000, 12000, 12000):
            story.water[0] = raw
            story.scan()
            doubted.add(story.inlet.trips[0].limit._doubted)

    more = [(layout.DOUBT, _DOUBT, b"")]
    for seed in range(3):
        _life(seed, [{}], more, 20, between=upset, wired=(), floods=[])
    assert doubted == {False, True}


def test_rule_7():
    more = [(layout.RESTRAINT, _POND, b"")]
    rules, causes, _ = _seen([_life(seed, [{}], more, wired=()) for seed in range(6)])
    assert codes.RULE_POND in rules
    assert codes.CAUSE_POND_FULL in causes


def test_a_freeze_and_its_end_without_an_answer():
    begun = []

    def wipe(twin, draw):
        story = twin.story
        if not story.readings.freezes:
            limits = [trip.limit for trip in story.inlet.trips]
            story.readings.freezes.append(Freeze(story.readings, [0, 1], limits, _WIPE))
        freeze = story.readings.freezes[0]
        if draw.below(2) and freeze.begin(story.now_ms):
            begun.append(1)
        elif freeze.active and draw.below(2) and not freeze.swallows(story.now_ms, True):
            story.poll()  # the answer that has ended it
        story.polling = not freeze.active

    for seed in range(6):
        _life(seed, [{}, OXYGEN_TRIP], between=wipe, wired=())
    assert len(begun) > 8


def test_a_measurement_under_work():
    def serve(twin, draw):
        measurement = twin.story.inlet.measurement
        if draw.below(3) == 0:
            point = draw.below(2)
            served.append(measurement.order(twin.story.now_ms, point, 4000) == SET)
        elif draw.below(8) == 0:
            measurement.cancel()

    served = []
    lives = [_life(seed, [{}, OXYGEN_TRIP], between=serve, wired=()) for seed in range(6)]
    _, causes, _ = _seen(lives)
    assert sum(served) > 8
    assert codes.CAUSE_BYPASSED in causes


class _Leaf:
    """Of an actuator: goes where it is told, where it is not stuck, and answers where it can."""

    def __init__(self):
        self.raw = 1000
        self.stuck = self.mute = False

    def move(self, story, prefix, for_ms):
        drive = story.inlet.drive
        step = {codes.TARGET_OPEN: 500, codes.TARGET_CLOSED: -500}.get(drive.order, 0)
        if not self.stuck:
            self.raw = min(1000, max(0, self.raw + step))
        if not self.mute:
            drive.answered(self.raw)

    def switch(self, name):
        return 0


_DRIVEN = [(layout.ACTUATOR, _ACTUATOR, b"RS485_2")] + [
    (layout.ORDER, {"target": target, "reply_size": 8}, b"pdu")
    for target in (codes.TARGET_OPEN, codes.TARGET_CLOSED, codes.TARGET_HOLD)
]


def test_an_actuator_that_is_reset_around_the_scan_of_its_time_out():
    def bad_water(twin, draw):
        story = twin.story
        leaf = story.leaf = _Leaf()
        story.run(5000)
        leaf.stuck = True
        story.water[0] = draw.of((12000, NO_ANSWER))
        for _ in range(draw.below(14)):
            story.scan()
        story.press("reset")

    gate = {"drive": layout.DRIVE_MODBUS_ACTUATOR}
    changes = {"wired": (), "gate": gate, "floods": []}
    lives = [_life(seed, [{}], _DRIVEN, 1, bad_water, **changes) for seed in range(80)]
    assert codes.CAUSE_JAM_CLOSING in _seen(lives)[2]


def test_a_modbus_actuator():
    def fail(twin, draw):
        leaf = twin.story.leaf
        if not isinstance(leaf, _Leaf):
            leaf = twin.story.leaf = _Leaf()
        if leaf.mute and draw.below(2):  # it answers again when somebody resets it
            leaf.mute = False
            twin.story.press("reset")
        leaf.stuck = draw.below(2) == 0
        leaf.mute = draw.below(5) == 0
        if draw.below(6) == 0:
            twin.story.press("reset")
        lost.add(twin.story.inlet.drive.fault)

    lost = set()
    gate = {"drive": layout.DRIVE_MODBUS_ACTUATOR}
    rules, _, faults = _seen(
        [_life(seed, [{}], _DRIVEN, 80, fail, wired=(), gate=gate) for seed in range(8)]
    )
    assert rules >= {codes.RULE_QUALITY, codes.RULE_UNKNOWN, codes.RULE_AUTOMATIC}
    known = {codes.CAUSE_SILENT, codes.CAUSE_JAM_OPENING, codes.CAUSE_JAM_CLOSING}
    assert known <= faults, known - faults


def test_what_a_record_does_not_say_is_told():
    story = Story()
    assert not untold(story.station, len(story.inputs))
    assert untold(story.station, 33)
    assert not untold(Story(trips=[TRIP] * 16).station, 6)
    agreed = [(layout.AGREE, _AGREE, b"")]
    wide = [(layout.TRIP, TRIP, b"trip"), *agreed] * 15
    assert untold(Story(more=agreed + wide).station, 6)
    story.readings.points = [None] * 29
    assert untold(story.station, 6)
