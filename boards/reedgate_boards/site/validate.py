"""From values to models: pydantic's errors in our sentences.

A table with an error is healed for the rules that follow: what is wrong is taken out, so that one
run tells every error of the file.
"""

import copy
import difflib
import re
import types
import typing
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from reedgate_boards.site.fields import OWN_RULE, Table
from reedgate_boards.site.findings import Findings
from reedgate_boards.site.source import KeyPath, value_at

_MOST_ROUNDS = 100  # each takes something out; this many only a hostile file needs
_BAD_KEY = "[key]"  # how pydantic marks a key, not a value, that is wrong
_DECIMAL = re.compile(r"^Decimal\('(.*)'\)$")
SENTENCES = {
    "missing": "is missing. Add it.",
    "int_type": "must be a whole number.",
    "bool_type": "must be true or false.",
    "string_type": "must be a text in quotes.",
    "dict_type": "must be a table.",
    "model_type": "must be a table.",
    "list_type": "must be a list.",
    "greater_than": "must be more than {gt}.",
    "greater_than_equal": "must be at least {ge}.",
    "less_than_equal": "must be at most {le}.",
    "less_than": "must be less than {lt}.",
    "decimal_max_places": "has more than {decimal_places} decimals. Round it.",
    "too_short": "must not be empty.",
    "too_short_of_many": "needs at least {min_length} entries.",
    "too_long": "has more than {max_length} entries.",
    "other": "cannot be used here.",
}


@dataclass(frozen=True)
class Validated:
    model: Any  # None when too little of the file is left
    removed: frozenset[KeyPath]  # what had to be taken out: no rule may miss it a second time

    def was_removed(self, path: KeyPath) -> bool:
        return any(gone[: len(path)] == path or path[: len(gone)] == gone for gone in self.removed)


def validate(model: type[Table], findings: Findings) -> Validated:
    tree = copy.deepcopy(findings.source.values)
    removed: set[KeyPath] = set()
    first = True
    for _ in range(_MOST_ROUNDS):
        try:
            return Validated(model.model_validate(tree), frozenset(removed))
        except ValidationError as error:
            # Only the first round tells: later ones miss what this function itself took out.
            for each in error.errors(include_url=False):
                if first:
                    _tell(model, findings, each)
                if not _heal(model, tree, each, removed):
                    return Validated(None, frozenset(removed))
        first = False
    return Validated(None, frozenset(removed))


def _tell(model: type[Table], findings: Findings, error: Any) -> None:
    path = _path_of(error)
    kind, context = error["type"], error.get("ctx", {})
    if kind == OWN_RULE:
        findings.error(path, context["message"], **context["values"])
    elif kind == "extra_forbidden":
        _tell_unknown_key(_inside(model, path[:-1]), findings, path)
    else:
        values = {name: _plain(value) for name, value in context.items() if name != "error"}
        findings.error(path, _sentence(kind, values), **values)


def _sentence(kind: str, values: dict[str, Any]) -> str:
    if kind == "too_short" and values["min_length"] > 1:
        return SENTENCES["too_short_of_many"]
    return SENTENCES.get(kind, SENTENCES["other"])


def _plain(value: Any) -> Any:
    """A bound as people write it: pydantic tells a decimal one as `Decimal('0.5')`."""
    return _DECIMAL.sub(r"\1", value) if isinstance(value, str) else value


def _tell_unknown_key(table: Any, findings: Findings, path: KeyPath) -> None:
    key = str(path[-1])
    known = list(table.model_fields) if table else []
    if table and key in table.later:
        findings.error(path, "not built yet in this version. Remove the key.")
        return
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    if near:
        findings.error(path, "unknown key. Did you mean {near}?", near=near[0])
    else:
        findings.error(path, "unknown key. Known here are: {known}.", known=", ".join(known))


def _path_of(error: Any) -> KeyPath:
    path = error["loc"]
    return path[:-1] if path[-1:] == (_BAD_KEY,) else path


def _inside(annotation: Any, path: KeyPath) -> Any:
    """The Table class that describes path below annotation, or None."""
    for step in path:
        annotation = _bare(annotation)
        if isinstance(annotation, type) and issubclass(annotation, Table):
            if step not in annotation.model_fields:
                return None
            annotation = annotation.model_fields[step].annotation
        else:
            annotation = (typing.get_args(annotation) or (None,))[-1]
    annotation = _bare(annotation)
    return annotation if isinstance(annotation, type) and issubclass(annotation, Table) else None


def _bare(annotation: Any) -> Any:
    """Without Annotated and without `| None`."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _bare(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return _bare(next(each for each in typing.get_args(annotation) if each is not type(None)))
    return annotation


def _heal(model: type[Table], tree: dict, error: Any, removed: set[KeyPath]) -> bool:
    """Take out what is wrong, or put its stand-in there. False when nothing is left to judge."""
    path = _path_of(error)
    again = path in removed  # its stand-in did not help: the table goes
    removed.add(path)
    if error["type"] != "extra_forbidden" and not again and _stand_in(model, tree, path):
        return True
    if error["type"] == "missing":
        path = path[:-1]
    while path and isinstance(path[-1], int):
        path = path[:-1]
    removed.add(path)
    if not path:
        return False
    parent = value_at(tree, path[:-1])
    if isinstance(parent, dict):
        parent.pop(path[-1], None)
    return True


def _stand_in(model: type[Table], tree: dict, path: KeyPath) -> bool:
    table = _inside(model, path[:-1])
    field = table.model_fields.get(path[-1]) if table else None
    extra = (field.json_schema_extra or {}) if field else {}
    parent = value_at(tree, path[:-1])
    if "stand_in" not in extra or not isinstance(parent, dict):
        return False
    parent[path[-1]] = copy.deepcopy(extra["stand_in"])
    return True
