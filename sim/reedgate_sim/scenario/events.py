"""What a scenario does to the board and to those it talks to, at its times of the run."""

import struct
from collections.abc import Callable
from random import Random

from reedgate_contract import envelope
from reedgate_sim.confirmer import Confirmer
from reedgate_sim.rigs.rig import Rig
from reedgate_sim.scenario.observer import Observer
from reedgate_sim.world.scenario import Scenario
from reedgate_sim.world.scenario_events import GONE, PowerCut

_DYING_US = 2_000_000  # killed, but its connection still stands: what arrives is lost
_UNCERTAIN_MS = 50


def schedule(
    scenario: Scenario, rig: Rig, confirmer: Confirmer, observer: Observer, chance: Random
) -> None:
    """Tell the rig what to do when. Contacts, faults and water are the plant's own."""
    file, us = scenario.file, scenario.us
    schedule_power(
        scenario,
        rig,
        chance,
        power_off=lambda: _power_off(rig, observer),
        power_on=lambda: _power_on(rig, observer),
    )
    for row in file.broker:
        rig.at(us(row.from_s), lambda mode=row.mode: _set_mode(confirmer, mode))
        if row.until_s is not None:
            rig.at(us(row.until_s), lambda: _set_mode(confirmer, "ok"))
    for row in file.gateway_death:
        rig.at(us(row.from_s), lambda: _set_commits(confirmer, False))
        rig.at(us(row.from_s) + _DYING_US, lambda: _set_mode(confirmer, GONE))
        rig.at(us(row.until_s), lambda: _set_commits(confirmer, True))
        rig.at(us(row.until_s), lambda: _set_mode(confirmer, "ok"))
    for row in file.clock:
        rig.at(
            us(row.at_s), lambda unix_s=row.unix_s: _tell_time(rig, confirmer, observer, unix_s)
        )


def schedule_power(
    scenario: Scenario,
    rig: Rig,
    chance: Random,
    power_off: Callable[[], None],
    power_on: Callable[[], None],
) -> None:
    """The board's supply alone: power_off() when it goes, power_on() when it comes back."""
    for cut in scenario.file.power_cut:
        for at_us in _cut_times(cut, scenario, chance):
            rig.at(at_us, power_off)
            rig.at(at_us + scenario.us(cut.off_s), power_on)


def _cut_times(cut: PowerCut, scenario: Scenario, chance: Random) -> list[int]:
    """In order, each after the supply has come back from the one before."""
    if cut.until_s is None:
        apart_s = cut.every_s or 0.0
        return [scenario.us(cut.from_s + number * apart_s) for number in range(cut.times)]
    room_s = cut.until_s - cut.from_s - cut.times * cut.off_s
    points = sorted(chance.uniform(0, max(room_s, 0)) for _ in range(cut.times))
    return [
        scenario.us(cut.from_s + point + number * cut.off_s) for number, point in enumerate(points)
    ]


def _power_off(rig: Rig, observer: Observer) -> None:
    observer.cut()
    rig.power_off()


def _power_on(rig: Rig, observer: Observer) -> None:
    if not rig.has_power:
        rig.power_on()
        observer.started()


def _set_mode(confirmer: Confirmer, mode: str) -> None:
    confirmer.mode = "refuse" if mode == GONE else mode
    if mode == GONE:
        confirmer.drop()


def _set_commits(confirmer: Confirmer, commits: bool) -> None:
    confirmer.commits = commits


def _tell_time(rig: Rig, confirmer: Confirmer, observer: Observer, unix_s: int) -> None:
    """An envelope to the start that runs now; one that nobody hears is lost, as in the field."""
    boot = confirmer.boot_id
    if boot is not None:
        uptime_ms = (rig.now_us - observer.all_starts()[-1]) // 1000
        body = struct.pack(envelope.TIME, unix_s, 0, _UNCERTAIN_MS)
        confirmer.send_down("time", body, boot, divmod(uptime_ms, 1000))
