"""Bugs to be seeded into a copy of the firmware, one at a time: the oracle has to find each.

The bugs are data, `mutants*.toml`: a file, a text that stands in it exactly once, and what takes
its place.
"""

import tempfile
import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from reedgate_boards.site.user_error import UserError
from reedgate_sim.campaign.runs import run_seed
from reedgate_sim.campaign.site import STATION, site_with
from reedgate_sim.changes import write_changes
from reedgate_sim.world.scenario_events import FirmwareChange

_FILES = [Path(__file__).resolve().parent / name for name in ("mutants.toml", "mutants_law.toml")]


@dataclass(frozen=True)
class Mutant:
    """first_seed: where the search starts; runs: within so many schedules it has to be found."""

    name: str
    what: dict[str, str]  # in each language
    file: str
    old: str
    new: str
    first_seed: int
    runs: int


@dataclass(frozen=True)
class Found:
    """seed: of the schedule that found it, or None. runs: how many were played."""

    name: str
    what: dict[str, str]
    file: str
    seed: int | None
    runs: int
    broke: str

    def as_json(self) -> dict:
        return asdict(self) | {"what": self.what["en"]}

    def cells(self, tr: Callable[..., str], language: str) -> list[str]:
        """A row under `titles`."""
        verdict = tr("not found") if self.seed is None else tr("seed {seed}", seed=self.seed)
        return [self.what[language], self.file, verdict, str(self.runs), self.broke]


def titles(tr: Callable[..., str]) -> list[str]:
    return [tr("Bug"), tr("File"), tr("Found by"), tr("Schedules"), tr("What it broke")]


def load_mutants(names: list[str] | None = None) -> list[Mutant]:
    """All of them, or these. Raises UserError for a name that is none."""
    texts = [file.read_text(encoding="utf-8") for file in _FILES]
    rows = [row for text in texts for row in tomllib.loads(text)["mutant"]]
    every = {row["name"]: Mutant(**row) for row in rows}
    for name in names or ():
        if name not in every:
            raise UserError(
                "reedgate_sim",
                "There is no seeded bug {name}.",
                hint="Known are: {known}.",
                name=name,
                known=", ".join(every),
            )
    return [every[name] for name in names or every]


def seed_into(folder: Path, mutant: Mutant) -> Path:
    """The changed file alone, to stand before the firmware's own. Raises UserError."""
    change = FirmwareChange(file=mutant.file, old=mutant.old, new=mutant.new)
    write_changes(folder, [change], site_with({}).stations[STATION].board)
    return folder


def search(mutant: Mutant) -> Found:
    """Schedule after schedule, until one finds it."""
    with tempfile.TemporaryDirectory(prefix="reedgate-mutant-") as directory:
        firmware = seed_into(Path(directory), mutant)
        for count in range(1, mutant.runs + 1):
            seed = mutant.first_seed + count - 1
            violations = run_seed(seed, firmware).violations
            if violations:
                first = violations[0]
                broke = f"{first.property}: {first.detail}"
                return Found(mutant.name, mutant.what, mutant.file, seed, count, broke)
    return Found(mutant.name, mutant.what, mutant.file, None, mutant.runs, "")
