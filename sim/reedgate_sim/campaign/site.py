"""The site of a run: the desk's, with a schedule's changes, checked like any site file."""

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import reedgate_sim
from reedgate_boards.site.schema import Site
from reedgate_boards.site.source import Source, read_source
from reedgate_sim.changes import changed_site

STATION = "inlet"
_DESK = Path(reedgate_sim.__file__).resolve().parent / "sites" / "desk.toml"


@cache
def desk_source() -> Source:
    return read_source(_DESK)


def site_with(changes: dict[str, Any]) -> Site:
    """changes: dotted key below the station -> value; None takes the key out. Raises UserError."""
    return changed_site(desk_source(), *(_tables(each) for each in changes.items()))


def _tables(change: tuple[str, Any]) -> dict[str, Any]:
    key, value = change
    value = _exact(value)
    for name in reversed(["stations", STATION, *key.split(".")]):
        value = {name: value}
    return value


def _exact(value: Any) -> Any:
    """Decimals as the file has them, without a float's tail."""
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, dict):
        return {key: _exact(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_exact(each) for each in value]
    return value
