"""Whether a total that the station tells only grows, and is what really flowed."""

import itertools

from reedgate_sim.scenario.play import Played
from reedgate_sim.scenario.sentence import Sentence, msg


def judge_total(
    played: Played, point: str, really: float, within_percent: float
) -> tuple[bool, Sentence]:
    """(whether it holds, what was found). really: the same by the plant, at the end."""
    told = [(at_us, live["points"][point]["value"]) for at_us, live in played.live]
    known = [(at_us, value) for at_us, value in told if value is not None]
    if not known:
        return False, msg("no total is told")
    for (_, before), (at_us, after) in itertools.pairwise(known):
        if after < before:
            at_s = round(at_us * played.scenario.file.time_lapse / 1_000_000, 1)
            return False, msg(
                "falls from {before:g} to {after:g} m3 at {at} s",
                before=before,
                after=after,
                at=f"{at_s:.10g}",
            )
    last = known[-1][1]
    amiss = abs(last - really)
    return last > 0 and amiss * 100 <= within_percent * really, msg(
        "{last:g} m3 are told, {really:.1f} m3 have flowed: {share:.1f} % amiss",
        last=last,
        really=really,
        share=100 * amiss / really if really else 0.0,
    )
