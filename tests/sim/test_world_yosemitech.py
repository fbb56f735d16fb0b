"""Yosemitech's probes byte for byte, and their silences."""

import math
import struct

import pytest
from world_helpers import GOOD_WATER, S, frame, probe, read, water

from reedgate_sim.world.adu import sealed
from reedgate_sim.world.faults import Fault
from reedgate_sim.world.instrument import Character
from reedgate_sim.world.substances import do_saturation_mg_l
from reedgate_sim.world.yosemitech import Y504, Y511, Y520

ALL = [Y504, Y511, Y520]
COLD = Character(warm_up_us=8 * S, stabilise_us=40 * S)
START = frame("01 03 25 00 00 01 8F 06")
START_EC = frame("01 10 1C 00 00 00 00 D8 92")
STOP = frame("01 03 2E 00 00 01 8D 22")
READ4 = frame("01 03 26 00 00 04 4F 41")
READ5 = frame("01 03 26 00 00 05 8E 81")
READ6 = frame("01 03 26 00 00 06 CE 80")


def test_golden_turbidity():
    reply = frame("01 03 0A 33 33 63 41 9A 99 D9 40 00 00 B8 E0")
    assert probe(Y511).answer(READ5, 0) == reply
    assert probe(Y511).answer(READ4, 0)[3:11] == reply[3:11]


def test_golden_dissolved_oxygen():
    oxygen = probe(Y504)
    oxygen.afflict(Fault("value", 1, 0, S, 0.853, "do_fraction"))
    reply = frame("01 03 0C 33 33 63 41 35 5E 5A 3F 00 00 0C 41 49 B3")
    assert oxygen.answer(READ6, 0) == reply


def test_dissolved_oxygen_is_also_told_as_a_fraction_of_saturation():
    _, fraction, mg_l = struct.unpack("<fff", probe(Y504).answer(READ6, 0)[3:15])
    assert mg_l == 8.75
    assert fraction == pytest.approx(8.75 / do_saturation_mg_l(14.2))
    assert 0.8 < fraction < 0.9


def test_conductivity_is_in_millisiemens():
    reply = probe(Y520).answer(READ5, 0)
    assert struct.unpack("<ff", reply[3:11]) == pytest.approx((14.2, 1.185))
    assert len(reply) == 15


@pytest.mark.parametrize(
    ("celsius", "mg_l"), [(0, 14.6), (10, 11.3), (15, 10.1), (20, 9.1), (25, 8.2), (30, 7.5)]
)
def test_saturation_of_fresh_water(celsius, mg_l):
    assert do_saturation_mg_l(celsius) == pytest.approx(mg_l, abs=0.07)


@pytest.mark.parametrize("make", [Y504, Y511])
def test_start_and_stop_are_reads_of_no_or_one_register(make):
    assert probe(make).answer(read(1, 0x2500, 0), 0) == sealed(1, b"\x03\x00")
    assert probe(make).answer(START, 0) == sealed(1, b"\x03\x02\0\0")
    assert probe(make).answer(STOP, 0) == sealed(1, b"\x03\x02\0\0")
    assert probe(make).answer(START_EC, 0) is None


def test_conductivity_is_started_by_a_write_of_no_registers():
    assert probe(Y520).answer(START_EC, 0) == sealed(1, frame("10 1C 00 00 00"))
    assert probe(Y520).answer(START, 0) is None
    assert probe(Y520).answer(STOP, 0) is not None


def test_the_brush_and_its_interval():
    turbidity = probe(Y511)
    interval = frame("01 10 32 00 00 01 02 1E 00 BC 33")
    assert turbidity.answer(frame("01 10 31 00 00 00 00 74 94"), 0) == sealed(
        1, frame("10 31000000")
    )
    assert turbidity.answer(sealed(1, frame("10 32 00 00 01 02 05 00")), 0) is not None
    assert turbidity.answer(read(1, 0x3200, 1), 0) == sealed(1, frame("03 02 05 00"))
    assert turbidity.answer(interval, 0) == sealed(1, frame("10 32 00 00 01"))
    assert turbidity.answer(read(1, 0x3200, 1), 0) == sealed(1, frame("03 02 1E 00"))
    assert probe(Y504).answer(interval, 0) is None
    assert probe(Y504).answer(read(1, 0x3200, 1), 0) is None


@pytest.mark.parametrize("make", ALL)
def test_the_common_registers(make):
    one = probe(make, 7)
    assert one.answer(read(7, 0x3000, 1), 0) == sealed(7, frame("03 02 07 00"))
    assert one.answer(read(7, 0x1100, 4), 0) == sealed(7, b"\x03\x08" + struct.pack("<ff", 1, 0))
    serial = one.answer(read(7, 0x0900, 7), 0)
    assert len(serial) == 19
    assert serial[5:7].decode() == {Y504: "01", Y511: "29", Y520: "09"}[make]


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize(
    "request_",
    [
        read(1, 0x2700, 2),  # a register they do not know
        read(1, 0x2600, 7),  # beyond the last one
        read(1, 0x2600, 0),
        read(1, 0x2600, 2, function_code=4),
        sealed(1, frame("06 32 00 00 1E")),
        sealed(1, frame("10 31 00 00 01 02 00")),  # its size does not fit
        sealed(1, frame("10 32 00 00 01 01 05")),
        sealed(1, frame("03 26 00")),
        sealed(1, b"\x03"),
        sealed(2, frame("03 26 00 00 04")),  # not for this one
        sealed(0, frame("03 26 00 00 04")),  # broadcast
        READ4[:-1] + b"\x42",  # wrong CRC
        b"\x01\x03",
        b"",
    ],
)
def test_silence(make, request_):
    assert probe(make).answer(request_, 0) is None


def ntu(reply):
    return struct.unpack("<f", reply[7:11])[0]


def test_a_cold_probe_is_deaf_then_shows_nothing_until_started_and_stable():
    turbidity = probe(Y511, behaviour=COLD, warm=False)
    assert turbidity.answer(READ5, 8 * S - 1) is None
    assert ntu(turbidity.answer(READ5, 8 * S)) == 0
    assert ntu(turbidity.answer(READ5, 1000 * S)) == 0  # nobody has started it
    assert turbidity.answer(START, 1000 * S) is not None
    assert ntu(turbidity.answer(READ5, 1040 * S - 1)) == 0
    assert ntu(turbidity.answer(READ5, 1040 * S)) == pytest.approx(6.8)


def test_starting_again_changes_nothing():
    turbidity = probe(Y511, behaviour=COLD, warm=False)
    turbidity.answer(START, 10 * S)
    turbidity.answer(START, 49 * S)
    assert ntu(turbidity.answer(READ5, 50 * S)) == pytest.approx(6.8)


def test_a_warm_probe_measures_at_once():
    assert ntu(probe(Y511, behaviour=COLD).answer(READ5, 0)) == pytest.approx(6.8)


def test_a_stopped_probe_goes_on_showing_its_last_measurement():
    rising = {**water(), "turbidity_ntu": lambda now_us: now_us / S}
    turbidity = probe(Y511, water=rising)
    turbidity.answer(STOP, 5 * S)
    assert ntu(turbidity.answer(READ5, 60 * S)) == pytest.approx(5, abs=1)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -9999.0, 7999.0, 6.0])
@pytest.mark.parametrize(
    ("make", "place"), [(Y511, slice(7, 11)), (Y504, slice(11, 15)), (Y520, slice(7, 11))]
)
def test_a_register_can_be_made_to_lie_for_a_while(make, place, value):
    liar = probe(make)
    liar.afflict(Fault("value", 1, 10 * S, 20 * S, value))
    sizes = {Y511: READ5, Y504: READ6, Y520: READ5}
    truth = liar.answer(sizes[make], 10 * S - 1)[place]
    assert liar.answer(sizes[make], 10 * S)[place] == struct.pack("<f", value)
    assert liar.answer(sizes[make], 20 * S)[place] == truth


def test_only_a_register_that_exists_can_lie():
    with pytest.raises(ValueError, match="has no register 'ph'"):
        probe(Y511).afflict(Fault("value", 1, 0, S, 7.0, "ph"))


def test_quantities_come_from_the_registers():
    assert probe(Y520).quantity("conductivity_us_cm", 0) == pytest.approx(1185)
    assert probe(Y504).quantity("do_saturation_pct", 0) == pytest.approx(85.2, abs=0.5)
    assert probe(Y504).quantity("do_mg_l", 0) == GOOD_WATER["do_mg_l"]
    assert probe(Y511).quantity("temperature_c", 0) == GOOD_WATER["temperature_c"]
