"""What ends a firmware that goes wrong: the watchdog, and what is told of it afterwards."""

import json

import pytest
from station_rig import S
from uplink_rig import Run, overlay

from reedgate_sim import vm_process
from reedgate_sim.rigs import vm as vm_rig

WATCHDOG_US = 1_000_000  # of the desk's board
SCAN_US = 200_000
AT_S = 23.5  # in the middle of the closing of turbidity_upset: its relay is on

# In place of boot.py: the outputs safe as there, then something that goes wrong in a scan, once.
GOES_WRONG = """
import board
import machine
from machine import Pin
for pin in board.OUTPUTS:
    Pin(pin, Pin.OUT, value=board.OFF)
import lockstep
from station.core import station
decide = station.Station.decide
def wrong(self, now_ms, inputs):
    if machine.reset_cause() == machine.PWRON_RESET and lockstep.wire.now_us >= {at_us}:
        {what}
    return decide(self, now_ms, inputs)
station.Station.decide = wrong
"""


def broken(tmp_path, monkeypatch, what):
    overlay(tmp_path, monkeypatch, boot=GOES_WRONG.format(at_us=round(AT_S * S), what=what))


def on_at(outputs, at_us):
    """The terminals that were on just before an instant."""
    levels = {}
    for output_us, terminal, level in outputs:
        if output_us < at_us:
            levels[terminal] = level
    return {terminal for terminal, level in levels.items() if level}


def births(run):
    return [json.loads(payload) for _, payload in run.told("birth")]


def checked(run, wanted="watchdog"):
    """One reset, within the watchdog's bound; everything off at it; told by the next birth."""
    [(reset_us, cause)] = run.rig.resets
    assert cause == {"watchdog": vm_rig.WATCHDOG_RESET, "soft": vm_rig.SOFT_RESET}[wanted]
    assert reset_us <= (AT_S * S) + SCAN_US + WATCHDOG_US
    assert on_at(run.outputs, reset_us + 1) == set()
    assert [birth["reset_cause"] for birth in births(run)] == ["power_on", wanted]
    assert births(run)[0]["boot"] != births(run)[1]["boot"]
    return reset_us


def test_a_scan_that_never_ends_is_ended_by_the_watchdog(tmp_path, monkeypatch):
    monkeypatch.setattr(vm_process, "HANG_S", 1.5)  # of work, instead of five
    broken(tmp_path, monkeypatch, "while True: pass")
    with Run() as run:
        run.to(30)
        reset_us = checked(run)
        # a hung chip's outputs stand as they were, until its watchdog bites, not before; the rig
        # knows of a feed by what the VM last asked for, up to a scan earlier
        assert reset_us >= AT_S * S + WATCHDOG_US - 2 * SCAN_US
        assert on_at(run.outputs, reset_us) == {"RELAY_2"}


def test_a_scan_that_fails_turns_its_outputs_off_and_starts_again(tmp_path, monkeypatch):
    broken(tmp_path, monkeypatch, "raise ValueError('a fault in the core')")
    with Run() as run:
        run.to(30)
        reset_us = checked(run, "soft")
        assert births(run)[-1]["last_end"] == "ValueError: a fault in the core"
        # twice off: by the program, and then with the chip's state
        relay = [output for output in run.outputs if output[1] == "RELAY_2"]
        at_end = [level for at_us, _, level in relay if at_us > AT_S * S and at_us <= reset_us]
        assert at_end == [0, 0]
        assert "scan failed, outputs off" in run.rig.console
        assert "a fault in the core" in run.rig.console


def test_after_it_the_gate_goes_on_closing(tmp_path, monkeypatch):
    broken(tmp_path, monkeypatch, "raise ValueError")
    with Run() as run:
        run.to(60)
        checked(run, "soft")
        assert run.plant.truth().gates["main"].at_closed == 1
        assert run.plant.truth().gates["around"].at_open == 1


# A task that no longer does its work, while the scan goes on as ever.
STANDS_STILL = """
import board
import machine
from machine import Pin
for pin in board.OUTPUTS:
    Pin(pin, Pin.OUT, value=board.OFF)
import asyncio
from {module} import {owner}
stock = {owner}.{method}
async def still(self, *arguments):
    if machine.reset_cause() == machine.PWRON_RESET:
        await asyncio.Event().wait()
    return await stock(self, *arguments)
{owner}.{method} = still
"""


def test_a_poller_that_stands_still_is_ended_by_the_watchdog(tmp_path, monkeypatch):
    boot = STANDS_STILL.format(
        module="station.drivers.rtu_master", owner="RtuMaster", method="read"
    )
    overlay(tmp_path, monkeypatch, boot=boot)
    with Run() as run:
        run.to(30)
        [(reset_us, cause)] = run.rig.resets
        assert cause == vm_rig.WATCHDOG_RESET
        assert reset_us < 15 * S
        assert births(run)[-1]["reset_cause"] == "watchdog"


def test_an_uplink_that_stands_still_is_no_reason(tmp_path, monkeypatch):
    boot = STANDS_STILL.format(module="station.drivers.mqtt", owner="Mqtt", method="run")
    overlay(tmp_path, monkeypatch, boot=boot)
    with Run() as run:
        run.to(120)
        assert run.rig.resets == []
        assert ("RELAY_2", 1) in {output[1:] for output in run.outputs}


FAILING_TASK = """
import board
from machine import Pin
for pin in board.OUTPUTS:
    Pin(pin, Pin.OUT, value=board.OFF)
from station.app import uplink
def fails(self):
    raise ValueError("a fault in the uplink")
uplink.Uplink.work = fails
"""


def test_an_uplink_that_fails_is_started_again_and_disturbs_nobody(tmp_path, monkeypatch):
    overlay(tmp_path, monkeypatch, boot=FAILING_TASK)
    with Run() as run:
        run.to(60)
        assert run.rig.resets == []
        assert run.rig.console.count("task uplink failed") > 5
        assert run.broker.open_connections <= 1
        assert ("RELAY_2", 1) in {output[1:] for output in run.outputs}


RESETS_ITSELF = """
import board
import machine
from machine import Pin
for pin in board.OUTPUTS:
    Pin(pin, Pin.OUT, value=board.OFF)
import lockstep
from station.core import station
decide = station.Station.decide
def wrong(self, now_ms, inputs):
    if machine.reset_cause() == machine.PWRON_RESET and lockstep.wire.now_us >= 23500000:
        machine.reset()
    return decide(self, now_ms, inputs)
station.Station.decide = wrong
"""


def test_a_reset_by_the_program_is_told_apart(tmp_path, monkeypatch):
    overlay(tmp_path, monkeypatch, boot=RESETS_ITSELF)
    with Run() as run:
        run.to(30)
        [(reset_us, cause)] = run.rig.resets
        assert cause == vm_rig.SOFT_RESET
        assert on_at(run.outputs, reset_us + 1) == set()
        assert [birth["reset_cause"] for birth in births(run)] == ["power_on", "soft"]


@pytest.mark.parametrize("offset_us", range(0, 1_000_000, 90_001))
def test_a_power_cut_at_any_instant_never_stops_the_run(offset_us):
    """Also with a reply on the line, which then meets a chip that does not listen."""
    with Run() as run:
        run.at(23 + offset_us / S, run.rig.power_off)
        run.at(23 + offset_us / S + 0.3, run.rig.power_on)
        run.to(40)
        assert run.rig.resets == []
        cut_us = round((23 + offset_us / S) * S)
        assert on_at(run.outputs, cut_us + 1) == set()
        assert run.plant.truth().gates["around"].at_open == 1


def test_a_board_without_a_configuration_drives_nothing():
    with Run() as run:
        run.rig.provision("config.bin", b"nonsense")
        run.to(30)
        assert {level for _, _, level in run.outputs} == {0}
        assert "too short for a header" in run.rig.console
