"""A TOML file as values and as places: what stands there, and in which line.

Decimal numbers stay decimal, as they are written; nothing passes through a float.
"""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import spanned_toml

from reedgate_boards.site.user_error import UserError

ROOM = "reedgate_boards.site"
KeyPath = tuple[str | int, ...]


@dataclass(frozen=True)
class Source:
    file: str  # as the user named it
    values: dict[str, Any]
    _text: str
    _spans: Any

    def line_of(self, path: KeyPath) -> int:
        """The line of the key at path; of what is nearest above it when it is not there."""
        node, start = self._spans, 0
        for step in path:
            found = _child(node.inner(), step)
            if found is None:
                break
            node, start = found
        return self._text.count("\n", 0, start) + 1

    def value_at(self, path: KeyPath, missing: Any = None) -> Any:
        return value_at(self.values, path, missing)


def value_at(node: Any, path: KeyPath, missing: Any = None) -> Any:
    for step in path:
        in_table = isinstance(node, dict) and step in node
        in_list = isinstance(node, list) and isinstance(step, int) and step < len(node)
        if not (in_table or in_list):
            return missing
        node = node[step]
    return node


def _child(node: Any, step: str | int) -> Any:
    """(spanned value, where its key starts) of one step down, or None."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key.inner() == step:
                return value, key.span().start
    elif isinstance(node, list) and isinstance(step, int) and step < len(node):
        return node[step], _start_of(node[step])
    return None


def _start_of(item: Any) -> int:
    """Where an item of a list starts. One of `[[...]]` has no span: its first key serves."""
    if item.span().stop or not isinstance(item.inner(), dict):
        return item.span().start
    return min((key.span().start for key in item.inner()), default=0)


def read_source(path: str | Path) -> Source:
    """Raises UserError: no such file, not UTF-8, not TOML."""
    try:
        text = Path(path).read_bytes().decode("utf-8")
    except OSError as error:
        raise UserError(
            ROOM,
            "{file} cannot be read: {reason}.",
            hint="Give the path of a site file that is there.",
            file=path,
            reason=error,
        ) from error
    except UnicodeDecodeError as error:
        raise UserError(
            ROOM,
            "{file}: byte {byte} is not UTF-8.",
            hint="Save the file as UTF-8.",
            file=path,
            byte=error.start,
        ) from error
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        spans = spanned_toml.loads(text, parse_float=Decimal)
    except (spanned_toml.TOMLDecodeError, RecursionError) as error:
        raise _not_toml(path, text, error) from error
    return Source(str(path), spans.unspan(), text, spans)


def _not_toml(path: str | Path, text: str, error: Exception) -> UserError:
    what, _, place = str(error).rpartition(" (at ")
    line, reason = text.count("\n") + 1, what or "nested too deeply"
    words = place.replace(",", " ").split()
    if words[:1] == ["line"]:
        line = int(words[1])
    return UserError(
        ROOM,
        "{file}:{line}: this is not TOML 1.0: {reason}.",
        hint="Look at this line and the one above it: a quote, a bracket or a value is missing.",
        file=path,
        line=line,
        reason=reason,
    )
