"""`reedgate sim replay --events FILE`: what a station recorded, decided again on this desk."""

import binascii
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from reedgate_boards.site.compiler import compile_station
from reedgate_boards.site.language import chosen_language, translator
from reedgate_boards.site.load import load_site
from reedgate_boards.site.schema import Site
from reedgate_boards.site.tables import whole
from reedgate_boards.site.user_error import UserError
from reedgate_sim.confirmer import Event
from reedgate_sim.replay.transitions import Again, decided_again, transitions_of, untold_of

_ROOM = "reedgate_sim"
_SHOWN = 10


@dataclass
class Outcome:
    again: list[Again] = field(default_factory=list)
    without_state: int = 0  # events of gates that do not say what they were decided from
    other_configuration: int = 0
    untold: list[str] = field(default_factory=list)  # stations too large for a record

    @property
    def identical(self) -> int:
        return sum(each.identical for each in self.again)

    @property
    def holds(self) -> bool:
        return self.identical == len(self.again) and not self.other_configuration


def replay_events(file: Path, site_file: Path | None, as_json: bool) -> bool:
    """Prints what came of it; whether each transition was decided as it is recorded."""
    if site_file is None:
        raise UserError(
            _ROOM,
            "--events: the site file is missing.",
            hint="Give the one that the station was provisioned from: --site site.toml",
        )
    outcome = outcome_of(file, load_site(site_file))
    if as_json:
        typer.echo(json.dumps(_json(outcome), indent=2))
    else:
        _print(outcome)
    return outcome.holds


def outcome_of(file: Path, site: Site) -> Outcome:
    """Raises UserError for a file that holds no events, or none of this site's stations."""
    outcome = Outcome()
    for station, events in _events_by_station(file).items():
        if station not in site.stations:
            raise UserError(
                _ROOM,
                "{path}: station {station} is not in the site file.",
                hint="Give that station's own site file with --site.",
                path=file,
                station=station,
            )
        blob = compile_station(site, station)
        found, alone = transitions_of(events)
        crc32 = binascii.crc32(blob)
        ours = [each for each in found if each.config_crc32 == crc32]
        outcome.without_state += alone
        if alone and untold_of(blob):
            outcome.untold.append(station)
        outcome.other_configuration += len(found) - len(ours)
        outcome.again += decided_again(blob, ours)
    return outcome


def _events_by_station(file: Path) -> dict[str, list[Event]]:
    try:
        rows = [json.loads(line) for line in file.read_text(encoding="ascii").splitlines()]
        found: dict[str, list[Event]] = {}
        for (station, _epoch), group in groupby(rows, lambda row: (row["station"], row["epoch"])):
            found.setdefault(station, []).extend(_whole(group))
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise UserError(
            _ROOM,
            "{path}: not a file of events: {reason}.",
            hint="`reedgate gateway export` writes one.",
            path=file,
            reason=exc,
        ) from exc
    return found


def _whole(rows: Any) -> Iterator[Event]:
    """The events of which all parts are there; the rows come in the order of their seq."""
    parts: list[dict[str, Any]] = []
    for row in rows:
        if row["part"] == 1:
            parts = []
        elif not parts or row["seq"] != parts[-1]["seq"] + 1:
            continue
        parts.append(row)
        if row["part"] == row["of"] == len(parts):
            payloads = [bytes.fromhex(part["payload"]) for part in parts]
            (rest_ms,) = struct.unpack_from("<H", payloads[0])
            yield Event(
                row["kind"],
                row["boot_n"],
                parts[0]["seq"],
                row["uptime_s"] * 1000 + rest_ms,
                payloads[0][2:],
                b"".join(payloads[1:]),
            )


def _json(outcome: Outcome) -> dict[str, Any]:
    return {
        "transitions": len(outcome.again),
        "identical": outcome.identical,
        "without_state": outcome.without_state,
        "untold": outcome.untold,
        "other_configuration": outcome.other_configuration,
        "differences": [
            {
                "boot_n": each.transition.boot_n,
                "seq": each.transition.seq,
                "uptime_ms": each.transition.uptime_ms,
                "gate": gate,
                "what": what,
                "recorded": recorded,
                "decided": decided,
            }
            for each in outcome.again
            for gate, what, recorded, decided in each.differences
        ],
    }


def _reasons(outcome: Outcome, tr: Any) -> Iterator[str]:
    for station in outcome.untold:
        yield tr(
            "Station {station} records none: its gates, trips, points and terminals do not fit "
            "into one record.",
            station=station,
        )
    if not outcome.untold:
        yield tr("They are of an older firmware.")


def _print(outcome: Outcome) -> None:
    tr = translator(_ROOM, chosen_language())
    typer.echo(
        tr(
            "{identical} of {count} transitions are decided again as they are recorded.",
            identical=outcome.identical,
            count=len(outcome.again),
        )
    )
    if outcome.without_state:
        typer.echo(
            tr(
                "{count} events do not say what they were decided from.",
                count=outcome.without_state,
            )
        )
        for line in _reasons(outcome, tr):
            typer.echo(line)
    if outcome.other_configuration:
        typer.echo(
            tr(
                "{count} transitions are of another configuration than this site file gives.",
                count=outcome.other_configuration,
            )
        )
    differences = _json(outcome)["differences"]
    if not differences:
        return
    table = Table(tr("Event"), tr("Gate"), tr("What"), tr("Recorded"), tr("Decided now"))
    for row in differences[:_SHOWN]:
        event = f"{row['boot_n']}/{row['seq']}"
        gate = tr("outputs") if row["gate"] < 0 else str(row["gate"])
        table.add_row(event, gate, row["what"], str(row["recorded"]), str(row["decided"]))
    Console().print(whole(table))
