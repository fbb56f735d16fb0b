"""Whether each limit was answered within its budget, and which reactions could not be measured."""

from reedgate_sim.scenario.reactions import Reaction, Reactions
from reedgate_sim.scenario.sentence import Sentence, msg
from reedgate_sim.scenario.words import PREMISES


def judge_reactions(reactions: Reactions, trip: str | None = None) -> tuple[bool, Sentence]:
    """(whether it holds, what was found). trip: of this one alone, and it must have reacted."""
    measured = [each for each in reactions.measured if trip in (None, each.trip)]
    late = [each for each in measured if not each.in_time]
    if late:
        told = tuple(_late(each) for each in late)
    elif measured:
        slowest = max(measured, key=lambda each: each.took_ms or 0)
        told = msg(
            "{count} reactions, the slowest {most} ms of at most {budget} ms",
            count=len(measured),
            most=slowest.took_ms,
            budget=slowest.allowed_ms,
        )
    else:
        told = msg("no reaction")
    holds = not late and (trip is None or bool(measured))
    if trip is not None or not reactions.excused:
        return holds, Sentence("{told}", {"told": told})
    excused = tuple(
        Sentence("{premise} {count}", {"premise": PREMISES[name], "count": count})
        for name, count in sorted(reactions.excused.items())
    )
    return holds, msg("{told}; not measured: {excused}", told=told, excused=excused)


def _late(reaction: Reaction) -> Sentence:
    who = {"gate": reaction.gate, "trip": reaction.trip, "budget": reaction.allowed_ms}
    if reaction.took_ms is None:
        return msg("{gate}, {trip}: no close command, {budget} ms are allowed", **who)
    return msg(
        "{gate}, {trip}: the close command after {took} ms of at most {budget} ms",
        took=reaction.took_ms,
        **who,
    )
