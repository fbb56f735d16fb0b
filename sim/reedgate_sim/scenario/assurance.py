"""Whether each scenario can fail: run as it is, and once more under its own `fails_under` change.

Only an assertion that held without the change can notice it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reedgate_sim.scenario.judge import Assertion, Judge
from reedgate_sim.scenario.play import play
from reedgate_sim.world.scenario import Scenario, load_scenario, scenario_names


@dataclass(frozen=True)
class Proof:
    """A scenario under its change. noticed: the assertions that fail only now."""

    scenario: Scenario
    noticed: list[Assertion]


def with_proof() -> list[str]:
    """The scenarios that come with a change."""
    loaded = {name: load_scenario(name).file for name in scenario_names()}
    return [name for name, file in loaded.items() if file.fails_under]


def proofs(names: list[str], on_start: Callable[[str], None]) -> Iterator[Proof]:
    for name in names:
        on_start(name)
        scenario = load_scenario(name)
        held = [each.holds for each in Judge(play(scenario)).assertions()]
        changed = Judge(play(scenario, change=scenario.file.fails_under)).assertions()
        noticed = [now for before, now in zip(held, changed, strict=True) if before > now.holds]
        yield Proof(scenario, noticed)
