"""The shipped core as objects of this process: the only place that runs files of the station.

No module of the simulator imports the station; what is proved here is not our model of it but the
files themselves, from the firmware's folder or from a changed copy of it.
"""

import ast
import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from reedgate_boards.site.locator import firmware_dir


@dataclass(frozen=True)
class Shipped:
    """config, commands, downlink: of station.app; latches: of station.core; changing: see
    changing_names.
    """

    config: ModuleType
    latches: ModuleType
    commands: ModuleType
    downlink: ModuleType
    changing: frozenset[str]


def load_shipped(folder: Path | None = None) -> Shipped:
    """The station's modules from a folder that holds `station`; those of before are forgotten."""
    folder = folder or firmware_dir()
    forget()
    sys.path.insert(0, str(folder))
    try:
        config = importlib.import_module("station.app.config")
        latches = importlib.import_module("station.core.latches")
        commands = importlib.import_module("station.app.commands")
        downlink = importlib.import_module("station.app.downlink")
    finally:
        sys.path.remove(str(folder))
    return Shipped(config, latches, commands, downlink, changing_names(folder))


def forget() -> None:
    """What is imported next of the station comes from the files anew."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "station"]:
        del sys.modules[name]


def changing_names(folder: Path) -> frozenset[str]:
    """The attributes that some line of the core, outside of an __init__, assigns.

    Whatever else an object holds stays as it was built, and is no part of a state.
    """
    names: set[str] = set()
    for path in sorted((folder / "station" / "core").glob("*.py")):
        for function in _functions(ast.parse(path.read_text(encoding="utf-8"))):
            for node in ast.walk(function):
                if isinstance(node, ast.Assign | ast.AugAssign):
                    names.update(_assigned(node))
    return frozenset(names)


def _functions(tree: ast.AST) -> list[ast.FunctionDef]:
    every = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return [node for node in every if node.name != "__init__"]


def _assigned(node: ast.Assign | ast.AugAssign) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    names = []
    for target in targets:
        for each in target.elts if isinstance(target, ast.Tuple) else (target,):
            place = each.value if isinstance(each, ast.Subscript) else each
            if isinstance(place, ast.Attribute):
                names.append(place.attr)
    return names
