"""The firmware's profiles and the simulated instruments were written apart: do they agree?

A request made from the profile's numbers must get the instrument's reply, and the profile's
decoding of it must give the water's values.
"""

import struct
import tomllib

import pytest
from world_helpers import GOOD_WATER, frame, water

from reedgate_boards.site.locator import instruments_dir
from reedgate_contract.quantities import QUANTITIES
from reedgate_sim.world.adu import sealed
from reedgate_sim.world.instrument import Character, character
from reedgate_sim.world.parameters import parameters
from reedgate_sim.world.probes import makes
from reedgate_sim.world.substances import do_saturation_mg_l

UNIT_ID = 1
TRUE_VALUES = {
    **GOOD_WATER,
    "do_saturation_pct": 100 * GOOD_WATER["do_mg_l"] / do_saturation_mg_l(14.2),
}
ORDERS = {"f32_abcd": (0, 1, 2, 3), "f32_dcba": (3, 2, 1, 0), "f32_cdab": (2, 3, 0, 1)}
INTEGERS = {"i16": ">h", "u16": ">H"}
MOST_PERMILLE = {"depth_mm": 3}  # the profile knows one density of water


@pytest.fixture(params=sorted(makes()))
def name(request):
    return request.param


def profile_text(name):
    return (instruments_dir() / f"{name}.toml").read_text(encoding="utf-8")


@pytest.fixture
def profile(name):
    return tomllib.loads(profile_text(name))


@pytest.fixture
def instrument(name):
    return makes()[name](UNIT_ID, water(), Character())


def decoded(point, data):
    """A value of the reply's registers, in the small unit of its quantity."""
    at = 2 * point["word"]
    if point["type"] in INTEGERS:
        (value,) = struct.unpack_from(INTEGERS[point["type"]], data, at)
    else:
        raw = bytes(data[at + place] for place in ORDERS[point["type"]])
        (value,) = struct.unpack(">f", raw)
    scaled = round(value * 10 ** point["decimals"])
    return scaled * point.get("num", 1) / point.get("den", 1) + point.get("offset", 0)


def test_the_desk_has_every_instrument_that_has_a_profile():
    assert {path.stem for path in instruments_dir().glob("*.toml")} == set(makes())


def test_there_are_at_least_twelve_each_with_its_source():
    assert len(makes()) >= 12
    for table in parameters("instruments").values():
        assert len(table["source"]) > 20
        assert table["verified"] in (True, False)


def test_values_read_by_the_profile_are_those_of_the_water(profile, instrument):
    ask = profile["read"]
    pdu = struct.pack(">BHH", ask["function_code"], ask["address"], ask["count"])
    reply = instrument.answer(sealed(UNIT_ID, pdu), 0)
    assert reply is not None
    assert reply[:3] == bytes((UNIT_ID, ask["function_code"], 2 * ask["count"]))
    data = reply[3:-2]
    for quantity, point in profile["points"].items():
        expected = TRUE_VALUES[quantity] * 10 ** QUANTITIES[quantity][2]
        step = 10 ** point["decimals"] * point.get("num", 1) / point.get("den", 1)
        rounding = 0.5 * step if point["type"] in INTEGERS else 0  # of a register of whole numbers
        spare = abs(expected) * MOST_PERMILLE.get(quantity, 0) / 1000 + rounding
        assert decoded(point, data) == pytest.approx(expected, abs=max(0.6, spare)), quantity
    if "error_word" in ask:
        assert data[2 * ask["error_word"] :][:2] == b"\0\0"


STARTED = [name for name in sorted(makes()) if "[start]" in profile_text(name)]


@pytest.mark.parametrize("name", STARTED)
def test_the_start_frame_is_understood(profile, name):
    start = profile["start"]
    cold = makes()[name](UNIT_ID, water(), character(name), warm=False)
    warm_us = profile["timing"]["warm_up_ms"] * 1000
    reply = cold.answer(sealed(UNIT_ID, frame(start["pdu"])), warm_us)
    assert reply is not None
    assert len(reply) == start["reply_bytes"]
    stable_us = warm_us + profile["timing"]["stabilise_ms"] * 1000
    quantity = next(iter(profile["points"]))
    assert cold.quantity(quantity, stable_us - 1) == 0
    assert cold.quantity(quantity, stable_us) == pytest.approx(TRUE_VALUES[quantity], rel=0.05)


def test_the_profile_waits_long_enough_for_the_instrument(profile, name):
    behaviour, reply = character(name), profile["reply"]
    assert behaviour.turnaround_us <= reply["turnaround_ms"] * 1000
    assert behaviour.warm_up_us <= profile["timing"]["warm_up_ms"] * 1000
    assert behaviour.stabilise_us <= profile["timing"]["stabilise_ms"] * 1000


def test_every_golden_request_of_a_profile_is_answered_in_its_size(profile, instrument):
    for golden in profile["golden"]:
        assert golden["unit_id"] == UNIT_ID
        reply = instrument.answer(frame(golden["request"]), 0)
        assert reply is not None, golden["request"]
        if "reply" in golden:
            expected = frame(golden["reply"])
            assert (len(reply), reply[:3]) == (len(expected), expected[:3])
