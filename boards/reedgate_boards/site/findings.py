"""What is wrong in a file: collected in one run, told in the order of its lines.

`file:line: key = value: rule. What to do.` No rule lives here.
"""

import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from reedgate_boards.site.language import translator
from reedgate_boards.site.source import ROOM, KeyPath, Source
from reedgate_boards.site.user_error import UserError

_IN_FULL = 10
_LONGEST_VALUE = 60
_NOT_THERE = object()
_NEVER_SHOWN = ("secret", "password", "key", "token", "wifi")


@dataclass(frozen=True)
class Finding:
    file: str
    line: int
    path: KeyPath
    shown: str  # the value as it stands in the file; "" when the key is not there
    message: str  # a sentence of the catalogue
    values: dict[str, Any]

    def text(self, language: str) -> str:
        tr = translator(ROOM, language)
        value = f" = {self.shown}" if self.shown else ""
        return f"{self.file}:{self.line}: {key_of(self.path)}{value}: {self.rule(tr)}"

    def rule(self, tr: Any) -> str:
        sentence = tr(self.message)
        return sentence.format(**self.values) if self.values else sentence


@dataclass
class Findings:
    """errors stop everything; warnings are said and change nothing."""

    source: Source
    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)

    def error(self, path: KeyPath, message: str, **values: Any) -> None:
        self._add(self.errors, path, message, values)

    def warning(self, path: KeyPath, message: str, **values: Any) -> None:
        self._add(self.warnings, path, message, values)

    def _add(self, found: list[Finding], path: KeyPath, message: str, values: dict) -> None:
        value = self.source.value_at(path, _NOT_THERE)
        shown = "" if value is _NOT_THERE else _shown(path, value)
        line = self.source.line_of(path)
        finding = Finding(self.source.file, line, path, shown, message, values)
        if finding not in found:
            found.append(finding)
            found.sort(key=lambda each: each.line)


class SiteErrors(UserError):
    """Every error of one file."""

    def __init__(self, findings: list[Finding]):
        super().__init__(ROOM, "{count} errors.", count=len(findings))
        self.findings = findings

    def lines(self, language: str) -> list[str]:
        told = [finding.text(language) for finding in self.findings[:_IN_FULL]]
        more = len(self.findings) - len(told)
        if more:
            tr = translator(ROOM, language)
            told.append(tr("and {more} more. Mend these first.", more=more))
        return told

    def __str__(self) -> str:
        return "\n".join(self.lines("en"))


def key_of(path: KeyPath) -> str:
    """("any", 0, "point") -> any[0].point"""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")


def _shown(path: KeyPath, value: Any) -> str:
    if isinstance(value, dict):
        return "{...}"
    if isinstance(value, list):
        return "[...]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | Decimal | datetime.date):
        return str(value)
    secret = any(word in str(path[-1:]).lower() for word in _NEVER_SHOWN)
    if secret and not str(value).startswith("secret:"):
        return '"..."'
    text = str(value)
    if len(text) > _LONGEST_VALUE:
        text = text[: _LONGEST_VALUE - 3] + "..."
    if not text.isprintable():  # a file is not to move the reader's cursor
        text = text.encode("unicode_escape").decode("ascii")
    return f'"{text}"'
