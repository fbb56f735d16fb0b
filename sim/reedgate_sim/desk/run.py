"""Starts the authority's broker, the gateway, then plant and firmware; ends them in reverse."""

import contextlib
import importlib.resources
import secrets
import signal
import sys
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from reedgate_boards.site.budgets import budgets
from reedgate_boards.site.compiler import Overrides, compile_station
from reedgate_boards.site.load import load_site
from reedgate_boards.site.schema import Site
from reedgate_boards.site.user_error import UserError
from reedgate_sim import flash
from reedgate_sim.desk.child import Child
from reedgate_sim.desk.narrator import Narrator
from reedgate_sim.desk.only_one import OnlyOne
from reedgate_sim.desk.station_key import station_key
from reedgate_sim.desk.verdict import Verdict
from reedgate_sim.network import RealNetwork
from reedgate_sim.pace import Paced
from reedgate_sim.rigs.vm import VmRig
from reedgate_sim.vm_finder import find_micropython
from reedgate_sim.world.plant import Plant
from reedgate_sim.world.scenario import Scenario, load_scenario

STATION = "inlet"
DATA = Path("desk-data")
_UPSTREAM = """
[gateway.upstreams.authority]
kind = "mqtt"
address = "{address}"
"""
_FOREVER_US = 1 << 60
_SLICE_US = 1_000_000  # how often the gateway's health is looked at
# Each run tells a story of its own: trips of the last one, and the starts that came too soon one
# after the other to have a grace, are no part of it.
_OF_A_RUN = ("latches.a", "latches.b")
_LIVE_MS = 500  # two fresh values a second: the demonstration is watched


@dataclass(frozen=True)
class Wishes:
    """What the user asked for."""

    scenario: str
    duration_s: float | None
    port: int | None
    browser: bool


@contextlib.contextmanager
def desk_site():
    """The path of the desk's own site file."""
    source = importlib.resources.files("reedgate_sim") / "sites" / "desk.toml"
    with importlib.resources.as_file(source) as path:
        yield path


def run_desk(wishes: Wishes, tr: Callable[..., str], console: Console) -> Verdict:
    """The main job. Raises UserError; whatever happens, no child is left."""
    for number in (signal.SIGTERM, signal.SIGHUP):  # as Ctrl-C: the children end first
        signal.signal(number, signal.default_int_handler)
    scenario = load_scenario(wishes.scenario)
    if scenario.needs_sealed_run:
        raise UserError(
            "reedgate_sim",
            "The scenario {name} does what the desk cannot show.",
            hint="Run it with: reedgate sim run {name} --report OUT.html",
            name=wishes.scenario,
        )
    find_micropython()
    with desk_site() as path, contextlib.closing(OnlyOne(DATA)) as only_one:
        site = load_site(path)
        key = station_key(DATA, STATION)
        with contextlib.ExitStack() as children:
            authority = _authority(tr)
            children.callback(authority.stop)
            gateway = _gateway(path, authority, wishes, tr)
            children.callback(gateway.stop)
            only_one.say_where(gateway.ready["http"])
            _say_where(gateway.ready["http"], wishes, tr, console)
            plant = Plant(site, STATION, scenario, seed=1)
            narrator = _narrator(site, plant, tr, console)
            lapse = scenario.file.time_lapse
            overrides = Overrides(broker=gateway.ready["mqtt"], live_ms=_LIVE_MS, lapse=lapse)
            config = compile_station(site, STATION, overrides=overrides)
            (DATA / "config.bin").write_bytes(config)  # for `sim replay --events`
            _run_station(site, config, plant, narrator, gateway, wishes, key)
    return narrator.verdict


def _authority(tr: Callable[..., str]) -> Child:
    command = [sys.executable, "-m", "reedgate_sim.desk.authority", "{ready_fd}"]
    return Child(tr("The authority's broker"), command, DATA / "authority.log")


def _gateway(desk: Path, authority: Child, wishes: Wishes, tr: Callable[..., str]) -> Child:
    """With the desk's site file, which learns here where the authority's broker is."""
    site = DATA / "site.toml"
    text = desk.read_text(encoding="utf-8") + _UPSTREAM.format(address=authority.ready["mqtt"])
    site.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "reedgate_boards", "gateway", "run", "--site", str(site)]
    command += ["--data", str(DATA), "--ready-fd", "{ready_fd}"]
    command += ["--port", str(wishes.port)] if wishes.port else []
    return Child(tr("The gateway"), command, DATA / "gateway.log")


def _say_where(http: str, wishes: Wishes, tr: Callable[..., str], console: Console) -> None:
    port = http.rstrip("/").rpartition(":")[2]
    if wishes.port and port != str(wishes.port):
        console.print(tr("Port {port} is taken.", port=wishes.port))
    console.print(tr("Page: {http}", http=http), style="bold", highlight=False)
    console.print(tr("The real firmware runs on the MicroPython VM. Ctrl-C ends all."))
    if wishes.browser:
        webbrowser.open(http)


def _narrator(site: Site, plant: Plant, tr: Callable[..., str], console: Console) -> Narrator:
    station = site.stations[STATION]
    inlet = next(name for name, gate in station.gates.items() if gate.role == "inlet")
    gate = station.gates[inlet]
    quantity_of = {
        point: quantity
        for sensor in station.sensors.values()
        for quantity, point in sensor.points.items()
    }
    trip_id, trip = _trip_of(plant.scenario, gate, quantity_of)
    budget = next(
        each for each in budgets(site, STATION).trips if (each.gate, each.trip) == (inlet, trip_id)
    )
    quantity = quantity_of[trip.all[0].point]
    return Narrator(plant, inlet, gate, trip, budget, quantity, tr, console)


def _trip_of(scenario: Scenario, gate: Any, quantity_of: dict[str, str]) -> tuple[str, Any]:
    """The limit that the story is about: the first of a quantity that the scenario changes."""
    file = scenario.file
    changed = {row.what for row in (*file.step, *file.washout)}
    for trip_id, trip in gate.trips.items():
        if quantity_of[trip.all[0].point] in changed:
            return trip_id, trip
    raise UserError(
        "reedgate_sim",
        "The scenario {name} brings no water beyond a limit: there is nothing to tell here.",
        hint="Play it by: reedgate sim run {name} --report {name}.html",
        name=scenario.name,
    )


def _run_station(
    site: Site,
    config: bytes,
    plant: Plant,
    narrator: Narrator,
    gateway: Child,
    wishes: Wishes,
    key: bytes,
) -> None:
    until_us = _FOREVER_US if wishes.duration_s is None else round(wishes.duration_s * 1e6)
    board = site.stations[STATION].board
    # each run is another start of the station, so its random numbers are other ones too
    seed = secrets.randbits(31)
    kept = DATA / "station"  # what the station has recorded outlives the run, as on a site
    with VmRig(
        plant, config, board, seed=seed, network=RealNetwork(), pace=Paced(), directory=kept
    ) as rig:
        if flash.mounts(rig.flash_image):
            flash.remove(rig.flash_image, _OF_A_RUN)
        rig.provision("key.bin", key)
        while rig.now_us < until_us and not gateway.ended():
            rig.run(min(rig.now_us + _SLICE_US, until_us), narrator.look)
