"""Rule 7, reckoned points, redundant probes and wipes: what a site file may say of them.

Each case: edits, a text in the line named, what is said of it (and how many errors follow).
"""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from site_files import assert_told

from reedgate_boards.site.load import check_site
from reedgate_boards.site.rating import rating_rows
from reedgate_boards.site.schema_rule7 import Load

_DOCS = Path(__file__).parents[2] / "docs"
_MAIN = "stations.inlet.gates.main"
_TURBID = f"{_MAIN}.trips.turbid"
_BEFORE = "[stations.inlet.gates.around]"


def _add(text):
    return [(_BEFORE, f"{text}\n{_BEFORE}")]


def _pond(rest):
    full = 'full = { point = "stage_mm", above = 2000, deadband = 50 }'
    return _add(f"[{_MAIN}.pond]\n{full}\n{rest}")


def _load(rest, stage="stage_mm"):
    head = f'area_m2 = 100\nmax_m_d = 0.3\nstage = "{stage}"\ncrest_mm = 0'
    return _add(f"[{_MAIN}.load]\n{head}\n{rest}")


_ALSO = (
    "deadband = 2 }]\nconfirm = { polls = 2, of = 3, delay_s = 30 }",
    'deadband = 2, also = ["do_mg_l"] }]\nagree = 1',
)

CASES = {
    "a cap without an opening": (
        _pond('action = "cap"'),
        f"[{_MAIN}.pond]",
        f'{_MAIN}.pond.cap_permille: belongs to action = "cap", and only to it. Say how far the '
        "gate may then be open, or remove it.",
    ),
    "a pond of another station": (
        _add(f"[{_MAIN}.pond]\nfull = {{ point = 'x.y', above = 1, deadband = 1 }}"),
        "x.y",
        f'{_MAIN}.pond.full.point = "x.y": no such point. The sensors of this station give: '
        "turbidity_ntu, do_mg_l, stage_mm.",
    ),
    "an unknown use": (
        _add(f"[{_MAIN}.use]\nprofile = 'tea'\npoints = {{ do_mg_l = 'do_mg_l' }}"),
        "tea",
        f'{_MAIN}.use.profile = "tea": no such use profile. Known are: gb-5084-2021-dry, '
        "gb-t-18920-2020-a, gb-t-18920-2020-b.",
    ),
    "a use judged by another quantity": (
        _add(
            f"[{_MAIN}.use]\nprofile = 'gb-t-18920-2020-b'\n"
            "points = { turbidity_ntu = 'do_mg_l' }"
        ),
        "points = { turbidity_ntu = 'do_mg_l' }",
        f'{_MAIN}.use.points.turbidity_ntu = "do_mg_l": is do_mg_l, and turbidity_ntu is needed '
        "here. Name another point.",
    ),
    "a load without a rating": (
        _load(""),
        f"[{_MAIN}.load]",
        f"{_MAIN}.load = {{...}}: must have either a `weir` or a `table`.",
    ),
    "a weir without its width": (
        _load('weir = { kind = "rectangular" }'),
        "weir = ",
        f"{_MAIN}.load.weir.width_mm: is missing: this kind of weir has it.",
    ),
    "a table that falls": (
        _load("table = [[0, 0], [100, 50], [200, 40]]"),
        "table = ",
        f"{_MAIN}.load.table = [...]: must rise from row to row, heads and flows.",
    ),
    "a load by something else than a stage": (
        _load("table = [[0, 0], [100, 50]]", stage="do_mg_l"),
        'stage = "do_mg_l"',
        f'{_MAIN}.load.stage = "do_mg_l": is do_mg_l, and depth_mm is needed here. Name another '
        "point.",
    ),
    "a winter that allows more": (
        _load("table = [[0, 0], [100, 50]]\nwinter = { months = [1], max_m_d = 0.5 }"),
        "winter = ",
        f"{_MAIN}.load.winter.max_m_d = 0.5: is more than max_m_d (0.3): this one never binds. "
        "Lower it.",
    ),
    "a reckoned point of nothing": (
        _add('[stations.inlet.derived]\ntds = { tds_of = "ec25" }'),
        "tds = ",
        "stations.inlet.derived.tds = {...}: ec25 is no point that stands before it. Known are: "
        "turbidity_ntu, do_mg_l, stage_mm.",
    ),
    "probes that measure different things": (
        [_ALSO],
        "also = ",
        f'{_TURBID}.all[0].also[0] = "do_mg_l": is do_mg_l, the first probe gives turbidity_ntu: '
        "they do not measure the same.",
    ),
    "probes that need not agree": (
        [(_ALSO[0], _ALSO[1].replace("\nagree = 1", ""))],
        f"[{_TURBID}]",
        f"{_TURBID}.agree: is missing: say by how much the probes may differ before nobody trusts "
        "them.",
        1,
    ),
    "a wipe that the probe does not know": (
        [("zero_offset_mm = 120", "zero_offset_mm = 120, wipe_every_s = 1800")],
        "wipe_every_s",
        "stations.inlet.sensors.level.wipe_every_s = 1800: keller-series-30 knows no request that "
        "makes its probe wipe itself. Remove the key.",
        1,
    ),
    "a wipe that lasts longer than its freeze": (
        [("unit_id = 11, ", "unit_id = 11, wipe_every_s = 1800, freeze_max_s = 5, ")],
        "freeze_max_s",
        "stations.inlet.sensors.turbidity.freeze_max_s = 5: a wipe takes 12.0 s: after this its "
        "readings count as lost. Raise it.",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_faulty_site_is_told(tmp_path, name):
    assert_told(tmp_path, *CASES[name])


@pytest.mark.parametrize("guide", ["judging.md", "judging.zh-CN.md"])
def test_what_the_guide_shows_is_a_good_site_beside_the_example(tmp_path, guide):
    example = (_DOCS / "site.example.toml").read_text(encoding="utf-8")
    cut = example.index("[stations.inlet.gates.main.trips.raw_sewage]")
    end = example.index("[stations.inlet.gates.around]")
    (shown,) = re.findall("```toml\n(.*?)```", (_DOCS / guide).read_text("utf-8"), re.DOTALL)
    path = tmp_path / "site.toml"
    path.write_text(example[:cut] + shown + example[end:], encoding="utf-8")
    site, findings = check_site(path)
    assert [each.text("en") for each in findings.errors] == []
    assert site.stations["inlet"].gates["main"].load.volume == "inflow_m3"


def _load_of(**weir):
    fields = {"area_m2": 1, "max_m_d": 1, "stage": "x", "crest_mm": 0, "weir": weir}
    return Load.model_validate(fields)


@pytest.mark.parametrize(
    ("weir", "exponent", "flow_of_1_m", "most"),
    [
        ({"kind": "rectangular", "width_mm": 1000}, 1.5, 1.7, 1.003),
        ({"kind": "v_notch", "angle_deg": 90}, 2.5, 1.37, 1.015),
    ],
)
def test_the_rows_of_a_weir_lie_close_above_its_curve(weir, exponent, flow_of_1_m, most):
    rows = rating_rows(_load_of(**weir))
    assert len(rows) <= 35
    assert rows[-1][0] == 1000
    for (low, flow), (high, next_flow) in pairwise(rows[8:]):
        for head in range(low, high + 1):
            along = flow + (next_flow - flow) * (head - low) / (high - low)
            exact = flow_of_1_m * (head / 1000) ** exponent * 100_000
            assert exact <= along + 0.01
            assert along <= exact * most + 1
