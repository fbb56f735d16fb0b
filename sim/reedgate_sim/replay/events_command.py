"""`reedgate sim replay --events FILE`: what a station recorded, decided again on this desk."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from reedgate_boards.site.language import chosen_language, translator
from reedgate_boards.site.load import load_site
from reedgate_boards.site.stamp import firmware_hash
from reedgate_boards.site.tables import whole
from reedgate_boards.site.user_error import UserError
from reedgate_contract import codes
from reedgate_sim.replay.events_file import Outcome, outcome_of

_ROOM = "reedgate_sim"
_SHOWN = 10
_NAMES = {
    "rule": codes.RULE_NAMES,
    "target": codes.TARGET_NAMES,
    "cause": codes.CAUSE_NAMES,
    "first_out": codes.CAUSE_NAMES,
    "position": codes.POSITION_NAMES,
    "drive": codes.DRIVE_NAMES,
}


def replay_events(file: Path, site_file: Path | None, config: Path | None, as_json: bool) -> bool:
    """Prints what came of it; whether each transition was decided as it is recorded."""
    if site_file is None:
        raise UserError(
            _ROOM,
            "--events: the site file is missing.",
            hint="Give the one that the station was provisioned from: --site site.toml",
        )
    outcome = outcome_of(file, load_site(site_file), config)
    if as_json:
        typer.echo(json.dumps(_json(outcome), indent=2))
    else:
        _print(outcome)
    return outcome.holds


def _json(outcome: Outcome) -> dict[str, Any]:
    return {
        "transitions": len(outcome.again),
        "identical": outcome.identical,
        "without_state": outcome.without_state,
        "incomplete": outcome.incomplete,
        "untold": outcome.untold,
        "other_configuration": dict(outcome.other_configuration),
        "firmware": {f"{number:08x}": count for number, count in outcome.firmware.items()},
        "differences": [
            {
                "boot_n": each.transition.boot_n,
                "seq": each.transition.seq,
                "uptime_ms": each.transition.uptime_ms,
                "gate": gates[gate] if gate >= 0 else None,
                "what": what,
                "recorded": _named(what, recorded),
                "decided": _named(what, decided),
            }
            for each, gates in outcome.again
            for gate, what, recorded, decided in each.differences
        ],
    }


def _named(what: str, number: int) -> str:
    names = _NAMES.get(what, ())
    return names[number] if number < len(names) else str(number)


def _print(outcome: Outcome) -> None:
    tr = translator(_ROOM, chosen_language())
    for line in _told(outcome, tr):
        typer.echo(line)
    differences = _json(outcome)["differences"]
    if not differences:
        return
    titles = (tr("Event"), tr("Since the start"), tr("Gate"), tr("What"))
    table = Table(*titles, tr("Recorded"), tr("Decided now"))
    for row in differences[:_SHOWN]:
        event = f"{row['boot_n']}/{row['seq']}"
        after = tr("{seconds} s", seconds=row["uptime_ms"] / 1000)
        gate = row["gate"] or tr("outputs")
        table.add_row(event, after, gate, row["what"], row["recorded"], row["decided"])
    Console().print(whole(table))
    typer.echo(
        tr(
            "Either the record was altered or another firmware decided it: compare the hashes of "
            "the firmware, and the events themselves on the gateway's page."
        )
    )


def _told(outcome: Outcome, tr: Any) -> Iterator[str]:
    count = len(outcome.again)
    yield tr(
        "{identical} of {count} transitions are decided again as they are recorded.",
        identical=outcome.identical,
        count=count,
    )
    own = firmware_hash()
    for number, of in outcome.firmware.items():
        if number not in (own, 0):
            yield tr(
                "{count} of them were decided by the firmware {hash}; on this desk it is {own}.",
                count=of,
                hash=f"{number:08x}",
                own=f"{own:08x}",
            )
    if outcome.incomplete:
        yield tr(
            "{count} events are not whole: parts of them are missing. Export the file anew.",
            count=outcome.incomplete,
        )
    if outcome.without_state:
        yield tr(
            "{count} events do not say what they were decided from.", count=outcome.without_state
        )
    for station in outcome.untold:
        yield tr(
            "Station {station} records none: its gates, trips, points and terminals do not fit "
            "into one record.",
            station=station,
        )
    if outcome.without_state and not outcome.untold:
        yield tr("Records of theirs are missing in the file, or an older firmware wrote none.")
    for safety, of in outcome.other_configuration.items():
        yield tr(
            "{count} transitions are of a configuration whose safety keys have the hash {hash}; "
            "this site file's have {own}. Give the site file of that time with --site, or with "
            "--config what was compiled from it.",
            count=of,
            hash=safety,
            own=", ".join(outcome.safety_hashes),
        )
    if not (count or outcome.untold or outcome.other_configuration):
        yield tr("There is no transition in the file.")
