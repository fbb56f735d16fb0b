"""A Pico polled by the gateway's own client: both ports at work, on the emulated chip.

It has no network: the line is its only way to tell somebody.
"""

import binascii
import struct

import pico
import pytest

pytest.importorskip("rp2040py", reason="NO CHIP IS EMULATED: rp2040py has no wheel here")

from slave_rig import SlaveRun, wired_site
from uplink_rig import quiet

from reedgate_contract import codes, records, registers
from reedgate_sim.rigs.rp2040 import Rp2040Rig

SPAN_S = 8
MOST_BYTES = 66_000  # the aim of 60,000 holds for a station that tells nobody (test_heap_run.py)


class WiredChip(SlaveRun):
    def make_rig(self, **_):
        return Rp2040Rig(self.plant, self.config)

    def lowest_heap(self):
        """(bytes live, bytes in all) at its least, while a gateway asks once a second."""
        looks = []
        self.rig.chip.on_rest = lambda _woken_us: looks.append(self.rig.chip.heap_bytes())
        for second in range(1, SPAN_S + 1):
            self.station_now()
            self.stream()
            self.stream(events=False)
            self.to(self.began_s + second)
        return min(look for look in looks if look[1])


@pytest.fixture(scope="module")
def wired(tmp_path_factory):
    pico.image()  # or skip
    site = wired_site()
    station = site.stations["inlet"].model_copy(update={"board": pico.BOARD})
    site = site.model_copy(update={"stations": {"inlet": station}})
    with WiredChip(quiet(tmp_path_factory.mktemp("quiet")), site=site) as run:
        run.rig.power_on()
        run.began_s = run.to(6).now_s
        yield run


def test_it_answers_on_one_port_and_polls_its_probes_on_the_other(wired):
    now = wired.station_now()
    assert (now["points"], now["gates"], now["boot_n"]) == (5, 2, 1)
    for index in range(5):
        point = wired.block(registers.POINTS_AT + 8 * index, registers.POINT)
        assert point["status"] == codes.STATUS_GOOD, index
        assert point["age_ms"] <= 1500
    assert abs(point["value"] - wired.plant.truth().points["stage_mm"]) < 20


def test_its_journal_is_read_from_the_flash(wired):
    events = wired.stream()
    assert events["unread_count"] >= 1
    head, first = wired.records(events["unread_file"], 0, 2)
    assert head[:2] == records.SEGMENT_MAGIC
    assert first[0] == records.KIND_BOOT
    for record in (head, first):
        assert struct.unpack("<I", record[28:]) == (binascii.crc32(record[:28]),)


def test_more_than_half_of_its_heap_is_free(wired):
    used, size = wired.lowest_heap()
    print(f"polled over its second port: {used} of {size} bytes live")
    assert used <= MOST_BYTES
    assert used * 2 <= size
    assert wired.rig.resets == []
