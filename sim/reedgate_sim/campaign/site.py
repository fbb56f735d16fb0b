"""The site of a run: the desk's, with a schedule's changes, checked like any site file."""

import copy
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import reedgate_sim
from reedgate_boards.site.findings import SiteErrors
from reedgate_boards.site.load import check_source
from reedgate_boards.site.schema import Site
from reedgate_boards.site.source import Source, read_source

STATION = "inlet"
_DESK = Path(reedgate_sim.__file__).resolve().parent / "sites" / "desk.toml"


@cache
def desk_source() -> Source:
    return read_source(_DESK)


def site_with(changes: dict[str, Any]) -> Site:
    """changes: dotted key below the station -> value; None takes the key out. Raises UserError."""
    source = desk_source()
    values = copy.deepcopy(source.values)
    for key, value in changes.items():
        _set(values["stations"][STATION], key.split("."), value)
    site, findings = check_source(replace(source, values=values))
    if site is None:
        raise SiteErrors(findings.errors)
    return site


def _set(table: Any, path: list[str], value: Any) -> None:
    *folders, leaf = path
    for folder in folders:
        table = table[int(folder) if isinstance(table, list) else folder]
    if value is None:
        table.pop(leaf, None)
    else:
        table[leaf] = _exact(value)


def _exact(value: Any) -> Any:
    """Decimals as the file has them, without a float's tail."""
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, dict):
        return {key: _exact(each) for key, each in value.items()}
    return [_exact(each) for each in value] if isinstance(value, list) else value
