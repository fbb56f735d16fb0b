"""Site and firmware of a run: as they are shipped, but for the changes that are asked for.

Which changes, and why, a scenario, a schedule or a seeded bug says.
"""

import copy
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from reedgate_boards.site.findings import SiteErrors
from reedgate_boards.site.load import check_source
from reedgate_boards.site.locator import board_dir, firmware_dir
from reedgate_boards.site.schema import Site
from reedgate_boards.site.source import Source, read_source
from reedgate_boards.site.user_error import UserError
from reedgate_sim.world.scenario import Scenario
from reedgate_sim.world.scenario_events import FirmwareChange

_ROOM = "reedgate_sim"
_SITES = Path(__file__).resolve().parent / "sites"


def site_of(scenario: Scenario, further: dict[str, Any] | None = None) -> Site:
    """The checked site of a scenario, with its changes and then further ones. Raises UserError."""
    source = read_source(_site_path(scenario))
    return changed_site(source, scenario.file.site_changes, further or {})


def changed_site(source: Source, *changes: dict[str, Any]) -> Site:
    """The checked site of a file after one change and the next. Raises UserError."""
    values = copy.deepcopy(source.values)
    for each in changes:
        _merge(values, each, ())
    site, findings = check_source(replace(source, values=values))
    if site is None:
        raise SiteErrors(findings.errors)
    return site


def _site_path(scenario: Scenario) -> Path:
    name = scenario.file.site
    if name.endswith(".toml"):
        return scenario.folder / name
    path = _SITES / f"{name}.toml"
    if not path.is_file():
        raise UserError(
            _ROOM,
            "There is no site {name}.",
            hint="Give one of {known}, or the path of a .toml file, seen from the scenario's.",
            name=name,
            known=", ".join(sorted(each.stem for each in _SITES.glob("*.toml"))),
        )
    return path


def _merge(node: Any, changes: dict[str, Any], path: tuple[str, ...]) -> None:
    """Tables go into tables, a number as a key into a list; anything else takes the place.

    None takes a key out of its table.
    """
    for key, value in changes.items():
        step = int(key) if isinstance(node, list) and key.isdecimal() else key
        if isinstance(node, list) and not (isinstance(step, int) and step < len(node)):
            raise UserError(
                _ROOM,
                "A change to the site names {path}, which its file does not have.",
                hint="Rows of a list are counted from 0.",
                path=".".join((*path, key)),
            )
        old = node[step] if isinstance(node, list) else node.get(step)
        if isinstance(value, dict) and isinstance(old, dict | list):
            _merge(old, value, (*path, key))
        elif value is None:
            node.pop(step, None)
        else:
            node[step] = copy.deepcopy(value)


def write_changes(folder: Path, changes: Iterable[FirmwareChange], board: str) -> None:
    """The changed files alone, to stand before the firmware's own. Raises UserError.

    A file may be the board's, which goes to the same place.
    """
    for change in changes:
        target = folder / change.file
        sources = (target, firmware_dir() / change.file, board_dir(board) / change.file)
        source = next((path for path in sources if path.is_file()), None)
        text = source.read_text(encoding="utf-8") if source else ""
        found = text.count(change.old)
        if found != 1:
            raise UserError(
                _ROOM,
                "A change to the firmware: {file} holds its `old` text {found} times, not once.",
                hint="Take the text from the file as it is now, and more of it.",
                file=change.file,
                found=found,
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.replace(change.old, change.new), encoding="utf-8")
