"""Whether the journal reached the gateway: nothing missing, or only what there was no room for."""

from reedgate_contract import records
from reedgate_sim.scenario.play import Played
from reedgate_sim.scenario.sentence import Sentence, msg

_MOST_UNDER_WAY = 2 * records.MOST_IN_BATCH  # written in the last seconds: still to be sent


def judge_record(wanted: str, played: Played) -> tuple[bool, Sentence]:
    """(whether it holds, what was found). wanted: complete | oldest_dropped."""
    confirmer = played.confirmer
    journals = sorted({(stream, epoch) for stream, epoch, _ in confirmer.records})
    missing = dropped = 0
    lost = sum(record[0] == records.KIND_LOST for _, record in confirmer.records.values())
    for stream, epoch in journals:
        there = {seq for s, e, seq in confirmer.records if (s, e) == (stream, epoch)}
        first = confirmer.first_held(stream, epoch)
        absent = set(range(1, max(there))) - there
        gone = sum(seq < first for seq in absent)  # the station no longer holds them
        dropped += gone
        missing += len(absent) - gone
    epochs = len({epoch for _, epoch in journals})
    waiting = _waiting(played)
    whole = epochs == 1 and not missing and not lost and waiting <= _MOST_UNDER_WAY
    holds = whole and (dropped == 0) == (wanted == "complete")
    return holds, msg(
        "{kept} records of {epochs} journals; missing {missing}, dropped for want of room "
        "{dropped}, waiting {waiting}, double {doubled}",
        kept=len(confirmer.records),
        epochs=epochs,
        missing=missing + lost,
        dropped=dropped,
        waiting=waiting,
        doubled=confirmer.doubled,
    )


def _waiting(played: Played) -> int:
    """Not yet confirmed by what the station said last."""
    if not played.live:
        return _MOST_UNDER_WAY + 1
    backlog = played.live[-1][1]["backlog"]
    return sum(stream["count"] for stream in backlog.values())
