"""The master beside a flash that stops the chip: bytes are lost in the middle, and no more.

A reply never meets an erase, for housekeeping waits for the bus. What does is a slave that
babbles: its bytes run over the UART's own few, and what is left of them has holes.
"""

import json
from itertools import pairwise

import pytest
from station_rig import SITE, S
from uplink_rig import Run, overlay, quiet

from reedgate_sim.rigs.chip_flash import FlashChip
from reedgate_sim.world.plant import Plant
from reedgate_sim.world.scenario import load_scenario

END_S = 100
ERASE_US = 45_000
SCAN_US = 200_000
PORT = "RS485_1"
BABBLE_S = (29, 45)  # a flood comes and goes in it, so that much is written to the flash
FLOOD = '\n[[contact]]\ninput = "flood"\nfrom_s = 30\nuntil_s = 40\n'

# A line whenever bytes were lost, and a pulse for each scan.
TELLS = """
import board
import lockstep
from machine import Pin
for pin in board.OUTPUTS:
    Pin(pin, Pin.OUT, value=board.OFF)
from station.drivers import pins
write = pins.Outputs.write
told = 0
def telling(self, levels):
    global told
    write(self, levels)
    Pin(board.TERMINALS["RELAY_5"], Pin.OUT, value=1)
    if lockstep.wire.overrun != told:
        told = lockstep.wire.overrun
        print("lost", told)
pins.Outputs.write = telling
"""


class Babble:
    """The plant, with a slave on its bus that begins a reply again and again."""

    def __init__(self, plant, every_us=1_000):
        self._plant = plant
        self._stamps = range(BABBLE_S[0] * S, BABBLE_S[1] * S, every_us)
        self._given = 0

    def __getattr__(self, name):
        return getattr(self._plant, name)

    def _next_us(self):
        return self._stamps[self._given] if self._given < len(self._stamps) else 1 << 60

    def next_event_us(self):
        return min(self._plant.next_event_us(), self._next_us())

    def receive(self, port, now_us):
        data = self._plant.receive(port, now_us)
        if self._given and self._next_us() <= BABBLE_S[1] * S:
            data = bytes(byte ^ 0x55 for byte in data)  # both speak: neither is understood
        while port == PORT and self._next_us() <= now_us:
            data += bytes((11, 3, 10, 0, 0))[self._given % 5 :][:1]
            self._given += 1
        return data


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("run")
    scenario = quiet(tmp_path, FLOOD)
    with pytest.MonkeyPatch.context() as patch:
        overlay(tmp_path, patch, boot=TELLS)
        with Run(scenario, flash=FlashChip(erase_us=ERASE_US)) as run:
            run.rig.world = Babble(Plant(SITE, "inlet", load_scenario(str(scenario)), 1))
            run.to(END_S)
            yield run


def points(run, from_s, until_s):
    """Every live row of the points in a time."""
    return [
        json.loads(payload)["points"]
        for at_us, payload in run.told("live")
        if from_s * S <= at_us < until_s * S
    ]


def test_bytes_were_lost_and_nothing_was_reset(ran):
    assert "lost" in ran.rig.console, "or these tests show nothing"
    assert ran.rig.flash_erases > 0
    assert ran.rig.resets == []


def test_the_master_hears_nobody_while_it_lasts_and_everybody_after_it(ran):
    for row in (points(ran, 38, 44), points(ran, 55, END_S)):
        assert len(row) > 4
    names = ("turbidity_ntu", "do_mg_l", "conductivity_us_cm", "stage_mm")
    assert {row[name]["status"] for row in points(ran, 38, 44) for name in names} == {"failure"}
    assert {row[name]["status"] for row in points(ran, 55, END_S) for name in names} == {"good"}


def test_no_number_of_the_babble_is_believed(ran):
    turbidities = {row["turbidity_ntu"]["value"] for row in points(ran, 10, END_S)}
    assert None in turbidities
    assert all(2.5 < value < 3.5 for value in turbidities - {None})


def test_a_scan_is_late_by_the_erases_of_one_flush_and_no_more(ran):
    scans = [at for at, terminal, level in ran.outputs if terminal == "RELAY_5" and level]
    gaps_us = [after - before for before, after in pairwise(scans)]
    assert max(gaps_us) <= SCAN_US + 5 * ERASE_US
    assert len(scans) > 0.95 * END_S * S / SCAN_US
