"""What a file may look like to be a series, and what is said of one that is none."""

import math

import pytest

from reedgate_boards.cli import main
from reedgate_boards.site.user_error import UserError
from reedgate_sim.replay.series import parse_columns
from reedgate_sim.replay.series_csv import read_header, read_series

TURB = parse_columns("turb=turbidity_ntu")
GOOD = "datetime,turb\n2020-01-01 00:00,3\n2020-01-01 00:15,3.5\n2020-01-01 00:30,4\n"


def written(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


SAME = [
    GOOD.encode(),
    b"\xef\xbb\xbf" + GOOD.encode(),  # as Excel saves it
    GOOD.replace("\n", "\r\n").encode(),
    GOOD.replace("\n", "\r").encode(),
    GOOD.strip().encode(),
    GOOD.replace("\n", "\n\n").encode(),
    GOOD.replace("datetime,turb", " DateTime , turb ").encode(),
    GOOD.replace("datetime", "时间").encode(),
]


@pytest.mark.parametrize("content", SAME)
def test_these_are_the_same_series(tmp_path, content):
    path = written(tmp_path / "a.csv", content)
    series = read_series(path, TURB)
    assert series.seconds == [0, 900, 1800]
    assert series.values == {"turbidity_ntu": [3, 3.5, 4]}
    assert read_header(path)[1] == "turb"


def test_a_chinese_header_is_named_like_any_other(tmp_path):
    path = written(tmp_path / "a.csv", GOOD.replace("datetime,turb", "日期时间,浊度"))
    series = read_series(path, parse_columns("浊度=turbidity_ntu"))
    assert series.values["turbidity_ntu"] == [3, 3.5, 4]


def test_a_gap_and_what_is_no_number_are_no_fault_of_the_file(tmp_path):
    text = GOOD + "2020-01-09 00:00,-9999\n2020-01-09 00:15,bad\n2020-01-09 00:30,\n"
    series = read_series(written(tmp_path / "a.csv", text), TURB)
    assert series.step_s == 900
    assert all(math.isnan(each) for each in series.values["turbidity_ntu"][3:])


def test_a_probe_that_was_dead_throughout_may_be_replayed(tmp_path):
    text = "time,turb\n2020-01-01 00:00,-9999\n2020-01-01 00:15,-9999\n"
    assert len(read_series(written(tmp_path / "a.csv", text), TURB).times) == 2


ROW = "2020-01-01 00:15,3.5\n"
NO_FILE = [
    ("", "a.csv: the file is empty.", "a.csv：文件是空的。"),
    ("\n\n", "a.csv: the file is empty.", "a.csv：文件是空的。"),
    ("datetime,turb\n", "a.csv: fewer than two rows.", "a.csv：少于两行。"),
    (GOOD.replace(",", ";"), "a.csv:1: the columns are not separated", "a.csv:1：各列不是用"),
    (GOOD.replace(",", "\t"), "a.csv:1: the columns are not separated", "a.csv:1：各列不是用"),
    (GOOD.replace("turb", "mud"), "a.csv:1: no column turb.", "a.csv:1：没有列 turb。"),
    (GOOD.replace("datetime", "when"), "a.csv:1: no column of times", "a.csv:1：没有时间列"),
    (
        GOOD.replace("datetime,turb", "turb,turb"),
        "a.csv:1: no column of times",
        "a.csv:1：没有时间列",
    ),
    (
        "time,turb,turb\n2020-01-01 00:00,3,4\n",
        "a.csv:1: 2 columns are named turb.",
        "a.csv:1：有 2 列都叫 turb。",
    ),
    (GOOD.replace(ROW, ROW + ROW), "a.csv:4: time 2020-01-01 00:15 stands twice", "a.csv:4：时间"),
    (
        GOOD + "2020-01-01 00:20,3\n",
        "a.csv:5: time 2020-01-01 00:20 is before the row above it",
        "a.csv:5：时间 2020-01-01 00:20 早于上一行",
    ),
    (GOOD + "1/1/20 1:00,3\n", "a.csv:5: `1/1/20 1:00` is no time", "a.csv:5：`1/1/20 1:00` 不"),
    (
        GOOD + "2020-01-01 01:00+08:00,3\n",
        "a.csv:5: `2020-01-01 01:00+08:00`: some times have a time zone",
        "有的时间带时区",
    ),
    (GOOD + "2020-01-01 01:00,3,5\n", "a.csv:5: 3 fields, and the header has 2", "有 3 个字段"),
    (GOOD + "2020-01-0", "a.csv:5: 1 fields, and the header has 2", "a.csv:5：有 1 个字段"),
    (
        'time,turb\n2020-01-01 00:00,"3,5"\n2020-01-01 00:15,"3,6"\n',
        "a.csv: column turb holds no number.",
        "a.csv：列 turb 中没有一个数字。",
    ),
    (
        GOOD.encode() + "2020-01-01 01:00,浊\n".encode("gbk"),
        "a.csv:5: this is no UTF-8 text.",
        "a.csv:5：不是 UTF-8 文本。",
    ),
    (GOOD.encode("utf-16"), "a.csv:1: this is no UTF-8 text.", "a.csv:1：不是 UTF-8 文本。"),
    (GOOD + '"' + "x" * 200_000, "a.csv:5: this is no CSV", "a.csv:5：不是 CSV"),
]


@pytest.mark.parametrize(("content", "english", "chinese"), NO_FILE)
def test_a_file_that_is_no_series_is_told_where_and_what_to_do(
    tmp_path, content, english, chinese
):
    path = written(tmp_path / "a.csv", content)
    with pytest.raises(UserError) as caught:
        read_series(path, TURB)
    for language, said in (("en", english), ("zh", chinese)):
        lines = caught.value.lines(language)
        assert said in lines[0]
        assert len(lines) == 2  # what it is, and what to do


@pytest.mark.parametrize(("hours", "said"), [(24 * 8, "691200 s apart"), (0, "0.5 s apart")])
def test_rows_too_far_apart_or_too_close_are_refused(tmp_path, hours, said):
    seconds = hours * 3600 or 0.5
    days, rest = divmod(seconds, 86400)
    second = f"2020-01-{1 + int(days):02d} 00:00:{rest:06.3f}"
    text = f"time,turb\n2020-01-01 00:00:00,3\n{second},3\n"
    with pytest.raises(UserError, match=said):
        read_series(written(tmp_path / "a.csv", text), TURB)


def test_the_command_tells_it_and_ends_with_2(tmp_path, capsys):
    path = written(tmp_path / "a.csv", GOOD.replace(",", ";"))
    words = ["sim", "replay", str(path), "--columns", "turb=turbidity_ntu"]
    assert main([*words, "--out", str(tmp_path / "out")]) == 2
    assert "not separated by commas" in capsys.readouterr().err
    assert main([*words[:2], str(tmp_path / "none.csv"), "--out", str(tmp_path / "out")]) == 2
    assert "none.csv cannot be read: No such file" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
