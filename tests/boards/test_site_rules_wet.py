"""Rules of `wet_when`, and what becomes of it and of the thresholds in a compiled station.

Each case: edits, a text in the line named, what is said of it (and how many errors follow).
"""

import binascii

import pytest
from site_files import assert_told, checked, edited

from reedgate_boards.site.compiler import compile_station
from reedgate_contract import config as layout

_OXYGEN = "stations.inlet.sensors.oxygen.wet_when"
_OLD = 'wet_when = "always", points = { do'


def wet(table):
    return (_OLD, f"wet_when = {table}, points = {{ do")


CASES = {
    "a word": (
        [wet('"sometimes"')],
        "sometimes",
        f'{_OXYGEN} = "sometimes": must be "always" or a point and its level, as '
        '{ point = "stage_mm", above = 300 }.',
    ),
    "an empty table": (
        [wet("{}")],
        "wet_when = {}",
        f'{_OXYGEN} = {{...}}: must be "always" or a point and its level, as '
        '{ point = "stage_mm", above = 300 }.',
    ),
    "no point": (
        [wet("{ above = 300 }")],
        "above = 300",
        f"{_OXYGEN} = {{...}}: must have a point, and either `above` or `below`.",
    ),
    "both sides": (
        [wet('{ point = "stage_mm", above = 300, below = 200 }')],
        "above = 300",
        f"{_OXYGEN} = {{...}}: must have a point, and either `above` or `below`.",
    ),
    "unknown point": (
        [wet('{ point = "stage", above = 300 }')],
        "above = 300",
        f'{_OXYGEN}.point = "stage": no such point. The sensors of this station give: '
        "turbidity_ntu, do_mg_l, stage_mm.",
    ),
    "bound that is never reached": (
        [wet('{ point = "stage_mm", above = 120000 }')],
        "above = 120000",
        f"{_OXYGEN}.above = 120000: must lie inside what keller-series-30 can measure, -80 to "
        "100120 mm: else the probe is always wet, or never.",
    ),
    "own point that is judged too late": (
        [
            (
                'wet_when = "always", points = { do_mg_l = "do_mg_l"',
                'wet_when = { point = "t_c", above = 1 }, points = { do_mg_l = "do_mg_l", '
                'temperature_c = "t_c"',
            )
        ],
        "above = 1 }",
        f'{_OXYGEN}.point = "t_c": is judged after others of this sensor. Put it first in '
        "`points`.",
    ),
    "witness that needs a witness": (
        [
            wet('{ point = "stage_mm", above = 300 }'),
            (
                'max_age_s = 3, wet_when = "always"',
                'max_age_s = 3, wet_when = { point = "turbidity_ntu", above = 1 }',
            ),
        ],
        "above = 300",
        f'{_OXYGEN}.point = "stage_mm": is a point of sensor level, which has to be known to be '
        'wet itself. Choose a point of a sensor with wet_when = "always".',
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_faulty_site_is_told(tmp_path, name):
    assert_told(tmp_path, *CASES[name])


def entries(folder, *edits):
    site, findings = checked(folder, edited(*edits))
    assert site is not None, [each.text("en") for each in findings.errors]
    return layout.unpack_file(compile_station(site, "inlet"), binascii.crc32)


def test_a_witness_is_compiled_with_its_sensor(tmp_path):
    found = entries(tmp_path, wet('{ point = "stage_mm", above = 300 }'))
    (place,) = [at for at, (kind, _) in enumerate(found) if kind == layout.WET]
    assert found[place][1] == {
        "point": 2,
        "side": layout.SIDE_ABOVE,
        "bound": 300,
        "name": b"",
    }
    assert found[place - 1][1]["name"] == b"oxygen"
    assert not [1 for kind, _ in entries(tmp_path) if kind == layout.WET]


def test_every_point_has_its_thresholds(tmp_path):
    edits = [("max_age_s = 3", "suspect_s = 60, max_age_s = 3")]
    found = [fields for kind, fields in entries(tmp_path, *edits) if kind == layout.QUALITY]
    turbidity, oxygen, level = found
    assert turbidity == {
        "rate": 10000,
        "rate_ms": 30000,
        "spike": 30000,
        "flat_ms": 300000,
        "flat_polls": 60,
        "suspect_ms": 1800000,
        "saturates": 1,
        "name": b"",
    }
    assert oxygen["saturates"] == 0
    assert level["flat_ms"] == 0
    assert level["suspect_ms"] == 60000
