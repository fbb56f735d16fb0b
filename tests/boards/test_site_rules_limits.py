"""Rules of flood causes and quality trips.

Each case: edits, a text in the line named, what is said of it (and how many errors follow).
"""

import pytest
from site_files import assert_told

_MAIN = "stations.inlet.gates.main"
_TURBID = "stations.inlet.gates.main.trips.turbid"
_FIRST_CAUSE = "stations.inlet.gates.main.flood[0].any[0]"

CASES = {
    "unknown point lists them": (
        [('point = "turbidity_ntu"', 'point = "turbidity"')],
        'point = "turbidity"',
        f'{_TURBID}.all[0].point = "turbidity": no such point. The sensors of this station give: '
        "turbidity_ntu, do_mg_l, stage_mm.",
    ),
    "limit beyond the range": (
        [("above = 10,", "above = 1000,")],
        "above = 1000",
        f"{_TURBID}.all[0].above = 1000: with its deadband it clears at 998: both must lie inside "
        "what yosemitech-y511 can measure, 0 to 1000 NTU.",
    ),
    "deadband beyond the range": (
        [("deadband = 2 ", "deadband = 11 ")],
        "deadband = 11",
        f"{_TURBID}.all[0].above = 10: with its deadband it clears at -1: both must lie inside "
        "what yosemitech-y511 can measure, 0 to 1000 NTU.",
    ),
    "range moves with the probe": (
        [("above = 2350,", "above = 100120,")],
        "above = 100120",
        f"{_FIRST_CAUSE}.above = 100120: with its deadband it clears at 100070: both must lie "
        "inside what keller-series-30 can measure, -80 to 100120 mm.",
    ),
    "limit that nothing can be below": (
        [("above = 10, deadband", "below = 0, deadband")],
        "below = 0",
        f"{_TURBID}.all[0].below = 0: with its deadband it clears at 2: both must lie inside what "
        "yosemitech-y511 can measure, 0 to 1000 NTU.",
    ),
    "above and below": (
        [("above = 10,", "above = 10, below = 5,")],
        "below = 5",
        f"{_TURBID}.all[0] = {{...}}: must have either `above` or `below`.",
    ),
    "more decimals than the unit": (
        [("above = 10,", "above = 10.0005,")],
        "above = 10.0005",
        f"{_TURBID}.all[0].above = 10.0005: has more decimals than a station carries (3). Round "
        "it.",
    ),
    "k above n": (
        [("polls = 2, of = 3", "polls = 4, of = 3")],
        "polls = 4",
        f"{_TURBID}.confirm.polls = 4: cannot be more than `of` (3): so many polls are never "
        "beyond the limit.",
    ),
    "point of another station": (
        [
            ('point = "turbidity_ntu"', 'point = "pond.turbidity_ntu"'),
            (
                "[gateway]",
                '[stations.pond]\nname = { zh = "塘", en = "Pond" }\nboard = "HOST"\nbuses = {}\n'
                'sensors = {}\ngates = {}\nuplink = { kind = "none" }\n[gateway]',
            ),
        ],
        "pond.turbidity_ntu",
        f'{_TURBID}.all[0].point = "pond.turbidity_ntu": is a point of another station: no safety '
        "action crosses stations by network. Wire the probe to this station, or join the stations "
        "by a contact.",
    ),
    "clears by itself without moving water": (
        [('flow_past = "bypass"', 'flow_past = "none"')],
        "clears",
        f'{_TURBID}.clears = "hold_then_clear": without upstream water moving past the probe '
        "(side, flow_past) solids settle behind the closed gate and the trip would clear itself. "
        'Choose "reset_only".',
    ),
    "clears by itself downstream": (
        [('side = "upstream"', 'side = "downstream"')],
        "clears",
        f'{_TURBID}.clears = "hold_then_clear": without upstream water moving past the probe '
        "(side, flow_past) solids settle behind the closed gate and the trip would clear itself. "
        'Choose "reset_only".',
    ),
    "cause_gone of a point": (
        [('"hold_then_clear"', '"cause_gone"')],
        "clears",
        f'{_TURBID}.clears = "cause_gone": is for contacts. Choose "hold_then_clear" or '
        '"reset_only".',
    ),
    "hold of what only a reset clears": (
        [('clears = "hold_then_clear"', 'clears = "reset_only"\nclear_hold_s = 5')],
        "clear_hold_s",
        f'{_TURBID}.clear_hold_s = 5: means nothing with clears = "reset_only". Remove the key.',
    ),
    "limit without a full basis": (
        [('basis = { site = "test" }', 'basis = { standard = "GB", year = 2020 }')],
        "basis",
        f"{_TURBID}.basis = {{...}}: must have standard, row, year and verified, or site alone: "
        "whoever reads the limit asks why.",
    ),
    "limit with two bases": (
        [('basis = { site = "test" }', 'basis = { site = "test", year = 2020 }')],
        "basis",
        f"{_TURBID}.basis = {{...}}: must have standard, row, year and verified, or site alone: "
        "whoever reads the limit asks why.",
    ),
    "two flood causes of one name": (
        [
            (
                "[stations.inlet.gates.main.trips.turbid]",
                '[[stations.inlet.gates.main.flood]]\nname = "river_high"\n'
                'any = [{ contact = "DI_13" }]\nposition = "open"\n'
                "[stations.inlet.gates.main.trips.turbid]",
            )
        ],
        None,
        f'43: {_MAIN}.flood[1].name = "river_high": another flood cause of this gate has this '
        "name. Give each its own.",
    ),
    "stage lost without a contact": (
        [('    { contact = "DI_11", active = "open" },\n', "")],
        None,
        f'36: {_MAIN}.flood[0].stage_lost: with "contact" a contact decides when the stage is '
        'lost, and this cause has none. Add a contact to `any`, or choose "flood".',
    ),
    "flood cause that is nothing": (
        [('{ contact = "DI_11", active = "open" }', '{ active = "open" }')],
        '{ active = "open" }',
        f"{_MAIN}.flood[0].any[1] = {{...}}: must have either a point or a contact.",
    ),
    "flood cause that is both": (
        [("deadband = 50 }", "deadband = 50, debounce_ms = 9 }")],
        "debounce_ms = 9",
        f"{_FIRST_CAUSE}.debounce_ms = 9: belongs to the other kind of flood cause (point or "
        "contact). Remove the key.",
    ),
    "flood point without deadband": (
        [(", deadband = 50 }", " }")],
        "above = 2350",
        f"{_FIRST_CAUSE}.deadband: is missing. Add it.",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_faulty_site_is_told(tmp_path, name):
    assert_told(tmp_path, *CASES[name])
