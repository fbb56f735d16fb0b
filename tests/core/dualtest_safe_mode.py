"""Safe mode in the core: no water is known, each gate goes to its trip position, and what the LED
tells of it.
"""

from core_story import Story, is_opening, is_shut, opened_story, river_high

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.core import led
from station.core.ticks import TICKS_MASK, later

UNKNOWN = codes.RULE_UNKNOWN


def safe_story(**changes):
    """Nobody polls; safe mode from the first scan."""
    story = Story(**changes)
    story.polling = False
    story.station.enter_safe_mode()
    return story


def test_every_gate_goes_to_its_trip_position_at_once():
    for trips in (None, []):  # an inlet that nothing judges, too
        for opening in (0, 400, 1000):
            story = safe_story(trips=trips, opening=opening, grace_ms=60000)
            story.scan()
            assert story.inlet.rule == story.bypass.rule == UNKNOWN
            assert story.inlet.target == codes.TARGET_CLOSED
            assert story.bypass.target == codes.TARGET_OPEN
            story.until(is_shut, 30000)
            story.never(is_opening, 60000)


def test_a_flood_contact_acts_and_a_flood_point_does_not():
    story = safe_story()
    story.until(is_shut, 30000)
    story.levels["flood"] = 0
    story.run(5000)
    assert story.inlet.rule == codes.RULE_FLOOD
    assert story.inlet.target == codes.TARGET_OPEN
    assert story.bypass.target == codes.TARGET_OPEN  # its own trip position: no flood of its own
    story.levels["flood"] = 1
    story.until(is_shut, 120000)


def test_a_lost_stage_is_no_flood_in_safe_mode():
    floods = [river_high()]
    floods[0][0]["stage_lost"] = layout.STAGE_LOST_FLOOD
    story = safe_story(floods=floods)
    story.until(is_shut, 30000)
    story.never(is_opening, 60000)


def test_an_emergency_stop_stops_it_until_the_reset():
    story = safe_story()
    story.run(500)
    story.levels["estop"] = 0
    story.scan()
    assert not any(story.outputs)
    story.levels["estop"] = 1
    for _ in range(100):
        story.scan()
        assert not any(story.outputs)
    story.press_reset()
    story.until(is_shut, 30000)


def flashes(light, start_ms, code):
    """How often it is lit in each of two rounds, asked every 200 ms."""
    round_ms = 400 * code + 1600
    levels = [light.level(later(start_ms, at)) for at in range(0, 2 * round_ms, 200)]
    half = len(levels) // 2
    counted = []
    for part in (levels[:half], levels[half:]):
        assert part[0] == 1
        assert part[-8:] == [0] * 8
        counted.append(sum(1 for at in range(len(part)) if part[at] and not (at and part[at - 1])))
    return counted


def test_the_led_flashes_as_often_as_its_code_and_pauses():
    for code in range(led.RUNNING, led.GIVEN_UP + 1):
        for start_ms in (0, TICKS_MASK - 1000):
            assert flashes(led.Led(code), start_ms, code) == [code, code]


def test_the_led_tells_a_stop_and_a_drives_fault_but_safe_mode_first():
    story = opened_story()
    assert led.code_of(story.station, led.RUNNING) == led.RUNNING
    story.leaf.shown.update({"at_open": 1, "at_closed": 1})
    story.run(500)
    assert led.code_of(story.station, led.RUNNING) == led.GATE_FAULT
    assert led.code_of(story.station, led.CRASH_LOOP) == led.CRASH_LOOP
    story = opened_story()
    story.levels["estop"] = 0
    story.scan()
    assert led.code_of(story.station, led.RUNNING) == led.GATE_FAULT
