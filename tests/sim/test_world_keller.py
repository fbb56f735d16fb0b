"""The level transmitter byte for byte: KELLER's own vectors, and what it refuses."""

import math
import struct

import pytest
from world_helpers import S, frame, probe, read, water

from reedgate_sim.world.adu import sealed
from reedgate_sim.world.faults import Fault
from reedgate_sim.world.instrument import Character, character
from reedgate_sim.world.keller import KellerSeries30
from reedgate_sim.world.substances import water_density_kg_m3


def level(**changed):
    return probe(KellerSeries30, water=water(**changed))


def showing(pressure_bar, temperature_c=20.0):
    one = level()
    one.afflict(Fault("value", 1, 0, S, pressure_bar, "pressure_bar"))
    one.afflict(Fault("value", 1, 0, S, temperature_c, "tob1_c"))
    return one


def floats(reply):
    return struct.unpack(f">{reply[2] // 4}f", reply[3:-2])


def exact(bits):
    """The vectors tell their values in six digits; their bits tell them exactly."""
    return struct.unpack(">f", frame(bits))[0]


def test_golden_pressure():
    request = frame("01 03 00 02 00 02 65 CB")
    pressure_bar = exact("3F 75 F0 7B")
    assert pressure_bar == pytest.approx(0.960701, abs=5e-7)
    assert showing(pressure_bar).answer(request, 0) == frame("01 03 04 3F 75 F0 7B E3 DE")


def test_golden_one_shot():
    reply = frame("01 03 08 3F 75 E3 D2 41 B6 1C 20 A0 C7")
    one_shot = frame("01 03 01 00 00 04 45 F5")
    pressure_bar, temperature_c = exact("3F 75 E3 D2"), exact("41 B6 1C 20")
    assert pressure_bar == pytest.approx(0.960508, abs=5e-7)
    assert temperature_c == pytest.approx(22.7637, abs=5e-5)
    assert showing(pressure_bar, temperature_c).answer(one_shot, 0) == reply


def test_depth_is_the_pressure_of_the_water_above():
    (bar,) = floats(level(depth_mm=1500.0).answer(read(1, 2, 2), 0))
    assert bar == pytest.approx(1.5 * water_density_kg_m3(14.2) * 9.80665 / 1e5)
    assert level(depth_mm=1500.0).quantity("depth_mm", 0) == pytest.approx(1500)


@pytest.mark.parametrize(("celsius", "density"), [(4, 1000.0), (20, 998.2), (25, 997.05)])
def test_density_of_water(celsius, density):
    assert water_density_kg_m3(celsius) == pytest.approx(density, abs=0.1)


def test_channels_it_does_not_have_read_nan():
    for address in (0x0000, 0x0004, 0x000A):
        assert math.isnan(floats(level().answer(read(1, address, 2), 0))[0])
    pressure, missing = floats(level().answer(read(1, 2, 4), 0))
    assert pressure > 0
    assert math.isnan(missing)
    assert floats(level().answer(read(1, 6, 2), 0))[0] == pytest.approx(14.2)


@pytest.mark.parametrize(("depth_mm", "shown"), [(20_000.0, math.inf), (-2000.0, -math.inf)])
def test_beyond_its_range_it_reads_infinity(depth_mm, shown):
    of_one_bar = Character(range_bar=character("keller-series-30").range_bar)
    one = probe(KellerSeries30, behaviour=of_one_bar, water=water(depth_mm=depth_mm))
    assert floats(one.answer(read(1, 2, 2), 0)) == (shown,)


def test_pascals_as_a_whole_number():
    assert showing(0.960701).answer(read(1, 0x22, 2), 0) == sealed(
        1, b"\x03\x04" + (96070).to_bytes(4, "big")
    )


@pytest.mark.parametrize(
    ("request_", "refusal"),
    [
        (read(1, 0x0003, 2), "83 02"),  # an odd address
        (read(1, 0x0001, 2), "83 02"),
        (read(1, 0x0101, 2), "83 02"),
        (read(1, 0x0002, 1), "83 02"),  # half a float
        (read(1, 0x000A, 4), "83 02"),  # beyond the last channel
        (read(1, 0x0050, 2), "83 02"),
        (read(1, 0x0000, 6), "83 03"),  # more than it gives in one read
        (read(1, 0x0000, 0), "83 03"),
        (read(1, 0x0002, 2, function_code=4), "84 01"),
        (sealed(1, frame("06 02 0D 00 05")), "86 02"),
        (sealed(1, frame("10 00 50 00 01 02 00 05")), "90 02"),
        (sealed(1, frame("08 00 01 AA 55")), "88 03"),
    ],
)
def test_refusals(request_, refusal):
    assert level().answer(request_, 0) == sealed(1, frame(refusal))


def test_housekeeping_registers():
    assert level().answer(read(1, 0x020C, 1), 0) == sealed(1, frame("03 02 00 00"))
    assert level().answer(read(1, 0x020D, 1), 0) == sealed(1, frame("03 02 00 01"))
    assert len(level().answer(read(1, 0x0202, 2), 0)) == 9
    echo = sealed(1, frame("08 00 00 AA 55"))
    assert level().answer(echo, 0) == echo


@pytest.mark.parametrize(
    "request_", [read(2, 2, 2), read(0, 2, 2), read(1, 2, 2)[:-1] + b"\0", b"\x01"]
)
def test_silence(request_):
    assert level().answer(request_, 0) is None


def test_it_is_deaf_until_it_is_warm():
    cold = probe(KellerSeries30, behaviour=character("keller-series-30"), warm=False)
    assert cold.answer(read(1, 2, 2), 499_999) is None
    assert cold.answer(read(1, 2, 2), 500_000) is not None
