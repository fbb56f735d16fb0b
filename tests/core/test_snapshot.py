"""What a scan is said to have decided from is enough: a station made anew decides the same."""

from core_events import MOTOR, RESET_ONLY, Draw, happen, quick_story
from core_story import HIGH, opened_story, river_high
from core_twin import Twin, rerun

from reedgate_contract import codes

OPEN, CLOSED = codes.TARGET_OPEN, codes.TARGET_CLOSED


def _told(twin, letters, scans=4):
    for letter in letters:
        gate = twin.story.inlet
        if letter == "o":
            gate.remote.take(OPEN, 3000)
        elif letter == "c":
            gate.remote.take(CLOSED, 3000)
        elif letter == "u":
            gate.remote.take(CLOSED, 0)
        elif letter == "r":
            gate.remote.release()
        elif letter == "q":
            gate.remote.reset()
        else:
            happen(twin.story, letter)
        for _ in range(scans):
            twin.scan()


def test_every_scan_of_random_lives_is_decided_again_as_it_was():
    rules = set()
    for seed in range(12):
        draw = Draw(seed)
        kinds = ({}, MOTOR)[seed & 1]
        twin = Twin(quick_story(kinds, RESET_ONLY if seed & 2 else {}, (OPEN, CLOSED)[seed & 1]))
        _told(twin, "GGGGcr")
        for _ in range(60):
            _told(twin, draw.of("GGGGBBNFFERRRJSocurq"), 1 + draw.below(7))
        rules |= {row[0] for row in twin.seen if isinstance(row, tuple)}
    assert rules >= {
        codes.RULE_ESTOP,
        codes.RULE_FLOOD,
        codes.RULE_QUALITY,
        codes.RULE_UNKNOWN,
        codes.RULE_REMOTE,
        codes.RULE_AUTOMATIC,
    }


def test_a_jam_with_its_back_offs_and_its_latch():
    twin = Twin(quick_story(MOTOR, {}, OPEN))
    _told(twin, "GGGGG")
    _told(twin, "JB", 30)
    _told(twin, "JRG", 20)
    assert 100 + codes.CAUSE_JAM_CLOSING in twin.seen


def test_a_flood_of_a_stage_and_its_clearing():
    story = opened_story(floods=[river_high()])
    twin = Twin(story)
    story.water[2] = HIGH
    for _ in range(60):
        twin.scan()
    story.water[2] = 1000
    for _ in range(120):
        twin.scan()
    assert (codes.RULE_FLOOD, OPEN) in twin.seen
    assert story.inlet.rule == codes.RULE_AUTOMATIC


def test_openings_that_have_become_an_hour_old_and_the_start():
    twin = Twin(quick_story({}, {}, OPEN, opening=0))
    _told(twin, "GGGG", 20)
    for _ in range(30):
        _told(twin, "cr", 12)
    assert twin.story.inlet.openings == len(twin.story.inlet.openings_ms)
    hour = range(3600 * 1000 // twin.story.scan_ms)
    for number in hour:
        twin.plain_scan()
        twin.latches.look()
        twin.snapshot.look()
        if number > len(hour) - 800:
            twin.scan()
    assert (codes.RULE_AUTOMATIC, OPEN) in twin.seen


def test_it_is_not_what_was_decided_that_is_put_back():
    """With another reading in the record another decision comes out."""
    twin = Twin(quick_story({}, {}, OPEN))
    _told(twin, "GGGG", 20)
    points = bytearray(twin.points())
    twin.snapshot.take()
    content = bytes(twin.snapshot.content)
    again, _, _ = rerun.decide_again(twin.story.blob, content, bytes(points))
    assert again.gates[0].reopen_hold.done
    points[4] = codes.STATUS_FAILURE << 4 | codes.FLAG_MISSING
    again, _, _ = rerun.decide_again(twin.story.blob, content, bytes(points))
    assert not again.gates[0].reopen_hold.running
