"""L6: from every state that is latched a way leads to one that is not, without switching off."""

from array import array

from reedgate_sim.proof.explore import Graph


def without_way_out(graph: Graph) -> int | None:
    """The number of a latched state from which no choices, restarts apart, lead to an unlatched
    one; None when there is no such state.
    """
    world = graph.world
    count, choices = len(graph.states), len(world.choices)
    usual = [number for number, choice in enumerate(world.choices) if not choice.restarts]
    before: list[array] = [array("i") for _ in range(count)]
    for number in range(count):
        for by in usual:
            before[graph.edges[number * choices + by]].append(number)
    free = bytearray(count)
    found = []
    for number, state in enumerate(graph.states):
        if not world.is_latched(state):
            free[number] = 1
            found.append(number)
    while found:
        for number in before[found.pop()]:
            if not free[number]:
                free[number] = 1
                found.append(number)
    return None if all(free) else free.index(0)
