"""The law's properties over many sequences of events, exhaustive where short, random where long.

What must hold in every scan is in core_law.py; here is what compares states, and what must come.
"""

from core_story import (
    AIRLESS,
    HIGH,
    NO_ANSWER,
    OXYGEN_TRIP,
    TRIP,
    TURBID,
    Story,
    is_closing,
    is_open,
    is_opening,
    is_shut,
    merged,
    opened_story,
    river_high,
)

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.core import fixed

OPEN, CLOSED, HOLD = codes.TARGET_OPEN, codes.TARGET_CLOSED, codes.TARGET_HOLD
RESET_ONLY = {"clears": layout.CLEARS_RESET_ONLY}
MOTOR = {"drive": layout.DRIVE_TWO_RELAY, "spring": 0}
WORSE = (NO_ANSWER, fixed.NOT_A_NUMBER, fixed.INFINITE_ABOVE, fixed.INFINITE_BELOW, 999999)


class Draw:
    """Random numbers that are the same on every Python."""

    def __init__(self, seed):
        self._state = seed * 7919 + 17

    def below(self, count):
        self._state = (self._state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self._state >> 12) % count

    def of(self, choices):
        return choices[self.below(len(choices))]


QUICK_GATE = {
    "travel_ms": 1000,
    "travel_timeout_ms": 1500,
    "backoff_ms": 500,
    "retries": 1,
    "reopen_hold_ms": 1500,
    "min_closed_ms": 1000,
}
QUICK_TRIP = {"delay_ms": 500, "lost_hold_ms": 500, "clear_hold_ms": 1000}


def _quick_story(bypass, trip, floods, opening=1000, gate=None):
    """Times so short that a few events lead through every state; a scan and a poll each 0.5 s."""
    return Story(
        gate=merged(QUICK_GATE, gate or {}),
        bypass=merged(QUICK_GATE, bypass),
        trip=merged(QUICK_TRIP, trip),
        floods=floods,
        grace_ms=1000,
        scan_ms=500,
        poll_ms=500,
        opening=opening,
    )


def _event(story, event):
    if event in "GBN":
        story.water[0] = {"G": 5000, "B": TURBID, "N": NO_ANSWER}[event]
    elif event == "F":
        story.levels["flood"] ^= 1
    elif event == "E":
        story.levels["estop"] ^= 1
    elif event == "R":
        story.press_reset()
    elif event == "J":
        story.leaf.stuck = not story.leaf.stuck
    elif event == "S":
        both = {"at_open": 1, "at_closed": 1}
        story.leaf.shown = {} if story.leaf.shown else both


def _exhaust(events, length, scans, make):
    count = len(events)
    for number in range(count**length):
        story = make(number)
        for _ in range(length):
            _event(story, events[number % count])
            number //= count
            story.run(scans * 500)


def _river(position):
    contact = ({"active_open": 1, "debounce_ms": 0}, b"flood")
    fields = {"position": position, "stage_lost": layout.STAGE_LOST_CONTACT, "clear_ms": 1000}
    return [(fields, [], [contact])]


def test_every_short_sequence_at_a_gate_that_clears_by_itself():
    _exhaust("GBNFERJ", 4, 4, lambda _: _quick_story({}, {}, _river(OPEN)))


def test_every_short_sequence_at_a_gate_that_needs_its_reset():
    openings = (0, 500, 1000)

    def make(number):
        return _quick_story(MOTOR, RESET_ONLY, _river(CLOSED), openings[number % 3])

    _exhaust("GBFERS", 4, 5, make)


def _worry(story, draw):
    """One event of any kind."""
    kind = draw.below(12)
    if kind < 3:
        story.water[0] = draw.of((5000, 5000, 9000, TURBID, TURBID, *WORSE))
    elif kind == 3:
        story.water[1] = draw.of((8000, 8000, 8000, 2400, AIRLESS, NO_ANSWER))
    elif kind == 4:
        story.water[2] = draw.of((1000, 1000, 2320, HIGH, NO_ANSWER))
    elif kind == 5:
        story.levels["flood"] = draw.of((1, 1, 0))
    elif kind == 6:
        story.levels["estop"] = draw.of((1, 1, 1, 0))
    elif kind == 7:
        story.press_reset()
    elif kind == 8:
        story.leaf.stuck = draw.below(4) == 0
    elif kind == 9:
        story.leaf.shown = draw.of(({}, {}, {}, {"at_closed": 0}, {"at_open": 0}, {"at_open": 1}))
    elif kind == 10:
        story.polling = draw.below(4) != 0
    elif draw.below(6) == 0:
        story.power_up()


def _calm(story, water=5000):
    """Nothing is broken any more; the water is as said."""
    story.leaf.stuck = story.bypass_leaf.stuck = False
    story.leaf.shown = {}
    story.polling = True
    story.water[:] = [water, 8000, 1000]
    story.levels.update({"estop": 1, "flood": 1, "reset": 0})
    story.run(1000)
    story.press_reset()


def _random_story(seed):
    draw = Draw(seed)
    airless = merged(TRIP, OXYGEN_TRIP, draw.of(({}, RESET_ONLY)))
    story = Story(
        gate={"openings_per_hour": draw.of((2, 12)), "reverse_dead_ms": draw.of((0, 500))},
        bypass=draw.of(({}, MOTOR)),
        trips=[merged(TRIP, draw.of(({}, RESET_ONLY))), airless],
        floods=[river_high(position=draw.of((OPEN, OPEN, CLOSED, HOLD)))],
        start_ticks=draw.of((0, (1 << 30) - 40000, (1 << 29) - 40000)),
        opening=draw.of((0, 500, 1000)),
    )
    return story, draw


def test_random_lives_keep_the_properties():
    for seed in range(24):
        story, draw = _random_story(seed)
        for _ in range(50):
            _worry(story, draw)
            story.run(draw.of((200, 1000, 3000)))


def test_from_every_mess_good_water_and_a_reset_lead_to_an_open_gate():
    for seed in range(100, 116):
        story, draw = _random_story(seed)
        story.gate_fields["openings_per_hour"] = 12
        story.inlet._openings = 0
        for _ in range(12):
            _worry(story, draw)
            story.run(1000)
        _calm(story)
        story.run(20000)  # flood and trips clear
        story.press_reset()
        story.inlet._openings = 0  # so that the hour's count is not what it waits for
        story.until(is_open, 20000)
        story.until(lambda one: one.bypass_leaf.at_ms == 0, 6000)


def test_from_every_mess_bad_water_leads_to_a_closed_gate():
    for seed in range(200, 216):
        story, draw = _random_story(seed)
        for _ in range(12):
            _worry(story, draw)
            story.run(1000)
        value = draw.of((TURBID, NO_ANSWER))
        _calm(story, value)
        story.press_reset()
        # flood clear 5 s and grace 2.5 s; lost 2 polls + 3 s; dead time; travel; slack of a poll
        story.until(is_shut, 9000 + 6000 + 4000 + 2000)
        story.until(lambda one: one.bypass_leaf.at_ms == 3000 or not is_shut(one), 6000)


CONDITIONS = ("estop", "flood", "trip", "lost")
RULES = (codes.RULE_ESTOP, codes.RULE_FLOOD, codes.RULE_QUALITY, codes.RULE_UNKNOWN)


def _under(conditions):
    """A story in which exactly these demands stand, each on a point or contact of its own."""
    lost = merged(TRIP, OXYGEN_TRIP, {"delay_ms": 0})
    story = opened_story(trips=[merged(TRIP, {"delay_ms": 0}), lost])
    if "trip" in conditions:
        story.water[0] = TURBID
    if "lost" in conditions:
        story.water[1] = NO_ANSWER
    if "flood" in conditions:
        story.levels["flood"] = 0
    story.run(12000)
    if "estop" in conditions:
        story.levels["estop"] = 0
    story.run(1000)
    return story


def test_the_first_rule_that_applies_rules_whatever_stands_below_it():
    outputs_of = {}
    for number in range(16):
        conditions = [CONDITIONS[bit] for bit in range(4) if number >> bit & 1]
        story = _under(conditions)
        rule = codes.RULE_AUTOMATIC
        for bit in range(3, -1, -1):
            if number >> bit & 1:
                rule = RULES[bit]
        assert story.inlet.rule == rule, conditions
        target = {codes.RULE_ESTOP: HOLD, codes.RULE_FLOOD: OPEN, codes.RULE_AUTOMATIC: OPEN}
        assert story.inlet.target == target.get(rule, CLOSED), conditions
        told = (bytes(story.outputs), story.inlet.target, story.inlet.cause, story.inlet.cause_of)
        if rule == codes.RULE_ESTOP:  # where it stopped is another matter
            told = told[:3]
        assert outputs_of.setdefault(rule, told) == told, conditions


def test_a_worse_reading_never_starts_an_opening():
    for seed in range(300, 330):
        kinds = Draw(seed)
        point = kinds.below(3)
        worse = kinds.of(WORSE)
        at_ms = 6000 + 500 * kinds.below(60)
        _live_twice(seed, point, worse, at_ms)


def _live_twice(seed, point, worse, at_ms):
    """Once as it is, once with one probe gone at at_ms for good; then nothing new may open."""
    flooded = []
    for spoilt in (False, True):
        story, draw = _random_story(seed)
        story.opened.clear()
        while story.passed_ms < 40000:
            _worry_water(story, draw)
            if spoilt and story.passed_ms >= at_ms:
                story.water[point] = worse
            for _ in range(10):
                story.scan()
                now_flooded = story.inlet.rule == codes.RULE_FLOOD
                if not spoilt:
                    flooded.append(now_flooded)
                elif now_flooded and point == 2:
                    pass  # a lost stage does not end a flood either
                elif now_flooded:
                    assert flooded[story.passed_ms // story.scan_ms - 1], story.text()
        if spoilt:
            gone_ms = at_ms + 1000 + 1000  # the event's own second, then the next poll
            for opened_ms, rule in story.opened:
                if rule == codes.RULE_AUTOMATIC and point < 2:
                    assert opened_ms <= gone_ms, story.text()


def _worry_water(story, draw):
    kind = draw.below(4)
    if kind < 2:
        story.water[0] = draw.of((5000, 5000, 5000, 9000, TURBID))
        story.water[1] = 8000
    elif kind == 2:
        story.water[2] = draw.of((1000, 1000, HIGH))
    else:
        story.levels["flood"] = draw.of((1, 1, 0))


def test_limits_stay_in_their_order_when_everything_happens_in_one_scan():
    story = opened_story()
    story.water[:] = [TURBID, AIRLESS, HIGH]
    story.run(5000)
    story.levels.update({"estop": 0, "flood": 0, "reset": 1})
    story.scan()
    assert story.inlet.rule == codes.RULE_ESTOP
    assert not is_opening(story)
    assert not is_closing(story)
