"""A recorded series through the real firmware: what it decides by row, and how it is scored."""

import csv
import itertools
import json
import math
from pathlib import Path

import pytest

from reedgate_boards.cli import main
from reedgate_sim.replay.plan import make_plan
from reedgate_sim.replay.rule import ruled
from reedgate_sim.replay.run import Replay, decisions_csv, summary
from reedgate_sim.replay.score import Bound, exceedances, scored, sustained_events
from reedgate_sim.replay.series import parse_columns
from reedgate_sim.replay.series_csv import read_series

RIVERS = Path(__file__).resolve().parents[3] / "shared" / "data" / "lro"
COLUMNS = "turb=turbidity_ntu,do=do_mg_l"


def write(path, rows, header="datetime,turb,turb_cor,do"):
    """rows: (turb, corrected) by quarter of an hour; DO is fine throughout."""
    lines = [header]
    for number, (turbidity, corrected) in enumerate(rows):
        hours, quarter = divmod(number, 4)
        lines.append(
            f"2020-01-{1 + hours // 24:02d} {hours % 24:02d}:{quarter * 15:02d},"
            f"{turbidity},{corrected},9.5"
        )
    path.write_text("\n".join(lines) + "\n")
    return path


def run(path, *limits):
    series = read_series(path, parse_columns(COLUMNS))
    outcome = Replay(make_plan(None, limits or ["turbidity_ntu>15"], series), series).run()
    return series, outcome


GOOD, BAD = (3, 3), (60, 60)
UPSET = [GOOD] * 10 + [BAD] * 6 + [GOOD] * 12


def test_an_upset_closes_in_its_second_row_and_opens_after_its_holds(tmp_path):
    _, outcome = run(write(tmp_path / "a.csv", UPSET))
    gates = [decision.gate for decision in outcome.decisions]
    states = [decision.state for decision in outcome.decisions]
    assert gates[9:12] == ["open", "open", "closed"]
    assert states[11] == "quality"
    assert outcome.decisions[11].cause == "quality: turbidity_ntu"
    assert outcome.decisions[11].first_out == "quality: turbidity_ntu"
    # the first good row is 16: two rows of good water in three polls, then half an hour's hold
    assert "closed" in gates[16:18]
    assert gates[20] == "open"
    assert len(outcome.closes) == 1
    assert outcome.reopenings == 1
    assert outcome.score.events == outcome.score.caught == 1
    assert outcome.score.nuisance == 0


def test_a_single_spike_closes_nothing(tmp_path):
    _, outcome = run(write(tmp_path / "a.csv", [GOOD] * 8 + [(900, 3)] + [GOOD] * 8))
    assert outcome.closes == []
    assert outcome.score.events == 0
    assert outcome.score.availability == 1.0


@pytest.mark.parametrize("broken", ["-9999", "7999", "", "NULL", "nan", "inf"])
def test_what_a_broken_sensor_gives_is_no_value_and_closes_as_lost(tmp_path, broken):
    rows = [GOOD] * 8 + [(broken, 3)] * 6 + [GOOD] * 8
    series, outcome = run(write(tmp_path / "a.csv", rows))
    table = list(csv.DictReader(decisions_csv(series, outcome).splitlines()))
    assert [row["turbidity_ntu"] for row in table[8:14]] == [""] * 6
    assert table[12]["cause"] == "lost: turbidity_ntu"
    assert table[12]["state"] == "unknown"
    assert table[12]["gate"] == "closed"
    assert table[21]["gate"] == "open"
    assert [close.cause for close in outcome.closes] == ["lost: turbidity_ntu"]


@pytest.mark.parametrize("missing", [slice(9, 11), slice(9, 10)])
def test_a_short_gap_closes_nothing(tmp_path, missing):
    """One or two rows: the last number is not yet too old when the next one comes."""
    path = write(tmp_path / "a.csv", [GOOD] * 20)
    lines = path.read_text().splitlines()
    del lines[missing]
    path.write_text("\n".join(lines) + "\n")
    assert run(path)[1].closes == []


def test_two_rows_without_a_number_before_an_upset_do_not_hide_it(tmp_path):
    """The last usable number is beyond: no wait."""
    rows = [GOOD] * 8 + [BAD, ("-9999", 60), ("-9999", 60)] + [GOOD] * 8
    _, outcome = run(write(tmp_path / "a.csv", rows))
    assert [close.row for close in outcome.closes] == [9]
    assert outcome.score.caught == 1


def test_a_gap_in_the_series_is_a_silent_sensor(tmp_path):
    path = write(tmp_path / "a.csv", [GOOD] * 30)
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:9] + lines[19:]) + "\n")  # two and a half hours are missing
    _, outcome = run(path)
    assert [close.cause for close in outcome.closes] == ["lost: turbidity_ntu"]
    assert outcome.decisions[8].gate == "closed"  # the first row after the gap: not good yet
    assert outcome.decisions[-1].gate == "open"


def test_the_same_series_gives_the_same_log(tmp_path):
    path = write(tmp_path / "a.csv", UPSET)
    first, second = (run(path)[1].log_sha256 for _ in range(2))
    assert first == second
    other = write(tmp_path / "b.csv", [GOOD, *UPSET])
    assert run(other)[1].log_sha256 != first


def test_a_limit_below_closes_too(tmp_path):
    path = write(tmp_path / "a.csv", [GOOD] * 6)
    text = path.read_text().replace("9.5", "1.5")
    path.write_text(text)
    _, outcome = run(path, "do_mg_l<2")
    assert outcome.decisions[-1].cause == "quality: do_mg_l"


def test_the_command_writes_its_files(tmp_path, capsys):
    data = write(tmp_path / "a.csv", UPSET)
    out = tmp_path / "out"
    words = ["sim", "replay", str(data), "--columns", COLUMNS, "--limit", "turbidity_ntu>15"]
    assert main([*words, "--out", str(out), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures == json.loads((out / "summary.json").read_text())
    assert figures["rows"] == len(UPSET)
    assert figures["closes_by_cause"] == {"quality: turbidity_ntu": 1}
    found = {"events": 1, "caught": 1, "nuisance": 0, "quality_closes": 1}
    assert set(figures["score"]) == {*found, "availability"}
    assert figures["rule"] == found | {"availability": 1.0}
    header = (out / "decisions.csv").read_text().splitlines()[0]
    assert header == (
        "time,gate,state,opening_permille,cause,first_out,"
        "turbidity_ntu,turbidity_ntu_status,do_mg_l,do_mg_l_status"
    )
    assert "<svg" in (out / "report.html").read_text()


WRONG = [
    (["--columns", "turbo=turbidity_ntu"], "no column turbo"),
    (["--columns", "turb=mud"], "no point mud"),
    (["--columns", "turb"], "is not COLUMN=POINT"),
    (["--columns", "turb=turbidity_ntu*x"], "is not COLUMN=POINT"),
    (["--limit", "turbidity_ntu=15"], "is not POINT>NUMBER"),
    (["--limit", "mud>15"], "no point mud"),
]


@pytest.mark.parametrize(("words", "said"), WRONG)
def test_wrong_words_are_told_and_nothing_runs(tmp_path, capsys, words, said):
    data = write(tmp_path / "a.csv", UPSET)
    given = words if "--columns" in words else ["--columns", COLUMNS, *words]
    assert main(["sim", "replay", str(data), *given, "--out", str(tmp_path / "out")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_scores_are_those_of_the_definitions():
    beyond = [False, True, True, False, False, False, False, False, True, False]
    assert sustained_events(beyond) == [(1, 2)]
    closing = [False, False, True, True, False, False, False, False, False, False]
    opened = [not each for each in closing]
    score = scored(beyond, closing, opened, quality_closes=[2, 6])
    assert (score.events, score.caught, score.nuisance) == (1, 1, 1)
    assert score.availability == 1.0  # rows 0 and 7: all others are near an exceedance
    missed = scored(beyond, [False] * 10, [True] * 10, quality_closes=[])
    assert missed.caught == 0


def test_the_rule_of_the_hand_closes_on_two_rows_and_opens_on_four():
    values = {"turbidity_ntu": [20, 5, 20, 20, 5, 5, math.nan, 20, 5, 5, 5, math.nan, 5]}
    closed, closes = ruled(values, [Bound("turbidity_ntu", "above", 15.0)])
    assert closes == [3]
    assert closed == [False] * 3 + [True] * 8 + [False] * 2


def test_a_corrected_value_that_is_missing_is_never_beyond():
    bounds = [Bound("turbidity_ntu", "above", 15.0), Bound("do_mg_l", "below", 2.0)]
    corrected = {"turbidity_ntu": [math.nan, 20.0, 10.0], "do_mg_l": [math.nan, 9.0, 1.0]}
    assert exceedances(corrected, bounds) == [False, True, True]


@pytest.mark.skipif(not RIVERS.is_dir(), reason="the recorded rivers are not beside this checkout")
def test_two_weeks_of_a_real_river(tmp_path):
    with (RIVERS / "MainStreet2019.csv").open() as stream:
        first_lines = "".join(itertools.islice(stream, 1345))
    (tmp_path / "river.csv").write_text(first_lines)
    series = read_series(tmp_path / "river.csv", parse_columns("turb=turbidity_ntu"))
    outcome = Replay(make_plan(None, ["turbidity_ntu>15"], series), series).run()
    figures = summary(outcome)
    assert figures["rows"] == 1344
    assert figures["score"]["events"] == figures["score"]["caught"] == 2
