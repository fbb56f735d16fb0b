"""Secrets: which names the site file asks for, and whether secrets.toml beside it has them.

Never their values.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reedgate_boards.site.findings import Findings
from reedgate_boards.site.source import KeyPath, read_source

FILE = "secrets.toml"
_MARK = "secret:"


def check_secrets(findings: Findings) -> None:
    asked = list(_asked(findings.source.values, ()))
    if not asked:
        return
    file = Path(findings.source.file).parent / FILE
    known: Any = {}
    if file.is_file():
        if os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & 0o077:
            path = asked[0][0]
            findings.error(
                path,
                "others on this machine can read {file}. Type: chmod 600 {file}",
                file=file,
            )
        known = read_source(file).values
    for path, name in asked:
        if name not in known:
            findings.error(
                path,
                "no secret of this name in {file}. Add a line {name} = ... there.",
                file=file,
                name=name,
            )


def _asked(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _asked(each, (*path, key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _asked(each, (*path, number))
    elif isinstance(value, str) and value.startswith(_MARK):
        yield path, value.removeprefix(_MARK)
