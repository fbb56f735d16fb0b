"""The table of the recorded rivers: how a row is made, and what the committed one has to hold."""

import json

import pytest

from reedgate_boards.site.locator import firmware_dir
from reedgate_boards.site.user_error import UserError
from reedgate_sim.replay.rivers import RIVERS, check_rivers, hashes, replayed
from reedgate_sim.replay.score import touching

GOOD, BAD, GONE = "3,3", "60,60", "-9999,3"


def river(folder, turbidity):
    """turbidity: (raw,corrected) by quarter of an hour; all else is fine throughout."""
    lines = ["datetime,turb,turb_cor,do,cond,stage"]
    for number, pair in enumerate(turbidity):
        hours, quarter = divmod(number, 4)
        when = f"2019-01-{1 + hours // 24:02d} {hours % 24:02d}:{quarter * 15:02d}"
        lines.append(f"{when},{pair},9.5,400,60")
    file = folder / "MainStreet2019.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def test_a_row_tells_closes_by_quality_and_by_silence_apart(tmp_path):
    upset = [GOOD] * 10 + [BAD] * 6 + [GOOD] * 12
    silent = [GONE] * 8 + [GOOD] * 12
    row = replayed(river(tmp_path, upset + silent), "turbidity_ntu>15")
    assert (row["events"], row["caught"]) == (1, 1)
    assert (row["closes"], row["nuisance"]) == (1, 0)
    assert (row["lost"], row["lost_at_events"]) == (1, 0)
    assert row["rule"]["closes"] == 1
    assert 0.5 < row["availability"] < 1


def test_a_close_beside_an_event_touches_it():
    beyond = [False, False, False, True, True, False, False, True, False]
    assert touching(beyond, [1, 2, 5, 6, 7]) == 2


def test_a_folder_without_the_rivers_is_refused(tmp_path):
    river(tmp_path, [GOOD])
    with pytest.raises(UserError, match=r"BlackSmithFork2019\.csv is not in .*pyhydroqc"):
        check_rivers(tmp_path)


def test_the_files_are_told_by_their_hashes(tmp_path):
    for name in RIVERS:
        (tmp_path / name).write_bytes(b"abc")
    assert set(hashes(tmp_path).values()) == {"ba7816bf8f01cfea"}


def committed():
    file = firmware_dir().parent / "docs" / "assurance" / "rivers.json"
    rows = json.loads(file.read_text(encoding="utf-8"))["run"]
    return [row for row in rows if row["limit"].startswith("turbidity")]


def test_no_event_of_turbidity_is_missed_and_no_availability_lost():
    assert len(committed()) == 8
    for row in committed():
        assert row["caught"] == row["events"] > 0, row
        assert row["availability"] >= row["rule"]["availability"], row


@pytest.mark.parametrize(("name", "share"), [("Main Street", 1), ("Blacksmith Fork", 0.5)])
def test_nuisance_is_at_most_a_share_of_the_rule_s(name, share):
    rows = [row for row in committed() if RIVERS[row["river"]] == name]
    ours, rule = (sum(each["nuisance"] for each in of) for of in (rows, [r["rule"] for r in rows]))
    assert ours <= share * rule
