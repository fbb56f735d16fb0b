"""A series through the firmware's core alone, on the VM; vm/replay_core.py says what is left out.

Readings come at the row's own time. In the whole firmware a poll waits for the flash now and then.
"""

import hashlib
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

from reedgate_boards.site.locator import firmware_dir
from reedgate_boards.site.points import read_points, station_points
from reedgate_boards.site.schema_gate import Gate
from reedgate_boards.site.user_error import UserError
from reedgate_contract import codes
from reedgate_contract.quantities import QUANTITIES, text_of
from reedgate_sim.replay.plan import Plan
from reedgate_sim.replay.register import register_of
from reedgate_sim.replay.run import Close, Decision, Outcome, judge
from reedgate_sim.replay.series import Series
from reedgate_sim.vm_finder import find_micropython

_ROOM = "reedgate_sim"
_HEAP = "8m"
_NAN = (0x7FC0, 0)
_GAP_STEPS = 1.5  # as in world.py


class CoreReplay:
    """One run, as Replay is."""

    def __init__(self, plan: Plan, series: Series):
        self._plan = plan
        self._series = series
        self._points = {name: row.quantity for name, row in station_points(plan.station).items()}
        self._world = _world(plan)

    def run(self, on_row: Callable[[int], None] = lambda row: None) -> Outcome:
        started = time.monotonic()
        outcome = Outcome()
        told = hashlib.sha256()
        script = files("reedgate_sim") / "vm" / "replay_core.py"
        with tempfile.TemporaryDirectory(prefix="reedgate-core-") as folder:
            config, world, rows = (Path(folder) / name for name in ("config", "world", "rows"))
            config.write_bytes(self._plan.config)
            world.write_text(json.dumps(self._world), encoding="ascii")
            rows.write_text("\n".join(self._lines()) + "\n", encoding="ascii")
            words = [find_micropython(), "-X", f"heapsize={_HEAP}", script, config, world]
            with (
                rows.open() as source,
                (Path(folder) / "errors").open("w+") as errors,
                subprocess.Popen(
                    [str(word) for word in words],
                    env=os.environ | {"MICROPYPATH": f"{firmware_dir()}:.frozen"},
                    stdin=source,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    text=True,
                    start_new_session=True,
                ) as vm,
            ):
                try:
                    for row, line in enumerate(vm.stdout):
                        told.update(line.encode())
                        self._take(outcome, row, line.split())
                        if row % 256 == 0:
                            on_row(row)
                finally:
                    vm.kill()
                errors.seek(0)
                if len(outcome.decisions) < len(self._series.times):
                    raise RuntimeError(f"the VM with the core ended:\n{errors.read()[-2000:]}")
        outcome.log_sha256 = told.hexdigest()
        outcome.virtual_s = self._series.seconds[-1] + self._series.step_s
        outcome.real_s = time.monotonic() - started
        judge(outcome, self._plan, self._series)
        return outcome

    def _lines(self) -> Iterator[str]:
        """What the VM reads: rows, and in a gap a time without one for each step."""
        series = self._series
        step_ms = round(series.step_s * 1000)
        starts = [round(seconds * 1000) for seconds in series.seconds]
        registers = {
            name: register_of(self._plan.station, name)[1] if name in series.values else None
            for name in read_points(self._plan.station)
        }
        for row, (start, end) in enumerate(
            zip(starts, [*starts[1:], starts[-1] + step_ms], strict=True)
        ):
            words = []
            for name, words_of in registers.items():
                words += words_of(series.values[name][row]) if words_of else _NAN
            text = " ".join(map(str, words))
            at = start
            while end - at > step_ms * _GAP_STEPS:
                yield f"0 {at} {at + step_ms} {text if at - start < step_ms * _GAP_STEPS else ''}"
                at += step_ms
            yield f"1 {at} {end} {text if at - start < step_ms * _GAP_STEPS else ''}"

    def _take(self, outcome: Outcome, row: int, fields: list[str]) -> None:
        position, target, rule, cause, of, first_out, first_of, opened, resets = map(
            int, fields[:9]
        )
        at = codes.POSITION_NAMES[position]
        points = {}
        for name, text in zip(self._points, fields[10:], strict=True):
            value, status = text.split(":")
            points[name] = {"status": codes.STATUS_NAMES[int(status)]}
            if value != "-":
                decimals = QUANTITIES[self._points[name]][2]
                points[name]["value"] = json.loads(text_of(int(value), decimals))
        outcome.reopenings += opened
        outcome.resets += resets
        for close in [] if fields[9] == "-" else fields[9].split(","):
            numbers = list(map(int, close.split(":")))
            outcome.closes.append(
                Close(row, codes.RULE_NAMES[numbers[0]], self._cause(*numbers[1:]))
            )
        outcome.decisions.append(
            Decision(
                gate=at if at in ("open", "closed") else "moving",
                state=codes.RULE_NAMES[rule],
                opening_permille=1000 if at == "open" else 0,
                cause=self._cause(cause, of),
                first_out=self._cause(first_out, first_of),
                closing=target == codes.TARGET_CLOSED or at == "closed",
                points=points,
            )
        )

    def _cause(self, cause: int, of: int) -> str:
        if cause == codes.CAUSE_NONE:
            return ""
        name = codes.CAUSE_NAMES[cause]
        return f"{name}: {list(self._points)[of]}" if cause in codes.CAUSES_OF_POINT else name


def _world(plan: Plan) -> dict:
    """The JSON that vm/replay_core.py wants."""
    station = plan.station
    contacts = [
        cause.contact
        for gate in station.gates.values()
        for flood in gate.flood
        for cause in flood.any
        if cause.contact
    ]
    return {
        "scan_ms": plan.scan_ms,
        "inlet": list(station.gates).index(plan.inlet),
        "ones": [*contacts, station.terminals.estop],
        "reset": station.terminals.reset,
        "leaves": [_leaf(name, gate) for name, gate in station.gates.items()],
    }


def _leaf(name: str, gate: Gate) -> dict:
    if gate.drive == "modbus_actuator":
        raise UserError(
            _ROOM,
            "--core: gate {gate} is moved over a bus, and there is none.",
            hint="Leave out --core.",
            gate=name,
        )
    terminals = gate.terminals
    names = ("open", "close", "out", "at_open", "at_closed")
    spring_open = gate.spring == "open"
    is_open = spring_open if gate.drive == "spring_return" else gate.role == "inlet"
    return {
        **{each: getattr(terminals, each) or "" for each in names},
        "spring_open": int(spring_open),
        "is_open": int(is_open),
    }
