"""The configurations that are proved: small, each for one part of the law."""

from dataclasses import replace

from reedgate_contract import config as layout
from reedgate_sim.proof.acts import KEEP, MASK, ORDERS, REFUSED, RELEASE, RESET
from reedgate_sim.proof.acts import OPEN as OPEN_ORDER
from reedgate_sim.proof.site import (
    ACTUATOR,
    CLOSED,
    DAY_MS,
    HOUR_MS,
    MOTOR,
    OPEN,
    Flood,
    Gate,
    Site,
    Trip,
)

BELOW = layout.SIDE_BELOW
RESET_ONLY = layout.CLEARS_RESET_ONLY
_HOUR_OF_5 = 800_000  # ms a unit: an hour ends with the fifth scan
# A unit is longer than the day for which a trip counts, random scans early and late by a fortieth
# included; or half of it and more where an age of two units has to stay below a day. So only
# `again` has to know of three trips in a day.
_HALF_DAY = 15 * HOUR_MS

# The letters of the words of polls are in site.py.
_EVERY = (
    Site(  # one limit, k of n, with every kind of poll
        name="limit",
        trips=(
            Trip(polls=2, of=3, delay=2, lost_hold=2, words=("", "I", "D", "d", "B", "M", "S")),
        ),
        inlet=Gate(spring=CLOSED, reopen_hold=2),
        max_age=2,
        unit_ms=_HALF_DAY,
    ),
    Site(  # two limits that clear in different ways, and a bypass
        name="two_limits",
        trips=(
            Trip(words=("I", "D", "B", "M"), clear_hold=2, lost_hold=1),
            Trip(words=("I", "B", "N"), clears=RESET_ONLY, delay=1),
        ),
        inlet=Gate(spring=CLOSED, reopen_hold=2),
        bypass=Gate(),
        reset=True,
    ),
    Site(  # how polls fall between two scans: none, early, late, several
        name="polls",
        trips=(Trip(polls=2, of=2, delay=1, words=("", "I", "I<", "B", "B<", "B<I", "IB", "BB")),),
        inlet=Gate(spring=CLOSED, reopen_hold=1),
        max_age=2,
        unit_ms=_HALF_DAY,
    ),
    Site(  # a trip and a flood that act below their limits
        name="below",
        trips=(Trip(side=BELOW, words=("I", "D", "d", "B", "M")),),
        inlet=Gate(
            spring=CLOSED, floods=(Flood(OPEN, side=BELOW, words=("I", "D", "d", "B", "M")),)
        ),
    ),
    Site(  # a motor that jams and sags
        name="motor",
        trips=(Trip(words=("I", "B")),),
        inlet=Gate(MOTOR, travel=2, timeout=3, dead=1, backoff=1, faults="sg"),
        reset=True,
        positions=(0, 1, 2),
    ),
    Site(  # a motor whose switches lie
        name="switches",
        trips=(Trip(words=("I", "B")),),
        inlet=Gate(MOTOR, dead=1, faults="OcX"),
        reset=True,
    ),
    Site(  # a motor that is switched off and on
        name="restart",
        trips=(Trip(words=("I", "B"), clears=RESET_ONLY),),
        inlet=Gate(MOTOR, dead=2, faults="s"),
        reset=True,
        restarts=True,
    ),
    Site(  # emergency stop over everything
        name="stop",
        trips=(Trip(words=("I", "B"), clears=RESET_ONLY),),
        inlet=Gate(MOTOR, floods=(Flood(OPEN, contact="river"),)),
        bypass=Gate(),
        estop=True,
        reset=True,
        restarts=True,
    ),
    Site(  # the river too high: a stage and a contact, against a trip
        name="flood",
        trips=(Trip(words=("I", "B", "M")),),
        inlet=Gate(
            spring=CLOSED,
            floods=(
                Flood(
                    position=OPEN,
                    clear=2,
                    words=("", "I", "D", "d", "B", "M"),
                    contact="river",
                    debounce=1,
                ),
            ),
        ),
        bypass=Gate(),
        max_age=2,
        unit_ms=_HALF_DAY,
    ),
    Site(  # two causes that want the opposite, and one of the bypass
        name="floods",
        trips=(Trip(words=("I", "B")),),
        inlet=Gate(
            MOTOR,
            dead=1,
            floods=(
                Flood(CLOSED, contact="crest"),
                Flood(OPEN, layout.STAGE_LOST_FLOOD, words=("I", "B", "M")),
            ),
        ),
        bypass=Gate(floods=(Flood(CLOSED, contact="below"),)),
    ),
    Site(  # a motor each, and faults of both
        name="both_motors",
        trips=(Trip(words=("I", "B"), clears=RESET_ONLY),),
        inlet=Gate(MOTOR, retries=0, faults="s"),
        bypass=Gate(MOTOR, retries=0, faults="s"),
        reset=True,
    ),
    Site(  # a flood that finds the inlet jammed half way
        name="unmet",
        trips=(Trip(words=("I", "B")),),
        inlet=Gate(
            MOTOR,
            travel=2,
            timeout=3,
            retries=0,
            faults="s",
            floods=(Flood(OPEN, contact="river"),),
        ),
        bypass=Gate(),
        reset=True,
        positions=(0, 1, 2),
    ),
    Site(  # how often rule 9 may open, and how soon again
        name="openings",
        trips=(Trip(words=("I", "B"), clears=RESET_ONLY),),
        inlet=Gate(spring=CLOSED, reopen_hold=1, min_closed=1, openings=1),
        reset=True,
        unit_ms=_HOUR_OF_5,
        restarts=True,
    ),
    Site(
        name="safe_mode",
        trips=(Trip(words=("",)),),
        inlet=Gate(MOTOR, faults="s", floods=(Flood(OPEN, words=("",), contact="river"),)),
        bypass=Gate(),
        estop=True,
        reset=True,
        safe_mode=True,
    ),
)


# What every kind of drive is proved with: `two_limits` and `flood` above, and these. In all of
# them the inlet has a spring.
_COMBINED = Site(  # a trip of two conditions
    name="combined",
    trips=(Trip(words=("I", "D", "B", "M"), also=(("I", "B", "N"),), clear_hold=2, lost_hold=1),),
    inlet=Gate(spring=CLOSED, reopen_hold=2),
    bypass=Gate(),
)
_POND = Site(  # rule 7 closes, and lets rule 9 open again
    name="pond",
    trips=(Trip(words=("I", "B", "M")),),
    ponds=(Trip(polls=2, of=2, lost_hold=1, words=("I", "D", "B", "M")),),
    inlet=Gate(spring=CLOSED, reopen_hold=2),
    bypass=Gate(),
)
_COMMAND = Site(  # orders from afar, and what only looks like one
    name="command",
    trips=(Trip(words=("I", "B"), clears=RESET_ONLY),),
    inlet=Gate(spring=CLOSED, reopen_hold=2, floods=(Flood(OPEN, contact="river"),)),
    bypass=Gate(),
    acts=ORDERS + REFUSED,
    unit_ms=2 * HOUR_MS,  # so that an order may stand for two of them
)
_WITH_EACH_DRIVE = (_COMBINED, _POND, _COMMAND)

_REST = (
    Site(  # of orders only one to close stands over a restart, and none of before one is taken
        name="command_restart",
        trips=(Trip(words=("I", "B"), clears=RESET_ONLY),),
        inlet=Gate(spring=CLOSED),
        acts=(OPEN_ORDER, KEEP, RELEASE, RESET, *REFUSED[:3]),
        restarts=True,
        unit_ms=2 * HOUR_MS,
    ),
    Site(  # a person at the selector and its buttons, against flood and trip
        name="local",
        trips=(Trip(words=("I", "B")),),
        inlet=Gate(MOTOR, retries=0, local=True, floods=(Flood(OPEN, contact="river"),)),
        bypass=Gate(),
    ),
    Site(  # the same person at a gate that jams, and emergency stop
        name="local_stop",
        trips=(Trip(words=("I",)),),
        inlet=Gate(MOTOR, retries=0, faults="s", local=True),
        estop=True,
        reset=True,
    ),
    Site(  # the button that closes at once, kept over a restart
        name="emergency",
        trips=(Trip(words=("I", "B"), clears=RESET_ONLY),),
        inlet=Gate(MOTOR, retries=0, emergency_close=True),
        bypass=Gate(),
        reset=True,
        restarts=True,
    ),
    Site(  # three trips of one cause in a day
        name="again",
        trips=(Trip(words=("I", "B")),),
        inlet=Gate(spring=CLOSED),
        reset=True,
        unit_ms=DAY_MS * 2 // 9,  # a day ends half way between the fourth scan and the fifth
    ),
    Site(  # a probe that wipes itself
        name="wipe",
        trips=(Trip(words=("I", "B", "M", "W", "M<I"), clears=RESET_ONLY, wipes=True),),
        inlet=Gate(spring=CLOSED, openings=1),
        reset=True,
        unit_ms=106_700,  # 10 min, in which one freeze may end, are 5.6 of them, an hour 33.7
    ),
    Site(  # a measurement bypassed at the station, beside one that is not
        name="mask",
        trips=(
            Trip(words=("I", "B", "M"), clears=RESET_ONLY),
            Trip(words=("I", "B", "M"), clears=RESET_ONLY),
        ),
        inlet=Gate(spring=CLOSED),
        bypass=Gate(),
        acts=(MASK,),
        reset=True,
        unit_ms=2_400_000,  # an hour, the longest bypass, is one and a half
    ),
    Site(  # an actuator that does not move, or does not answer
        name="actuator",
        trips=(Trip(words=("I", "B")),),
        inlet=Gate(ACTUATOR, faults="sq"),
        estop=True,
        reset=True,
    ),
)


def _drives(site: Site) -> list[Site]:
    """The same with a motor and with an actuator."""
    name, inlet = site.name, site.inlet
    return [
        replace(site, name=f"{name}_motor", inlet=replace(inlet, drive=MOTOR)),
        replace(site, name=f"{name}_actuator", inlet=replace(inlet, drive=ACTUATOR)),
    ]


def configurations() -> dict[str, Site]:
    """By name."""
    with_drives = [site for site in _EVERY if site.name in ("two_limits", "flood")]
    with_drives += _WITH_EACH_DRIVE
    every = [*_EVERY, *_WITH_EACH_DRIVE, *_REST]
    every += [each for site in with_drives for each in _drives(site)]
    return {site.name: site for site in every}
