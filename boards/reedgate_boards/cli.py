"""The command `reedgate`: finds the rooms' commands, imports only the one that is called.

What a command does stands in its room. Here are the way to it and the way out: 0 good, 1 the check
or run found a violation, 2 bad input or usage, 130 interrupted.
"""

import difflib
import importlib.metadata
import os
import sys
from typing import Annotated

import typer
from typer.core import TyperCommand, TyperGroup

from reedgate_boards.help_language import translate_help
from reedgate_boards.site.language import LANGUAGES, chosen_language, translator
from reedgate_boards.site.user_error import UserError
from reedgate_boards.usage_error import usage_lines

_ROOM = "reedgate_boards"
_GROUP = "reedgate.commands"
_LANGUAGE = "REEDGATE_LANG"

# Said here, because `reedgate --help` must not import a room to ask it. In the order of the list.
_SUMMARIES = {
    "run": "Run the main job on this desk: plant, firmware, gateway and its page.",
    "site": "Check a site file; print its budgets and bus load.",
    "board": "Look at the boards; build what is flashed on one.",
    "sim": "Run the firmware against simulated or recorded water.",
    "gateway": "Run the site's gateway.",
    "qc": "Flag a recorded series as the firmware on a board would.",
    "bench": "Measure, beside the tools that others use.",
}


class _Root(TyperGroup):
    """Lists the commands from the table above and loads the one that is called."""

    def resolve_command(self, ctx, args):
        name = args[0]
        entry = _entries().get(name)
        if entry is None:
            raise _unknown(name)
        return name, _load(entry), args[1:]


def _entries() -> dict[str, importlib.metadata.EntryPoint]:
    found = {entry.name: entry for entry in importlib.metadata.entry_points(group=_GROUP)}
    order = [*(name for name in _SUMMARIES if name in found), *sorted(found)]
    return {name: found[name] for name in order}


def _unknown(name: str) -> UserError:
    text = "There is no option {name}." if name.startswith("-") else "There is no command {name}."
    near = difflib.get_close_matches(name, _entries(), n=1)
    return UserError(
        _ROOM,
        text,
        hint="Did you mean {near}?" if near else "Try: {help}",
        name=name,
        near=f"reedgate {near[0]}" if near else "",
        help="reedgate --help",
    )


def _load(entry: importlib.metadata.EntryPoint):
    """The room's typer app as a command; its help in the user's language."""
    try:
        app = entry.load()
    except ModuleNotFoundError as problem:
        room = entry.module.partition(".")[0]
        if (problem.name or "").startswith("reedgate"):
            raise  # our own fault, not a package left out at installation
        raise UserError(
            _ROOM,
            "`reedgate {command}` needs the package {package}, which is not installed.",
            hint="Type: {install}",
            command=entry.name,
            package=problem.name,
            install=f"pip install 'reedgate[{room.removeprefix('reedgate_')}]'",
        ) from None
    # An app whose only command has the app's name is that command: `reedgate run --for 120s`.
    names = [command.name or command.callback.__name__ for command in app.registered_commands]
    alone = names == [entry.name]
    command = typer.main.get_command(app) if alone else typer.main.get_group(app)
    translate_help(command, entry.module.rpartition(".")[0], chosen_language())
    return command


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"reedgate {importlib.metadata.version('reedgate')}")
        raise typer.Exit


_app = typer.Typer(
    name="reedgate", cls=_Root, no_args_is_help=True, add_completion=False, rich_markup_mode="rich"
)


@_app.callback(epilog="Example: reedgate run --for 120s")
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
    lang: Annotated[  # taken by _without_language before typer sees it; here for the help
        str, typer.Option("--lang", metavar="zh|en", help="Language of what you read.")
    ] = "",
) -> None:
    """Edge controller for constructed wetlands and reclaimed-water ponds."""


def _without_language(arguments: list[str]) -> list[str]:
    """Takes --lang out, wherever it stands; child processes learn of it by REEDGATE_LANG."""
    rest = []
    words = iter(arguments)
    for word in words:
        name, _, value = word.partition("=")
        if name == "--":
            return [*rest, word, *words]
        if name != "--lang":
            rest.append(word)
            continue
        value = value or next(words, "")
        if value not in LANGUAGES:
            raise UserError(
                _ROOM,
                "--lang {value} is not a language Reedgate speaks.",
                hint="Give one of: {known}.",
                value=repr(value),
                known=", ".join(LANGUAGES),
            )
        os.environ[_LANGUAGE] = value
    return rest


def _run(arguments: list[str]) -> int:
    arguments = _without_language(arguments)
    root = typer.main.get_command(_app)
    root.commands = {
        name: TyperCommand(name, help=_SUMMARIES.get(name, "")) for name in _entries()
    }
    translate_help(root, _ROOM, chosen_language())
    outcome = root.main(arguments, prog_name="reedgate", standalone_mode=False)
    return outcome if isinstance(outcome, int) else 0


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the script; gives the exit code. Leaves the environment as it was."""
    before = os.environ.get(_LANGUAGE)
    try:
        return _told(arguments)
    finally:
        if before is None:
            os.environ.pop(_LANGUAGE, None)
        else:
            os.environ[_LANGUAGE] = before


def _told(arguments: list[str] | None) -> int:
    """The exit code; what went wrong is said here."""
    try:
        code = _run(sys.argv[1:] if arguments is None else arguments)
    except UserError as problem:
        return _complain(problem.lines(chosen_language()), 2)
    except typer.TyperException as problem:
        return _complain(usage_lines(problem, translator(_ROOM, chosen_language())), 2)
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    if code == 130:
        _complain([translator(_ROOM, chosen_language())("Interrupted.")], code)
    return code


def _complain(lines: list[str], code: int) -> int:
    for line in lines:
        print(line, file=sys.stderr)
    return code
