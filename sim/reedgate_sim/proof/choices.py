"""What the world may do in one step, all of it at any state."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from reedgate_sim.proof.plant import WELL
from reedgate_sim.proof.site import Site

AT_REST = ("reset", "local", "local_open", "local_close")  # inputs that read 0 at rest


@dataclass(frozen=True)
class Choice:
    """words: each point's polls; levels: of `World.level_names`; faults: each gate's. restarts:
    off and on before it. act: of acts.py, or "".
    """

    words: tuple[str, ...]
    levels: tuple[int, ...]
    faults: tuple[str, ...]
    restarts: bool = False
    act: str = ""


def choices_of(site: Site, level_names: list[str]) -> Iterator[Choice]:
    """Acts come one at a time with whatever the water does, all else being well."""
    levels = [(0, 1) if name in AT_REST else (1, 0) for name in level_names]
    faults = [(WELL, *gate.faults) for gate in site.gates]
    well = tuple(WELL for _ in faults)
    for words in product(*site.words):
        for level in product(*levels):
            for fault in product(*faults):
                yield Choice(words, level, fault)
            for act in site.acts:
                yield Choice(words, level, well, act=act)
    if site.restarts:
        calm = tuple("" for _ in site.words)
        for level in product(*levels):
            yield Choice(calm, level, well, restarts=True)
