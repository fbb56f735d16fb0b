"""What happens to a station, drawn at random (the same on every Python) or by letter."""

from core_site import CLOSED_WHEN_WELL
from core_story import (
    AIRLESS,
    HIGH,
    NO_ANSWER,
    OXYGEN_TRIP,
    TRIP,
    TURBID,
    Story,
    merged,
    river_high,
)

from reedgate_contract import codes
from reedgate_contract import config as layout
from station.core import fixed

OPEN, CLOSED, HOLD = codes.TARGET_OPEN, codes.TARGET_CLOSED, codes.TARGET_HOLD
RESET_ONLY = {"clears": layout.CLEARS_RESET_ONLY}
MOTOR = {"drive": layout.DRIVE_TWO_RELAY, "spring": 0}
WORSE = (NO_ANSWER, fixed.NOT_A_NUMBER, fixed.INFINITE_ABOVE, fixed.INFINITE_BELOW, 999999)


WIRED = (
    "healthy",
    "service",
    "mains_ok",
    "torque",
    "local",
    "local_open",
    "local_close",
    "emergency_close",
    "upstream_alarm",
    "bypass_local",
    "bypass_local_open",
    "bypass_local_close",
)


class Draw:
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


def quick_story(bypass, trip, flood_position, opening=1000):
    """Times so short that a few events lead through every state; a scan and a poll each 0.5 s."""
    contact = ({"active_open": 1, "debounce_ms": 0}, b"flood")
    flood = {
        "position": flood_position,
        "stage_lost": layout.STAGE_LOST_CONTACT,
        "clear_ms": 1000,
    }
    return Story(
        gate=QUICK_GATE,
        bypass=merged(QUICK_GATE, bypass),
        trip=merged(QUICK_TRIP, trip),
        floods=[(flood, [], [contact])],
        grace_ms=1000,
        scan_ms=500,
        poll_ms=500,
        opening=opening,
    )


def happen(story, letter):
    """Good, bad, no water; flood, emergency stop, jam and both switches on and off; reset."""
    if letter in "GBN":
        story.water[0] = {"G": 5000, "B": TURBID, "N": NO_ANSWER}[letter]
    elif letter == "F":
        story.levels["flood"] ^= 1
    elif letter == "E":
        story.levels["estop"] ^= 1
    elif letter == "R":
        story.press_reset()
    elif letter == "J":
        story.leaf.stuck = not story.leaf.stuck
    elif letter == "S":
        story.leaf.shown = {} if story.leaf.shown else {"at_open": 1, "at_closed": 1}


def random_story(seed):
    """(a story of any kind, where its events are drawn from)"""
    draw = Draw(seed)
    airless = merged(TRIP, OXYGEN_TRIP, draw.of(({}, RESET_ONLY)))
    gate = {
        "openings_per_hour": draw.of((1, 12)),
        "min_closed_ms": draw.of((3000, 9000)),
        "reverse_dead_ms": draw.of((0, 500)),
        "closes_on_battery": draw.of((0, 1)),
        "leave_ms": draw.of((0, 300)),
        "travel_min_ms": draw.of((0, 3900)),
    }
    story = Story(
        gate=gate,
        bypass=draw.of(({}, MOTOR)),
        trips=[merged(TRIP, draw.of(({}, RESET_ONLY))), airless],
        floods=[river_high(position=draw.of((OPEN, OPEN, CLOSED, HOLD)))],
        start_ticks=draw.of((0, (1 << 30) - 40000, (1 << 29) - 40000)),
        opening=draw.of((0, 500, 1000)),
        wired=WIRED if seed & 1 else (),
    )
    return story, draw


def _turbidity(story, draw):
    story.water[0] = draw.of((5000, 5000, 9000, TURBID, TURBID) + WORSE)  # noqa: RUF005


def _oxygen(story, draw):
    story.water[1] = draw.of((8000, 8000, 8000, 2400, AIRLESS, NO_ANSWER))


def _stage(story, draw):
    story.water[2] = draw.of((1000, 1000, 2320, HIGH, NO_ANSWER))


def _contact(story, draw):
    story.levels["flood"] = draw.of((1, 1, 0))


def _estop(story, draw):
    story.levels["estop"] = draw.of((1, 1, 1, 0))


def _reset(story, draw):
    story.press_reset()


def _jam(story, draw):
    story.leaf.stuck = draw.below(4) == 0


_SHOWN = ({}, {}, {}, {"at_closed": 0}, {"at_open": 0}, {"at_open": 1}, {"at_closed": 1})


def _switches(story, draw):
    story.leaf.shown = draw.of(_SHOWN)


def _bus(story, draw):
    story.polling = draw.below(4) != 0


def _power(story, draw):
    if draw.below(6) == 0:
        story.power_up()


def _selector(story, draw):
    story.levels[draw.of(("local", "local", "bypass_local"))] = draw.of((0, 0, 0, 1))


def _buttons(story, draw):
    for name in ("local_open", "local_close", "bypass_local_open", "bypass_local_close"):
        story.levels[name] = draw.of((0, 0, 1))


def _service(story, draw):
    service = story.station.service
    if draw.below(6) == 0 or (service.standing and not service.ending):
        story.press("service")


def _wires(story, draw):
    for name in ("mains_ok", "emergency_close", "upstream_alarm"):
        story.levels[name] = draw.of((1, 1, 1, 0))
    story.levels["torque"] = draw.of((1, 1, 1, 1, 1, 1, 1, 0))


_WATER = (_turbidity, _turbidity, _oxygen, _stage, _contact)
_ANYTHING = (
    _turbidity,
    _turbidity,
    _turbidity,
    _oxygen,
    _stage,
    _contact,
    _estop,
    _reset,
    _jam,
    _switches,
    _bus,
    _power,
    _selector,
    _buttons,
    _service,
    _wires,
)


def worry(story, draw):
    draw.of(_ANYTHING)(story, draw)


def worry_water(story, draw):
    draw.of(_WATER)(story, draw)


def calm(story, water=5000):
    """Nothing is broken any more; the water is as said; the panel's reset was pressed."""
    story.leaf.stuck = story.bypass_leaf.stuck = False
    story.leaf.shown = {}
    story.polling = True
    story.water[:] = [water, 8000, 1000]
    for name in story.levels:
        of_gate = name[7:] if name.startswith("bypass_") else name
        story.levels[name] = 1 if of_gate in CLOSED_WHEN_WELL else 0
    if story.station.service.standing and not story.station.service.ending:
        story.scan()
        story.press("service")
    story.run(32000 if story.station.service.standing else 1000)
    story.press_reset()
