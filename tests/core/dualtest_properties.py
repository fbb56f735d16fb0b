"""The law's properties over many sequences of events, exhaustive where short, random where long.

What must hold in every scan is in core_law.py; here is what compares states, and what must come.
"""

from core_events import (
    CLOSED,
    HOLD,
    MOTOR,
    OPEN,
    RESET_ONLY,
    WORSE,
    Draw,
    calm,
    happen,
    quick_story,
    random_story,
    worry,
    worry_water,
)
from core_story import (
    AIRLESS,
    HIGH,
    NO_ANSWER,
    OXYGEN_TRIP,
    SCAN_MS,
    TRIP,
    TURBID,
    is_open,
    is_shut,
    merged,
    opened_story,
)

from reedgate_contract import codes


def _exhaust(letters, length, scans, make):
    count = len(letters)
    for number in range(count**length):
        story = make(number)
        for _ in range(length):
            happen(story, letters[number % count])
            number //= count
            story.run(scans * story.scan_ms)


def test_every_short_sequence_at_a_gate_that_clears_by_itself():
    _exhaust("GBNFERJ", 4, 4, lambda _: quick_story({}, {}, OPEN))


def test_every_short_sequence_at_a_gate_that_needs_its_reset():
    openings = (0, 500, 1000)

    def make(number):
        return quick_story(MOTOR, RESET_ONLY, CLOSED, openings[number % 3])

    _exhaust("GBFERS", 4, 5, make)


def test_random_lives_keep_the_properties_and_reach_every_state():
    reached = [set() for _ in range(6)]
    for seed in range(40):
        story, draw = random_story(seed)
        for _ in range(50):
            worry(story, draw)
            inlet, bypass = story.inlet, story.bypass
            for _ in range(draw.of((2, 10, 30, 80))):
                story.scan()
                reached[0].add(inlet.rule)
                reached[1].add(inlet.cause)
                reached[2].add(inlet.drive.fault)
                reached[3].add(inlet.first_out)
                reached[4].add(inlet.wait)
                reached[5].add(bypass.rule)
    rules = {codes.RULE_START, codes.RULE_ESTOP, codes.RULE_FLOOD, codes.RULE_QUALITY}
    rules |= {codes.RULE_UNKNOWN, codes.RULE_AUTOMATIC, codes.RULE_LOCAL}
    faults = {codes.CAUSE_NONE, codes.CAUSE_JAM_OPENING, codes.CAUSE_JAM_CLOSING}
    faults |= {codes.CAUSE_SWITCHES, codes.CAUSE_OVERLOAD, codes.CAUSE_NOT_LEFT}
    contacts = {codes.CAUSE_EMERGENCY_CLOSE, codes.CAUSE_UPSTREAM_ALARM}
    causes = {codes.CAUSE_NONE, codes.CAUSE_ESTOP, codes.CAUSE_FLOOD, codes.CAUSE_QUALITY}
    causes |= {codes.CAUSE_LOST, codes.CAUSE_NEVER_GOOD, codes.CAUSE_SWITCHES}
    causes |= {codes.CAUSE_STARTING, codes.CAUSE_LOCAL, codes.CAUSE_SERVICE}
    causes |= {codes.CAUSE_MAINS_LOST, codes.CAUSE_NOT_LEFT} | contacts
    waits = set(range(codes.WAIT_MAINS + 1)) - {codes.WAIT_TRAVEL, codes.WAIT_DEAD_TIME}
    assert reached[0] == rules
    assert reached[1] == causes
    assert reached[2] == faults
    assert reached[3] == faults | {codes.CAUSE_ESTOP, codes.CAUSE_QUALITY} | contacts
    assert reached[4] == waits
    assert reached[5] == rules


def test_from_every_mess_good_water_and_a_reset_lead_to_an_open_gate():
    for seed in range(100, 116):
        story, draw = random_story(seed)
        for _ in range(12):
            worry(story, draw)
            story.run(1000)
        calm(story)
        story.run(20000)  # flood and trips clear
        story.press_reset()
        story.scan_ms = 1000
        story.until(is_open, 3600000 + 20000)  # at the latest when the hour's count permits
        story.until(lambda one: one.bypass_leaf.at_ms == 0, 6000)


def test_from_every_mess_bad_water_leads_to_a_closed_gate():
    for seed in range(200, 216):
        story, draw = random_story(seed)
        for _ in range(12):
            worry(story, draw)
            story.run(1000)
        calm(story, draw.of((TURBID, NO_ANSWER)))
        story.press_reset()
        # flood clear 5 s; lost: 3 polls and 3 s; travel 4 s; phases, dead time
        story.until(is_shut, 5000 + 6000 + 4000 + 3000)
        story.until(lambda one: one.bypass_leaf.at_ms == 3000, 6000)


LIFE_MS = 40000
CONDITIONS = ("estop", "flood", "trip", "lost")
RULES = (codes.RULE_ESTOP, codes.RULE_FLOOD, codes.RULE_QUALITY, codes.RULE_UNKNOWN)


def _under(conditions):
    """A story in which exactly these demands stand, each on a point or contact of its own."""
    at_once = {"delay_ms": 0}
    story = opened_story(trips=[merged(TRIP, at_once), merged(TRIP, OXYGEN_TRIP, at_once)])
    if "trip" in conditions:
        story.water[0] = TURBID
    if "lost" in conditions:
        story.water[1] = NO_ANSWER
    if "flood" in conditions:
        story.levels["flood"] = 0
    story.run(12000)
    if "estop" in conditions:
        story.levels["estop"] = 0
    return story.run(1000)


def test_the_first_rule_that_applies_rules_whatever_stands_below_it():
    targets = {codes.RULE_ESTOP: HOLD, codes.RULE_FLOOD: OPEN, codes.RULE_AUTOMATIC: OPEN}
    seen = {}
    for number in range(16):
        conditions = [CONDITIONS[bit] for bit in range(4) if number >> bit & 1]
        inlet = _under(conditions).inlet
        rule = codes.RULE_AUTOMATIC
        for bit in range(3, -1, -1):
            if number >> bit & 1:
                rule = RULES[bit]
        assert inlet.rule == rule, conditions
        assert inlet.target == targets.get(rule, CLOSED), conditions
        # nothing below it changes what is said or done
        told = (inlet.cause, inlet.cause_of, inlet.drive.direction)
        assert seen.setdefault(rule, told) == told, conditions


def test_everything_in_one_scan_is_an_emergency_stop():
    story = opened_story()
    story.water[:] = [TURBID, AIRLESS, HIGH]
    story.run(5000)
    story.levels.update({"estop": 0, "flood": 0, "reset": 1})
    story.scan()
    assert story.inlet.rule == codes.RULE_ESTOP
    assert not any(story.outputs)


def test_a_worse_reading_never_starts_an_opening():
    """Each life twice: as it is, and with one probe gone for good from some time on."""
    for seed in range(300, 324):
        kinds = Draw(seed)
        point, worse, gone_ms = kinds.below(3), kinds.of(WORSE), 6000 + 500 * kinds.below(60)
        flooded = bytearray(LIFE_MS // SCAN_MS + 20)
        for story in _life(seed, -1, worse, 0):
            flooded[story.passed_ms // SCAN_MS] = story.inlet.rule == codes.RULE_FLOOD
        for story in _life(seed, point, worse, gone_ms):
            # a flood that the other life has not: only one that the lost stage does not end
            floods = story.inlet.rule == codes.RULE_FLOOD
            assert point == 2 or flooded[story.passed_ms // SCAN_MS] == floods, story.text()
        last_ms = gone_ms + 2000  # an opening that began before the poll that found it gone
        for opened_ms, rule in story.opened:
            if point < 2:
                assert rule != codes.RULE_AUTOMATIC or opened_ms <= last_ms, (seed, opened_ms)


def _life(seed, point, worse, gone_ms):
    story, draw = random_story(seed)
    while story.passed_ms < LIFE_MS:
        worry_water(story, draw)
        if point >= 0 and story.passed_ms >= gone_ms:
            story.water[point] = worse
        for _ in range(10):
            story.scan()
            yield story
