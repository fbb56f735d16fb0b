"""Rules of gates: drive, source, bypass, ways of the water.

Each case: edits, a text in the line named, what is said of it (and how many errors follow).
"""

import pytest
from site_files import GOOD, assert_told

_INLET = "stations.inlet"
_MAIN = "stations.inlet.gates.main"

CASES = {
    "inlet without a flood list": (
        [
            (
                GOOD[GOOD.index("[[") : GOOD.index("[stations.inlet.gates.main.trips.turbid]")],
                "",
            )
        ],
        "[stations.inlet.gates.main]",
        f"{_MAIN}.flood: is missing: an inlet must say what it does in a flood. Add [[...flood]] "
        "with name, any and position.",
    ),
    "inlet without source": (
        [('source = "wwtp"\n', "")],
        "[stations.inlet.gates.main]",
        f"{_MAIN}.source: is missing: every inlet says whose water it takes. Name one of "
        "[sources].",
    ),
    "unknown source": (
        [('source = "wwtp"', 'source = "river"')],
        '"river"',
        f'{_MAIN}.source = "river": no such source. Known are: wwtp. Add [sources.river] or name '
        "another.",
    ),
    "toxic industrial water": (
        [("toxic_industrial = false", "toxic_industrial = true")],
        "toxic_industrial",
        "sources.wwtp.toxic_industrial = true: an inlet must not take water of a plant that takes "
        "toxic industrial water, and gate main does. Take it from another source.",
    ),
    "source not approved": (
        [("approved = true", "approved = false")],
        "approved",
        "sources.wwtp.approved = false: gate main takes water of a source that is not approved. "
        "Have it approved.",
    ),
    "bypass that is no gate": (
        [('bypass = "around"', 'bypass = "weir"')],
        'bypass = "weir"',
        f'{_MAIN}.bypass = "weir": no gate of this name with role = "bypass". This station has: '
        "around.",
        1,
    ),
    "bypass that is an inlet": (
        [('bypass = "around"', 'bypass = "main"')],
        'bypass = "main"',
        f'{_MAIN}.bypass = "main": no gate of this name with role = "bypass". This station has: '
        "around.",
        1,
    ),
    "bypass that nobody names": (
        [('bypass = "around"', 'fixed_way = "weir at 2.40 m"')],
        'role = "bypass"',
        f'{_INLET}.gates.around.role = "bypass": no inlet names this gate as its bypass: it would '
        'never open. Add bypass = "around" to the inlet.',
    ),
    "no way for the water": (
        [('bypass = "around"\n', "")],
        "[stations.inlet.gates.main]",
        f"{_MAIN}.bypass: is missing: when this gate is closed the water has no way. Name its "
        "bypass, or state the fixed_way (a weir or overflow) by which it leaves.",
        1,
    ),
    "no way in one combination": (
        [('spring = "open"', 'spring = "closed"')],
        'bypass = "around"',
        f'{_MAIN}.bypass = "around": water has no way out when the demands are: inlet automatic, '
        "bypass follows, power off. State a fixed_way, or change a flood position or a spring.",
    ),
    "no way in one flood": (
        [
            (
                'spring = "open"',
                'spring = "open"\nflood = [{ name = "yard", any = [{ contact = "DI_13" }], '
                'position = "closed" }]',
            )
        ],
        'bypass = "around"',
        f'{_MAIN}.bypass = "around": water has no way out when the demands are: inlet automatic, '
        "bypass flood yard, power on. State a fixed_way, or change a flood position or a spring.",
    ),
    "missing terminal": (
        [(', at_closed = "DI_2"', "")],
        "RELAY_1",
        f"{_MAIN}.terminals.at_closed: is missing: a gate of role inlet with a two_relay drive "
        "needs it. Name its terminal.",
    ),
    "terminal of the other drive": (
        [('out = "RELAY_3"', 'out = "RELAY_3", close = "RELAY_4"')],
        "RELAY_4",
        f'{_INLET}.gates.around.terminals.close = "RELAY_4": means nothing for a gate of kind '
        "spring_return. Remove the key.",
    ),
    "key of the other drive": (
        [('spring = "open"', 'spring = "open"\nretries = 3')],
        "retries",
        f"{_INLET}.gates.around.retries = 3: means nothing for a gate of kind spring_return. "
        "Remove the key.",
    ),
    "key of the other role": (
        [('spring = "open"', 'spring = "open"\nreopen_hold_s = 3')],
        "reopen_hold_s",
        f"{_INLET}.gates.around.reopen_hold_s = 3: means nothing for a gate of kind bypass. "
        "Remove the key.",
    ),
    "time-out within the travel": (
        [("travel_timeout_s = 36", "travel_timeout_s = 24")],
        "travel_timeout_s = 24",
        f"{_MAIN}.travel_timeout_s = 24: must be more than travel_s (24 s): else every full "
        "stroke counts as a jam.",
    ),
    "spring not stated": (
        [('spring = "open"\n', "")],
        "[stations.inlet.gates.around]",
        f'{_INLET}.gates.around.spring: is missing. Say where the spring goes: "open" or '
        '"closed".',
    ),
    "spring closes in a flood": (
        [
            ('drive = "two_relay"', 'drive = "spring_return"\nspring = "closed"'),
            (
                'open = "RELAY_1", close = "RELAY_2", at_open',
                'out = "RELAY_1", at_open',
            ),
            ('on_power_loss = "stays"', 'on_power_loss = "closes_spring"'),
        ],
        'position = "open"',
        f'{_MAIN}.flood[0].position = "open": the spring closes this gate whenever its power '
        "fails, in a flood too. State the fixed_way by which the water then leaves, or fit "
        "another drive.",
    ),
    "power loss not stated": (
        [('on_power_loss = "stays"\n', "")],
        "[stations.inlet.gates.main]",
        f'{_MAIN}.on_power_loss: is missing. State what the gate does alone: "stays", '
        '"closes_spring" or "closes_battery".',
    ),
    "a motor does not close by a spring": (
        [('on_power_loss = "stays"', 'on_power_loss = "closes_spring"')],
        "on_power_loss",
        f'{_MAIN}.on_power_loss = "closes_spring": only a spring_return drive with spring = '
        '"closed" does this. State what it does.',
    ),
    "a spring does not stay": (
        [
            ('drive = "two_relay"', 'drive = "spring_return"\nspring = "closed"'),
            (
                'open = "RELAY_1", close = "RELAY_2", at_open',
                'out = "RELAY_1", at_open',
            ),
        ],
        "on_power_loss",
        f'{_MAIN}.on_power_loss = "stays": a spring_return drive does not do this. State what '
        "the spring does.",
        1,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_faulty_site_is_told(tmp_path, name):
    assert_told(tmp_path, *CASES[name])
