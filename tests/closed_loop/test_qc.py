"""`reedgate qc`: the firmware's own flags over a series, from the real VM."""

import json

import pytest

from reedgate_boards.cli import main

ROWS = ["3", "3.1", "3", "", "7999", "3", "3.2", "400", "3.1", "1500", "-5", "3"]


def write(folder, rows, column="turb"):
    lines = [
        f"2020-01-01 {number // 4:02d}:{number % 4 * 15:02d},{text}"
        for number, text in enumerate(rows)
    ]
    path = folder / "data.csv"
    path.write_text(f"datetime,{column}\n" + "\n".join(lines) + "\n")
    return str(path)


def judged(capsys, *words):
    assert main(["qc", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_every_row_has_its_flag_and_its_reason(tmp_path, capsys):
    told = judged(capsys, write(tmp_path, ROWS), "--column", "turb")
    assert (told["column"], told["point"], told["rows"]) == ("turb", "turbidity_ntu", 12)
    assert [row["flag"] for row in told["series"]] == [1, 1, 1, 4, 4, 1, 1, 3, 3, 3, 4, 1]
    assert [row["detail"] for row in told["series"]][3:11] == [
        "not_a_number",
        "not_a_number",
        "none",
        "none",
        "rate_of_change",
        "rate_of_change",
        "over_span",
        "out_of_range",
    ]
    assert told["series"][9]["value"] == 1000.0
    assert told["series"][10]["value"] is None
    assert told["flags"] == {"1": 6, "2": 0, "3": 3, "4": 3, "9": 0}
    assert told["series"][1] == {
        "time": "2020-01-01 00:15",
        "value": 3.1,
        "flag": 1,
        "status": "good",
        "detail": "none",
    }


def test_a_column_in_another_unit_and_under_another_name(tmp_path, capsys):
    path = write(tmp_path, ["60.44", "60.21", "59"], "stage")
    told = judged(capsys, path, "--column", "stage=stage_mm*10")
    assert [row["value"] for row in told["series"]] == [604, 602, 590]
    path = write(tmp_path, ["372.4", "372.5"], "cond")
    told = judged(capsys, path, "--column", "cond")
    assert [row["value"] for row in told["series"]] == [372.4, 372.5]


@pytest.mark.parametrize("column", ["turb,do", "ph", "turb=ph"])
def test_a_column_that_cannot_be_judged_is_refused(tmp_path, capsys, column):
    assert main(["qc", write(tmp_path, ROWS), "--column", column]) == 2
