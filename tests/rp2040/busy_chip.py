"""The desk's example on an emulated Pico, its probes polled and recorded as fast as may be."""

from decimal import Decimal

import pico

from reedgate_boards.site.board_facts import read_board
from reedgate_boards.site.compiler import compile_station
from reedgate_boards.site.source import read_source
from reedgate_sim.changes import changed_site
from reedgate_sim.rp2040.chip import Chip
from reedgate_sim.rp2040.probes import wire_probes

MOST_BYTES = 60_000  # of its heap
_MADE = ("DI_2", "DI_7", "DI_11", "DI_12")  # closed, no emergency stop, no flood, bypass open


class BusyChip:
    def __init__(self, journal):
        """journal: {name: content} of the files that are there before it starts."""
        source = read_source(pico.EXAMPLE)
        (name, station), *_ = source.values["stations"].items()
        uplink = dict.fromkeys(station["uplink"]) | {"kind": "none", "record_s": 1}
        sensors = {each: {"poll_s": Decimal("0.5")} for each in station["sensors"]}
        change = {"board": pico.BOARD, "uplink": uplink, "sensors": sensors}
        site = changed_site(source, {"stations": {name: change}})
        files = {"config.bin": compile_station(site, name), **journal}
        self.probes = len(station["sensors"])
        self.chip = Chip(pico.flash_with(pico.file_system(files)))
        self._lines = wire_probes(self.chip, site.stations[name])
        for terminal in _MADE:
            self.chip.set_input(read_board(pico.BOARD)[1]["TERMINALS"][terminal], 1)
        self._looks = []  # whenever it rests, and so at the end of every scan's housekeeping
        self.chip.on_rest = lambda _woken_us: self._looks.append(self.chip.heap_bytes())

    @property
    def polls(self):
        return sum(line.answers for line in self._lines)

    def lowest_heap(self, span_us):
        """(bytes live, bytes in all) at its least in a span of the chip's time."""
        self._looks.clear()
        self.chip.run_us(span_us)
        return min(look for look in self._looks if look[1])  # 0 of 0 before there is a heap
