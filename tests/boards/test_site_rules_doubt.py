"""Rules of `confirmed_by`, and what becomes of it in a compiled station.

Each case: edits, a text in the line named, what is said of it (and how many errors follow).
"""

import binascii

import pytest
from site_files import assert_told, checked, edited

from reedgate_boards.site.compiler import compile_station
from reedgate_contract import config as layout

_TURBID = "stations.inlet.gates.main.trips.turbid"
_OLD = "above = 10, deadband = 2 }]"


def confirmed(names, *, of=_OLD):
    return (of, f"{of}\nconfirmed_by = {names}")


CASES = {
    "unknown point": (
        [confirmed('["stage"]')],
        "confirmed_by",
        f'{_TURBID}.confirmed_by[0] = "stage": no such point. The sensors of this station give: '
        "turbidity_ntu, do_mg_l, stage_mm.",
    ),
    "its own point": (
        [confirmed('["turbidity_ntu"]')],
        "confirmed_by",
        f'{_TURBID}.confirmed_by[0] = "turbidity_ntu": is the point of the limit itself. Choose '
        "another.",
    ),
    "a quantity that is no witness": (
        [confirmed('["do_mg_l"]')],
        "confirmed_by",
        f'{_TURBID}.confirmed_by[0] = "do_mg_l": cannot confirm it: of its quantity it is not '
        "known how quiet water is. Choose a point of: conductivity_us_cm, depth_mm.",
    ),
    "a limit on another quantity": (
        [
            (
                'point = "turbidity_ntu", above = 10, deadband = 2 }]',
                'point = "do_mg_l", below = 2, deadband = 1 }]\nconfirmed_by = ["stage_mm"]',
            )
        ],
        "confirmed_by",
        f"{_TURBID}.confirmed_by = [...]: is for a limit on turbidity_ntu: of others it is not "
        "known when a probe is erratic. Remove the key.",
    ),
    "a trip that somebody resets": (
        [confirmed('["stage_mm"]'), ('clears = "hold_then_clear"', 'clears = "reset_only"')],
        "confirmed_by",
        f"{_TURBID}.confirmed_by = [...]: a close in doubt sets no latch, and this trip is to be "
        'reset by somebody. Remove the key, or choose clears = "hold_then_clear".',
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_faulty_site_is_told(tmp_path, name):
    assert_told(tmp_path, *CASES[name])


def test_each_witness_stands_behind_its_trip(tmp_path):
    site, findings = checked(tmp_path, edited(confirmed('["stage_mm"]')))
    assert site is not None, [each.text("en") for each in findings.errors]
    found = layout.unpack_file(compile_station(site, "inlet"), binascii.crc32)
    (place,) = [at for at, (kind, _) in enumerate(found) if kind == layout.DOUBT]
    assert found[place - 1][1]["name"] == b"turbid"
    assert found[place][1] == {
        "point": 2,
        "most": 20,
        "window_ms": 3600000,
        "spike": 5000,
        "apart_ms": 600000,
        "memory_ms": 172800000,
        "name": b"",
    }
