"""Half an hour of the chip's time with a day's records: the live heap is small and does not grow.

Each probe is polled as fast as a site may ask for, twice a second: 14,400 polls in all; a day at
one in ten seconds has 8,640. Each point has a record a second: 1,800, and a day has 1,440. An
hour and a half of a desk's time, so in `make chip` alone; it says each minute how it stands.
"""

import os

import chip_cuts
import pico
import pytest

pytest.importorskip("rp2040py", reason="NO CHIP IS EMULATED: rp2040py has no wheel here")

from busy_chip import MOST_BYTES, BusyChip

from reedgate_contract import records
from reedgate_sim.campaign.books import journal_of

if os.environ.get("CHIP") != "all":
    pytest.skip("the half hour on the emulated chip: make chip", allow_module_level=True)

MINUTES = 30
POLLS = 24 * 360
RECORDS = 24 * 60
SETTLED = 5  # the first minutes: tables and caches of MicroPython fill
GROWTH_BYTES = 512  # the blocks of a minute's lowest heap are not always quite the same


def records_of(chip, scratch):
    """How many readings went into the journal; what is acknowledged or too much is let go."""
    files = chip_cuts.files_of(chip.flash(0, pico.FACTS.flash_kib * 1024), scratch)
    return max(seq for stream, _, seq in journal_of(files) if stream == records.STREAM_READINGS)


def test_the_live_heap_is_small_and_flat_over_as_many_records_as_a_day_brings(tmp_path, capsys):
    busy = BusyChip({})
    found = []
    for minute in range(1, MINUTES + 1):
        used, size = busy.lowest_heap(60_000_000)
        found.append(used)
        with capsys.disabled():
            print(
                f"\nminute {minute} of {MINUTES}: {used} of {size} bytes live, "
                f"{busy.polls} polls answered",
                end="",
                flush=True,
            )
        assert busy.chip.resets == 0
        assert used <= MOST_BYTES
        assert used * 2 <= size
    assert max(found[SETTLED:]) <= min(found[SETTLED:]) + GROWTH_BYTES
    assert busy.polls >= POLLS
    assert records_of(busy.chip, tmp_path / "files.img") >= RECORDS * busy.probes
