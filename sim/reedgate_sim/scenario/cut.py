"""A cut of a scenario: a short part of it, in which two rigs must make the same decisions.

The plant goes on alone, its gates where the file's [start] has them, until the cut begins; then
the board gets its supply. A decision is an output that changes. The emulated chip is slow; hence a
part, and no other way to choose it than by the file.
"""

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from reedgate_boards.image.pico import Progress as Told
from reedgate_boards.site.compiler import Overrides, compile_station
from reedgate_boards.site.locator import board_dir
from reedgate_boards.site.schema import Site
from reedgate_sim.changes import site_of, write_changes
from reedgate_sim.rigs.rig import WATCHDOG_RESET, Rig
from reedgate_sim.rigs.rp2040 import BOARD, Rp2040Rig
from reedgate_sim.rigs.vm import START_US, VmRig
from reedgate_sim.scenario.events import schedule_power
from reedgate_sim.world.plant import Plant
from reedgate_sim.world.scenario import Scenario

_LEAD_US = 10_000_000  # boot, the grace of a start, and what a confirmation needs
_SLICES = 100
_LAMP = "LED"


@dataclass(frozen=True)
class Decision:
    """at_us: since the cut began."""

    at_us: int
    terminal: str
    level: int

    @property
    def what(self) -> str:
        return f"{self.terminal} {'on' if self.level else 'off'}"


@dataclass(frozen=True)
class Compared:
    """pairs: (on the VM, on the chip), None where one of them has none.

    allowed_us: by how much the two may differ.
    """

    name: str  # of the scenario
    from_us: int
    until_us: int
    pairs: list[tuple[Decision | None, Decision | None]]
    allowed_us: int
    resets: tuple[int, int]  # (of the VM, of the chip) by their watchdogs
    log_sha256: str  # of the chip's run

    @property
    def same(self) -> bool:
        on_vm, on_chip = self.resets
        return on_vm == on_chip and all(self.agrees(*pair) for pair in self.pairs)

    @property
    def worst_us(self) -> int | None:
        """The largest difference of all pairs; None without any."""
        apart = [abs(vm.at_us - chip.at_us) for vm, chip in self.pairs if vm and chip]
        return max(apart, default=None)

    def agrees(self, vm: Decision | None, chip: Decision | None) -> bool:
        if vm is None or chip is None:
            return False
        return vm.what == chip.what and abs(vm.at_us - chip.at_us) <= self.allowed_us


def cut_us(scenario: Scenario) -> tuple[int, int]:
    """From when until when, in the time of the run."""
    file = scenario.file
    rows = [file.washout, file.step, file.contact, file.fault, file.gate_fault, file.power_cut]
    first_us = min((scenario.us(row.from_s) for each in rows for row in each), default=0)
    from_us = max(first_us - _LEAD_US, 0)
    if file.chip.from_s is not None:
        from_us = scenario.us(file.chip.from_s)
    return from_us, min(from_us + round(file.chip.for_s * 1_000_000), scenario.duration_us)


def compare(
    scenario: Scenario,
    seed: int = 1,
    on_progress: Callable[[float], None] = lambda share: None,
    on_build: Told = lambda *_: None,
) -> Compared:
    """The cut on the emulated chip and on the VM. Raises UserError."""
    site = boarded(scenario)
    station_id, station = next(iter(site.stations.items()))
    overrides = Overrides(lapse=scenario.file.time_lapse)
    config = compile_station(site, station_id, overrides=overrides)
    from_us, until_us = cut_us(scenario)

    def plant() -> Plant:
        return Plant(site, station_id, scenario, seed)

    with tempfile.TemporaryDirectory() as folder:
        changes = Path(folder) / "firmware"
        write_changes(changes, scenario.file.firmware_change, BOARD)
        changed = changes if scenario.file.firmware_change else None
        with Rp2040Rig(plant(), config, on_build=on_build, changes=changed) as chip:
            on_chip = _decisions(chip, scenario, seed, on_progress)
        chip_us = chip.first_sent_us[0] - from_us if chip.first_sent_us else START_US
        _turn_by_itself(changes)
        options = {"seed": seed, "changes": changes}
        with VmRig(plant(), config, BOARD, **options) as rig:
            _decisions(rig, scenario, seed, until=lambda: rig.first_sent_us)
            start_us = START_US + chip_us - (rig.first_sent_us[0] - from_us)
        # It starts when the chip has: decisions are compared, not how long a start takes.
        with VmRig(plant(), config, BOARD, start_us=start_us, **options) as rig:
            on_vm = _decisions(rig, scenario, seed)
    poll_ms = max(bus.poll_s for bus in station.buses.values()) * 1000
    allowed_us = round((station.scan_ms + poll_ms) * 1000)
    last_us = until_us - allowed_us
    return Compared(
        scenario.name,
        from_us,
        until_us,
        paired(on_vm, on_chip, last_us - from_us),
        allowed_us,
        (_by_watchdog(rig, last_us), _by_watchdog(chip, last_us)),
        chip.log_sha256,
    )


def _by_watchdog(rig: Rig, until_us: int) -> int:
    """What comes later on one rig, the other may not have come to yet."""
    return sum(cause == WATCHDOG_RESET and at_us <= until_us for at_us, cause in rig.resets)


def boarded(scenario: Scenario) -> Site:
    """Its site with the station's board an RPI_PICO, which has no uplink. Raises UserError."""
    station_id, station = next(iter(site_of(scenario).stations.items()))
    uplink = dict.fromkeys(type(station.uplink).model_fields) | {"kind": "none"}
    return site_of(scenario, {"stations": {station_id: {"board": BOARD, "uplink": uplink}}})


def _turn_by_itself(folder: Path) -> None:
    """The board's data for the VM, which has no timer: a transceiver that turns by itself."""
    path = folder / "board.py"
    text = (path if path.is_file() else board_dir(BOARD) / "board.py").read_text(encoding="utf-8")
    data = re.sub(r', "driver_enable": \d+, "timer": -?\d+', "", text)
    folder.mkdir(exist_ok=True)
    path.write_text(data, encoding="utf-8")


def paired(
    on_vm: list[Decision], on_chip: list[Decision], last_us: int
) -> list[tuple[Decision | None, Decision | None]]:
    """In order. What one of them did later than last_us, the other may not have come to yet."""
    pairs: list[tuple[Decision | None, Decision | None]] = list(zip(on_vm, on_chip, strict=False))
    pairs += [(each, None) for each in on_vm[len(pairs) :] if each.at_us <= last_us]
    more = on_chip[min(len(on_vm), len(on_chip)) :]
    return pairs + [(None, each) for each in more if each.at_us <= last_us]


def _decisions(
    rig: Rig,
    scenario: Scenario,
    seed: int,
    on_progress: Callable[[float], None] = lambda share: None,
    until: Callable[[], bool] = lambda: False,
) -> list[Decision]:
    from_us, until_us = cut_us(scenario)
    levels: dict[str, int] = {}
    found: list[Decision] = []

    def note(now_us: int, terminal: str, level: int) -> None:
        if terminal == _LAMP:
            return  # it blinks by the scan in which it is looked at, and decides nothing
        if levels.get(terminal, 0) != level:
            levels[terminal] = level
            found.append(Decision(now_us - from_us, terminal, level))

    def begin() -> None:
        if rig.now_us >= from_us and not rig.has_power:
            rig.power_on()

    rig.power_off()
    rig.on_output.append(note)
    rig.at(from_us, begin)
    schedule_power(scenario, rig, Random(f"scenario/{seed}"), rig.power_off, begin)
    for number in range(1, _SLICES + 1):
        if rig.run(from_us + (until_us - from_us) * number // _SLICES, until):
            break
        on_progress(number / _SLICES)
    return list(found)  # what the end of the rig makes of the outputs is none
