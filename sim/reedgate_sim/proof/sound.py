"""Random scans on live objects, against the explored graph: what is taken apart into states and
put together again by the explorer must go the same way when it simply runs on.

Here nothing is normalised: ticks run on through the wrap, scans and polls come early and late by
random amounts, an answer is any number of its class (numbers.py), what means nothing any more
stays where it is. After each scan the state must be
the one that the graph says. One that is not shows a mistake of slots.py: something that counts
was left out, or a time stamp was taken for dead. One walk in ten has the laws with it, which then
judge the scans themselves; the others are three times as fast.
"""

import random

from reedgate_sim.proof.explore import Graph
from reedgate_sim.proof.law import Broken
from reedgate_sim.proof.shipped import Shipped
from reedgate_sim.proof.slots import TICKS
from reedgate_sim.proof.world import World

_WALK = 400  # scans
_JUDGED = 10


class Outside(Broken):
    """A scan on live objects led to another state than the graph says."""


def random_scans(graph: Graph, shipped: Shipped, scans: int, seed: int) -> int:
    """So many scans, in walks from the starts and from any state. Gives how many were made; raises
    Outside, or Broken where a law does not hold.
    """
    draw = random.Random(f"{graph.world.site.name}/{seed}")
    lives = [_live(graph, shipped, judging) for judging in (True, False)]
    for live in lives:
        live.draw = draw
    for number, begun in enumerate(range(0, scans, _WALK)):
        _walk(graph, lives[bool(number % _JUDGED)], min(_WALK, scans - begun), draw)
    return scans


def _live(graph: Graph, shipped: Shipped, judging: bool) -> World:
    live = World(graph.world.site, shipped, judging=judging)
    live.slots.share(graph.world.slots)
    return live


def _walk(graph: Graph, live: World, scans: int, draw: random.Random) -> None:
    site = graph.world.site
    unit_ms = site.unit_ms
    phase_ms = draw.choice((0, TICKS // 2 - 3 * unit_ms, draw.randrange(TICKS)))
    from_start = draw.randrange(2)
    number = draw.randrange(len(site.positions) if from_start else len(graph.states))
    live.begin(graph.states[number], phase_ms)
    jitter_ms = unit_ms // 40
    before_ms = phase_ms
    for scan in range(scans):
        by = draw.randrange(len(live.choices))
        now_ms = phase_ms + (scan + 1) * unit_ms + draw.randint(-jitter_ms, jitter_ms)
        early_ms = before_ms + draw.randrange(unit_ms // 4)
        late_ms = now_ms - draw.randrange(unit_ms // 4)
        live.play(live.choices[by], early_ms % TICKS, late_ms % TICKS, now_ms % TICKS)
        number = graph.edges[number * len(live.choices) + by]
        if live.slots.save(now_ms % TICKS) != graph.states[number][: len(live.slots)]:
            slots = differences(live, graph, number, now_ms % TICKS)
            raise Outside("sound", "on live objects the graph is left: {slots}", slots=slots)
        before_ms = now_ms


def differences(live: World, graph: Graph, number: int, now_ms: int) -> str:
    """The slots in which a live state is not the one of the graph."""
    slots = live.slots
    states = slots.save(now_ms), graph.states[number][: len(slots)]
    pairs = zip(slots.names, zip(*map(slots.values, states), strict=True), strict=True)
    return ", ".join(
        f"{name}: {here} for {there}" for name, (here, there) in pairs if here != there
    )
