"""Where a result goes is asked before the work: what cannot be written is the user's error."""

import pytest

from reedgate_boards.cli import main


@pytest.mark.parametrize(
    "arguments",
    [
        ["sim", "run", "brine_slug", "--report"],
        ["sim", "run", "brine_slug", "--json"],
        ["sim", "campaign", "--runs", "1", "--json"],
        ["sim", "mutants", "--json"],
    ],
)
def test_a_folder_is_no_file(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("REEDGATE_LANG", "en")
    assert main([*arguments, str(tmp_path)]) == 2
    assert f"{tmp_path} is a folder, not a file." in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("REEDGATE_LANG", "zh")
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "report.html"
    assert main(["sim", "run", "brine_slug", "--report", str(path)]) == 2
    assert f"无法创建文件夹 {path.parent}。" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["sim", "run"], ["sim", "replay", "--out", "x"]])
def test_an_argument_that_is_missing_is_named(arguments, monkeypatch, capsys):
    monkeypatch.setenv("REEDGATE_LANG", "en")
    assert main(arguments) == 2
    assert "is missing" in capsys.readouterr().err
