"""V: each property finds the bug that killers.toml has for it, judged by this property alone."""

import shutil
import tempfile
import tomllib
from pathlib import Path

from reedgate_boards.site.locator import firmware_dir
from reedgate_sim.changes import write_changes
from reedgate_sim.proof.configurations import configurations
from reedgate_sim.proof.explore import explore
from reedgate_sim.proof.shipped import load_shipped
from reedgate_sim.proof.ways_out import without_way_out
from reedgate_sim.proof.world import World
from reedgate_sim.world.scenario_events import FirmwareChange

_MOST = 60000  # transitions within which each has to show
_FILE = Path(__file__).resolve().parent / "killers.toml"


def killers() -> dict[str, dict[str, str]]:
    """By property."""
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def finds(rule: str) -> bool:
    """Whether the property finds its bug. Raises UserError when the bug fits the core no more."""
    row = killers()[rule]
    change = FirmwareChange(file=row["file"], old=row["old"], new=row["new"])
    with tempfile.TemporaryDirectory(prefix="reedgate-killer-") as directory:
        folder = Path(directory)
        write_changes(folder / "changed", [change], "HOST")
        shutil.copytree(firmware_dir() / "station", folder / "station")
        shutil.copytree(folder / "changed", folder, dirs_exist_ok=True)
        world = World(configurations()[row["configuration"]], load_shipped(folder))
        world.only = rule
        # that of L6 has to be explored to its end
        found, graph = explore(world, None if rule == "L6" else _MOST)
        if rule == "L6":
            return without_way_out(graph) is not None
        return found.broken is not None and found.broken.rule == rule
