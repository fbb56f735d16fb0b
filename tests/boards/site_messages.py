"""Every sentence that `reedgate_boards.site` can say to a person, read from its source."""

import ast
from collections.abc import Iterator
from pathlib import Path

import typer

from reedgate_boards.site import check_report, commands, os_reasons, validate

_FOLDER = Path(validate.__file__).parent
# Where in a call a sentence of this room's catalogue stands.
_PLACES = {
    "error": 1,
    "warning": 1,
    "refuse": 0,
    "tr": 0,
    "default": 1,
    "_text_matching": 1,
    "UserError": 1,
    "__init__": 1,  # of a UserError
}


def sentences() -> set[str]:
    found = set(validate.SENTENCES.values()) | set(os_reasons.REASONS.values())
    found |= set(check_report.TERM_NAMES.values()) | set(check_report.BOUND_NAMES.values())
    for file in sorted(_FOLDER.glob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        found |= set(_in_calls(tree)) | set(_in_yields(tree))
    return (found | set(_in_help(typer.main.get_command(commands.app)))) - {""}


def _in_calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        place = _PLACES.get(name)
        if place is None or len(node.args) <= place:
            continue
        if name in ("UserError", "__init__") and getattr(node.args[0], "id", "") != "ROOM":
            continue  # a sentence of another room
        hints = [word.value for word in node.keywords if word.arg == "hint"]
        for text in (node.args[place], *hints):
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield text.value


def _in_yields(tree: ast.AST) -> Iterator[str]:
    """`yield "A sentence of {name}.", values`; or its text was named `text` right before."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
            text = node.value.elts[0]
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "text":
            text = node.value
        else:
            continue
        branches = (text.body, text.orelse) if isinstance(text, ast.IfExp) else (text,)
        for each in branches:
            if (
                isinstance(each, ast.Constant)
                and isinstance(each.value, str)
                and "{" in each.value
            ):
                yield each.value


def _in_help(command) -> Iterator[str]:
    for holder in (command, *command.params):
        if getattr(holder, "name", "") != "help":
            yield getattr(holder, "help", None) or ""
            yield getattr(holder, "epilog", None) or ""
    for below in getattr(command, "commands", {}).values():
        yield from _in_help(below)
