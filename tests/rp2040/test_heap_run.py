"""Half an hour of the chip's time with a day's records: the live heap is small and does not grow.

Each probe is polled as fast as a site may ask for, twice a second: 14,400 polls in all; a day at
one in ten seconds has 8,640. Each point has a record a second: 1,800, and a day has 1,440. An
hour and a half of a desk's time, so in `make chip` alone; it says each minute how it stands.
"""

import os
from decimal import Decimal

import chip_cuts
import pico
import pytest

pytest.importorskip("rp2040py", reason="NO CHIP IS EMULATED: rp2040py has no wheel here")

from reedgate_boards.site.board_facts import read_board
from reedgate_boards.site.compiler import compile_station
from reedgate_boards.site.source import read_source
from reedgate_contract import records
from reedgate_sim.campaign.books import journal_of
from reedgate_sim.changes import changed_site
from reedgate_sim.rp2040.chip import Chip
from reedgate_sim.rp2040.probes import wire_probes

if os.environ.get("CHIP") != "all":
    pytest.skip("the half hour on the emulated chip: make chip", allow_module_level=True)

MINUTES = 30
POLLS = 24 * 360
RECORDS = 24 * 60
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


def records_of(chip, scratch):
    """How many readings went into the journal; what is acknowledged or too much is let go."""
    files = chip_cuts.files_of(chip.flash(0, pico.FACTS.flash_kib * 1024), scratch)
    return max(seq for stream, _, seq in journal_of(files) if stream == records.STREAM_READINGS)


def test_the_live_heap_is_small_and_flat_over_as_many_records_as_a_day_brings(tmp_path, capsys):
    site, name = busy_site()
    files = {"config.bin": compile_station(site, name)}
    chip = Chip(pico.flash_with(pico.file_system(files)))
    lines = wire_probes(chip, site.stations[name])
    for terminal in MADE:
        chip.set_input(read_board(pico.BOARD)[1]["TERMINALS"][terminal], 1)
    looks = []  # whenever it rests, and so at the end of every scan's housekeeping
    chip.on_rest = lambda _woken_us: looks.append(chip.heap_bytes())
    found = []
    for minute in range(1, MINUTES + 1):
        chip.run_us(60_000_000)
        used, size = min(look for look in looks if look[1])  # 0 of 0 before there is a heap
        looks.clear()
        found.append(used)
        with capsys.disabled():
            print(
                f"\nminute {minute} of {MINUTES}: {used} of {size} bytes live, "
                f"{sum(line.answers for line in lines)} polls answered",
                end="",
                flush=True,
            )
        assert chip.resets == 0
        assert used <= MOST_BYTES
        assert used * 2 <= size
    assert max(found[SETTLED:]) <= min(found[SETTLED:]) + GROWTH_BYTES
    assert sum(line.answers for line in lines) >= POLLS
    assert records_of(chip, tmp_path / "files.img") >= RECORDS * len(site.stations[name].sensors)
