"""Every state that can be reached, breadth first; the first broken property with the way to it."""

import hashlib
import time
from array import array
from dataclasses import dataclass, field

from reedgate_contract import codes
from reedgate_sim.proof.choices import Choice
from reedgate_sim.proof.compare import Compared
from reedgate_sim.proof.law import Broken
from reedgate_sim.proof.world import World


@dataclass
class Explored:
    """broken: what does not hold, way: the choices from a start that lead there; or None.

    rules: of the inlet, rule 2 where it forbids something. judged: the properties whose premises
    were met. digest: of all states in the order they were met; the same at every tick phase.
    """

    states: int = 0
    transitions: int = 0
    digest: str = ""
    seconds: float = 0.0
    rules: set[int] = field(default_factory=set)
    judged: set[str] = field(default_factory=set)
    broken: Broken | None = None
    way: list[Choice] = field(default_factory=list)


class Graph:
    """States by number, and how each was first reached."""

    def __init__(self, world: World):
        self.world = world
        self.number_of: dict[bytes, int] = {}
        self.states: list[bytes] = []
        self._parent = array("i")
        self._by = array("i")
        self.edges = array("i")  # where each choice leads, state by state

    def add(self, state: bytes, parent: int, by: int) -> int:
        number = self.number_of.get(state)
        if number is None:
            number = self.number_of[state] = len(self.states)
            self.states.append(state)
            self._parent.append(parent)
            self._by.append(by)
        return number

    def way_to(self, number: int) -> list[Choice]:
        way = []
        while self._parent[number] >= 0:
            way.append(self.world.choices[self._by[number]])
            number = self._parent[number]
        return way[::-1]


def explore(world: World, most: int | None = None) -> tuple[Explored, Graph]:
    """most: stop after so many transitions; what is found then is no proof."""
    began = time.perf_counter()
    graph = Graph(world)
    found = Explored()
    choices = world.choices
    rules = found.rules
    step, add = world.step, graph.add
    inlet = world.gates[0]
    compared = Compared(world)
    number = 0
    for state in world.starts():
        add(state, -1, -1)
    try:
        while number < len(graph.states) and (most is None or len(graph.edges) < most):
            state = graph.states[number]
            compared.reset(state)
            for by, choice in enumerate(choices):
                after = step(state, choice)
                to = add(after, number, by)
                graph.edges.append(to)
                rules.add(inlet.rule)
                if inlet.drive.forbids_opening or inlet.drive.forbids_closing:
                    rules.add(codes.RULE_DRIVE)
                compared.look(by, to)
            compared.judge()
            number += 1
    except Broken as broken:
        found.broken = broken
        found.way = [*graph.way_to(number), choices[compared.by if compared.by >= 0 else by]]
    found.states = len(graph.states)
    found.transitions = len(graph.edges)
    found.judged = world.judged
    digest = hashlib.sha256()
    for state in graph.states:
        digest.update(state)
    found.digest = digest.hexdigest()[:16]
    found.seconds = time.perf_counter() - began
    return found, graph
