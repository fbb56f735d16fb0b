"""The emulated chip decides as the VM does, and what a hang and a slow flash do to it."""

from pathlib import Path

import pico
import pytest

pytest.importorskip("rp2040py", reason="NO CHIP IS EMULATED: rp2040py has no wheel here")

from reedgate_boards.site.board_facts import read_board
from reedgate_boards.site.compiler import compile_station
from reedgate_sim.rigs.rig import WATCHDOG_RESET
from reedgate_sim.rigs.rp2040 import ERASE_US, Rp2040Rig
from reedgate_sim.scenario.cut import boarded, compare
from reedgate_sim.world.plant import Plant
from reedgate_sim.world.scenario import load_scenario

HERE = Path(__file__).parent
SLOWEST_ERASE_US = read_board(pico.BOARD)[0].stall_ms.erase * 1000


@pytest.fixture(scope="module", autouse=True)
def _image():
    pico.image()  # or skip


def rig_of(name, **options):
    scenario = load_scenario(str(HERE / name))
    site = boarded(scenario)
    station_id = next(iter(site.stations))
    return Rp2040Rig(
        Plant(site, station_id, scenario), compile_station(site, station_id), **options
    )


@pytest.mark.parametrize(
    ("name", "decisions"),
    [
        ("flood.toml", ["RELAY_1 on"]),
        ("brownout.toml", ["RELAY_3 on", "RELAY_3 off", "RELAY_3 on"]),
    ],
)
def test_the_chip_decides_as_the_vm_does(name, decisions):
    compared = compare(load_scenario(str(HERE / name)))
    assert [chip.what for _, chip in compared.pairs if chip] == decisions
    assert compared.same, compared.pairs
    assert compared.resets == (0, 0)


def test_a_hang_ends_with_outputs_off_within_a_second_and_another_start():
    with rig_of("brownout.toml") as rig:
        outputs = []
        rig.on_output.append(lambda *edge: outputs.append(edge))
        rig.power_on()
        assert rig.run(1_900_000, until=lambda: any(level for *_, level in outputs))
        hung_us = rig.now_us
        rig.hang()
        assert rig.run(hung_us + 1_000_000, until=lambda: bool(rig.resets))
        (at_us, cause), *more = rig.resets
        assert cause == WATCHDOG_RESET
        assert more == []
        last = {terminal: (edge_us, level) for edge_us, terminal, level in outputs}
        assert {level for _, level in last.values()} == {0}
        assert last["RELAY_3"][0] <= at_us <= hung_us + 1_000_000
        starts = len(rig.first_sent_us)
        assert rig.run(at_us + 1_500_000, until=lambda: len(rig.first_sent_us) > starts)


# What an erase may take: (typical, at most) of the data sheet in board.toml.
@pytest.mark.parametrize(
    ("erase_us", "first_s", "second_s"), [(ERASE_US, 0.45, 0.45), (SLOWEST_ERASE_US, 1.9, 1.1)]
)
def test_it_controls_within_a_second_and_a_half_though_its_flash_erases(
    erase_us, first_s, second_s
):
    """From power to its first request. The first start of all erases more than any other: with the
    slowest flash it is late."""
    with rig_of("flood.toml", erase_us=erase_us) as rig:
        for most_s in (first_s, second_s):
            began_us = rig.now_us
            rig.power_on()
            starts = len(rig.first_sent_us)
            assert rig.run(began_us + 5_000_000, until=lambda: len(rig.first_sent_us) > starts)  # noqa: B023
            took_us = rig.first_sent_us[-1] - began_us
            erases = rig.chip.flash_operations.erases
            print(
                f"{erases} erases of {erase_us / 1000:g} ms: polls after {took_us / 1000:.0f} ms"
            )
            assert erases > 0
            assert erases * erase_us < took_us <= most_s * 1_000_000
            rig.run(rig.now_us + 1_000_000)
            rig.power_off()
        assert rig.resets == []
