"""One configuration proved, from its objects to a verdict; what a worker process does."""

import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from reedgate_boards.site.user_error import UserError
from reedgate_contract import codes
from reedgate_sim.proof.choices import Choice
from reedgate_sim.proof.configurations import configurations
from reedgate_sim.proof.explore import Graph, explore
from reedgate_sim.proof.law import Broken
from reedgate_sim.proof.shipped import Shipped, load_shipped
from reedgate_sim.proof.slots import TICKS
from reedgate_sim.proof.sound import Outside, random_scans
from reedgate_sim.proof.ways_out import without_way_out
from reedgate_sim.proof.world import World

# Ticks at which a step begins: time stamps lie on both sides of the wrap, of its half, of neither.
PHASES_MS = (0, TICKS // 2, TICKS // 4)
COUNTS = Path(__file__).resolve().parent / "counts.toml"

PROPERTIES = (
    *("S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "S10", "S11"),
    *("L1", "L2", "L3", "L4", "L5", "L6", "L7"),
)


@dataclass(frozen=True)
class Verdict:
    """fault: (rule, sentence, values) of what does not hold, or None. way: the steps that lead
    there, one a line.
    """

    name: str
    states: int
    transitions: int
    rules: tuple[str, ...]
    judged: tuple[str, ...]
    digest: str
    scans: int
    seconds: float
    fault: tuple[str, str, dict[str, str]] | None = None
    way: tuple[str, ...] = ()

    @property
    def broken(self) -> str:
        """In English, or ""."""
        return self.told(str.format)

    def told(self, tr: Callable[..., str]) -> str:
        if self.fault is None:
            return ""
        rule, sentence, values = self.fault
        return f"{rule}: {tr(sentence, **values)}"

    def as_json(self) -> dict:
        row = asdict(self) | {"broken": self.broken}
        del row["fault"]
        return row


def names_of(wanted: list[str]) -> list[str]:
    """The configurations of these names, or all that have committed figures. Raises UserError."""
    every = configurations()
    for name in wanted:
        if name not in every:
            raise UserError(
                "reedgate_sim",
                "There is no configuration {name} to be proved.",
                hint="Known are: {known}.",
                name=name,
                known=", ".join(every),
            )
    return wanted or list(counts())


def not_closed() -> list[str]:
    """Configurations without committed figures: not yet explored to their end with this core."""
    return [name for name in configurations() if name not in counts()]


def counts() -> dict[str, dict[str, int]]:
    """The committed numbers of states and transitions, by configuration."""
    return tomllib.loads(COUNTS.read_text(encoding="utf-8"))


def prove(name: str, scans: int, phases: int, folder: Path | None = None) -> Verdict:
    """All properties over every reachable state, then random scans on live objects.

    phases: at so many of PHASES_MS. folder: of another firmware than the shipped.
    """
    shipped = load_shipped(folder)
    site = configurations()[name]
    found, graph = explore(World(site, shipped, PHASES_MS[0]))
    if found.broken:
        broken, choices = found.broken, found.way
    else:
        broken, choices = _beyond_states(graph, shipped, found.digest, scans, phases)
        found.judged.add("L6")
    return Verdict(
        name,
        found.states,
        found.transitions,
        tuple(codes.RULE_NAMES[rule] for rule in sorted(found.rules)),
        tuple(each for each in PROPERTIES if each in found.judged),
        found.digest,
        0 if broken else scans,
        round(found.seconds, 1),
        (broken.rule, broken.sentence, broken.values) if broken else None,
        tuple(_line(graph.world, each) for each in choices),
    )


def _beyond_states(
    graph: Graph, shipped: Shipped, digest: str, scans: int, phases: int
) -> tuple[Broken | None, list[Choice]]:
    """L6, the same graph at other tick phases, soundness."""
    stuck = without_way_out(graph)
    if stuck is not None:
        return Broken("L6", "latched, and no way out"), graph.way_to(stuck)
    for phase_ms in PHASES_MS[1:phases]:
        again, _ = explore(World(graph.world.site, shipped, phase_ms))
        if again.digest != digest:
            phase = f"{phase_ms} ms"
            return Broken("phase", "other states when ticks begin at {phase}", phase=phase), []
    try:
        random_scans(graph, shipped, scans, seed=1)
    except Outside as outside:
        return outside, []
    except Broken as broken:
        return Broken(f"sound: {broken.rule}", broken.sentence, **broken.values), []
    return None, []


def fewer(verdict: Verdict) -> bool:
    """Less was looked at than the committed figures say."""
    states, transitions = least_of(verdict.name)
    return verdict.states < states or verdict.transitions < transitions


def least_of(name: str) -> tuple[int, int]:
    """The committed states and transitions; 0 where there are none."""
    least = counts().get(name, {})
    return least.get("states", 0), least.get("transitions", 0)


def never_judged(verdicts: list[Verdict]) -> list[str]:
    """V: properties whose premises were met in no configuration."""
    judged = {name for verdict in verdicts for name in verdict.judged}
    return [name for name in PROPERTIES if name not in judged]


def never_reached(verdicts: list[Verdict]) -> list[str]:
    """V: rules that ruled in no configuration; of rule 2, that forbade nothing."""
    reached = {name for verdict in verdicts for name in verdict.rules}
    return [name for name in codes.RULE_NAMES if name not in reached]


def _line(world: World, choice: Choice) -> str:
    """restart; polls I,B; estop=0 reset=1; faults -,s"""
    levels = zip(world.level_names, choice.levels, strict=True)
    parts = ["restart"] if choice.restarts else []
    parts += [each for each in (choice.act,) if each]
    parts.append("polls " + ",".join(word or "-" for word in choice.words))
    parts.append(" ".join(f"{name}={level}" for name, level in levels))
    if any(choice.faults):
        parts.append("faults " + ",".join(fault or "-" for fault in choice.faults))
    return "; ".join(part for part in parts if part)
