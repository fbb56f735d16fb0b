"""A file of recorded events, decided again: what came of it, and what is missing in it."""

import binascii
import json
import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from reedgate_boards.site.compiler import compile_station
from reedgate_boards.site.schema import Site
from reedgate_boards.site.user_error import UserError
from reedgate_contract.config import unpack_file
from reedgate_contract.safety import safety_crc32
from reedgate_sim.confirmer import Event
from reedgate_sim.replay.transitions import Again, decided_again, transitions_of, untold_of

_ROOM = "reedgate_sim"


@dataclass
class Outcome:
    """names: of the gates of each transition's station, by their numbers."""

    again: list[tuple[Again, list[str]]] = field(default_factory=list)
    without_state: int = 0  # events of gates that do not say what they were decided from
    incomplete: int = 0  # events of which parts are missing
    other_configuration: Counter[str] = field(default_factory=Counter)  # by its hash, in hex
    safety_hashes: list[str] = field(default_factory=list)  # of this site's stations
    firmware: Counter[int] = field(default_factory=Counter)  # by the hash that each names
    untold: list[str] = field(default_factory=list)  # stations too large for a record

    @property
    def identical(self) -> int:
        return sum(each.identical for each, _ in self.again)

    @property
    def holds(self) -> bool:
        """Whether all that is in the file was decided again, and as it is recorded."""
        whole = not self.incomplete and (not self.without_state or bool(self.untold))
        told = bool(self.again or self.untold)
        all_ours = not self.other_configuration
        return self.identical == len(self.again) and whole and told and all_ours


def outcome_of(file: Path, site: Site, config: Path | None = None) -> Outcome:
    """config: compiled, that a station had beside the one that its site file gives.

    Raises UserError for a file that holds no events, or none of this site's stations, and for a
    configuration that is none.
    """
    outcome = Outcome()
    further = [] if config is None else [_compiled(config)]
    for station, events in _events_by_station(file, outcome).items():
        if station not in site.stations:
            raise UserError(
                _ROOM,
                "{path}: station {station} is not in the site file.",
                hint="Give that station's own site file with --site.",
                path=file,
                station=station,
            )
        blobs = [compile_station(site, station), *further]
        found, alone = transitions_of(events)
        outcome.without_state += alone
        if alone and untold_of(blobs[0]):
            outcome.untold.append(station)
        by_safety = {_safety_of(blob): blob for blob in blobs}
        outcome.safety_hashes += [f"{safety:08x}" for safety in by_safety]
        gates = list(site.stations[station].gates)
        for safety in {each.safety_crc32: None for each in found}:
            these = [each for each in found if each.safety_crc32 == safety]
            if safety not in by_safety:
                outcome.other_configuration[f"{safety:08x}"] += len(these)
                continue
            outcome.firmware.update(each.firmware for each in these)
            outcome.again += [(each, gates) for each in decided_again(by_safety[safety], these)]
    return outcome


def _safety_of(blob: bytes) -> int:
    """What it tells, and to whom, decides nothing: the safety keys are all the rest."""
    return safety_crc32(unpack_file(blob, binascii.crc32), binascii.crc32)


def _compiled(file: Path) -> bytes:
    try:
        blob = file.read_bytes()
        _safety_of(blob)
    except (OSError, ValueError) as exc:
        raise UserError(
            _ROOM,
            "{path} is no compiled configuration: {reason}.",
            hint="The desk keeps its own in desk-data/config.bin.",
            path=file,
            reason=exc,
        ) from exc
    return blob


def _events_by_station(file: Path, outcome: Outcome) -> dict[str, list[Event]]:
    try:
        text = file.read_text(encoding="ascii")
    except OSError as exc:
        raise UserError(
            _ROOM,
            "{path} cannot be read: {problem}.",
            hint="Give the file that `reedgate gateway export` has written.",
            path=file,
            problem=exc.strerror,
        ) from exc
    except ValueError as exc:
        raise _no_events(file, exc) from exc
    try:
        rows = [json.loads(line) for line in text.splitlines()]
        found: dict[str, list[Event]] = {}
        for (station, _epoch), group in groupby(rows, lambda row: (row["station"], row["epoch"])):
            found.setdefault(station, []).extend(_whole(group, outcome))
    except (ValueError, KeyError, TypeError, struct.error) as exc:
        raise _no_events(file, exc) from exc
    return found


def _no_events(file: Path, problem: Exception) -> UserError:
    return UserError(
        _ROOM,
        "{path}: not a file of events: {reason}.",
        hint="`reedgate gateway export` writes one.",
        path=file,
        reason=problem,
    )


def _whole(rows: Iterable[dict[str, Any]], outcome: Outcome) -> Iterator[Event]:
    """The events of which all parts are there; the rows come in the order of their seq."""
    parts: list[dict[str, Any]] = []
    of_the_same = -1  # seq of the part after one that belongs to no whole event
    for row in rows:
        follows = parts and row["seq"] == parts[-1]["seq"] + 1 and row["part"] == len(parts) + 1
        if not follows:
            stray = row["part"] > 1
            outcome.incomplete += bool(parts or (stray and row["seq"] != of_the_same))
            parts = []
            if stray:
                of_the_same = row["seq"] + 1
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
            parts = []
    outcome.incomplete += bool(parts)
