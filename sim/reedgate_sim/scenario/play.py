"""Runs a scenario, sealed, on the VM rig, and gathers what there is to judge."""

import contextlib
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from reedgate_boards.site.compiler import Overrides, compile_station
from reedgate_boards.site.points import station_points
from reedgate_boards.site.schema import Site
from reedgate_contract import records, topics
from reedgate_sim.campaign.timeline import Span
from reedgate_sim.changes import site_of, write_changes
from reedgate_sim.confirmer import Confirmer, Event, gate_event
from reedgate_sim.rigs.chip_flash import FlashChip
from reedgate_sim.rigs.vm import VmRig
from reedgate_sim.scenario.events import schedule
from reedgate_sim.scenario.observer import Observer
from reedgate_sim.world.plant import Plant
from reedgate_sim.world.scenario import Scenario
from reedgate_sim.world.scenario_expect import FailsUnder
from reedgate_sim.world.truth import Truth

RIGS = ("vm", "rp2040")
_KEY = bytes(32)  # of a run that nobody outside hears
_SLICES = 100


@dataclass
class Played:
    """One run. Times are microseconds of the run; `live` and `births` as they arrived."""

    scenario: Scenario
    site: Site
    station_id: str
    seed: int
    looks: list[Truth]
    commands: list[tuple[int, str, str, int]]
    healthy: list[tuple[int, int]]  # what the output of that name was set to, and when
    starts: list[int]
    resets: list[tuple[int, int]]
    cuts: list[int]  # when the supply went
    beyond: dict[tuple[str, str], list[Span]]  # (gate, trip): when its registers were
    high: dict[tuple[str, str, str], tuple[list[Span], list[Span]]]  # as of `Observer.high`
    live: list[tuple[int, dict]]
    births: list[tuple[int, dict]]
    events: list[Event]
    transitions: list[dict]
    confirmer: Confirmer
    console: str
    log_sha256: str
    real_s: float

    @property
    def station(self) -> Any:
        return self.site.stations[self.station_id]


def play(
    scenario: Scenario,
    seed: int = 1,
    change: FailsUnder | None = None,
    on_progress: Callable[[float], None] = lambda share: None,
) -> Played:
    """change: made to site or firmware beside the scenario's own. Raises UserError."""
    started = time.monotonic()
    site = site_of(scenario, change.site if change else None)
    station_id = next(iter(site.stations))
    station = site.stations[station_id]
    trips = [name for gate in station.gates.values() for name in gate.trips]
    points = list(station_points(station))
    scenario.check_expected_names(station.gates, points, trips)
    confirmer = Confirmer(site.site.id, station_id, _KEY, seed)
    plant = Plant(site, station_id, scenario, seed)
    firmware_changes = list(scenario.file.firmware_change)
    if change and change.firmware:
        firmware_changes.append(change.firmware)
    with contextlib.ExitStack() as stack:
        folder = None
        if firmware_changes:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            write_changes(folder, firmware_changes, station.board)
        rig = VmRig(
            plant,
            compile_station(site, station_id, overrides=Overrides(lapse=scenario.file.time_lapse)),
            station.board,
            seed=seed,
            network=confirmer,
            flash=FlashChip(blocks=scenario.file.flash.blocks),
            changes=folder,
        )
        stack.enter_context(rig)
        rig.provision("key.bin", _KEY)
        observer = Observer(rig, plant, station, scenario.duration_us)
        schedule(scenario, rig, confirmer, observer, Random(f"scenario/{seed}"))
        for number in range(1, _SLICES + 1):
            rig.run(scenario.duration_us * number // _SLICES)
            on_progress(number / _SLICES)
        return _gathered(scenario, site, station_id, seed, rig, observer, confirmer, started)


def _gathered(
    scenario: Scenario,
    site: Site,
    station_id: str,
    seed: int,
    rig: VmRig,
    observer: Observer,
    confirmer: Confirmer,
    started: float,
) -> Played:
    prefix = topics.topic(site.site.id, station_id, "")
    told: dict[str, list] = {topics.LIVE: [], topics.BIRTH: []}
    for message in confirmer.messages:
        leaf = message.topic.removeprefix(prefix)
        if leaf in told:
            told[leaf].append((message.at_us, json.loads(message.payload)))
    events = confirmer.events()
    names = told[topics.BIRTH][0][1] if told[topics.BIRTH] else None
    transitions = [
        gate_event(event, names) | {"boot_n": event.boot_n}
        for event in events
        if names and event.kind == records.KIND_GATE
    ]
    starts = observer.all_starts()
    _place(transitions, told[topics.BIRTH], starts)
    return Played(
        scenario=scenario,
        site=site,
        station_id=station_id,
        seed=seed,
        looks=observer.looks,
        commands=observer.commands(),
        healthy=[
            (at_us, level)
            for at_us, terminal, level in observer.outputs
            if terminal == site.stations[station_id].terminals.healthy
        ],
        starts=starts,
        resets=rig.resets,
        cuts=observer.cuts,
        beyond=observer.beyond(),
        high=observer.high(),
        live=told[topics.LIVE],
        births=told[topics.BIRTH],
        events=events,
        transitions=transitions,
        confirmer=confirmer,
        console=rig.console,
        log_sha256=rig.log_sha256,
        real_s=time.monotonic() - started,
    )


def _place(transitions: list[dict], births: list[tuple[int, dict]], starts: list[int]) -> None:
    """Give each transition its time of the run, `at_us`: the start of its boot and its uptime.

    A birth tells which boot a start was; one without a birth is the start after the one before.
    """
    start_of: dict[int, int] = {}
    for at_us, birth in births:
        began_us = at_us - birth["uptime_ms"] * 1000
        start_of[birth["boot_n"]] = max(each for each in starts if each <= max(began_us, 0))
    last_us = 0
    for each in transitions:
        boot_n = each["boot_n"]
        if boot_n not in start_of:
            before_us = start_of.get(boot_n - 1, -1)
            start_of[boot_n] = min((at for at in starts if at > before_us), default=last_us)
        last_us = max(start_of[boot_n] + each["uptime_ms"] * 1000, last_us)
        each["at_us"] = last_us
