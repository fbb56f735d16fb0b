"""Recorded transitions, decided again on the real VM by the shipped core: identical or not.

The record's own bytes go in; what was decided is compared with what the gates' events say.
"""

import json
import os
import struct
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from reedgate_boards.site.locator import firmware_dir
from reedgate_contract import records
from reedgate_sim.confirmer import Event
from reedgate_sim.vm_finder import find_micropython

_HEAP = "8m"
_FIELDS = ("rule", "target", "cause", "cause_of", "first_out", "first_out_of", "fault",
           "position", "drive")  # fmt: skip
_SAID_FROM = 2  # in an event, behind `what` and the gate's number


@dataclass(frozen=True)
class Transition:
    """One scan in which gates changed."""

    boot_n: int
    seq: int
    uptime_ms: int
    config_crc32: int
    safety_crc32: int
    firmware: int
    state: bytes
    points: bytes
    gates: tuple[bytes, ...]  # what the event of each gate says


@dataclass(frozen=True)
class Again:
    """differences: (gate's number, what, recorded, decided again); of the outputs it is -1."""

    transition: Transition
    differences: tuple[tuple[int, str, int, int], ...]

    @property
    def identical(self) -> bool:
        return not self.differences


def transitions_of(events: Iterable[Event]) -> tuple[list[Transition], int]:
    """All of them, in order, and how many gates' events stand without what was decided from."""
    found: list[Transition] = []
    alone = 0
    scan: Event | None = None
    gates: list[Event] = []

    def close() -> None:
        if scan is not None and gates:
            _rest_ms, config, safety, firmware = struct.unpack(
                records.SCAN, b"\0\0" + scan.payload
            )
            found.append(
                Transition(
                    scan.boot_n,
                    scan.seq,
                    scan.uptime_ms,
                    config,
                    safety,
                    firmware,
                    scan.points,
                    gates[0].points,
                    tuple(gate.payload for gate in gates),
                )
            )

    for event in events:
        if event.kind == records.KIND_GATE:
            if scan is None or (event.boot_n, event.uptime_ms) != (scan.boot_n, scan.uptime_ms):
                alone += 1
            else:
                gates.append(event)
        elif event.kind == records.KIND_SCAN:
            close()
            scan, gates = event, []
    close()
    return found, alone


def decided_again(
    config: bytes, transitions: Sequence[Transition], firmware: Path | None = None
) -> list[Again]:
    """Each once more, on one VM. config: compiled, the one that they were decided with.

    firmware: a folder with a whole `station` in place of the firmware's own.
    """
    with tempfile.TemporaryDirectory(prefix="reedgate-rerun-") as folder:
        blob, scans = Path(folder) / "config.bin", Path(folder) / "scans.jsonl"
        blob.write_bytes(config)
        with scans.open("w", encoding="ascii") as file:
            for each in transitions:
                row = {"state": each.state.hex(), "points": each.points.hex()}
                file.write(json.dumps(row) + "\n")
        _untold, *lines = _run(blob, scans, firmware)
    return [
        Again(each, tuple(_differences(each, json.loads(line))))
        for each, line in zip(transitions, lines, strict=True)
    ]


def untold_of(config: bytes) -> bool:
    """Whether a station of this configuration is too large to say what it decides from."""
    with tempfile.TemporaryDirectory(prefix="reedgate-rerun-") as folder:
        blob = Path(folder) / "config.bin"
        blob.write_bytes(config)
        (line,) = _run(blob, Path(os.devnull), None)
    return json.loads(line)["untold"]


def _run(blob: Path, scans: Path, firmware: Path | None) -> list[str]:
    folders = [*([firmware] if firmware else []), firmware_dir(), ".frozen"]
    script = files("reedgate_sim") / "vm" / "rerun.py"
    done = subprocess.run(
        [find_micropython(), "-X", f"heapsize={_HEAP}", str(script), str(blob), str(scans)],
        env=os.environ | {"MICROPYPATH": ":".join(map(str, folders))},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,
    )
    if done.returncode:
        raise RuntimeError(f"the VM that decides again ended:\n{done.stderr}{done.stdout}")
    return done.stdout.splitlines()


def _differences(transition: Transition, said: dict):
    outputs, targets = said["told"]
    if said["outputs"] != outputs:
        yield -1, "outputs", outputs, said["outputs"]
    for payload in transition.gates:
        number = payload[1]
        recorded = list(payload[_SAID_FROM : _SAID_FROM + len(_FIELDS)])
        recorded[1] = targets[number]  # the event keeps the one before in place of "hold"
        for name, old, new in zip(_FIELDS, recorded, said["gates"][number], strict=True):
            if old != new:
                yield number, name, old, new
