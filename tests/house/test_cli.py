"""The command line: the way to a room's command, and the way out."""

import importlib.metadata
import os
import subprocess
import sys

import pytest

from reedgate_boards import cli

ROOM = '''
import typer
from reedgate_boards.site.user_error import UserError

app = typer.Typer(help="Work of the room.")

@app.command()
def {command}(
    seconds: int = typer.Option(..., "--for", help="How long."),
    steps: int = typer.Option(1, min=1, max=9),
    pace: float = typer.Option(1.0),
    name: str = typer.Argument("x"),
) -> None:
    """Do it."""
    print("did", seconds, name)
    if seconds == 1:
        raise typer.Exit(1)
    if seconds == 2:
        raise UserError("reedgate_boards", "There is no board {{board}}.", board="X")
    if seconds == 3:
        raise KeyboardInterrupt
    if seconds == 4:
        raise ZeroDivisionError
'''


@pytest.fixture
def rooms(monkeypatch, tmp_path):
    """Two rooms: `walk`, which is one command, and `shop`, with the command `buy`."""
    monkeypatch.delenv("REEDGATE_LANG", raising=False)
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.syspath_prepend(tmp_path)
    entries = {}
    for name, command in (("walk", "walk"), ("shop", "buy")):
        room = tmp_path / f"house_{name}"
        room.mkdir()
        (room / "__init__.py").touch()
        (room / "commands.py").write_text(ROOM.format(command=command))
        for module in (f"house_{name}", f"house_{name}.commands"):
            monkeypatch.delitem(sys.modules, module, raising=False)
        entries[name] = importlib.metadata.EntryPoint(name, f"house_{name}.commands:app", "")
    monkeypatch.setattr(cli, "_entries", lambda: entries)
    return entries


def test_a_room_that_is_one_command_is_called_by_its_own_name(rooms, capsys):
    assert cli.main(["walk", "--for", "5"]) == 0
    assert capsys.readouterr().out == "did 5 x\n"


def test_a_room_with_another_command_is_a_group_even_when_it_is_the_only_one(rooms, capsys):
    assert cli.main(["shop", "buy", "--for", "5", "milk"]) == 0
    assert capsys.readouterr().out == "did 5 milk\n"
    assert cli.main(["shop", "--for", "5"]) == 2


def test_only_the_called_room_is_imported(rooms):
    cli.main(["walk", "--for", "5"])
    assert "house_walk.commands" in sys.modules
    assert "house_shop.commands" not in sys.modules


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["walk", "--for", "1"], 1, ""),
        (["walk", "--for", "2"], 2, "There is no board X.\n"),
        (["walk", "--for", "3"], 130, "Interrupted.\n"),
        (["wlak"], 2, "There is no command wlak.\nDid you mean reedgate walk?\n"),
        (["zzz"], 2, "There is no command zzz.\nTry: reedgate --help\n"),
        (["--zzz"], 2, "There is no option --zzz.\nTry: reedgate --help\n"),
        (["walk"], 2, "--for is missing.\nTry: reedgate walk --help\n"),
        (["walk", "--fro", "5"], 2, "There is no option --fro. Did you mean --for?\nTry: "),
        (["walk", "--for", "long"], 2, "--for: must be a whole number.\nTry: "),
        (["walk", "--pace", "fast", "--for", "5"], 2, "--pace: must be a number.\nTry: "),
        (["walk", "--steps", "0", "--for", "5"], 2, "--steps: must be at least 1.\nTry: "),
        (["walk", "--steps", "10", "--for", "5"], 2, "--steps: must be at most 9.\nTry: "),
        (["walk", "--for"], 2, "--for needs a value.\nTry: "),
        (["walk", "--for", "5", "a", "b", "c"], 2, "Too many words: b c.\nTry: "),
        (["shop", "sell"], 2, "There is no command sell.\nTry: reedgate shop --help\n"),
        (["--lang"], 2, "--lang '' is not a language Reedgate speaks.\nGive one of: zh, en.\n"),
        (["walk", "--lang=xx"], 2, "--lang 'xx' is not a language"),
        ([], 2, ""),
    ],
)
def test_the_exit_code_and_the_one_or_two_lines(rooms, capsys, arguments, code, said):
    assert cli.main(arguments) == code
    errors = capsys.readouterr().err
    assert errors.startswith(said)
    assert said or not errors
    assert len(errors.splitlines()) <= 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["walk", "--for", "long"],
        ["walk", "--steps", "0", "--for", "5"],
        ["walk", "--for"],
        ["walk", "--for", "5", "a", "b"],
        ["shop", "sell"],
    ],
)
def test_what_typer_says_in_english_is_said_in_chinese(rooms, capsys, arguments):
    assert cli.main(["--lang", "zh", *arguments]) == 2
    told = capsys.readouterr().err.splitlines()[0]
    assert not [word for word in ("must", "needs", "words", "No such", "Got") if word in told]
    assert not told.isascii()


def test_a_fault_of_the_program_is_not_dressed_up(rooms):
    with pytest.raises(ZeroDivisionError):
        cli.main(["walk", "--for", "4"])


@pytest.mark.parametrize("arguments", [["--lang", "zh", "wlak"], ["wlak", "--lang=zh"]])
def test_the_language_may_stand_anywhere(rooms, monkeypatch, capsys, arguments):
    monkeypatch.setenv("REEDGATE_LANG", "en")
    assert cli.main(arguments) == 2
    assert capsys.readouterr().err == "没有 wlak 这个命令。\n您是不是想输入 reedgate walk？\n"


def test_a_language_that_was_asked_for_is_forgotten_afterwards(rooms):
    cli.main(["walk", "--for", "5", "--lang=zh"])
    assert "REEDGATE_LANG" not in os.environ


def test_what_follows_two_dashes_is_left_alone(rooms, capsys):
    assert cli.main(["walk", "--for", "5", "--", "--lang"]) == 0
    assert capsys.readouterr().out == "did 5 --lang\n"


def test_a_package_left_out_at_installation_is_named(rooms, tmp_path, capsys):
    (tmp_path / "house_walk" / "commands.py").write_text("import left_out\n")
    assert cli.main(["walk", "--for", "5"]) == 2
    assert "`reedgate walk` needs the package left_out" in capsys.readouterr().err


def test_a_module_of_ours_that_is_missing_is_a_fault_of_the_program(rooms, tmp_path):
    (tmp_path / "house_walk" / "commands.py").write_text("import reedgate_sim.left_out\n")
    with pytest.raises(ModuleNotFoundError):
        cli.main(["walk", "--for", "5"])


def test_help_is_spoken_in_both_languages(rooms, capsys):
    assert cli.main(["--lang", "en", "walk", "--help"]) == 0
    english = capsys.readouterr().out
    assert cli.main(["--lang", "zh", "walk", "--help"]) == 0
    chinese = capsys.readouterr().out
    assert "Show this message" in english
    assert "显示本帮助并退出" in chinese
    assert "选项" in chinese


def test_the_list_of_commands_imports_no_room():
    script = (
        "import sys\nfrom reedgate_boards.cli import main\nmain(['--help'])\n"
        "rooms = ('reedgate_gateway.', 'reedgate_sim.', 'reedgate_boards.site.commands')\n"
        "assert not [name for name in sys.modules if name.startswith(rooms)]\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for name in cli._entries():
        assert f"│ {name}" in done.stdout, name


def test_every_command_in_the_list_has_its_line():
    assert [name for name in cli._entries() if not cli._SUMMARIES.get(name)] == []


def test_no_two_commands_of_a_room_have_one_name():
    """typer keeps the last one and says nothing: the other is gone."""
    for room in importlib.metadata.entry_points(group="reedgate.commands"):
        commands = room.load().registered_commands
        names = [each.name or each.callback.__name__.replace("_", "-") for each in commands]
        assert sorted(names) == sorted(set(names)), room.name
