"""Rules of sensors: unit ids, profiles, points, pace.

Each case: edits, a text in the line named, what is said of it (and how many errors follow).
"""

import pytest
from site_files import assert_told, checked, edited

from reedgate_boards.site.profiles import profile_names

_INLET = "stations.inlet"

CASES = {
    "two sensors on one unit id": (
        [("unit_id = 12", "unit_id = 11")],
        "oxygen",
        f"{_INLET}.sensors.oxygen.unit_id = 11: sensor turbidity has this unit id on bus field "
        "too: both would answer at once. Give each its own.",
    ),
    "unit id out of range": (
        [("unit_id = 12", "unit_id = 248")],
        "oxygen",
        f"{_INLET}.sensors.oxygen.unit_id = 248: must be at most 247.",
    ),
    "poll too fast": (
        [("poll_s = 1", "poll_s = 0")],
        "poll_s = 0",
        f"{_INLET}.buses.field.poll_s = 0: must be at least 0.5.",
    ),
    "bus without a sensor": (
        [
            (
                "[stations.inlet.sensors]",
                '[stations.inlet.buses.spare]\nport = "RS485_2"\nbaud = 9600\nparity = "none"\n'
                "poll_s = 1\n[stations.inlet.sensors]",
            )
        ],
        "buses.spare]",
        f"{_INLET}.buses.spare = {{...}}: no sensor is on this bus. Remove it, or add its probe.",
    ),
    "a probe that falls asleep between two polls": (
        [
            (
                'unit_id = 11, profile = "yosemitech-y511"',
                'unit_id = 11, profile = "seametrics-turbo"',
            ),
            (
                'max_age_s = 5, wet_when = "always", points = { turb',
                'poll_s = 9.8, max_age_s = 21, wet_when = "always", points = { turb',
            ),
        ],
        "turbidity =",
        f'{_INLET}.sensors.turbidity.profile = "seametrics-turbo": falls asleep when it is '
        "not asked for 10 s, and then gives the old reading. Two of its polls may be 10.019 s "
        "apart, with the others of its bus between them. Poll it faster, by a poll_s of its own.",
    ),
    "unknown bus": (
        [('oxygen = { bus = "field"', 'oxygen = { bus = "yard"')],
        "yard",
        f'{_INLET}.sensors.oxygen.bus = "yard": no such bus. This station has: field.',
    ),
    "unknown profile": (
        [('"yosemitech-y504"', '"yosemitech-y505"')],
        "y505",
        f'{_INLET}.sensors.oxygen.profile = "yosemitech-y505": no such instrument profile. Known '
        f"profiles: {', '.join(profile_names())}.",
    ),
    "point that the profile has not": (
        [('do_mg_l = "do_mg_l"', 'ph = "ph"')],
        "ph =",
        f'{_INLET}.sensors.oxygen.points.ph = "ph": yosemitech-y504 does not measure this. It '
        "gives: do_mg_l, do_saturation_pct, temperature_c.",
    ),
    "two points of one name": (
        [('do_mg_l = "do_mg_l"', 'do_mg_l = "stage_mm"')],
        "level =",
        f'{_INLET}.sensors.level.points.depth_mm = "stage_mm": sensor oxygen has a point of this '
        "name too. Give each point its own name.",
    ),
    "reading older than two polls": (
        [("max_age_s = 3", "max_age_s = 1.9")],
        "max_age_s = 1.9",
        f"{_INLET}.sensors.level.max_age_s = 1.9: must be at least two polls (2 s): else one lost "
        "answer makes a reading stale. Raise it, or poll more often.",
    ),
    "own poll counts": (
        [("max_age_s = 3", "poll_s = 2, max_age_s = 3")],
        "max_age_s = 3",
        f"{_INLET}.sensors.level.max_age_s = 3: must be at least two polls (4 s): else one lost "
        "answer makes a reading stale. Raise it, or poll more often.",
    ),
    "baud that the probe cannot": (
        [("baud = 9600", "baud = 19200")],
        "level =",
        f'{_INLET}.sensors.level.profile = "keller-series-30": keller-series-30 cannot speak '
        "19200 baud, parity none. It can: 9600, 115200 baud, parity none. Give this sensor a baud "
        "and a parity of its own.",
        2,
    ),
    "own baud that the probe cannot": (
        [("max_age_s = 3", 'baud = 19200, parity = "even", max_age_s = 3')],
        "baud = 19200",
        f"{_INLET}.sensors.level.baud = 19200: keller-series-30 cannot speak 19200 baud, parity "
        "even. It can: 9600, 115200 baud, parity none. Give this sensor a baud and a parity of "
        "its own.",
    ),
    "own parity that the probe cannot": (
        [("max_age_s = 3", 'baud = 115200, parity = "even", max_age_s = 3')],
        'parity = "even"',
        f'{_INLET}.sensors.level.parity = "even": keller-series-30 cannot speak 115200 baud, '
        "parity even. It can: 9600, 115200 baud, parity none. Give this sensor a baud and a "
        "parity of its own.",
    ),
    "parity that the probe cannot": (
        [('parity = "none"', 'parity = "even"')],
        "oxygen =",
        f'{_INLET}.sensors.oxygen.profile = "yosemitech-y504": yosemitech-y504 cannot speak 9600 '
        "baud, parity even. It can: 9600 baud, parity none. Give this sensor a baud and a parity "
        "of its own.",
        2,
    ),
    "offset of what is no depth": (
        [
            (
                'max_age_s = 5, wet_when = "always", points = { do',
                'max_age_s = 5, zero_offset_mm = 9, wet_when = "always", points = { do',
            )
        ],
        "zero_offset_mm = 9",
        f"{_INLET}.sensors.oxygen.zero_offset_mm = 9: shifts a depth, and this sensor has none. "
        "Remove the key.",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_faulty_site_is_told(tmp_path, name):
    assert_told(tmp_path, *CASES[name])


def test_more_probes_than_a_line_carries_is_said(tmp_path):
    more = "".join(
        f'p{n} = {{ bus = "field", unit_id = {n + 20}, profile = "keller-series-30", poll_s = 60, '
        f'max_age_s = 120, wet_when = "always", points = {{ depth_mm = "d{n}" }} }}\n'
        for n in range(29)
    )
    gate = "[stations.inlet.gates.main]\n"
    for count, text in ((31, more[: more.index("p28")]), (32, more)):
        site, findings = checked(tmp_path, edited((gate, text + gate)))
        assert site is not None
        said = [each.text("zh") for each in findings.warnings if each.path[-1:] == ("field",)]
        assert len(said) == (count == 32)
    assert "上有 32 个探头：一条总线最多带 32 个单位负载" in said[0]


def _stale_by_others(folder, max_age):
    site, findings = checked(folder, edited(("max_age_s = 3", f"max_age_s = {max_age}")))
    assert site is not None
    path = ("stations", "inlet", "sensors", "level", "max_age_s")
    return [each for each in findings.warnings if each.path == path]


def test_mute_neighbours_that_make_a_reading_stale_are_told(tmp_path):
    """Polled each second, behind two others that wait out 709 ms each, with a frame of 55 ms."""
    assert _stale_by_others(tmp_path, 3) == []
    assert _stale_by_others(tmp_path, 2.474) == []
    (told,) = _stale_by_others(tmp_path, 2.473)
    assert told.text("en").endswith(
        "level.max_age_s = 2.473: its readings may be 2.473 s old before the next one while the "
        "others of bus field do not answer: they are stale then, though this probe is well. Raise "
        "max_age_s above that, or move probes to a second bus."
    )
    assert "总线 field 上其他探头都不应答时" in told.text("zh")
    assert "2.473 秒" in told.text("zh")
