"""A total of the station against the plant's own: it never falls, and it is what really flowed."""

import json
from types import SimpleNamespace

import pytest

from reedgate_sim.scenario.judge import Judge
from reedgate_sim.scenario.judge_total import judge_total
from reedgate_sim.scenario.play import play
from reedgate_sim.world.scenario import load_scenario

REALLY = 100.0


def played(*told):
    """told: what the station says each ten seconds."""
    live = [
        (number * 10_000_000, {"points": {"inflow_m3": {"value": value}}})
        for number, value in enumerate(told)
    ]
    scenario = SimpleNamespace(file=SimpleNamespace(time_lapse=2))
    return SimpleNamespace(live=live, scenario=scenario)


def said(sentence):
    return sentence.text(lambda message, **values: message.format(**values))


@pytest.mark.parametrize(
    ("told", "holds", "found"),
    [
        ((0, 40, 40, 97), True, "97 m3 are told, 100.0 m3 have flowed: 3.0 % amiss"),
        ((0, None, 105), True, "105 m3 are told, 100.0 m3 have flowed: 5.0 % amiss"),
        ((0, 40, 94), False, "94 m3 are told, 100.0 m3 have flowed: 6.0 % amiss"),
        ((0, 40, None, 39, 100), False, "falls from 40 to 39 m3 at 60 s"),
        ((None, None), False, "no total is told"),
        ((), False, "no total is told"),
    ],
)
def test_a_total_only_grows_and_is_what_has_flowed(told, holds, found):
    result, sentence = judge_total(played(*told), "inflow_m3", REALLY, 5)
    assert (result, said(sentence)) == (holds, found)


def test_nothing_told_of_nothing_is_no_proof():
    assert judge_total(played(0, 0), "inflow_m3", 0.0, 5)[0] is False


def test_a_row_asks_for_it(tmp_path):
    """The desk's stage is no total: it rises, and is no cubic metres of the gate's."""
    rows = {"total": "stage_mm", "of": "gates.main.passed_m3", "within_percent": 5}
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in rows.items())
    path = tmp_path / "try.toml"
    head = 'format = 1\nname = { zh = "试", en = "try" }\nduration_s = 20\n'
    path.write_text(f"{head}[[expect]]\n{lines}", encoding="utf-8")
    (total, *_) = Judge(play(load_scenario(str(path)))).assertions()
    assert total.what == "total: stage_mm of gates.main.passed_m3, within 5 %"
    assert not total.holds
