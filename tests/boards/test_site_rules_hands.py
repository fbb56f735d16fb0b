"""Rules of buttons, contacts, torque switch, watched times, leak, battery; and of the roles.

Each case: edits, a text in the line named, what is said of it (and how many errors follow).
"""

import pytest
from site_files import assert_told, checked, edited

_MAIN = "stations.inlet.gates.main"
_SWITCHES = 'at_closed = "DI_2" }'
_TRAVEL = "travel_s = 24\n"
_UNKNOWN = (
    "can make the position unknown, and then the gate is driven for a whole travel: only a wired "
    "torque switch stops it there. Name its terminal, or remove the key."
)


def _wired(more):
    return (_SWITCHES, f'at_closed = "DI_2", {more} }}')


CASES = {
    "a selector without its buttons": (
        [_wired('local = "DI_4"')],
        "local =",
        f"{_MAIN}.terminals.local_open: is missing: a selector needs both its buttons, and each "
        "button the other one. Name its terminal.",
        1,
    ),
    "buttons that nothing lets act": (
        [_wired('local_open = "DI_5", local_close = "DI_6"')],
        "local_open",
        f"{_MAIN}.terminals.local: is missing: without a selector, or a service button of the "
        "station, nothing lets the buttons act. Name its terminal.",
    ),
    "an emergency-close button at a bypass": (
        [('at_open = "DI_12" }', 'at_open = "DI_12", emergency_close = "DI_3" }')],
        "emergency_close",
        'stations.inlet.gates.around.terminals.emergency_close = "DI_3": means nothing for a gate '
        "of kind bypass. Remove the key.",
    ),
    "a torque switch at a spring": (
        [('at_open = "DI_12" }', 'at_open = "DI_12", torque = "DI_3" }')],
        "torque",
        'stations.inlet.gates.around.terminals.torque = "DI_3": means nothing for a gate of kind '
        "spring_return. Remove the key.",
    ),
    "leave_ms without a torque switch": (
        [(_TRAVEL, _TRAVEL + "leave_ms = 3000\n")],
        "leave_ms",
        f"{_MAIN}.leave_ms = 3000: {_UNKNOWN}",
    ),
    "travel_min_s without a torque switch": (
        [(_TRAVEL, _TRAVEL + "travel_min_s = 20\n")],
        "travel_min_s",
        f"{_MAIN}.travel_min_s = 20: {_UNKNOWN}",
    ),
    "leak without a torque switch": (
        [(_TRAVEL, _TRAVEL + 'leak = { point = "stage_mm", above = 900 }\n')],
        "above = 900",
        f"{_MAIN}.leak = {{...}}: {_UNKNOWN}",
    ),
    "a switch may never make": (
        [(_TRAVEL, _TRAVEL + "travel_min_s = 24\n"), _wired('torque = "DI_3"')],
        "travel_min_s",
        f"{_MAIN}.travel_min_s = 24: must be less than travel_s (24 s): else every full stroke is "
        "too early.",
    ),
    "a switch may hold for the whole travel": (
        [(_TRAVEL, _TRAVEL + "leave_ms = 24000\n"), _wired('torque = "DI_3"')],
        "leave_ms",
        f"{_MAIN}.leave_ms = 24000: must be less than travel_s (24 s): by then the gate is at its "
        "other end.",
    ),
    "a leak at a point that is not there": (
        [
            (_TRAVEL, _TRAVEL + 'leak = { point = "flow_lps", above = 1 }\n'),
            _wired('torque = "DI_3"'),
        ],
        "flow_lps",
        f'{_MAIN}.leak.point = "flow_lps": no such point. The sensors of this station give: '
        "turbidity_ntu, do_mg_l, stage_mm.",
    ),
    "a time of a leak that nothing shows": (
        [(_TRAVEL, _TRAVEL + "leak_s = 60\n")],
        "leak_s",
        f"{_MAIN}.leak_s = 60: means nothing without `leak`, the point that shows the water. Add "
        "it, or remove the key.",
    ),
    "a battery that nobody asks": (
        [('"stays"', '"closes_battery"')],
        "on_power_loss",
        f'{_MAIN}.on_power_loss = "closes_battery": the station must see that the mains are lost. '
        "Name its terminal mains_ok.",
    ),
    "healthy at an input": (
        [('reset = "DI_9" }', 'reset = "DI_9", healthy = "DI_3" }')],
        "healthy",
        'stations.inlet.terminals.healthy = "DI_3": is an input of the board. Outputs are: '
        "RELAY_1, RELAY_2, RELAY_3, RELAY_4, RELAY_5.",
    ),
    "a spill with a spring that closes it": (
        [
            ('role = "bypass"', 'role = "spill"'),
            ('bypass = "around"\n', 'fixed_way = "a weir"\n'),
            ('spring = "open"', 'spring = "closed"'),
        ],
        'spring = "closed"',
        'stations.inlet.gates.around.spring = "closed": the spring closes this spill whenever its '
        'power fails. Fit one that goes to "open".',
    ),
    "an outlet with a source": (
        [('role = "inlet"', 'role = "outlet"'), ('bypass = "around"\n', "")],
        'source = "wwtp"',
        f'{_MAIN}.source = "wwtp": means nothing for a gate of kind outlet. Remove the key.',
        1,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_faulty_site_is_told(tmp_path, name):
    assert_told(tmp_path, *CASES[name])


def test_a_station_with_all_of_it_is_good(tmp_path):
    text = edited(
        _wired(
            'torque = "DI_3", local = "DI_4", local_open = "DI_5", local_close = "DI_6", '
            'emergency_close = "DI_8", upstream_alarm = "DI_14"'
        ),
        (
            'reset = "DI_9" }',
            'reset = "DI_9", mains_ok = "DI_10", service = "DI_13", healthy = "RELAY_5" }',
        ),
        (
            _TRAVEL,
            _TRAVEL + "leave_ms = 3000\ntravel_min_s = 20\nproof_test_days = 30\nleak_s = 300\n"
            'leak = { point = "stage_mm", above = 900 }\n',
        ),
        ('"stays"', '"closes_battery"'),
    )
    site, findings = checked(tmp_path, text)
    assert [each.text("en") for each in findings.errors] == []
    assert site is not None


def test_an_outlet_and_a_spill_stand_for_themselves(tmp_path):
    text = edited(
        ('role = "inlet"\nsource = "wwtp"\n', 'role = "outlet"\n'),
        ('bypass = "around"\n', ""),
        ('role = "bypass"', 'role = "spill"\nproof_test_days = 90'),
    )
    site, findings = checked(tmp_path, text)
    assert [each.text("en") for each in findings.errors] == []
    assert site is not None
